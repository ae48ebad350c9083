"""Owners: every event reaches its call, also one that comes before the call's first turn."""

import pytest

from cordboard.calls import CallEnded, LegEnded
from cordboard.kit.ids import LegId
from cordboard.telephony import events as wire
from tests.support.house import CallHouse

pytestmark = pytest.mark.unit


async def test_a_caller_who_leaves_before_the_first_turn_ran_leaves_no_ghost_call() -> None:
    house = CallHouse()
    caller = house.exchange.call("96510", "13871562043")

    caller.hang_up()  # nothing of the call was worked off yet
    await house.settle(0.1)

    assert house.owners.unclaimed == 0
    [ended] = house.told(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.by == "customer"
    assert len(house.told(LegEnded)) == 1
    assert house.calls.calls == {}
    assert house.calls.count_living() == 0
    assert len(house.tasks) == 0


async def test_an_event_of_a_leg_that_nobody_knows_is_counted() -> None:
    house = CallHouse()

    house.owners.hear(wire.LegRinging(at_ms=house.clock.now_ms(), leg_id=LegId("l-stranger")))
    await house.settle()

    assert house.owners.unclaimed == 1
    assert house.kinds() == []
