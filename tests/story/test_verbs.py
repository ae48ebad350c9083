"""What an agent can do with a call, and what everybody hears then."""

import pytest

from cordboard.agents import AgentState
from cordboard.app.site import agent_of
from cordboard.calls import (
    CallEnded,
    CallRouted,
    CallState,
    CallTransferred,
    ConsultEnded,
    NoSuchTargetError,
    NotOnCallError,
    Route,
    Target,
    TransferFailed,
    VerbRefusedError,
)
from cordboard.flows.graph import check
from cordboard.kit.ids import CallId, UserId
from cordboard.queues import QueueLeft
from cordboard.records.model import CallRecord
from cordboard.telephony.adapters.fake_people import FakePhone
from tests.support.floor import EXPERT, PHONES, STATES, A, B, C, Floor, State
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story

CUSTOMER = "party:13871562043"
MUSIC = "moh:default"
RINGBACK = "tone:ringback/cn"
ALICE, BOB = "party:8001", "party:8002"


async def a_talk() -> Floor:
    return await (await Floor.open()).talk()


def kinds(record: CallRecord, timeline: str = "customer", agent_id: str = "") -> list[str]:
    return [
        one.kind
        for one in record.segments
        if one.timeline == timeline and (not agent_id or one.agent_id == agent_id)
    ]


class TestHold:
    async def test_the_customer_hears_music_and_the_agent_nothing(self) -> None:
        floor = await a_talk()
        await floor.do("hold")
        assert (floor.caller.now_hears, floor.phone(A).now_hears) == (MUSIC, None)
        assert floor.house.agent("8012").state is AgentState.HOLDING

        await floor.do("retrieve")

        assert (floor.caller.now_hears, floor.phone(A).now_hears) == (ALICE, CUSTOMER)
        assert floor.house.agent("8012").state is AgentState.TALKING
        record = await floor.close()
        assert kinds(record)[-3:] == ["talk", "hold", "talk"]

    async def test_the_phones_own_hold_key_does_the_same(self) -> None:
        floor = await a_talk()
        floor.phone(A).hold()
        await floor.house.after(0.1)
        assert floor.caller.now_hears == MUSIC
        floor.phone(A).resume()
        await floor.house.after(0.1)
        assert floor.caller.now_hears == ALICE
        await floor.close()

    async def test_digits_go_to_the_customer(self) -> None:
        floor = await a_talk()
        await floor.do("send_digits", A, "12#")
        assert floor.caller.got_digits == "12#"
        await floor.close()


class TestBlindTransfer:
    async def test_to_an_agent(self) -> None:
        floor = await a_talk()
        await floor.do("transfer", A, Target("agent", B))
        assert floor.caller.now_hears == RINGBACK
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        assert floor.house.agent("8017").state is AgentState.RINGING

        await floor.pick_up(floor.phone(B))

        assert floor.caller.now_hears == BOB
        assert floor.house.agent("8017").state is AgentState.TALKING
        await floor.house.after(10)
        record = await floor.close()
        first, second = record.handlings
        assert (first.role, first.end_reason) == ("queue", "transferred")
        assert (second.role, second.queue_id) == ("transfer", "repair")
        assert kinds(record) == ["ring", "talk", "ring", "talk"]

    async def test_to_a_queue_waits_there_and_is_answered_again(self) -> None:
        floor = await a_talk()
        await floor.do("transfer", A, Target("queue", "billing"))
        assert floor.house.agent("8009").state is AgentState.RINGING
        await floor.pick_up(floor.phone(C))
        await floor.house.after(8)
        assert floor.caller.now_hears == "party:8003"
        record = await floor.close()
        assert [visit.entry_kind for visit in record.visits] == ["rule", "transfer"]
        assert [visit.outcome for visit in record.visits] == ["answered", "answered"]

    async def test_to_a_flow_the_customer_is_led_again(self) -> None:
        floor = await a_talk()
        await floor.do("transfer", A, Target("flow", "demo"))
        await floor.house.after(0.5)
        assert floor.caller.now_hears == "file:zh/menus/welcome_language"
        record = await floor.close()
        assert kinds(record)[-1] == "flow"

    async def test_to_an_outside_number(self) -> None:
        floor = await a_talk()
        await floor.do("transfer", A, Target("outside", "139-0000-0000"))
        await floor.pick_up(floor.expert)
        assert floor.caller.now_hears == f"party:{EXPERT}"
        assert floor.expert.now_hears == CUSTOMER
        record = await floor.close()
        assert record.handlings[0].end_reason == "transferred"

    @pytest.mark.parametrize("status", [486, 603, 404])
    async def test_a_target_that_refuses_gives_the_customer_back_to_the_queues_head(
        self, status: int
    ) -> None:
        floor = await a_talk()
        floor.house.exchange.phones["8002"].status = status
        await floor.do("transfer", A, Target("agent", B))
        assert len(floor.house.told(TransferFailed)) == 1
        routed = floor.house.told(CallRouted)[-1]
        assert (routed.kind, routed.target, routed.priority) == ("queue", "repair", 1000)
        await floor.close()

    async def test_who_is_not_there_is_refused_and_nothing_changes(self) -> None:
        floor = await a_talk()
        for target in (Target("agent", "nobody"), Target("queue", "none"), Target("flow", "none")):
            with pytest.raises(NoSuchTargetError):
                await floor.do("transfer", A, target)
        assert floor.caller.now_hears == ALICE
        await floor.close()


class TestConsultation:
    async def test_the_customer_hears_music_while_the_colleague_is_called(self) -> None:
        floor = await a_talk()
        await floor.consult(answered=False)
        assert (floor.caller.now_hears, floor.phone(A).now_hears) == (MUSIC, RINGBACK)
        assert floor.house.agent("8012").state is AgentState.CONSULTING
        assert floor.house.agent("8017").state is AgentState.RINGING

        await floor.pick_up(floor.phone(B))

        assert floor.caller.now_hears == MUSIC
        assert (floor.phone(A).now_hears, floor.phone(B).now_hears) == (BOB, ALICE)
        assert floor.house.agent("8017").state is AgentState.CONSULTING
        await floor.close()

    async def test_complete_joins_customer_and_colleague(self) -> None:
        floor = await a_talk()
        await floor.consult()
        await floor.house.after(20)
        await floor.do("complete")
        assert (floor.caller.now_hears, floor.phone(B).now_hears) == (BOB, CUSTOMER)
        assert floor.phone(A).state == "ended"
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        assert floor.house.agent("8017").state is AgentState.TALKING

        await floor.house.after(30)
        record = await floor.close()

        first, second = record.handlings
        assert first.end_reason == "transferred"
        assert first.consult_ms >= 20_000
        assert first.hold_ms < 1000
        assert (second.role, second.talk_ms // 1000) == ("transfer", 30)
        assert kinds(record) == ["ring", "talk", "hold", "talk"]
        assert kinds(record, "agent", A) == ["ring", "talk", "consult", "wrap_up"]

    async def test_complete_while_it_rings_lets_the_customer_wait_for_the_answer(self) -> None:
        floor = await a_talk()
        await floor.consult(answered=False)
        await floor.do("complete")
        assert floor.caller.now_hears == RINGBACK
        await floor.pick_up(floor.phone(B))
        assert floor.caller.now_hears == BOB
        await floor.close()

    async def test_cancel_takes_the_customer_back(self) -> None:
        floor = await a_talk()
        await floor.consult()
        await floor.do("cancel")
        assert (floor.caller.now_hears, floor.phone(A).now_hears) == (ALICE, CUSTOMER)
        assert floor.phone(B).state == "ended"
        assert floor.house.agent("8017").state is AgentState.IDLE
        record = await floor.close()
        [handling] = record.handlings
        assert handling.consult_ms > 0

    async def test_alternate_goes_to_and_fro(self) -> None:
        floor = await a_talk()
        await floor.consult()
        await floor.do("alternate")
        assert (floor.caller.now_hears, floor.phone(B).now_hears) == (ALICE, MUSIC)
        assert floor.house.agent("8012").state is AgentState.TALKING
        await floor.do("alternate")
        assert (floor.caller.now_hears, floor.phone(B).now_hears) == (MUSIC, ALICE)
        assert floor.house.agent("8012").state is AgentState.CONSULTING
        await floor.do("complete")
        assert floor.caller.now_hears == BOB
        await floor.close()

    async def test_the_colleague_who_leaves_leaves_the_customer_held(self) -> None:
        floor = await a_talk()
        await floor.consult()
        floor.phone(B).hang_up()
        await floor.house.after(0.2)
        assert floor.caller.now_hears == MUSIC
        assert floor.house.agent("8012").state is AgentState.HOLDING
        await floor.do("retrieve")
        assert floor.caller.now_hears == ALICE
        [ended] = floor.house.told(ConsultEnded)
        assert ended.result == "left"
        await floor.close()

    async def test_a_colleague_who_is_busy_leaves_the_customer_held(self) -> None:
        floor = await a_talk()
        floor.house.exchange.phones["8002"].status = 486
        await floor.consult(answered=False)
        assert floor.call.state is CallState.HELD
        assert floor.caller.now_hears == MUSIC
        await floor.do("retrieve")
        assert floor.caller.now_hears == ALICE
        await floor.close()

    async def test_an_agent_who_hangs_up_passes_the_customer_to_the_colleague(self) -> None:
        floor = await a_talk()
        await floor.consult()
        floor.phone(A).hang_up()
        await floor.house.after(0.2)
        assert floor.caller.now_hears == BOB
        assert floor.house.agent("8017").state is AgentState.TALKING
        await floor.close()

    async def test_an_agent_lost_while_it_rings_gives_the_customer_back_to_the_queue(self) -> None:
        floor = await a_talk()
        await floor.consult(answered=False)
        floor.phone(A).hang_up()
        await floor.house.after(0.5)
        assert floor.call.state is CallState.TRANSFERRING
        assert floor.house.told(CallRouted)[-1].target == "repair"
        assert [fact.outcome for fact in floor.house.told(QueueLeft)] == ["answered"]
        await floor.close()

    async def test_an_agent_consulted_while_not_ready_is_not_ready_again(self) -> None:
        floor = await a_talk()
        work = floor.house.rooms.agents.set_not_ready
        await floor.turn(lambda turn: work(turn, B, "meal"))
        await floor.consult()
        assert floor.house.agent("8017").state is AgentState.CONSULTING
        await floor.do("cancel")
        assert floor.house.agent("8017").state is AgentState.NOT_READY
        assert floor.house.agent("8017").reason == "meal"
        await floor.close()


class TestPark:
    async def test_a_parked_customer_hears_music_until_somebody_picks_up(self) -> None:
        floor = await a_talk()
        await floor.do("park")
        assert (floor.caller.now_hears, floor.call.slot) == (MUSIC, "701")
        assert floor.house.agent("8012").state is AgentState.WRAP_UP

        await floor.turn(lambda turn: floor.house.rooms.verbs.pick_up(turn, "701", B))
        await floor.house.after(0.2)
        assert floor.caller.now_hears == MUSIC
        await floor.pick_up(floor.phone(B))

        assert floor.caller.now_hears == BOB
        record = await floor.close()
        assert [one.role for one in record.handlings] == ["queue", "direct"]
        assert kinds(record) == ["ring", "talk", "hold", "talk"]

    async def test_nobody_picks_up_and_the_queue_has_the_customer_again(self) -> None:
        floor = await a_talk()
        await floor.do("park")
        await floor.house.after(301)
        assert floor.house.told(CallTransferred)[-1].target == "repair"
        assert floor.house.told(CallRouted)[-1].kind == "queue"
        await floor.close()


PIN_FLOW = {
    "format": 1,
    "id": "pin",
    "name": "PIN",
    "version": 1,
    "languages": ["zh"],
    "start": "ask",
    "variables": {"pin_checked": ""},
    "nodes": {
        "ask": {"kind": "collect", "label": "PIN", "variable": "pin_checked",
                "items": ["account/enter"], "min_digits": 4, "max_digits": 4,
                "exits": {"collected": "end", "no_input": "end", "invalid": "end"}},
        "end": {"kind": "hang_up", "label": "End", "items": ["goodbye"], "exits": {}},
    },
}  # fmt: skip


class TestSendToFlow:
    async def test_the_customer_keys_a_pin_that_the_agent_does_not_hear(self) -> None:
        floor = await a_talk()
        await floor.house.rooms.flows.publish(check(PIN_FLOW))
        await floor.do("send_to_flow", A, "pin")
        assert floor.caller.now_hears == "file:zh/account/enter"
        assert floor.phone(A).now_hears is None
        assert floor.house.agent("8012").state is AgentState.HOLDING
        floor.caller.press("4711")
        await floor.house.after(3)
        assert (floor.caller.now_hears, floor.phone(A).now_hears) == (ALICE, CUSTOMER)
        assert floor.house.agent("8012").state is AgentState.TALKING
        assert floor.call.data["pin_checked"] == "4711"
        record = await floor.close()
        assert kinds(record)[-3:] == ["talk", "hold", "talk"]

    async def test_the_agent_takes_the_customer_back_at_once(self) -> None:
        floor = await a_talk()
        await floor.do("send_to_flow", A, "demo")
        with pytest.raises(VerbRefusedError, match="in a flow"):
            await floor.do("transfer", A, Target("agent", B))
        await floor.do("retrieve")
        assert floor.caller.now_hears == ALICE
        assert floor.house.rooms.flows.find_run(floor.call.id) is None
        await floor.house.after(60)
        assert floor.caller.now_hears == ALICE
        await floor.close()

    @pytest.mark.parametrize("who", ["caller", "agent"])
    async def test_whoever_leaves_meanwhile_leaves_nothing_over(self, who: str) -> None:
        floor = await a_talk()
        await floor.house.rooms.flows.publish(check(PIN_FLOW))
        await floor.do("send_to_flow", A, "pin")
        (floor.caller if who == "caller" else floor.phone(A)).hang_up()
        await floor.house.after(1)
        if who == "agent":
            floor.caller.press("4711")
            await floor.house.after(3)
            assert floor.house.told(CallRouted)[-1].target == "repair"
        await floor.close()

    async def test_a_prompt_is_heard_and_the_talk_goes_on(self) -> None:
        floor = await a_talk()
        await floor.do("play", A, ("file:zh/goodbye",))
        assert floor.caller.now_hears == "file:zh/goodbye"
        await floor.house.after(2)
        assert floor.caller.now_hears == ALICE
        floor.house.exchange.missing.add("file:none")
        with pytest.raises(VerbRefusedError, match="no prompt"):
            await floor.do("play", A, ("file:none",))
        assert floor.call.state is CallState.TALKING
        await floor.close()


def night(to: str, target: str) -> dict[str, object]:
    return {
        "format": 1,
        "id": "night",
        "name": "Night",
        "version": 1,
        "languages": ["zh"],
        "start": "duty",
        "nodes": {
            "duty": {"kind": "route", "label": "Duty", "to": to, "target": target,
                     "exits": {"failed": "end"}},
            "end": {"kind": "hang_up", "label": "End", "items": ["goodbye"], "exits": {}},
        },
    }  # fmt: skip


class TestFlowToAPerson:
    async def a_night_call(self, to: str, target: str) -> Floor:
        """The demo's service number leads to this person now."""
        floor = await Floor.open()
        await floor.house.rooms.flows.publish(check(night(to, target)))
        floor.caller = floor.house.exchange.call("96511", "13871562043")
        await floor.house.after(0.2)
        calls = floor.house.rooms.calls
        route = Route("flow", "night")
        await floor.turn(lambda turn: calls.route(turn, floor.call.id, route, by="test"))
        await floor.house.after(0.3)
        return floor

    async def test_the_duty_mobile_is_rung_and_talks(self) -> None:
        floor = await self.a_night_call("outside", EXPERT)
        assert floor.caller.now_hears == RINGBACK
        await floor.pick_up(floor.expert)
        assert floor.caller.now_hears == f"party:{EXPERT}"
        floor.expert.hang_up()
        await floor.house.after(60)
        assert floor.house.record().peer_party == "outside"
        floor.house.assert_nothing_is_left()

    async def test_an_extension_is_rung_and_its_agent_has_a_direct_call(self) -> None:
        floor = await self.a_night_call("extension", "8002")
        await floor.pick_up(floor.phone(B))
        assert floor.caller.now_hears == BOB
        record = await floor.close()
        assert [one.role for one in record.handlings] == ["direct"]

    async def test_a_phone_that_nobody_answers_rings_for_a_minute_and_no_longer(self) -> None:
        floor = await self.a_night_call("extension", "8002")
        await floor.house.after(61)
        assert floor.phone(B).state == "ended"
        assert len(floor.house.told(TransferFailed)) == 1
        assert floor.house.told(CallRouted)[-1].target == "repair"
        await floor.close()


class TestDialling:
    async def test_click_to_dial_rings_the_own_phone_first_and_then_the_number(self) -> None:
        house = WholeHouse()
        await house.open("8012")
        house.exchange.phones["8001"].answers_after_s = 2
        house.exchange.outside[EXPERT] = FakePhone(answers_after_s=5)
        dial_out = house.rooms.verbs.dial_out
        call_id = CallId("c-new")

        await house.rooms.turns.take(lambda turn: dial_out(turn, call_id, A, EXPERT))
        await house.after(1)
        assert house.agent("8012").state is AgentState.DIALLING
        assert house.exchange.outside[EXPERT].rings == []
        await house.after(2)
        [expert] = house.exchange.outside[EXPERT].rings
        assert house.phone_of("8012").now_hears == RINGBACK
        await house.after(5)

        assert house.phone_of("8012").now_hears == f"party:{EXPERT}"
        assert house.agent("8012").state is AgentState.TALKING
        await house.after(60)
        expert.hang_up()
        await house.after(1)
        record = house.record()
        assert (record.direction, record.origin) == ("outbound", "agent")
        [handling] = record.handlings
        assert (handling.role, handling.talk_ms // 1000) == ("outbound", 60)
        assert handling.dial_ms // 1000 == 7
        assert kinds(record) == ["dial", "talk"]
        [recording] = record.recordings
        assert recording.leg_id == expert.leg_id
        house.assert_nothing_is_left()
        assert house.agent("8012").state is AgentState.IDLE

    async def test_a_colleague_called_inside_is_in_no_figure(self) -> None:
        house = WholeHouse()
        await house.open("8012", "8017")
        call_id = CallId("c-new")
        dial_out = house.rooms.verbs.dial_out
        await house.rooms.turns.take(lambda turn: dial_out(turn, call_id, A, "8002"))
        await house.after(10)
        assert house.agent("8012").state is AgentState.TALKING
        assert house.agent("8017").state is AgentState.TALKING
        house.phone_of("8017").hang_up()
        await house.after(1)
        assert house.record().direction == "internal"
        assert house.record().handlings == ()
        assert house.rooms.agents.find_day(A, house.clock.now_ms()).answered == 0
        assert house.agent("8012").state is AgentState.IDLE
        house.assert_nothing_is_left()

    async def test_a_number_that_is_busy_ends_the_call_and_frees_the_agent(self) -> None:
        house = WholeHouse()
        await house.open("8012")
        house.exchange.outside[EXPERT] = FakePhone(status=486)
        call_id = CallId("c-new")
        dial_out = house.rooms.verbs.dial_out
        await house.rooms.turns.take(lambda turn: dial_out(turn, call_id, A, EXPERT))
        await house.after(10)
        [ended] = house.told(CallEnded)
        assert ended.hangup_cause == 17
        assert house.agent("8012").state is AgentState.IDLE
        house.assert_nothing_is_left()


class TestRefusals:
    @pytest.mark.parametrize("verb", ["complete", "cancel", "alternate", "conference"])
    async def test_without_a_consultation_its_verbs_are_refused(self, verb: str) -> None:
        floor = await a_talk()
        with pytest.raises(VerbRefusedError, match="consult nobody"):
            await floor.do(verb)
        await floor.close()

    async def test_what_the_state_forbids_is_refused_with_a_reason(self) -> None:
        floor = await a_talk()
        with pytest.raises(VerbRefusedError, match="nobody is held"):
            await floor.do("retrieve")
        await floor.do("hold")
        with pytest.raises(VerbRefusedError, match="held already"):
            await floor.do("hold")
        await floor.consult()
        for verb, args in (
            ("hold", ()),
            ("transfer", (Target("queue", "billing"),)),
            ("consult", (Target("agent", C),)),
            ("park", ()),
        ):
            with pytest.raises(VerbRefusedError):
                await floor.do(verb, A, *args)
        await floor.close()

    async def test_only_who_is_on_the_call_may(self) -> None:
        floor = await a_talk()
        with pytest.raises(NotOnCallError):
            await floor.do("hold", B)
        await floor.close()

    async def test_nobody_is_passed_to_oneself_or_to_who_is_there(self) -> None:
        floor = await a_talk()
        for target in (Target("agent", A), Target("extension", PHONES[A])):
            with pytest.raises(VerbRefusedError, match="yourself"):
                await floor.do("transfer", A, target)
        await floor.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_a_call_made_again_from_its_facts_equals_the_one_that_lived(state: State) -> None:
    floor = await a_talk()
    await state(floor)
    again = WholeHouse(2)
    for user in again.site.users:
        agent = agent_of(user, UserId(user.name))
        if agent is not None:
            again.rooms.agents.put_agent(agent)
    for _, fact in floor.house.journal.facts:
        again.rooms.replay(fact)
    assert again.rooms.calls.calls == floor.house.rooms.calls.calls
    live = {view.id: view for view in floor.house.rooms.agents.list_agents()}
    assert {view.id: view for view in again.rooms.agents.list_agents()} == live
    call_id = floor.call.id
    assert again.rooms.records.find(call_id) == floor.house.rooms.records.find(call_id)
    await floor.close()
