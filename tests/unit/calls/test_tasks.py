"""Owners: every event reaches its call, also one that comes before the call's first turn."""

import pytest

from cordboard.calls import CallEnded, CallState, LegEnded
from cordboard.kit.ids import LegId
from cordboard.telephony import events as wire
from tests.support.house import CallHouse

pytestmark = pytest.mark.unit


async def test_an_event_waits_until_the_turn_of_the_one_before_is_committed() -> None:
    house = CallHouse()
    caller = house.exchange.call("96510", "13871562043")
    [call] = house.calls.calls.values()  # an idle owner takes an event at once

    caller.hang_up()

    assert call.state is not CallState.ENDED
    assert house.kinds().count("LegEnded") == 0
    await house.settle()
    assert house.kinds().count("LegEnded") == 1


async def test_a_house_that_closes_takes_no_more_events() -> None:
    house = CallHouse()
    caller = house.exchange.call("96510", "13871562043")
    await house.settle()
    before = house.kinds()

    house.owners.close()
    caller.hang_up()
    house.exchange.call("96510", "13871562044")
    await house.settle()

    assert house.kinds() == before
    assert len(house.owners) == 0


async def test_a_caller_who_leaves_before_the_first_commit_leaves_no_ghost_call() -> None:
    house = CallHouse()
    caller = house.exchange.call("96510", "13871562043")

    caller.hang_up()  # nothing of the call is committed yet
    await house.settle(0.1)

    assert house.owners.unclaimed == 0
    [ended] = house.told(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.by == "customer"
    assert len(house.told(LegEnded)) == 1
    assert house.calls.calls == {}
    assert house.calls.count_living() == 0
    assert len(house.owners) == 0


async def test_an_event_of_a_leg_that_nobody_knows_is_counted() -> None:
    house = CallHouse()

    house.owners.hear(wire.LegRinging(at_ms=house.clock.now_ms(), leg_id=LegId("l-stranger")))
    await house.settle()

    assert house.owners.unclaimed == 1
    assert house.kinds() == []
