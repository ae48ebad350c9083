"""The story of the first call: from the greeting to the record, as caller and agent live it."""

import pytest

from cordboard.acd import OfferMade, OfferTimedOut
from cordboard.agents import AgentState
from cordboard.calls import CallEnded
from cordboard.queues import PositionAnnounced, QueueEntered, QueueLeft
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story

KEYS = ("1", "1", "330851926#", "1")


async def a_caller_in_the_queue(house: WholeHouse) -> FakeParty:
    """Chinese, repair, account number, confirmed."""
    caller = house.exchange.call("96510", "13871562043")
    for keys in KEYS:
        await house.after(2.5)
        caller.press(keys)
    await house.after(1.5)
    return caller


async def test_a_caller_is_led_to_the_agent_and_the_record_tells_it_all() -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 3

    caller = await a_caller_in_the_queue(house)
    await house.after(8)

    assert caller.hears == [
        "file:zh/menus/welcome_language",
        "file:zh/menus/main_water",
        "file:zh/account/enter",
        "file:zh/account/you_entered",
        "say:zh:digits/330851926",
        "file:zh/account/confirm",
        "file:zh/account/thanks",
        "file:zh/queue/wait",
        "moh:default",
        "file:zh/agent/number_serves_you_prefix",
        "say:zh:digits/8012",
        "file:zh/agent/number_serves_you_suffix",
        "party:8001",
    ]
    assert house.agent("8012").state is AgentState.TALKING

    await house.after(30)
    caller.hang_up()
    await house.after(0.1)
    assert house.agent("8012").state is AgentState.WRAP_UP
    await house.after(21)
    assert house.agent("8012").state is AgentState.IDLE

    record = house.record()
    assert record.call_data["account"] == "330851926"
    assert "".join(key.digit for key in record.keys) == "".join(KEYS)
    assert [s.kind for s in record.segments if s.timeline == "customer"] == [
        "flow",
        "ring",
        "talk",
    ]
    assert [s.kind for s in record.segments if s.timeline == "agent"] == [
        "ring",
        "talk",
        "wrap_up",
    ]
    assert [recording.state for recording in record.recordings] == ["closed"]
    house.assert_nothing_is_left()


async def test_the_longest_idle_agent_with_the_skill_is_offered_the_call() -> None:
    house = WholeHouse()
    await house.open("8017", "8012", "8009")
    for phone in house.exchange.phones.values():
        phone.answers_after_s = None

    caller = await a_caller_in_the_queue(house)

    [offer] = house.told(OfferMade)
    assert offer.agent_id == "a-8017"
    chosen = [one.agent_id for one in offer.reason.candidates if one.chosen]
    assert chosen == ["a-8017"]
    caller.hang_up()
    await house.after(1)
    house.assert_nothing_is_left()


async def test_a_missed_offer_goes_to_the_next_agent_and_the_caller_keeps_the_place() -> None:
    house = WholeHouse()
    await house.open("8017", "8012")
    house.exchange.phones["8002"].answers_after_s = None
    house.exchange.phones["8001"].answers_after_s = 2

    caller = await a_caller_in_the_queue(house)
    await house.after(16)

    assert [offer.agent_id for offer in house.told(OfferTimedOut)] == ["a-8017"]
    assert house.agent("8017").state is AgentState.NOT_READY
    assert house.agent("8017").reason == "missed_offer"
    await house.after(10)
    assert caller.now_hears == "party:8001"
    assert len(house.told(QueueEntered)) == 1
    [left] = house.told(QueueLeft)
    assert left.outcome == "answered"
    caller.hang_up()
    await house.after(1)
    house.assert_nothing_is_left()


async def test_a_waiting_caller_hears_position_and_wait_every_so_often() -> None:
    house = WholeHouse()
    await house.open()

    caller = await a_caller_in_the_queue(house)
    await house.after(65)

    assert len(house.told(PositionAnnounced)) == 3
    assert caller.hears.count("file:zh/queue/position_is") == 3
    assert caller.now_hears == "moh:default"
    caller.hang_up()
    await house.after(1)
    [left] = house.told(QueueLeft)
    assert left.outcome == "abandoned"
    house.assert_nothing_is_left()


@pytest.mark.parametrize("second", [0.5, 3.0, 5.2, 7.8, 10.1, 11.9, 12.2])
async def test_whenever_the_caller_leaves_nothing_is_left_over(second: float) -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 5
    caller = house.exchange.call("96510")
    left_at = house.clock.now_s() + second
    for keys in KEYS:
        await house.after(max(0.0, min(2.5, left_at - house.clock.now_s())))
        if house.clock.now_s() < left_at:
            caller.press(keys)
    await house.after(max(0.0, left_at - house.clock.now_s()))

    caller.hang_up()
    await house.after(0.5)

    [ended] = house.told(CallEnded)
    assert ended.by == "customer"
    assert house.agent("8012").state is AgentState.IDLE
    house.assert_nothing_is_left()
