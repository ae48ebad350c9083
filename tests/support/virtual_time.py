"""An event loop whose time is virtual: it jumps to the next timer when nothing is ready.

A ten-minute queue story runs in a blink. Stories and unit tests run
on this loop by themselves (see tests/conftest.py); `run_virtual` serves code outside of pytest.
Sockets and threads still work: while an executor job runs, or bytes lie ready, time stands still.

Source: docs/decisions/0004-time-as-input.md.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

from typing_extensions import override

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class StalledError(RuntimeError):
    """Everybody waits, no timer is set and no job runs: nothing will ever happen again."""


class TimeRanOutError(RuntimeError):
    """The story went on for longer than its limit; most often a timer that re-sets itself."""


class VirtualSelector(selectors.DefaultSelector):
    """A selector that never waits for a timer: it moves the loop's time instead.

    Args:
        limit_s: Virtual seconds after which `select` raises.
    """

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.now_s = 0.0
        self.limit_s = limit_s
        self.jobs = 0
        "Executor jobs that still run; time stands still for them."

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if nothing is, jump `timeout` seconds ahead.

        Raises:
            StalledError: If there is nothing to wait for.
            TimeRanOutError: If the jump would pass the limit.
        """
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.jobs:
            return super().select(None)
        if timeout is None:
            return self._wait_for_peers()
        self.now_s += timeout
        if self.now_s > self.limit_s:
            raise TimeRanOutError(f"still going on after {self.limit_s:.0f} virtual seconds")
        return []

    def _wait_for_peers(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for real bytes if the test has sockets of its own beside the loop's wake-up pipe."""
        if len(self.get_map()) <= 1:
            raise StalledError("no timer is set, nothing is ready and no job runs")
        return super().select(None)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at time 0 and owns a VirtualSelector.

    Args:
        limit_s: Virtual seconds after which the loop raises TimeRanOutError; default one week.
    """

    def __init__(self, limit_s: float = 7 * 86_400.0) -> None:
        self._virtual = VirtualSelector(limit_s)
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual.now_s

    @override
    def run_in_executor(
        self, executor: Any, func: Callable[[*Ts], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """Run a job in a thread; time stands still until it is done."""
        self._virtual.jobs += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._job_done)
        return future

    @override
    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait for the threads to end; they answer through the wake-up pipe."""
        self._virtual.jobs += 1
        await super().shutdown_default_executor(*args)
        self._virtual.jobs -= 1

    def _job_done(self, _: "asyncio.Future[Any]") -> None:
        self._virtual.jobs -= 1


def run_virtual(work: Coroutine[Any, Any, T], *, limit_s: float = 7 * 86_400.0) -> T:
    """Run `work` to its end in virtual time and return its result.

    Args:
        work: What to do.
        limit_s: Virtual seconds that it may take.

    Raises:
        StalledError: If it waits for something that nobody will do.
        TimeRanOutError: If it takes longer than the limit.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(limit_s)) as runner:
        return runner.run(work)
