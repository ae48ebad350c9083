"""Forgetting what the settings let go: facts of the journal, once a day.

Records and recordings have their own age (see records); a journal that has forgotten anything
cannot be rebuilt from, and `cordboard rebuild` says so.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from cordboard.kit.clock import Clock
from cordboard.kit.db import DatabaseAwayError

_log = structlog.get_logger(__name__)
_FIRST_S = 90.0
_DAY_S = 86_400.0
_DAY_MS = 86_400_000


class Past(Protocol):
    """A journal that can forget."""

    async def prune(self, before_ms: int, *, is_open: Callable[[str], bool]) -> int:
        """Forget facts older than a moment, but none of open streams; the number forgotten."""
        ...


async def forget_daily(
    clock: Clock, journal: Past, *, days: int, is_open: Callable[[str], bool]
) -> None:
    """Forget soon after the start and then every day, for ever.

    Args:
        clock: Time.
        journal: What forgets.
        days: Facts older than so many days go.
        is_open: Whether a stream is of a call in progress.
    """
    await clock.sleep(_FIRST_S)
    while True:
        before_ms = clock.now_ms() - days * _DAY_MS
        try:
            forgotten = await journal.prune(before_ms, is_open=is_open)
            _log.info("journal.pruned", facts=forgotten, days=days)
        except DatabaseAwayError:
            _log.warning("journal.not_pruned", why="the database is away; tomorrow again")
        await clock.sleep(_DAY_S)
