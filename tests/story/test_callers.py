"""What callers live through: languages, silence, wrong keys, long queues, and leaving."""

import pytest
from msgspec.structs import replace

from cordboard.agents import AgentState
from cordboard.calls import CallEnded, CallHeld
from cordboard.kit.ids import QueueId
from cordboard.queues import QueueEntered, QueueLeft
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story

DIRECT = "96511"
"Straight to the queue `repair`; its overflow is `billing`, which has none."


def change_queue(house: WholeHouse, queue_id: str, **changes: object) -> None:
    """Configure a queue of the demo anew."""
    queue = house.rooms.queues.get_queue(QueueId(queue_id))
    house.rooms.queues.put_queue(replace(queue, **changes))


async def test_an_english_caller_hears_english_from_the_choice_to_the_queue() -> None:
    house = WholeHouse()
    await house.open()

    caller = house.exchange.call("96510", "447700900123")
    for keys in ("2", "2", "654321#", "1"):
        await house.after(2.5)
        caller.press(keys)
    await house.after(30)

    spoken = [item for item in caller.hears[1:] if item.startswith(("file:", "say:"))]
    assert spoken
    assert [item for item in spoken if not item.startswith(("file:en/", "say:en:"))] == []
    assert "say:en:digits/654321" in spoken
    assert "file:en/queue/position_is" in spoken
    [entered] = house.told(QueueEntered)
    assert entered.queue_id == "billing"
    assert house.record().language == "en"
    caller.hang_up()
    await house.after(1)
    house.assert_nothing_is_left()


async def test_who_keeps_silent_in_the_menu_hears_goodbye() -> None:
    house = WholeHouse()
    await house.open("8012")

    caller = house.exchange.call("96510")
    await house.after(2.5)
    caller.press("1")
    await house.after(60)

    assert caller.hears.count("file:zh/menus/no_input") == 2
    assert caller.hears[-1] == "file:zh/goodbye"
    assert (caller.state, caller.cause) == ("ended", 16)
    [ended] = house.told(CallEnded)
    assert ended.by == "system"
    assert house.told(QueueEntered) == []
    house.assert_nothing_is_left()


async def test_who_keeps_silent_from_the_first_prompt_is_not_left_on_the_line() -> None:
    house = WholeHouse()
    await house.open("8012")

    caller = house.exchange.call("96510")
    await house.after(180)

    assert caller.state == "ended"
    house.assert_nothing_is_left()


async def test_wrong_keys_are_told_and_lead_to_a_person_in_the_end() -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 1

    caller = house.exchange.call("96510")
    for key in "19999":
        await house.after(2.5)
        caller.press(key)
    await house.after(10)

    assert "file:zh/menus/invalid" in caller.hears
    assert caller.now_hears == "party:8001"
    assert "".join(key.digit for key in house.record().keys).startswith("1999")
    caller.hang_up()
    await house.after(30)
    house.assert_nothing_is_left()


async def test_who_waits_too_long_goes_on_to_the_next_queue_with_both_visits_told() -> None:
    house = WholeHouse()
    await house.open()
    change_queue(house, "repair", max_wait_s=60)

    caller = house.exchange.call(DIRECT)
    await house.after(59)
    assert house.told(QueueLeft) == []
    await house.after(2)

    [left] = house.told(QueueLeft)
    assert (left.queue_id, left.outcome) == ("repair", "overflowed")
    entered = house.told(QueueEntered)
    assert [(e.queue_id, e.entry_kind) for e in entered] == [
        ("repair", "rule"),
        ("billing", "overflow"),
    ]
    caller.hang_up()
    await house.after(1)
    assert [visit.outcome for visit in house.record().visits] == ["overflowed", "abandoned"]
    house.assert_nothing_is_left()


async def test_the_last_queue_sends_off_politely_after_its_longest_wait() -> None:
    house = WholeHouse()
    await house.open()
    change_queue(house, "repair", max_wait_s=60, overflow_queue_id=None)

    caller = house.exchange.call(DIRECT)
    await house.after(90)

    assert caller.hears[-1] == "file:zh/queue/timeout"
    assert caller.state == "ended"
    [left] = house.told(QueueLeft)
    assert left.outcome == "timed_out"
    house.assert_nothing_is_left()


async def test_a_full_queue_refuses_with_a_word() -> None:
    house = WholeHouse()
    await house.open()
    change_queue(house, "repair", max_length=1, overflow_queue_id=None)

    first = house.exchange.call(DIRECT, "13900000001")
    await house.after(1)
    second = house.exchange.call(DIRECT, "13900000002")
    await house.after(15)

    assert second.hears[-1] == "file:zh/queue/full"
    assert second.state == "ended"
    assert first.now_hears == "moh:default"
    assert [left.outcome for left in house.told(QueueLeft)] == ["refused"]
    first.hang_up()
    await house.after(1)
    house.assert_nothing_is_left()


async def test_a_queue_that_needs_agents_refuses_while_none_is_there() -> None:
    house = WholeHouse()
    await house.open()
    change_queue(house, "repair", refuse_without_agents=True, overflow_queue_id=None)

    caller = house.exchange.call(DIRECT)
    await house.after(15)

    assert caller.hears[-1] == "file:zh/queue/timeout"
    assert [left.outcome for left in house.told(QueueLeft)] == ["refused"]
    house.assert_nothing_is_left()


async def test_both_hang_up_in_the_same_moment_and_the_call_ends_once() -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 1
    caller = house.exchange.call(DIRECT)
    await house.after(12)
    agent = house.phone_of("8012")
    assert caller.now_hears == "party:8001"

    caller.hang_up()
    agent.hang_up()
    await house.after(30)

    [ended] = house.told(CallEnded)
    assert ended.by in {"customer", "agent"}
    assert house.agent("8012").state is AgentState.IDLE
    assert [recording.state for recording in house.record().recordings] == ["closed"]
    house.assert_nothing_is_left()


async def test_a_caller_on_hold_hears_music_and_may_be_hung_up_on() -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 1
    caller = house.exchange.call(DIRECT)
    await house.after(12)
    agent = house.phone_of("8012")

    agent.hold()
    await house.after(10)
    assert caller.now_hears == "moh:default"
    assert house.agent("8012").state is AgentState.HOLDING
    agent.hang_up()
    await house.after(30)

    assert len(house.told(CallHeld)) == 1
    [ended] = house.told(CallEnded)
    assert ended.by == "agent"
    assert caller.state == "ended"
    assert house.agent("8012").state is AgentState.IDLE
    [handling] = house.record().handlings
    assert 9_900 <= handling.hold_ms <= 10_100
    house.assert_nothing_is_left()


async def test_the_unknown_number_is_refused_and_leaves_nothing() -> None:
    house = WholeHouse()
    await house.open("8012")

    caller = house.exchange.call("99999")
    await house.after(1)

    assert (caller.state, caller.cause) == ("ended", 1)
    house.assert_nothing_is_left()
