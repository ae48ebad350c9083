"""The journal forgets once a day, and never of calls in progress."""

from collections.abc import Callable

import pytest

from cordboard.app.retention import forget_daily
from cordboard.kit.clock import LoopClock
from cordboard.kit.db import DatabaseAwayError
from cordboard.kit.tasks import Tasks

pytestmark = pytest.mark.unit

DAY_S = 86_400


class FakePast:
    """Remembers what it was asked to forget."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.spared: list[bool] = []
        self.is_away = False

    async def prune(self, before_ms: int, *, is_open: Callable[[str], bool]) -> int:
        self.asked.append(before_ms)
        self.spared.append(is_open("call/c-1"))
        if self.is_away:
            raise DatabaseAwayError("away")
        return 7


async def test_facts_go_when_they_are_so_many_days_old() -> None:
    clock, past, tasks = LoopClock(), FakePast(), Tasks("test")
    began_ms = clock.now_ms()

    tasks.start(
        forget_daily(clock, past, days=30, is_open=lambda stream: stream == "call/c-1"),
        name="forget",
    )
    await clock.sleep(3 * DAY_S)
    await tasks.close()

    ages_s = [(before_ms - began_ms) / 1000 for before_ms in past.asked]
    assert ages_s == [90 + (n - 30) * DAY_S for n in range(3)]
    assert past.spared == [True] * 3


async def test_a_database_that_is_away_is_asked_again_the_next_day() -> None:
    clock, past, tasks = LoopClock(), FakePast(), Tasks("test")
    past.is_away = True

    tasks.start(forget_daily(clock, past, days=1, is_open=lambda stream: False), name="forget")
    await clock.sleep(2 * DAY_S)
    await tasks.close()

    assert len(past.asked) == 2
    assert tasks.died == 0
