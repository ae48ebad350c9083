"""Stories of queues, agents and the ACD together, as callers and agents live them."""

from typing import Any

import msgspec
import pytest

from cordboard.acd import (
    OfferAccepted,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from cordboard.agents import (
    AgentNotReady,
    AgentRang,
    AgentSignedOut,
    AgentState,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.calls import AgentConnected, CallEnded, LegAnswered
from cordboard.kit.ids import AgentId, CallId, LegId
from cordboard.queues import PositionAnnounced, QueueEntered, QueueLeft
from tests.unit.acd.house import House, wait_s

pytestmark = pytest.mark.unit

MUSIC = ("moh:default",)


def a_house(*agents: str, **settings: Any) -> House:
    house = House()
    house.put_queue(**settings)
    for agent in agents:
        house.sign_in(agent)
    return house


class TestAnOrdinaryCall:
    async def test_goes_from_the_queue_through_ring_and_talk_to_wrap_up_and_idle(self) -> None:
        house = a_house("ann", wrap_up_s=20)
        house.arrive("c")
        assert house.agent("ann").state is AgentState.RINGING
        await wait_s(4)
        house.pick_up("ann")
        assert house.agent("ann").state is AgentState.TALKING
        await wait_s(60)
        house.hang_up("c")
        assert house.agent("ann").state is AgentState.WRAP_UP
        await wait_s(19.9)
        assert house.agent("ann").state is AgentState.WRAP_UP
        await wait_s(0.2)

        assert house.agent("ann").state is AgentState.IDLE
        (left,) = house.told(QueueLeft)
        assert (left.outcome, left.wait_ms) == ("answered", 4000)
        assert [fact.by for fact in house.told(WrapUpEnded)] == ["limit"]

    async def test_tells_its_facts_in_the_order_of_what_happened(self) -> None:
        house = a_house("ann", wrap_up_s=0)
        house.arrive("c")
        house.pick_up("ann")
        house.hang_up("c")
        names = [type(fact).__name__ for fact in house.facts]
        assert names == [
            "AgentSignedIn",
            "AgentReady",
            "CallRouted",
            "QueueEntered",
            "OfferMade",
            "AgentRang",
            "LegDialled",
            "LegAnswered",
            "OfferAccepted",
            "AgentConnected",
            "QueueLeft",
            "AgentTalked",
            "CallEnded",
            "WrapUpStarted",
            "WrapUpEnded",
        ]

    async def test_customer_hears_the_agent_number_before_the_talk_when_the_queue_says_so(
        self,
    ) -> None:
        house = a_house("ann", announce_agent_number=True, announce_every_s=5)
        house.arrive("c", language="en")
        house.pick_up("ann")
        number = house.agent("ann").agent_number
        assert house.heard("c")[-1] == (
            "file:en/agent/number_serves_you_prefix",
            f"say:en:digits/{number}",
            "file:en/agent/number_serves_you_suffix",
        )
        assert house.agent("ann").state is AgentState.RINGING
        await wait_s(6)
        assert not house.told(PositionAnnounced), "no position while the number is announced"
        house.prompt_ends("c")
        assert house.agent("ann").state is AgentState.TALKING
        assert house.told(QueueLeft)[0].wait_ms == 6000

    async def test_an_agent_answering_before_the_customers_leg_is_up_is_joined_when_it_is(
        self,
    ) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.calls.living[CallId("c")].is_up = False
        house.pick_up("ann")
        assert not house.told(AgentConnected)
        house.calls.living[CallId("c")].is_up = True
        house.tell(_customer_leg_answered)
        assert len(house.told(AgentConnected)) == 1

    async def test_who_hangs_up_first_makes_no_difference_to_the_wrap_up(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.pick_up("ann")
        house.end_leg(house.leg_of("ann"))
        assert house.agent("ann").state is AgentState.WRAP_UP
        assert len(house.told(WrapUpStarted)) == 1
        assert house.told(CallEnded)[0].by == "agent"

    async def test_hold_and_resume_show_on_the_agent(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.pick_up("ann")
        house.hold("ann")
        assert house.agent("ann").state is AgentState.HOLDING
        house.hold("ann", resume=True)
        assert house.agent("ann").state is AgentState.TALKING
        assert house.agent("ann").queue_id == "q"


class TestMatching:
    async def test_the_longest_idle_agent_is_offered_the_call_and_the_reason_says_so(self) -> None:
        house = a_house("ann")
        await wait_s(5)
        house.sign_in("bob")
        house.put_agent("cid")
        house.turns.post(lambda turn: house.agents.sign_in(turn, AgentId("cid"), reason="break"))
        await wait_s(2)
        house.arrive("c")
        (offer,) = house.told(OfferMade)
        assert offer.agent_id == "ann"
        assert msgspec.to_builtins(offer.reason) == {
            "rule": "longest_idle",
            "need": {},
            "candidates": (
                {"agent_id": "ann", "name": "Ann", "idle_ms": 7000, "level": 0, "chosen": True},
                {"agent_id": "bob", "name": "Bob", "idle_ms": 2000, "level": 0, "chosen": False},
            ),
            "passed_over": ({"agent_id": "cid", "name": "Cid", "why": "break"},),
            "qualified": 3,
            "idle": 2,
        }

    async def test_a_call_that_needs_a_skill_reaches_only_agents_who_have_it(self) -> None:
        house = a_house(needs={"water": 3})
        house.sign_in("ann", water=2)
        house.arrive("c")
        assert not house.told(OfferMade)
        house.sign_in("bob", water=3)
        assert [fact.agent_id for fact in house.told(OfferMade)] == ["bob"]

    async def test_what_the_call_needs_is_asked_beyond_what_the_queue_needs(self) -> None:
        house = a_house(needs={"water": 1})
        house.sign_in("ann", water=5)
        house.arrive("c", needs={"english": 2, "water": 3})
        assert not house.told(OfferMade)
        house.sign_in("bob", water=3, english=2)
        assert [fact.agent_id for fact in house.told(OfferMade)] == ["bob"]

    async def test_a_freed_agent_is_offered_the_next_caller_in_the_same_turn(self) -> None:
        house = a_house("ann", wrap_up_s=30)
        house.arrive("c1")
        house.pick_up("ann")
        house.arrive("c2")
        house.hang_up("c1")
        house.turns.post(lambda turn: house.agents.finish_wrap_up(turn, AgentId("ann")))
        freed, rang = house.told(WrapUpEnded)[-1], house.told(AgentRang)[-1]
        assert (rang.call_id, rang.at_ms) == ("c2", freed.at_ms)

    async def test_a_freed_agent_takes_priority_first_and_then_the_longest_wait_over_all_queues(
        self,
    ) -> None:
        house = a_house()
        house.put_queue("other")
        house.arrive("late-in-q")
        await wait_s(1)
        house.arrive("later-in-other", "other")
        house.arrive("urgent", "other", priority=1)
        order = []
        house.sign_in("ann")
        for _ in range(3):
            order.append(house.agent("ann").call_id)
            house.pick_up("ann")
            house.hang_up(str(order[-1]))
            house.turns.post(lambda turn: house.agents.finish_wrap_up(turn, AgentId("ann")))
        assert order == ["urgent", "late-in-q", "later-in-other"]

    async def test_a_busy_agent_is_never_offered_a_call(self) -> None:
        house = a_house("ann")
        house.arrive("c1")
        house.arrive("c2")
        house.pick_up("ann")
        house.arrive("c3")
        house.hold("ann")
        house.hang_up("c1")
        assert [fact.call_id for fact in house.told(OfferMade)] == ["c1"]

    async def test_nothing_is_offered_while_the_acd_pauses_and_everything_due_at_once_after(
        self,
    ) -> None:
        house = a_house("ann", "bob")
        house.acd.pause()
        house.arrive("c1")
        house.arrive("c2")
        assert not house.told(OfferMade)
        house.turns.post(house.acd.resume)
        assert [fact.call_id for fact in house.told(OfferMade)] == ["c1", "c2"]


class TestOffersThatComeToNothing:
    async def test_a_missed_offer_goes_to_the_next_agent_and_the_caller_keeps_the_place(
        self,
    ) -> None:
        house = a_house("ann", "bob", ring_limit_s=15)
        house.arrive("c1")
        house.arrive("c2")
        house.hang_up("c2")
        await wait_s(1)
        house.arrive("c3")
        house.reject("bob", 486)
        await wait_s(14.5)

        assert house.agent("ann").state is AgentState.NOT_READY
        assert house.agent("ann").reason == "missed_offer"
        assert house.leg_of("ann") in house.calls.hanging, "the phone stops ringing"
        house.hung_up()
        assert [fact.agent_id for fact in house.told(OfferTimedOut)] == ["ann"]
        assert house.agent("bob").call_id == "c1", "c1 is before c3 still"
        assert len(house.told(QueueEntered)) == 3, "an offer is no new visit"

    @pytest.mark.parametrize("sip_status", [486, 600, 603])
    async def test_an_agent_who_refuses_stays_idle_and_the_call_goes_to_the_next(
        self, sip_status: int
    ) -> None:
        house = a_house("ann", "bob")
        house.arrive("c")
        idle_since_ms = house.agent("ann").idle_since_ms
        house.reject("ann", sip_status)
        assert [fact.agent_id for fact in house.told(OfferRefused)] == ["ann"]
        assert house.agent("ann").state is AgentState.IDLE
        assert house.agent("ann").idle_since_ms == idle_since_ms
        assert house.agent("bob").state is AgentState.RINGING
        assert house.told(OfferMade)[-1].reason.passed_over[0].why == "refused_this_call"

    async def test_the_only_agent_who_refuses_is_asked_again_after_half_a_minute(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.reject("ann")
        await wait_s(29.9)
        assert len(house.told(OfferMade)) == 1
        await wait_s(0.2)
        assert len(house.told(OfferMade)) == 2

    async def test_a_phone_that_rejects_everything_is_not_rung_through_the_whole_line(
        self,
    ) -> None:
        house = a_house("ann")
        for number in range(50):
            house.arrive(f"c{number}")
        for _ in range(10):
            if house.agent("ann").state is AgentState.RINGING:
                house.reject("ann", 603)
        assert len(house.told(OfferMade)) == 1
        await wait_s(3.1)
        assert [fact.call_id for fact in house.told(OfferMade)] == ["c0", "c1"]

    @pytest.mark.parametrize(
        ("sip_status", "by"), [(404, "party"), (503, "party"), (408, "network")]
    )
    async def test_a_phone_that_cannot_be_reached_takes_its_agent_off(
        self, sip_status: int, by: str
    ) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.reject("ann", sip_status, by=by)
        assert house.told(OfferFailed)[0].sip_status == sip_status
        assert house.agent("ann").reason == "device"
        house.sign_in("bob")
        assert house.agent("bob").call_id == "c"

    @pytest.mark.parametrize("sip_status", [408, 480])
    async def test_a_phone_that_says_nobody_picked_up_is_a_missed_offer(
        self, sip_status: int
    ) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.reject("ann", sip_status)
        assert len(house.told(OfferTimedOut)) == 1
        assert house.agent("ann").reason == "missed_offer"

    async def test_a_phone_that_cannot_even_be_dialled_fails_at_once_and_only_once(self) -> None:
        house = a_house("ann")
        house.calls.can_ring = False
        house.arrive("c")
        assert len(house.told(OfferFailed)) == 1
        assert house.agent("ann").reason == "device"

    async def test_an_agent_who_signs_out_while_it_rings_has_refused(self) -> None:
        house = a_house("ann", "bob")
        house.arrive("c")
        house.turns.post(lambda turn: house.agents.sign_out(turn, AgentId("ann")))
        assert len(house.told(OfferRefused)) == 1
        assert house.leg_of("ann") in house.calls.hanging
        assert house.agent("bob").call_id == "c"

    async def test_an_agent_signed_out_by_force_while_it_rings_is_not_blamed(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.turns.post(lambda turn: house.agents.sign_out(turn, AgentId("ann"), forced_by="boss"))
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.told(AgentSignedOut)[0].forced_by == "boss"

    async def test_an_agent_who_connects_on_another_call_loses_the_offer(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.tell(
            lambda at_ms: AgentConnected(
                at_ms=at_ms,
                call_id=CallId("direct"),
                agent_id=AgentId("ann"),
                leg_id=house.leg_of("ann"),
            )
        )
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.agent("ann").call_id == "direct"
        assert house.queues.find_waiting(CallId("c")).offered is False  # type: ignore[union-attr]


class TestRaces:
    async def test_caller_hangs_up_while_it_rings(self) -> None:
        house = a_house("ann")
        idle_since_ms = house.agent("ann").idle_since_ms
        await wait_s(3)
        house.arrive("c")
        await wait_s(3)
        house.hang_up("c")
        assert house.told(QueueLeft)[0].outcome == "abandoned"
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.agent("ann").state is AgentState.IDLE
        assert house.agent("ann").idle_since_ms == idle_since_ms, "the agent is not blamed"
        house.hung_up()
        assert house.acd._book.closing == {}
        assert len(house.timers) == 0

    async def test_the_agents_answer_crosses_the_callers_hang_up(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.hang_up("c")
        house.calls.hanging.clear()
        house.pick_up("ann")
        assert house.leg_of("ann") in house.calls.hanging, "hung up again"
        assert not house.told(OfferAccepted)
        assert house.agent("ann").state is AgentState.IDLE

    async def test_the_agents_answer_crosses_the_ring_limit(self) -> None:
        house = a_house("ann", ring_limit_s=15)
        house.arrive("c")
        await wait_s(15.1)
        house.calls.hanging.clear()
        house.pick_up("ann")
        assert house.leg_of("ann") in house.calls.hanging
        assert house.queues.find_waiting(CallId("c")) is not None
        assert not house.told(OfferAccepted)
        assert house.agent("ann").reason == "missed_offer"

    async def test_the_agents_answer_and_the_end_of_its_ring_limit_in_one_moment(self) -> None:
        house = a_house("ann", ring_limit_s=15)
        house.arrive("c")
        await wait_s(15)
        house.pick_up("ann")
        results = [*house.told(OfferAccepted), *house.told(OfferTimedOut)]
        assert len(results) == 1

    async def test_the_agent_hangs_up_between_answer_and_talk(self) -> None:
        house = a_house("ann", "bob", announce_agent_number=True)
        house.arrive("c")
        house.pick_up("ann")
        await wait_s(1)
        house.end_leg(house.leg_of("ann"))
        assert house.agent("ann").state is AgentState.IDLE
        assert house.agent("bob").call_id == "c"
        assert MUSIC in house.heard("c")[2:], "the music comes back"
        house.pick_up("bob")
        house.prompt_ends("c")
        assert house.told(QueueLeft)[0].outcome == "answered"

    async def test_the_caller_hangs_up_between_answer_and_talk(self) -> None:
        house = a_house("ann", announce_agent_number=True)
        house.arrive("c")
        house.pick_up("ann")
        house.hang_up("c")
        assert house.told(QueueLeft)[0].outcome == "abandoned"
        assert not house.told(OfferWithdrawn), "it was accepted, and stays so"
        assert house.agent("ann").state is AgentState.IDLE
        house.hung_up()
        assert not (house.acd._book.offers)
        assert not (house.acd._book.closing)

    async def test_an_agent_signs_out_between_answer_and_talk(self) -> None:
        house = a_house("ann", announce_agent_number=True)
        house.arrive("c")
        house.pick_up("ann")
        house.turns.post(lambda turn: house.agents.sign_out(turn, AgentId("ann")))
        house.hung_up()
        assert house.acd._book.offers == {}
        house.sign_in("bob")
        assert house.agent("bob").call_id == "c"

    async def test_an_agent_talks_elsewhere_between_answer_and_talk(self) -> None:
        house = a_house("ann", announce_agent_number=True)
        house.arrive("c")
        house.pick_up("ann")
        house.tell(
            lambda at_ms: AgentConnected(
                at_ms=at_ms, call_id=CallId("x"), agent_id=AgentId("ann"), leg_id=_LEG
            )
        )
        assert house.leg_of("ann") in house.calls.hanging

    async def test_a_talk_that_never_begins_lets_the_agent_go(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.calls.living[CallId("c")].is_up = False
        house.pick_up("ann")
        await wait_s(30.1)
        house.hung_up()
        assert house.agent("ann").state is AgentState.IDLE
        assert house.queues.find_waiting(CallId("c")) is not None

    async def test_the_leg_is_gone_when_the_answer_is_heard(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        leg_id = house.leg_of("ann")
        house.calls.legs[leg_id].state = "ended"
        house.tell(lambda at_ms: _leg_answered(at_ms, leg_id))
        house.end_leg(leg_id)
        assert house.agent("ann").state is AgentState.IDLE

    async def test_somebody_else_takes_the_call_while_it_rings(self) -> None:
        house = a_house("ann", "bob")
        house.arrive("c")
        house.tell(
            lambda at_ms: AgentConnected(
                at_ms=at_ms, call_id=CallId("c"), agent_id=AgentId("bob"), leg_id=_LEG
            )
        )
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.told(QueueLeft)[0].outcome == "answered"
        assert house.agent("ann").state is AgentState.IDLE
        assert house.agent("bob").state is AgentState.TALKING

    async def test_the_call_is_routed_away_while_it_rings(self) -> None:
        house = a_house("ann")
        house.put_queue("other", needs={"none": 1})
        house.arrive("c")
        house.arrive("c", "other", entry_kind="pulled")
        assert [fact.outcome for fact in house.told(QueueLeft)] == ["pulled"]
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.agent("ann").state is AgentState.IDLE

    async def test_a_call_routed_again_to_its_queue_is_offered_again(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.arrive("c")
        made = house.told(OfferMade)
        assert [fact.call_id for fact in made] == ["c", "c"]
        assert house.agent("ann").offer_id == made[1].offer_id

    async def test_the_longest_wait_ends_while_it_rings(self) -> None:
        house = a_house("ann", max_wait_s=10, ring_limit_s=15)
        house.arrive("c")
        await wait_s(10.1)
        assert house.told(QueueLeft)[0].outcome == "timed_out"
        assert len(house.told(OfferWithdrawn)) == 1
        assert house.agent("ann").state is AgentState.IDLE

    async def test_both_sides_hang_up_in_one_moment(self) -> None:
        house = a_house("ann")
        house.arrive("c")
        house.pick_up("ann")
        house.hang_up("c")
        house.end_leg(house.leg_of("ann"))
        assert len(house.told(WrapUpStarted)) == 1
        assert len(house.told(CallEnded)) == 1


class TestAfterACrash:
    async def test_ten_calls_in_every_state_are_tidied_up_and_nothing_is_left_over(self) -> None:
        before = a_house("ann", "bob", "cid", wrap_up_s=20)
        for number in range(10):
            before.arrive(f"c{number}")
        before.pick_up("ann")
        before.pick_up("bob")
        before.hold("bob")

        after = House()
        after.put_queue(wrap_up_s=20)
        for agent in ("ann", "bob", "cid"):
            after.put_agent(agent)
        for fact in before.facts:
            for room in (after.queues, after.acd):
                if getattr(fact, "call_id", None) and fact.stream.startswith("call/"):
                    room.replay(fact)
        after.agents.restore([before.agent(each) for each in ("ann", "bob", "cid")], 0)
        after.calls.living = before.calls.living
        after.acd.pause()
        for number in range(10):
            after.hang_up(f"c{number}", "system", "crash")
        after.turns.post(after.agents.tidy)
        after.turns.post(after.acd.resume)

        outcomes = [fact.outcome for fact in after.told(QueueLeft)]
        assert outcomes == ["failed"] * 8
        assert [fact.agent_id for fact in after.told(OfferWithdrawn)] == ["cid"]
        assert [fact.agent_id for fact in after.told(WrapUpStarted)] == ["ann", "bob"]
        assert after.agent("cid").state is AgentState.IDLE
        assert after.journal.dead == []
        await wait_s(21)
        assert after.agent("ann").state is AgentState.IDLE
        assert after.acd._book.offers == {}

    async def test_agents_at_work_for_calls_that_nobody_knows_are_tidied_up(self) -> None:
        before = a_house("ann", "bob")
        before.arrive("c1")
        before.arrive("c2")
        before.pick_up("ann")
        after = House()
        for agent in ("ann", "bob"):
            after.put_agent(agent)
        after.agents.restore([before.agent("ann"), before.agent("bob")], 0)
        after.turns.post(after.agents.tidy)
        assert after.agent("ann").state is AgentState.WRAP_UP
        assert after.agent("bob").state is AgentState.IDLE


class TestTheEstimatedWait:
    async def test_is_told_from_the_handlings_of_the_last_full_intervals(self) -> None:
        house = a_house("ann", wrap_up_s=0, announce_every_s=30)
        for number in range(4):
            house.arrive(f"c{number}")
            house.pick_up("ann")
            await wait_s(137.25)
            house.hang_up(f"c{number}")
        await wait_s(1200)
        house.arrive("talking")
        house.pick_up("ann")
        for number in range(3):
            house.arrive(f"w{number}")
        await wait_s(30.1)
        (last,) = [fact for fact in house.told(PositionAnnounced) if fact.call_id == "w2"]
        assert (last.position, last.estimated_wait_s) == (3, 412)
        assert house.heard("w2")[-1] == (
            "file:zh/queue/position_is",
            "say:zh:number/3",
            "file:zh/queue/position_suffix",
            "file:zh/queue/estimated_wait",
            "say:zh:number/7",
            "file:zh/queue/minutes",
        )

    async def test_is_not_told_before_four_handlings(self) -> None:
        house = a_house("ann")
        house.arrive("talking")
        house.pick_up("ann")
        house.arrive("w")
        await wait_s(30.1)
        assert house.told(PositionAnnounced)[0].estimated_wait_s is None


class TestTenMinutes:
    async def test_three_agents_serve_twenty_callers_in_order_and_nothing_is_left_over(
        self,
    ) -> None:
        house = a_house("ann", "bob", "cid", wrap_up_s=5)
        arrived: list[str] = []
        for tick in range(600):
            if tick % 15 == 0 and tick < 300:
                arrived.append(f"c{tick:03}")
                house.arrive(arrived[-1])
            for name in ("ann", "bob", "cid"):
                view = house.agent(name)
                if view.state is AgentState.RINGING and house.now_ms - view.since_ms > 3000:
                    house.pick_up(name)
                elif view.state is AgentState.TALKING and house.now_ms - view.since_ms > 40_000:
                    house.hang_up(str(view.call_id))
            await wait_s(1)
        answered = [fact.call_id for fact in house.told(AgentTalked)]
        assert answered == arrived
        assert {fact.outcome for fact in house.told(QueueLeft)} == {"answered"}
        assert house.rebuilt().memory() == house.memory()
        assert len(house.timers) == 0

    async def test_missed_agents_come_back_when_they_say_so(self) -> None:
        house = a_house("ann", ring_limit_s=10)
        house.arrive("c")
        await wait_s(11)
        house.hung_up()
        assert house.told(AgentNotReady)[-1].reason == "missed_offer"
        house.turns.post(lambda turn: house.agents.set_ready(turn, AgentId("ann")))
        assert house.agent("ann").call_id == "c"


_LEG = LegId("l-elsewhere")


def _leg_answered(at_ms: int, leg_id: LegId) -> LegAnswered:
    return LegAnswered(at_ms=at_ms, call_id=CallId("c"), leg_id=leg_id)


def _customer_leg_answered(at_ms: int) -> LegAnswered:
    return _leg_answered(at_ms, LegId("l-customer"))
