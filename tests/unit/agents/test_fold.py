"""What an agent did on a day."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from cordboard.agents.fold import day_of
from cordboard.kit.ids import AgentId
from tests.unit.acd.house import House, wait_s

pytestmark = pytest.mark.unit

ANN = AgentId("ann")
DAY_MS = 86_400_000


def test_a_day_begins_at_local_midnight() -> None:
    at_ms = 1_772_380_800_000  # 2026-03-01T16:00Z
    assert day_of(at_ms, UTC) == "2026-03-01"
    assert day_of(at_ms, ZoneInfo("Asia/Shanghai")) == "2026-03-02"


async def test_talk_and_wrap_up_count_and_hold_does_not() -> None:
    house = House()
    house.put_queue(wrap_up_s=20)
    house.sign_in("ann")
    house.arrive("c")
    await wait_s(3)
    house.pick_up("ann")
    await wait_s(10)
    house.hold("ann")
    await wait_s(5)
    house.hold("ann", resume=True)
    house.turns.post(lambda turn: house.agents.set_not_ready(turn, ANN, "meal"))
    await wait_s(7)
    house.hang_up("c")
    await wait_s(4)
    house.turns.post(lambda turn: house.agents.finish_wrap_up(turn, ANN))
    day = house.agents.find_day(ANN, house.now_ms)
    assert (day.answered, day.missed, day.talk_ms, day.wrap_up_ms) == (1, 0, 17_000, 4_000)


async def test_a_missed_offer_counts_as_missed_and_a_refused_one_as_nothing() -> None:
    house = House()
    house.put_queue(ring_limit_s=10)
    house.sign_in("ann")
    house.arrive("c")
    house.reject("ann")
    assert house.agents.find_day(ANN, house.now_ms).missed == 0
    await wait_s(31)
    await wait_s(11)
    assert house.agents.find_day(ANN, house.now_ms).missed == 1


async def test_a_talk_over_midnight_counts_on_the_day_it_began_and_two_days_are_kept() -> None:
    house = House()
    house.put_queue(wrap_up_s=0)
    house.sign_in("ann")
    for number in range(3):
        began_ms = house.now_ms
        house.arrive(f"c{number}")
        house.pick_up("ann")
        await wait_s(DAY_MS / 1000)
        house.hang_up(f"c{number}")
        day = house.agents.find_day(ANN, began_ms)
        assert (day.answered, day.talk_ms) == (1, DAY_MS)
    assert len(house.agents._floor._days[ANN]) == 2
    assert house.agents.find_day(ANN, 0).answered == 0
