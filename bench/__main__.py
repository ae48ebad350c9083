"""`make bench`: measure this server, or with `--target` another switch; print and keep the marks.

Everything is on loopback and bounded in time; only processes started here are ended.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import floors, relayed, runs
from bench.figures import Mark, document, table
from bench.peer import Peer
from bench.plan import Plan
from bench.process import ROOT, BenchError
from bench.server import Server
from bench.watch import Bench, machine, wait_for_quiet

RESULTS = ROOT / "bench" / "results" / "latest.json"
JOURNAL = ("journal_facts_per_s", "journal_facts_per_s_postgresql")
REBUILD = ("rebuild_facts_per_s",)
REBUILD_S = 80


def arguments() -> argparse.Namespace:
    """The command line."""
    names = [mark for _, marks in runs.BY_TELEPHONE.values() for mark in marks]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short windows, rough figures")
    parser.add_argument(
        "--only",
        action="append",
        metavar="MARK",
        default=[],
        choices=[*names, *relayed.MARKS, *JOURNAL, *REBUILD],
        help="this mark; may be repeated",
    )
    parser.add_argument("--database", default="", help="of our server, instead of SQLite")
    parser.add_argument("--postgres", default=_postgres(), help="URL of a server for the journal")
    parser.add_argument(
        "--patience",
        type=float,
        default=8,
        metavar="S",
        help="before each run, wait so long for a quiet machine",
    )
    parser.add_argument("--keep", type=Path, help="leave data and logs in this new folder")
    peer = parser.add_argument_group("another switch")
    peer.add_argument("--target", metavar="HOST:PORT", help="measure this switch instead")
    peer.add_argument("--number", default="96511", help="its queue's number")
    peer.add_argument("--flow-number", default="", help="a number with announcement and key")
    peer.add_argument("--scarce-number", default="", help="a queue with about 20 agents")
    peer.add_argument("--keys", default="1", help="pressed by SIP INFO on the flow's number")
    peer.add_argument(
        "--agent-port",
        type=int,
        default=9290,
        help="UDP port on 127.0.0.1 that is the contact of all its agents",
    )
    peer.add_argument("--calls", type=int, default=200, help="calls at once, with sound")
    peer.add_argument("--pid", type=int, default=0, help="its process, to read CPU and memory")
    return parser.parse_args()  # fmt: skip


def _postgres() -> str:
    url = os.environ.get("TEST_POSTGRES_URL", "")
    return re.sub(r"^postgresql(\+psycopg)?:", "postgresql+psycopg:", url).rpartition("/")[
        0
    ] + "/" * bool(url)


def main() -> int:
    """Run; 0 if every mark wanted was measured."""
    given = arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    began_s, marks = time.monotonic(), list[Mark]()
    status = 0
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            measure(given, folder, marks)
        except BenchError as error:
            print(f"bench: {error}", file=sys.stderr)
            status = 1
        except KeyboardInterrupt:
            print("\nbench: interrupted; what was measured:", file=sys.stderr)
            status = 130
    print(table(marks))
    print(f"{time.monotonic() - began_s:.0f} s")
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": given.target or "cordboard serve",
        "quick": given.quick,
        "complete": status == 0 and not given.only,
        "seconds": round(time.monotonic() - began_s),
        **machine(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(document(marks, about) + "\n")
    return status


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def measure(given: argparse.Namespace, folder: Path, marks: list[Mark]) -> None:
    """All that is wanted, into `marks` as it comes."""
    wanted = [name for name, (_, names) in runs.BY_TELEPHONE.items() if _is_wanted(given, names)]
    if given.target:
        plan = Plan(given.target, given.number, rate=10, calls=10, agent_port=given.agent_port)
        peer = Peer(plan, given.flow_number, given.scarce_number, given.keys, 1000, given.pid,
                    given.calls)  # fmt: skip
        bench = Bench(peer, folder / "load.log", quick=given.quick)
        by_telephone(bench, wanted, marks, given.patience)
        return
    server = Server(folder, given.database)
    bench = Bench(server, folder / "load.log", quick=given.quick)
    if wanted or _is_wanted(given, REBUILD):
        try:
            _say("a server with 420 agents starts")
            server.start()
            by_telephone(bench, wanted or ["call_cpu"], marks, given.patience)
        finally:
            server.stop()
    if _is_wanted(given, REBUILD):
        _say("rebuild")
        marks += rebuild(server, bench)
    if _is_wanted(given, relayed.MARKS):
        _say("rtpengine")
        marks += relayed.measure(folder / "relayed", given.patience, quick=given.quick)
    if _is_wanted(given, JOURNAL):
        _say("journal")
        marks += runs.journal(bench, given.postgres)


def _is_wanted(given: argparse.Namespace, names: tuple[str, ...]) -> bool:
    return not given.only or bool(set(names) & set(given.only))


def by_telephone(bench: Bench, wanted: list[str], marks: list[Mark], patience_s: float) -> None:
    """The runs that call the switch."""
    _say("warm-up")
    bench.warm_up()
    for name in wanted:
        _say(name)
        run, names = runs.BY_TELEPHONE[name]
        try:
            if bench.left_s < 30:
                raise BenchError("out of time")
            wait_for_quiet(min(patience_s, bench.left_s - 30))
            marks += run(bench)
        except BenchError as error:
            why = str(error).splitlines()[0][:200]
            marks += [Mark(mark, None, "", None, f"not measured: {why}") for mark in names]
            print(f"bench: {name}: {error}", file=sys.stderr)


def rebuild(server: Server, bench: Bench) -> list[Mark]:
    """Drop the projections of all calls placed so far and fold the journal again."""
    program = Path(sys.executable).with_name("cordboard")
    limit = ["timeout", "-k", "2", f"{REBUILD_S}"]
    done = subprocess.run(
        [*limit, str(program), "rebuild"], env={**os.environ, **server.environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"rebuilt from (\d+) facts in ([0-9.]+) s", done.stdout)
    facts, seconds = (int(found[1]), float(found[2])) if found else (0, 0.0)
    rate = facts / seconds if seconds else None
    why_not = done.stderr.strip()[-200:] or f"not done within {REBUILD_S} s"
    said = f"{facts:,} facts of {bench.calls:,} calls" if found else why_not
    floor = floors.sqlite_facts_per_s(bench.seconds(1.0, 0.5))
    return [
        Mark("rebuild_facts_per_s", rate, "facts/s", floor, said,
             "rows by executemany into SQLite, nothing else", 20_000, more_is_better=True)
    ]  # fmt: skip


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
