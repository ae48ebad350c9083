"""The daily proof runs by itself."""

import asyncio

import pytest

from cordboard.kit.clock import LoopClock
from cordboard.records.tasks import keep_daily

pytestmark = pytest.mark.unit


class Keeper:
    def __init__(self) -> None:
        self.checked: list[int] = []
        self.expired: list[int] = []

    async def check_recordings(self, now_ms: int) -> list[object]:
        self.checked.append(now_ms)
        return []

    async def expire_recordings(self, now_ms: int) -> int:
        self.expired.append(now_ms)
        return 0


async def test_recordings_are_expired_and_checked_after_a_minute_and_every_day() -> None:
    clock, keeper = LoopClock(), Keeper()
    start_ms = clock.now_ms()
    task = asyncio.create_task(keep_daily(clock, keeper))  # type: ignore[arg-type]
    await asyncio.sleep(2 * 86_400)
    task.cancel()

    assert [at - start_ms for at in keeper.checked] == [60_000, 60_000 + 86_400_000]
    assert keeper.expired == keeper.checked
