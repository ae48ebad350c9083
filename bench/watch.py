"""What every run uses: the switch as it is seen, a stretch of time watched, the machine."""

import json
import os
import time
from pathlib import Path
from typing import Any, Protocol

from bench import floors
from bench.plan import Plan, Report
from bench.process import Generator, Sample, Usage, children, machine_busy_s, usage

WHOLE_S = 470.0
"No run begins, and no step of the ramp, that would not fit into this."


class Switch(Protocol):
    """What is measured: our server, or a peer."""

    @property
    def plan(self) -> Plan: ...
    @property
    def scarce_number(self) -> str: ...
    @property
    def calls_at_once(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def has_cpu(self) -> bool: ...
    @property
    def is_ours(self) -> bool: ...
    def flow_plan(self) -> Plan: ...
    def sample(self) -> Sample: ...
    def kept(self) -> tuple[int, int] | None: ...
    def recordings(self) -> set[Path] | None: ...
    def drops(self) -> int | None: ...
    def settle(self) -> None: ...


class Window:
    """What a stretch of time cost: the switch, and how busy the machine was with other things."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.before = switch.sample()
        self._busy_s = machine_busy_s()
        self._ours_s = _ours_s()
        self.after = self.before
        self.others = 0.0
        "Cores' worth of CPU used by processes that are not of this bench."

    def close(self, ended_cpu_s: float = 0.0) -> None:
        """Read the clocks.

        Args:
            ended_cpu_s: CPU of processes of ours that have ended meanwhile.
        """
        self.after = self._switch.sample()
        seconds = max(0.1, self.seconds)
        ours_s = _ours_s() - self._ours_s + ended_cpu_s
        if not self._switch.is_ours:
            ours_s += self.after.cpu_s - self.before.cpu_s
        self.others = max(0.0, (machine_busy_s() - self._busy_s - ours_s) / seconds)

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.after.at_s - self.before.at_s

    @property
    def control_s(self) -> float:
        """CPU of the control process."""
        return self.after.control.cpu_s - self.before.control.cpu_s

    @property
    def media_s(self) -> float:
        """CPU of the media processes."""
        return self.after.media.cpu_s - self.before.media.cpu_s


def _ours_s() -> float:
    own = os.getpid()
    return sum(usage(pid).cpu_s for pid in (own, *children(own)))


def wait_for_quiet(limit_s: float, *, below: float = 0.3) -> None:
    """Wait until other processes use little of the machine, or until the limit."""
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        busy_s, ours_s, began_s = machine_busy_s(), _ours_s(), time.monotonic()
        time.sleep(1.0)
        used_s = machine_busy_s() - busy_s - (_ours_s() - ours_s)
        if used_s / (time.monotonic() - began_s) < below:
            return


class Bench:
    """What the runs share.

    Args:
        switch: What is measured.
        log: File for the generators' errors.
        quick: Short windows: for a look, not for a figure.
    """

    def __init__(self, switch: Switch, log: Path, *, quick: bool) -> None:
        self.switch = switch
        self.log = log
        self.quick = quick
        self._until_s = time.monotonic() + WHOLE_S
        self._bare: dict[float, floors.Bare] = {}
        self.calls = 0
        "Let in so far."

        self.rests: list[tuple[int, Sample]] = []
        "After each run of signalling: calls so far, and the switch at rest."

        self.idle = Sample(0.0, Usage(0.0, 0), Usage(0.0, 0))
        "The switch, warmed up and idle."

    @property
    def left_s(self) -> float:
        """How much of the time is left."""
        return self._until_s - time.monotonic()

    def seconds(self, full: float, quick: float) -> float:
        """How long to measure."""
        return quick if self.quick else full

    def run(self, plan: Plan) -> tuple[Report, Window]:
        """Place the calls of a plan and watch the switch until it has come to rest."""
        window = Window(self.switch)
        with Generator(plan, self.log) as generator:
            report = generator.run()
        self.switch.settle()
        window.close(report.cpu_s)
        self.count(report)
        self.rests.append((self.calls, window.after))
        return report, window

    def count(self, report: Report) -> None:
        """Add the calls of a run that were let in."""
        self.calls += report.begun - report.busy

    def bare(self, rate: float) -> floors.Bare:
        """The reference at this rate; measured once."""
        if rate not in self._bare:
            calls = int(rate * self.seconds(6, 3))
            plan = self.switch.plan._replace(rate=rate, calls=calls, hold_s=0.5)
            self._bare[rate] = floors.bare_run(plan, self.log)
        return self._bare[rate]

    def warm_up(self) -> None:
        """A few calls through everything, so that nothing is measured for the first time."""
        self.run(self.switch.plan._replace(rate=20, calls=60, hold_s=0.5))
        self.run(self.switch.flow_plan()._replace(rate=20, calls=60, hold_s=0.5))
        self.idle = self.switch.sample()


def outcome(report: Report) -> str:
    """What became of the calls, in few words; what is zero is not named."""
    parts = [f"{report.completed} of {report.begun} calls completed"]
    for name in ("busy", "failed", "unserved", "unfinished", "resent", "repeated", "guessed"):
        count = getattr(report, name)
        if count:
            parts.append(f"{name} {count}")
    if report.begun_late:
        parts.append(f"generator late {report.begun_late}")
    return ", ".join(parts)


def others(window: Window) -> str:
    """How noisy the machine was."""
    return f"other processes used {window.others:.2f} cores"


def machine() -> dict[str, Any]:
    """What this ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if "model name" in line
        ),
        "unknown",
    )
    release = json.dumps(os.uname().release)
    return {"cores": os.cpu_count(), "processor": model, "kernel": release.strip('"'),
            "load": os.getloadavg()}  # fmt: skip


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
