"""Timed work: once a day the proof of recordings and the end of their retention."""

import structlog

from cordboard.kit.clock import Clock

from .service import RecordingKeeper

_log = structlog.get_logger(__name__)
_DAY_S = 86_400.0
_FIRST_S = 60.0


async def keep_daily(clock: Clock, keeper: RecordingKeeper) -> None:
    """Check and expire a minute after start and then every day, for ever."""
    await clock.sleep(_FIRST_S)
    while True:
        removed = await keeper.expire_recordings(clock.now_ms())
        found = await keeper.check_recordings(clock.now_ms())
        _log.info("records.checked", removed=removed, unrecorded=len(found))
        await clock.sleep(_DAY_S)
