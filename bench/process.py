"""Processes that the harness starts and watches: CPU, memory, lost datagrams, and a sure end."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from bench.plan import Plan, Report, report_of

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parent.parent


class BenchError(RuntimeError):
    """The bench cannot go on; the message says why."""


class Usage(NamedTuple):
    """What processes have used up to now."""

    cpu_s: float
    memory_kb: int
    "Resident, shared pages in proportion (PSS); the plain sum where the kernel does not tell."


class Sample(NamedTuple):
    """What the server's processes have used up to a moment."""

    at_s: float
    control: Usage
    media: Usage

    @property
    def cpu_s(self) -> float:
        """Of all processes."""
        return self.control.cpu_s + self.media.cpu_s

    @property
    def memory_kb(self) -> int:
        """Of all processes."""
        return self.control.memory_kb + self.media.memory_kb


def machine_busy_s() -> float:
    """CPU seconds that all processors together were busy since the machine started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(f) for f in fields[:8])
    return (user + nice + system + irq + softirq + steal) * TICK_S


def usage(pid: int) -> Usage:
    """Of one process with all its threads; zero if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu_s = (int(fields[11]) + int(fields[12])) * TICK_S
        return Usage(cpu_s, _memory_kb(pid))
    except OSError:
        return Usage(0.0, 0)


def _memory_kb(pid: int) -> int:
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                if line.startswith(key):
                    return int(line.split()[1])
    return 0


def children(pid: int) -> list[int]:
    """Living descendants of a process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def udp_drops(ports: Iterable[int] | range) -> int:
    """Datagrams that the kernel dropped at sockets on these ports because nobody read in time."""
    wanted = ports if isinstance(ports, range) else frozenset(ports)
    total = 0
    with suppress(OSError):
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) in wanted:
                total += int(fields[-1])
    return total


class Started:
    """A process of ours. Leads its own session, so a Ctrl-C reaches the harness alone.

    Args:
        command: Program and arguments.
        environment: Added to ours.
        log: File for its errors, and for its output unless `speaks`.
        speaks: Its output is read, its input written.
    """

    def __init__(
        self,
        command: list[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path,
        speaks: bool = False,
    ) -> None:
        self.log = log
        with log.open("ab") as errors:
            self.child = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE if speaks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if speaks else errors, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        self._rest = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.child.poll() is None

    def tail(self, lines: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def tell(self, line: str) -> None:
        """Write a line to its input."""
        assert self.child.stdin is not None
        with suppress(BrokenPipeError):
            self.child.stdin.write(line.encode() + b"\n")
            self.child.stdin.flush()

    def hear(self, limit_s: float) -> str:
        """The next line of its output.

        Raises:
            BenchError: If none comes in time.
        """
        assert self.child.stdout is not None
        fd, until_s = self.child.stdout.fileno(), time.monotonic() + limit_s
        while b"\n" not in self._rest:
            ready, _, _ = select.select([fd], [], [], max(0.0, until_s - time.monotonic()))
            data = os.read(fd, 1 << 20) if ready else b""
            if not data:
                why = "ended" if ready else f"was silent for {limit_s:.0f} s"
                raise BenchError(f"{self.child.args!r} {why}:\n{self.tail()}")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def end(self, polite_s: float = 5.0) -> None:
        """SIGTERM, then SIGKILL, for it and for what it started."""
        family = [self.pid, *children(self.pid)] if self.is_alive else []
        if family:
            self.child.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(polite_s)
        for pid in family[1:]:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if self.is_alive:
            self.child.kill()
            self.child.wait(5)
        for stream in (self.child.stdin, self.child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class Generator(Started):
    """A load process and its words."""

    def __init__(self, plan: Plan, log: Path) -> None:
        fields = json.dumps(plan._asdict())
        super().__init__([sys.executable, "-m", "bench.load", fields], log=log, speaks=True)
        self.plan = plan
        self.wait("ready", 10)

    def wait(self, at: str, limit_s: float) -> dict[str, Any]:
        """The next word of this kind.

        Raises:
            BenchError: If it does not come in time.
        """
        until_s = time.monotonic() + limit_s
        while True:
            said: dict[str, Any] = json.loads(self.hear(max(0.1, until_s - time.monotonic())))
            if said.pop("at") == at:
                return said

    def go(self) -> None:
        """Begin to call."""
        self.tell("go")

    def report(self) -> Report:
        """What became of the run."""
        plan = self.plan
        limit_s = plan.calls / plan.rate + plan.wait_s + max(0.0, plan.hold_s) + plan.drain_s
        return report_of(self.wait("report", limit_s + 30))

    def run(self) -> Report:
        """From the first call to the report."""
        self.go()
        return self.report()
