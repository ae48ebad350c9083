"""Calls on the fake exchange: beginnings, orders, hang-ups in every order, holds."""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from cordboard.calls import (
    AgentConnected,
    CallArrived,
    CallEnded,
    CallRouted,
    CallState,
    DigitPressed,
    DigitsCollected,
    LegEnded,
    PartiesConnected,
    PromptEnded,
    RecordingClosed,
    RecordingFailed,
    Route,
)
from cordboard.calls.service import CallSettings
from cordboard.calls.state import Call
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId
from cordboard.kit.turns import Turn
from cordboard.telephony.adapters.fake_people import FakeParty, FakePhone
from cordboard.telephony.ports import CollectOrder
from tests.support.house import CallHouse

pytestmark = pytest.mark.unit

AGENT = AgentId("a-1")
OFFER = OfferId("o-1")
LEG = LegId("l-agent")


def the_call(house: CallHouse) -> Call:
    [call] = house.calls.calls.values()
    return call


async def a_waiting_call(house: CallHouse) -> tuple[FakeParty, CallId]:
    """A caller whom the direct queue has answered."""
    caller = house.exchange.call("96511", "13871562043")
    await house.settle()
    call_id = the_call(house).id
    await house.turns.take(lambda turn: house.calls.answer(turn, call_id))
    await house.settle()
    return caller, call_id


async def ring(house: CallHouse, call_id: CallId) -> FakeParty:
    def work(turn: Turn) -> None:
        house.calls.ring_agent(turn, call_id, LEG, agent_id=AGENT, extension="8001", offer_id=OFFER)

    await house.turns.take(work)
    await house.settle(0.1)
    return house.exchange.phones["8001"].rings[-1]


async def a_talk(house: CallHouse) -> tuple[FakeParty, FakeParty, CallId]:
    house.exchange.phones["8001"].answers_after_s = None
    caller, call_id = await a_waiting_call(house)
    agent = await ring(house, call_id)
    agent.pick_up()
    await house.settle()
    await house.turns.take(lambda turn: house.calls.connect(turn, call_id, LEG))
    await house.settle()
    return caller, agent, call_id


def assert_nothing_is_left(house: CallHouse) -> None:
    assert house.exchange.living_legs == []
    assert house.calls.calls == {}
    assert len(house.owners) == 0
    assert len(house.timers) == 0


class TestBegin:
    async def test_a_service_number_routes_to_its_queue(self) -> None:
        house = CallHouse()

        house.exchange.call("965 11", "138-7156-2043")
        await house.settle()

        arrived, routed = house.told(CallArrived, CallRouted)
        assert isinstance(arrived, CallArrived)
        assert (arrived.caller_number, arrived.service_number) == ("13871562043", "96511")
        assert arrived.direction == "inbound"
        assert isinstance(routed, CallRouted)
        assert (routed.kind, routed.target, routed.entry_kind) == ("queue", "q-direct", "rule")

    async def test_an_unknown_number_is_refused_and_has_its_record(self) -> None:
        house = CallHouse()

        caller = house.exchange.call("12345")
        await house.settle()

        assert caller.state == "ended"
        assert caller.cause == 1
        [ended] = house.told(CallEnded)
        assert isinstance(ended, CallEnded)
        assert (ended.by, ended.reason) == ("system", "unknown-number")
        assert_nothing_is_left(house)

    async def test_a_trunk_does_not_reach_extensions(self) -> None:
        house = CallHouse()
        caller = house.exchange.call("8001")
        await house.settle()
        assert caller.cause == 1

    async def test_a_phone_reaches_a_phone_and_both_hear_each_other(self) -> None:
        house = CallHouse()

        one = house.exchange.call("8002", "8001", line_kind="phone", line_id="8001")
        await house.settle(3)

        [two] = house.exchange.phones["8002"].rings
        assert (one.now_hears, two.now_hears) == ("party:8002", "party:8001")
        assert len(house.told(PartiesConnected)) == 1
        two.hang_up()
        await house.settle()
        [ended] = house.told(CallEnded)
        assert isinstance(ended, CallEnded)
        assert ended.by == "agent"
        assert_nothing_is_left(house)

    async def test_a_phone_reaches_outside_behind_the_prefix(self) -> None:
        house = CallHouse()
        house.exchange.outside["13900000000"] = FakePhone(answers_after_s=1)

        one = house.exchange.call("913900000000", "8001", line_kind="phone", line_id="8001")
        await house.settle(2)

        assert one.now_hears == "party:13900000000"
        [arrived] = house.told(CallArrived)
        assert isinstance(arrived, CallArrived)
        assert arrived.direction == "outbound"

    async def test_a_busy_colleague_ends_the_internal_call_as_busy(self) -> None:
        house = CallHouse()
        house.exchange.phones["8002"].status = 486

        one = house.exchange.call("8002", "8001", line_kind="phone", line_id="8001")
        await house.settle(1)

        assert one.cause == 17
        assert_nothing_is_left(house)


class TestTalk:
    async def test_customer_and_agent_hear_each_other_and_it_is_recorded(self) -> None:
        house = CallHouse()
        caller, agent, call_id = await a_talk(house)

        assert (caller.now_hears, agent.now_hears) == ("party:8001", "party:13871562043")
        [connected] = house.told(AgentConnected)
        assert isinstance(connected, AgentConnected)
        assert (connected.agent_id, connected.offer_id) == (AGENT, OFFER)

        await house.settle(5)
        caller.hang_up()
        await house.settle()
        [closed] = house.told(RecordingClosed)
        assert isinstance(closed, RecordingClosed)
        assert closed.path.endswith(f"{call_id}.wav")
        assert closed.duration_ms >= 5000
        assert_nothing_is_left(house)

    async def test_the_announcement_is_heard_before_the_agent(self) -> None:
        house = CallHouse()
        house.exchange.phones["8001"].answers_after_s = 0.1
        caller, call_id = await a_waiting_call(house)
        await ring(house, call_id)
        await house.settle(0.2)

        announce = ("say:zh:digits/8012",)
        await house.turns.take(
            lambda turn: house.calls.connect(turn, call_id, LEG, announce=announce)
        )
        await house.settle(0.1)
        assert caller.now_hears == "say:zh:digits/8012"
        assert house.told(AgentConnected) == []

        await house.settle(1)
        assert caller.now_hears == "party:8001"
        assert len(house.told(AgentConnected)) == 1
        assert house.told(PromptEnded) == []

    async def test_hold_plays_music_and_resume_takes_back(self) -> None:
        house = CallHouse()
        caller, agent, _ = await a_talk(house)

        agent.hold()
        await house.settle()
        assert caller.now_hears == "moh:default"
        assert the_call(house).state is CallState.HELD

        agent.resume()
        await house.settle()
        assert caller.now_hears == "party:8001"
        assert the_call(house).state is CallState.TALKING

    async def test_a_recording_that_cannot_start_is_told_and_the_call_goes_on(self) -> None:
        house = CallHouse()
        house.exchange.recording_fails = "no space left on device"
        caller, _, _ = await a_talk(house)

        [failed] = house.told(RecordingFailed)
        assert isinstance(failed, RecordingFailed)
        assert failed.reason == "no space left on device"
        assert caller.state == "talking"

    async def test_policy_may_record_nothing(self) -> None:
        house = CallHouse(settings=CallSettings(records_calls=False))
        await a_talk(house)
        assert not [kind for kind in house.kinds() if kind.startswith("Recording")]


HANG_UPS = ["customer", "agent", "both", "both, agent first", "system"]


class TestHangUp:
    @pytest.mark.parametrize("who", HANG_UPS)
    async def test_nothing_is_left_over_in_any_order(self, who: str) -> None:
        house = CallHouse()
        caller, agent, call_id = await a_talk(house)

        if who == "system":
            house.turns.post(lambda turn: house.calls.end(turn, call_id))
        elif who == "both, agent first":
            agent.hang_up()
            caller.hang_up()
        else:
            if who in {"customer", "both"}:
                caller.hang_up()
            if who in {"agent", "both"}:
                agent.hang_up()
        await house.settle()

        [ended] = house.told(CallEnded)
        assert isinstance(ended, CallEnded)
        expected = {"both": "customer", "both, agent first": "agent"}.get(who, who)
        assert ended.by == expected
        assert len(house.told(LegEnded)) == 2
        assert_nothing_is_left(house)

    async def test_a_caller_who_leaves_while_the_phone_rings_stops_it(self) -> None:
        house = CallHouse()
        house.exchange.phones["8001"].answers_after_s = None
        caller, call_id = await a_waiting_call(house)
        agent = await ring(house, call_id)

        caller.hang_up()
        await house.settle()

        assert agent.state == "ended"
        assert_nothing_is_left(house)

    async def test_an_agent_leg_that_fails_leaves_the_caller_waiting(self) -> None:
        house = CallHouse()
        house.exchange.phones["8001"].status = 486
        caller, call_id = await a_waiting_call(house)

        def work(turn: Turn) -> None:
            house.calls.ring_agent(
                turn, call_id, LEG, agent_id=AGENT, extension="8001", offer_id=OFFER
            )

        await house.turns.take(work)
        await house.settle(0.1)

        [ended] = house.told(LegEnded)
        assert isinstance(ended, LegEnded)
        assert (ended.offer_id, ended.sip_status, ended.was_answered) == (OFFER, 486, False)
        assert caller.state == "talking"

    async def test_an_answer_that_crosses_the_end_is_hung_up(self) -> None:
        house = CallHouse()
        house.exchange.phones["8001"].answers_after_s = None
        caller, call_id = await a_waiting_call(house)
        agent = await ring(house, call_id)

        agent.pick_up()
        caller.hang_up()
        await house.settle()

        assert agent.state == "ended"
        assert_nothing_is_left(house)

    async def test_orders_for_a_call_that_is_over_say_so(self) -> None:
        house = CallHouse()
        caller, call_id = await a_waiting_call(house)
        caller.hang_up()
        await house.settle()
        answers: list[bool] = []

        def work(turn: Turn) -> None:
            answers.append(house.calls.answer(turn, call_id))
            answers.append(house.calls.play(turn, call_id, "p", ("file:x",)))
            answers.append(house.calls.stop(turn, call_id))
            answers.append(house.calls.collect(turn, call_id, CollectOrder(collect_id="k")))
            answers.append(house.calls.set_data(turn, call_id, "a", "b"))
            answers.append(house.calls.route(turn, call_id, Route("queue", "q"), by="test"))
            answers.append(house.calls.connect(turn, call_id, LEG))
            answers.append(house.calls.hang_up_leg(turn, call_id, LEG))
            answers.append(house.calls.end(turn, call_id))

        await house.turns.take(work)
        assert answers == [False] * 9


class TestKeys:
    async def test_each_key_is_one_fact_and_the_collection_one_signal(self) -> None:
        house = CallHouse()
        heard: list[DigitsCollected] = []
        house.bus.subscribe(DigitsCollected, lambda turn, signal: heard.append(signal))
        caller, call_id = await a_waiting_call(house)

        order = CollectOrder(collect_id="k1", items=("file:zh/account/enter",), max_digits=10)
        await house.turns.take(lambda turn: house.calls.collect(turn, call_id, order))
        await house.settle(0.2)
        caller.press("330#")
        await house.settle()

        assert [(s.digits, s.reason, s.terminator) for s in heard] == [("330", "terminator", "#")]
        pressed = house.told(DigitPressed)
        assert [f.digit for f in pressed if isinstance(f, DigitPressed)] == ["3", "3", "0", "#"]
        assert house.told(DigitsCollected) == []

    async def test_a_silent_caller_is_no_input(self) -> None:
        house = CallHouse()
        heard: list[DigitsCollected] = []
        house.bus.subscribe(DigitsCollected, lambda turn, signal: heard.append(signal))
        _, call_id = await a_waiting_call(house)
        order = CollectOrder(collect_id="k1", items=("file:a",), first_ms=5000)

        await house.turns.take(lambda turn: house.calls.collect(turn, call_id, order))
        await house.settle(5.9)
        assert heard == []
        await house.settle(0.2)
        assert [s.reason for s in heard] == ["no_input"]


class TestOwner:
    async def test_a_bug_ends_its_call_and_no_other(self) -> None:
        house = CallHouse()
        other, _, _ = await a_talk(house)

        def broken(turn: Turn, fact: CallRouted) -> None:
            raise ZeroDivisionError

        house.bus.subscribe(CallRouted, broken)
        caller = house.exchange.call("96511")
        await house.settle()

        assert caller.state == "ended"
        assert caller.cause == 41
        assert other.state == "talking"
        reasons = [f.reason for f in house.told(CallEnded) if isinstance(f, CallEnded)]
        assert reasons == ["bug"]
        assert len(house.journal.dead) == 1

    async def test_a_call_that_is_over_is_forgotten_even_if_figures_never_come(self) -> None:
        house = CallHouse()
        caller, call_id = await a_waiting_call(house)
        house.exchange._legs[caller.leg_id].answered = False  # no figures will be told
        caller.hang_up()
        await house.settle()
        assert call_id in house.calls.calls
        await house.settle(41)
        assert call_id not in house.calls.calls
        assert len(house.owners) == 0


class TestReplay:
    @pytest.mark.parametrize("seed", range(20))
    async def test_a_call_rebuilt_from_its_facts_equals_the_one_that_lived(self, seed: int) -> None:
        chance = Random(seed)
        house = CallHouse()
        caller, agent, call_id = await a_talk(house)
        acts: list[Callable[[], None]] = [agent.hold, agent.resume, partial(caller.press, "5")]
        for _ in range(chance.randrange(6)):
            chance.choice(acts)()
            await house.settle()
        await house.turns.take(lambda turn: house.calls.set_data(turn, call_id, "account", "1"))

        again = CallHouse()
        for fact in house.told():
            again.calls.replay(fact)

        assert again.calls.calls == house.calls.calls
        assert again.calls.call_of_leg(LEG) == call_id
