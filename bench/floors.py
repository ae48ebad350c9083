"""References: what the machine itself takes for the same work, measured in the same run."""

import os
import re
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.figures import percentile
from bench.plan import Plan, Report
from bench.process import ROOT, Generator, Started, usage

_PACKET = bytes(172)
_FACT = (
    "call/c-000000000000001", "LegAnswered", 1,
    '{"at_ms":1795000000000,"call_id":"c-000000000000001","leg_id":"l-01jdabcdefghjkm",'
    '"party":"customer","number":"13800138000","cause":16}',
)  # fmt: skip


class Bare(NamedTuple):
    """A run through the datagram patch."""

    report: Report
    cpu_ms: float
    "Of the patch, per call."

    @property
    def p50_ms(self) -> float:
        """INVITE to INVITE."""
        return percentile(self.report.setup_ms, 0.5)

    @property
    def p99_ms(self) -> float:
        """INVITE to INVITE."""
        return percentile(self.report.setup_ms, 0.99)


def packet_ms(seconds: float = 1.5) -> float:
    """CPU-ms of the kernel's 100 sends and 100 receives that a bridged call needs in a second."""
    here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with here, there:
        for sock in (here, there):
            sock.bind(("127.0.0.1", 0))
        here.connect(there.getsockname())
        there.connect(here.getsockname())
        count, until_s = 0, time.monotonic() + seconds
        before_s = _cpu_s()
        while time.monotonic() < until_s:
            for _ in range(100):
                here.send(_PACKET)
                there.recv(2048)
            count += 1
        return (_cpu_s() - before_s) / count * 1000


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def bare_run(plan: Plan, log: Path) -> Bare:
    """Calls of a plan through `bench.bare`, the patch that does nothing."""
    with start_bare(plan, log) as (process, patched), Generator(patched, log) as generator:
        before_s = usage(process.pid).cpu_s
        report = generator.run()
        used_s = usage(process.pid).cpu_s - before_s
    return Bare(report, used_s / max(1, report.begun) * 1000)


class start_bare:  # noqa: N801 - a context manager that reads as a verb
    """The patch, and the plan changed so that its calls go through it."""

    def __init__(self, plan: Plan, log: Path) -> None:
        command = [sys.executable, "-m", "bench.bare", str(plan.agent_port)]
        self._process = Started(command, log=log, speaks=True)
        port = int(self._process.hear(5))
        self._plan = plan._replace(target=f"127.0.0.1:{port}", keep_to_target=True, keys="")

    def __enter__(self) -> tuple[Started, Plan]:
        return self._process, self._plan

    def __exit__(self, *_: object) -> None:
        self._process.end()


def sqlite_facts_per_s(seconds: float = 1.5, at_once: int = 1000) -> float:
    """Rows a second that SQLite takes by executemany, 1,000 to a transaction, nothing else."""
    rows = [(None, 1_795_000_000_000, *_FACT)] * at_once
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        database = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
            database.execute(f"PRAGMA {pragma}")
        database.execute(
            "CREATE TABLE facts (seq INTEGER PRIMARY KEY, at_ms BIGINT, stream TEXT, kind TEXT,"
            " format INTEGER, body TEXT)"
        )
        database.execute("CREATE INDEX by_stream ON facts (stream, seq)")
        count, began_s = 0, time.monotonic()
        while time.monotonic() < began_s + seconds:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.execute("COMMIT")
            count += at_once
        rate = count / (time.monotonic() - began_s)
        database.close()
    return rate


def journal_facts_per_s(seconds: float, postgres: str) -> dict[str, float | str]:
    """What `bench/micro/journal.py` says: facts a second by database, or why not.

    Args:
        seconds: Of each of its three parts.
        postgres: URL up to the name of the database; empty: its own default.
    """
    command = [sys.executable, "bench/micro/journal.py", "--uvloop", "--seconds", str(seconds)]
    if postgres:
        command += ["--postgres", postgres]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    found: dict[str, float | str] = {}
    for name in ("SQLite", "PostgreSQL"):
        line = next((text for text in done.stdout.splitlines() if text.startswith(name)), "")
        number = re.match(name + r"\s+([0-9.]+)", line)
        why = (
            line.removeprefix(name).strip() or (done.stderr.splitlines() or ["it said nothing"])[-1]
        )
        found[name] = float(number[1]) if number else why
    return found
