"""Tasks with an owner, and the one place where an unknown exception may be caught.

Every task belongs to a Tasks group that logs its death, counts it and ends it on close. `attempt`
is for code of others that must not stop its neighbours: the exception becomes a value.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


def attempt(work: Callable[..., object], *args: object) -> Exception | None:
    """Call `work(*args)`; return the exception it raised, logged with its trace, or None."""
    try:
        work(*args)
    except Exception as error:
        _log.exception("work.failed", work=getattr(work, "__qualname__", repr(work)))
        return error
    return None


class Tasks:
    """Owns tasks; `close` cancels and awaits them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.died = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(
        self,
        work: Coroutine[Any, Any, object],
        *,
        name: str,
        on_death: Callable[[Exception], None] | None = None,
    ) -> None:
        """Start a task that this group owns.

        Args:
            work: What to do.
            name: For logs and `close`.
            on_death: Called with an exception that nobody inside handled (a bug).
        """
        task = asyncio.create_task(self._guard(work, name, on_death), name=f"{self.name}.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(
        self, work: Awaitable[object], name: str, on_death: Callable[[Exception], None] | None
    ) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.died += 1
            _log.exception("task.died", task=name, group=self.name)
            if on_death is not None:
                on_death(error)

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._tasks)
