"""Three times with three names: monotonic seconds, UTC wall milliseconds, and waiting.

The only file of the product that reads a clock. `now_ms` runs on the monotonic clock from one
reading of the wall clock at start, so that a stepped system clock never makes a duration negative
(measures.md rule 2.1: durations are `ended_at - started_at`, never negative).
"""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

_SCHEDSTAT = Path("/proc/thread-self/schedstat")


class Clock(Protocol):
    """What rooms may ask of time."""

    def now_s(self) -> float:
        """Monotonic seconds, the clock of timers."""
        ...

    def now_ms(self) -> int:
        """UTC milliseconds since 1970, the clock of facts; never goes backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._wall_at_zero_s = time.time() - time.monotonic()

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def now_ms(self) -> int:
        """UTC milliseconds since 1970."""
        return int((self._wall_at_zero_s + time.monotonic()) * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class LoopClock:
    """The running event loop's time; virtual where the loop is virtual.

    Args:
        epoch_ms: UTC milliseconds at loop time 0.
    """

    def __init__(self, epoch_ms: int = 1_795_000_000_000) -> None:
        self._epoch_ms = epoch_ms

    def now_s(self) -> float:
        """Monotonic seconds of the loop."""
        return asyncio.get_running_loop().time()

    def now_ms(self) -> int:
        """UTC milliseconds since 1970."""
        return self._epoch_ms + round(self.now_s() * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def wall_s() -> float:
    """UTC seconds since 1970 as the kernel stamps things; may jump, so never a duration's end."""
    return time.time()


def busy_s() -> float:
    """CPU seconds that this thread has used: how full a loop is, seen from within."""
    return time.thread_time()


class Occupancy:
    """How much of its time the calling thread works, or would if it had a processor.

    Waiting for a processor counts as work: on a crowded machine a thread is at its end long before
    it has used all of one. Where the kernel does not tell, CPU time alone.
    """

    def __init__(self) -> None:
        self._at_s, self._worked_s = time.monotonic(), _worked_s()

    def share(self) -> float:
        """Of the time since it was asked last, 0 to 1."""
        at_s, worked_s = time.monotonic(), _worked_s()
        passed_s, did_s = at_s - self._at_s, worked_s - self._worked_s
        self._at_s, self._worked_s = at_s, worked_s
        return min(1.0, did_s / passed_s) if passed_s > 0 else 0.0


def _worked_s() -> float:
    try:
        ran_ns, waited_ns, _ = _SCHEDSTAT.read_bytes().split()
    except OSError:
        return time.thread_time()
    return (int(ran_ns) + int(waited_ns)) * 1e-9


def iso(at_ms: int) -> str:
    """The moment as RFC 3339 text in UTC with milliseconds, as the API shows it."""
    return (
        datetime.fromtimestamp(at_ms / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
