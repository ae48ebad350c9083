"""The screen law, and what a board shows."""

from datetime import UTC
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from cordboard.agents import (
    AgentAlerted,
    AgentConsulted,
    AgentDialled,
    AgentNotReady,
    AgentPendingSet,
    AgentReady,
    AgentReleased,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.calls import (
    BackFromFlow,
    CallArrived,
    CallFact,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallTransferred,
    ConsultAlternated,
    ConsultAnswered,
    ConsultEnded,
    ConsultStarted,
    DigitsSent,
    LegDialled,
    LegJoined,
    LegMoved,
    LegMuted,
    PartiesConnected,
    PartyJoined,
    RecordingFailed,
    SentToFlow,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
    TransferFailed,
)
from cordboard.desk.model import LiveState, midnight_after, midnight_before
from cordboard.desk.snapshot import (
    STEPS,
    advance,
    apply,
    begin_day,
    change_line,
    configure,
    patch,
    seed,
    snapshot,
)
from cordboard.flows import NodeFailed, NodeRetried
from cordboard.kit.facts import Fact, all_facts
from cordboard.kit.ids import AgentId, QueueId
from cordboard.records import DayCounts, RecordingMissed, RecordingRemoved, VisitCounts
from cordboard.telephony.facts import LineStateChanged
from tests.unit.desk.reducer import reduced
from tests.unit.records.facts import T0_MS, Told, answered_call
from tests.unit.records.people import a_queue, an_agent
from tests.unit.records.streams import streams

pytestmark = pytest.mark.unit

AGENTS = [
    an_agent(id="a1", user_id="u1", name="李敏", agent_number="8012", extension="8001",
          skills={"water": 3}),
    an_agent(id="a2", user_id="u2", name="赵倩", agent_number="8017", extension="8001",
             skills={"water": 1}),
]  # fmt: skip
QUEUES = [
    a_queue(id="support", name="供水报修", name_en="Water", needs={"water": 2}),
    a_queue(id="backup", name="后备"),
]


def a_board(now_ms: int = T0_MS) -> LiveState:
    state = LiveState()
    begin_day(state, now_ms)
    configure(state, AGENTS, QUEUES)
    change_line(state, "trunk", kind="trunk", to="up", at_ms=T0_MS, name="Trunk")
    change_line(state, "p1", kind="phone", to="registered", at_ms=T0_MS, number="8001")
    return state


def signed_in(told: Told) -> list[Fact]:
    shift = Told().tell(AgentSignedIn, -60, agent_id="a1", extension="8001")
    return [*shift.tell(AgentReady, -60, agent_id="a1").facts, *told.facts]


def stream_of_everything() -> list[Fact]:
    """A stream in which every fact class of the house comes at least once."""
    told = answered_call().position(41)
    told.call(RecordingMissed, 100, recording_id="c1-r0")
    told.call(RecordingRemoved, 101, recording_id="c1-r0")
    told.call(NodeRetried, 5, flow_id="demo", node_id="menu", reason="no_input")
    told.call(NodeFailed, 6, flow_id="demo", node_id="menu", detail="no prompt")
    tried = Told("c2").arrive().flow(0, until=1).enter(1).position(2)
    for end in ("missed", "refused", "failed"):
        tried.offer(3).end_offer(4, end)
    tried.data(5, "meter", "1").offer(6).end(7).end_offer(7, "withdrawn").leave(7, "abandoned")
    inner = Told("c3").arrive(direction="internal")
    inner.call(LegDialled, 0, leg_id="x", party="agent", number="8001")
    inner.call(PartiesConnected, 1, leg_id="c3-l0", other_leg_id="x")
    inner.call(RecordingFailed, 1, recording_id="r", leg_id="c3-l0", path="p", reason="full")
    inner.lose_media(1)
    inner.tell(AgentPendingSet, 2, agent_id="a1", state="idle")
    inner.tell(AgentNotReady, 3, agent_id="a1", reason="break")
    inner.tell(AgentSignedOut, 4, agent_id="a1").end(9)
    inner.tell(LineStateChanged, 9, line_id="trunk", line_kind="trunk", state="down")
    return [*signed_in(told), *tried.facts, *inner.facts, *passed_on()]


def passed_on() -> list[Fact]:
    """A call that is consulted about, joined, supervised, transferred in vain, and parked."""
    told = Told("c4").arrive().flow(0, until=1).enter(1).offer(2, "a2").connect(3, "a2")
    by, third, ids = told.leg_id, "c4-b", {"agent_id": "a2"}
    pair = {"leg_id": by, "consult_leg_id": third, **ids}
    told.call(LegMuted, 4, leg_id=by, is_muted=True)
    told.call(DigitsSent, 4, leg_id="c4-l0", by_leg_id=by, count=2).hold(5, "a2")
    told.call(LegDialled, 5, leg_id=third, party="outside", number="139", purpose="consult")
    told.call(ConsultStarted, 5, **pair, target_kind="outside", target="139")
    told.tell(AgentConsulted, 5, call_id="c4", **ids).call(ConsultAnswered, 6, **pair)
    told.call(ConsultAlternated, 7, **pair, to="consulted")
    told.call(ConsultEnded, 8, **pair, result="joined").resume(8, "a2")
    told.call(PartyJoined, 8, leg_id=third)
    told.call(SupervisionStarted, 9, leg_id="s", target_leg_id=by, mode="listen", user_id="u")
    told.call(SupervisionChanged, 10, leg_id="s", mode="barge")
    told.call(SupervisionEnded, 11, leg_id="s")
    told.call(CallIntercepted, 11, leg_id="s", from_leg_id=by, user_id="u", **ids)
    told.call(CallTransferred, 12, leg_id="s", target_kind="outside", target="139")
    told.call(TransferFailed, 13, leg_id="x", hangup_cause=17)
    told.call(CallParked, 14, leg_id=by, slot="701").call(LegJoined, 15, leg_id="p", party="agent",
              number="8001")  # fmt: skip
    told.call(SentToFlow, 15, leg_id=by, flow_id="demo").call(BackFromFlow, 15, leg_id=by)
    told.call(LegMoved, 15, leg_id="p", to_call_id="c5")
    told.tell(AgentAlerted, 16, agent_id="a1", call_id="c4")
    told.tell(AgentReleased, 17, agent_id="a1", call_id="c4")
    told.tell(AgentDialled, 18, agent_id="a1", call_id="c4")
    return told.end(20).facts


def told_until(kind: type[Fact]) -> tuple[list[Fact], Fact]:
    """What comes before the first fact of this class, and that fact."""
    facts = stream_of_everything()
    place = next(n for n, fact in enumerate(facts) if type(fact) is kind)
    return facts[:place], facts[place]


HOUSE_FACTS = [kind for kind in all_facts() if kind.__module__.startswith("cordboard.")]


def test_every_fact_class_has_its_step() -> None:
    assert set(HOUSE_FACTS) == set(STEPS)


@pytest.mark.parametrize("masks", [False, True], ids=["leader", "agent"])
@pytest.mark.parametrize("kind", HOUSE_FACTS, ids=lambda kind: kind.__name__)
def test_patch_on_the_snapshot_before_is_the_snapshot_after(kind: type[Fact], masks: bool) -> None:
    before, fact = told_until(kind)
    state = a_board()
    for one in before:
        apply(state, one)
    picture = snapshot(state, masks=masks)

    touched = apply(state, fact)

    assert reduced(picture, patch(state, touched, masks=masks)) == snapshot(state, masks=masks)


@given(streams())
@settings(max_examples=60)
def test_many_facts_make_one_patch_at_any_place_of_a_random_stream(calls: list[Told]) -> None:
    facts = sorted(chain.from_iterable(told.facts for told in calls), key=lambda one: one.at_ms)
    state = a_board()
    picture = snapshot(state)
    for start in range(0, len(facts), 5):
        touched = set()
        for fact in facts[start : start + 5]:
            touched |= apply(state, fact)
        touched |= advance(state, facts[start].at_ms)
        picture = reduced(picture, patch(state, touched))

    assert picture == snapshot(state)


def shown(facts: list[Fact], state: LiveState | None = None) -> dict[str, object]:
    state = state or a_board()
    for fact in facts:
        apply(state, fact)
    return snapshot(state)


class TestCalls:
    def test_call_shows_phase_queue_agent_and_recording(self) -> None:
        told = Told().arrive().flow(0, until=10).enter(10).offer(12).data(13, "meter", "7")
        call = shown(signed_in(told))["calls"]["c1"]  # type: ignore[index]

        assert call["phase"] == "ring"
        assert (call["queue_name"], call["agent_name"]) == ("供水报修", "李敏")
        assert call["recording"]
        assert call["call_data"] == {"meter": "7"}
        assert call["phase_since"].endswith("Z")

    def test_ended_call_is_gone(self) -> None:
        assert shown(signed_in(answered_call()))["calls"] == {}

    def test_news_of_a_call_that_is_gone_touches_no_call(self) -> None:
        late = Told("c9").call(CallHeld, 5, leg_id="x").end(6).agent_hangs_up(7)
        late.enter(8).connect(9)

        assert shown(late.facts)["calls"] == {}

    def test_agents_view_masks_the_customer_and_the_call_data(self) -> None:
        state = a_board()
        shown(Told().arrive().enter(1).data(2, "meter", "7").facts, state)
        masked = snapshot(state, masks=True)

        assert masked["calls"]["c1"]["caller_number"] == "138****2043"
        assert masked["calls"]["c1"]["call_data"] == {}
        assert masked["queues"]["support"]["callers"][0]["caller_number"] == "138****2043"

    def test_outbound_call_masks_the_called_number(self) -> None:
        state = a_board()
        shown(Told().arrive(direction="outbound", called_number="13900001111").facts, state)

        assert snapshot(state, masks=True)["calls"]["c1"]["called_number"] == "139****1111"


class TestQueues:
    def test_callers_stand_by_priority_and_then_by_entry(self) -> None:
        first, second = Told("c1").arrive().enter(5), Told("c2").arrive().enter(3)
        third = Told("c3", caller="1").arrive()
        entered = Told("c3").enter(9).facts[0]
        fields = {name: getattr(entered, name) for name in entered.__struct_fields__}
        third.facts.append(type(entered)(**{**fields, "priority": 9}))
        queue = shown([*first.facts, *second.facts, *third.facts])["queues"]["support"]  # type: ignore[index]

        assert [one["call_id"] for one in queue["callers"]] == ["c3", "c2", "c1"]
        assert [one["position"] for one in queue["callers"]] == [1, 2, 3]
        assert queue["waiting"] == 3

    def test_ready_and_signed_in_count_agents_with_the_skills(self) -> None:
        queues = shown(signed_in(Told()))["queues"]

        assert (queues["support"]["ready"], queues["support"]["signed_in"]) == (1, 1)  # type: ignore[index]
        assert queues["backup"]["signed_in"] == 1  # type: ignore[index]

    def test_agent_in_a_break_is_signed_in_and_not_ready(self) -> None:
        facts = signed_in(Told().tell(AgentNotReady, 1, agent_id="a1", reason="break"))
        queue = shown(facts)["queues"]["support"]  # type: ignore[index]

        assert (queue["ready"], queue["signed_in"]) == (0, 1)

    def test_estimate_is_the_last_one_told_until_nobody_waits(self) -> None:
        told = Told().arrive().enter(1).position(2)
        state = a_board()

        assert shown(told.facts, state)["queues"]["support"]["estimated_wait_s"] == 60  # type: ignore[index]
        left = Told().leave(3, "exited")
        apply(state, told.leave(3, "exited").facts[-1])
        assert snapshot(state)["queues"]["support"]["estimated_wait_s"] is None
        assert left.facts

    def test_queue_that_nobody_configured_is_called_by_its_id(self) -> None:
        assert shown(Told().arrive().enter(1, "new").facts)["queues"]["new"]["name"] == "new"  # type: ignore[index]


class TestAgents:
    def test_agent_at_work_keeps_the_phone_of_the_sign_in(self) -> None:
        state = a_board()
        told = Told().tell(AgentSignedIn, -60, agent_id="a1", extension="9999")
        apply(state, told.facts[0])
        configure(state, AGENTS, QUEUES)

        assert [seat.extension for seat in state.agents.values()] == ["9999", "8001"]

    def test_talk_that_ends_leaves_the_call_without_an_agent_on_the_board(self) -> None:
        told = Told().arrive().enter(1).offer(2).connect(3).agent_hangs_up(9).flow(9)

        assert shown(signed_in(told))["calls"]["c1"]["agent_id"] is None  # type: ignore[index]

    def test_agent_follows_the_call_to_wrap_up_and_back_to_idle(self) -> None:
        facts = signed_in(answered_call())
        state = a_board()
        seen: list[str] = []
        for fact in facts:
            apply(state, fact)
            if not seen or seen[-1] != str(state.agents["a1"].state):  # type: ignore[index]
                seen.append(str(state.agents["a1"].state))  # type: ignore[index]

        assert seen == ["not_ready", "idle", "ringing", "talking", "holding", "talking",
                        "wrap_up", "idle"]  # fmt: skip
        assert snapshot(state)["agents"]["a1"]["answered_today"] == 1

    def test_missed_offer_counts_on_the_day_it_was_made(self) -> None:
        told = Told().arrive().enter(1).offer(2).end_offer(17, "missed")

        assert shown(signed_in(told))["agents"]["a1"]["missed_today"] == 1  # type: ignore[index]

    def test_choice_for_after_the_call_is_shown_until_the_work_ends(self) -> None:
        facts = signed_in(Told().arrive().enter(1).offer(2).connect(3))
        facts += Told().tell(AgentTalked, 3, agent_id="a1", call_id="c1").facts
        chosen = Told().tell(AgentPendingSet, 4, agent_id="a1", state="not_ready", reason="meal")
        ended = Told().tell(
            WrapUpStarted, 9, agent_id="a1", call_id="c1", ends_at_ms=T0_MS + 20_000
        )
        over = Told().tell(WrapUpEnded, 12, agent_id="a1", call_id="c1", by="agent")
        plans = []
        for told in (Told(), chosen, ended, over):
            facts += told.facts
            agent: Any = shown(facts)["agents"]["a1"]  # type: ignore[index]
            plans.append((agent["pending_state"], agent["pending_reason"]))
        assert plans == [(None, None), ("not_ready", "meal"), ("not_ready", "meal"), (None, None)]

    def test_who_was_not_ready_before_a_direct_call_will_be_again(self) -> None:
        told = Told().tell(AgentNotReady, 1, agent_id="a1", reason="break")
        told.tell(AgentTalked, 2, agent_id="a1", call_id="c1")
        agent: Any = shown(signed_in(told))["agents"]["a1"]  # type: ignore[index]
        assert (agent["pending_state"], agent["pending_reason"]) == ("not_ready", "break")

    def test_configuration_that_loses_an_agent_keeps_one_at_work(self) -> None:
        state = a_board()
        for fact in signed_in(Told().arrive().enter(1)):
            apply(state, fact)
        configure(state, [], [])

        assert set(state.agents) == {"a1"}
        assert set(state.queues) == {"support"}


class TestLines:
    def test_trunk_counts_its_calls_and_a_phone_that_rings_is_busy(self) -> None:
        told = Told().arrive().enter(1).offer(2)
        lines = shown(told.facts)["lines"]

        assert (lines["trunk"]["state"], lines["trunk"]["calls"]) == ("up", 1)  # type: ignore[index]
        assert (lines["p1"]["state"], lines["p1"]["calls"]) == ("busy", 1)  # type: ignore[index]

    def test_lines_are_free_after_the_call(self) -> None:
        lines = shown(answered_call().facts)["lines"]

        assert [one["calls"] for one in lines.values()] == [0, 0]  # type: ignore[attr-defined]
        assert lines["p1"]["state"] == "registered"  # type: ignore[index]

    def test_phone_that_goes_away_says_since_when(self) -> None:
        state = a_board()
        change_line(state, "p1", kind="phone", to="unregistered", at_ms=T0_MS + 5)
        change_line(state, "p1", kind="phone", to="unregistered", at_ms=T0_MS + 9)

        assert state.lines["p1"].since_ms == T0_MS + 5


class TestFigures:
    def figures(self, *calls: Told, now: float = 0.0) -> dict[str, object]:
        state = a_board()
        for fact in chain.from_iterable(told.facts for told in calls):
            apply(state, fact)
        advance(state, T0_MS + round(now * 1000))
        return snapshot(state)["figures"]  # type: ignore[no-any-return]

    def waited(self, name: str, seconds: float, outcome: str) -> Told:
        told = Told(name).arrive().enter(0)
        if outcome == "answered":
            return told.offer(0).connect(seconds).end(seconds + 5)
        return told.end(seconds).leave(seconds, outcome)

    def test_service_level_is_by_the_book(self) -> None:
        figures = self.figures(
            self.waited("c1", 20, "answered"),
            self.waited("c2", 20.001, "answered"),
            self.waited("c3", 4.999, "abandoned"),
            self.waited("c4", 5, "abandoned"),
            self.waited("c5", 15, "callback_taken"),
            self.waited("c6", 45, "exited"),
            self.waited("c7", 0, "refused"),
        )

        assert figures["service_level"] == round(1 / 5, 6)
        assert figures["abandoned_today"] == 1
        assert figures["answered_today"] == 2
        assert figures["calls_today"] == 7
        assert figures["average_wait_ms"] == (20_000 + 20_001 + 5_000 + 15_000 + 45_000 + 3) // 6

    def test_who_waits_longer_than_the_threshold_is_missed_already(self) -> None:
        waiting = Told().arrive().enter(0)

        assert self.figures(waiting, now=20)["service_level"] is None
        assert self.figures(waiting, now=20.001)["service_level"] == 0

    def test_nobody_came_and_nothing_is_zero_per_cent(self) -> None:
        figures = self.figures()

        assert (figures["service_level"], figures["average_wait_ms"]) == (None, None)

    def test_test_calls_and_inner_calls_are_left_out(self) -> None:
        tested = Told("c1").arrive(is_test=True).enter(1).offer(1).connect(2).end(3)
        inner = Told("c2").arrive(direction="internal").end(3)
        figures = self.figures(tested, inner)

        assert (figures["calls_today"], figures["answered_today"]) == (0, 0)
        assert figures["service_level"] is None


class TestDays:
    ZONE = ZoneInfo("Asia/Shanghai")

    def test_day_runs_from_local_midnight_to_local_midnight(self) -> None:
        assert midnight_before(T0_MS, self.ZONE) <= T0_MS < midnight_after(T0_MS, self.ZONE)
        assert midnight_after(T0_MS, self.ZONE) - midnight_before(T0_MS, self.ZONE) == 86_400_000

    def test_day_on_which_clocks_change_has_23_or_25_hours(self) -> None:
        zone = ZoneInfo("Europe/Berlin")
        lengths = {
            (midnight_after(at, zone) - midnight_before(at, zone)) // 3_600_000
            for at in range(T0_MS, T0_MS + 365 * 86_400_000, 43_200_000)
        }

        assert lengths == {23, 24, 25}

    def test_sums_begin_again_at_midnight_and_the_board_hears_it(self) -> None:
        state = a_board()
        for fact in signed_in(answered_call()):
            apply(state, fact)
        waiting = Told("c2").arrive().enter(1)
        for fact in waiting.facts:
            apply(state, fact)
        picture = snapshot(state)

        touched = advance(state, midnight_after(T0_MS, UTC))

        assert reduced(picture, patch(state, touched)) == snapshot(state)
        figures = snapshot(state)["figures"]
        assert (figures["calls_today"], figures["answered_today"]) == (0, 0)
        assert snapshot(state)["agents"]["a1"]["answered_today"] == 0
        apply(state, waiting.leave(90_000, "abandoned").facts[-1])
        assert snapshot(state)["figures"]["abandoned_today"] == 0

    def test_board_begins_the_day_with_what_closed_calls_brought(self) -> None:
        state = a_board()
        sums = VisitCounts(
            answered=5, abandoned=2, level_good=4, level_all=8, counted=8, wait_ms=80_000
        )
        counts = DayCounts(
            calls_inbound=9,
            calls_answered=5,
            queues={QueueId("support"): sums},
            answered_by_agent={AgentId("a1"): 5},
            missed_by_agent={AgentId("a9"): 1},
        )
        seed(state, counts)
        whole = snapshot(state)

        assert whole["figures"] == {
            "calls_now": 0, "calls_today": 9, "answered_today": 5, "abandoned_today": 2,
            "service_level": 0.5, "average_wait_ms": 10_000,
        }  # fmt: skip
        assert whole["agents"]["a1"]["answered_today"] == 5
        assert whole["agents"]["a9"]["missed_today"] == 1

    def test_call_of_yesterday_is_not_of_today(self) -> None:
        state = a_board(midnight_after(T0_MS, UTC))
        for fact in Told().arrive().enter(1).offer(2).connect(3).facts:
            apply(state, fact)

        assert snapshot(state)["figures"]["calls_today"] == 0
        assert snapshot(state)["figures"]["answered_today"] == 0


def test_a_fact_of_a_room_to_come_changes_nothing() -> None:
    class Unheard(CallFact, frozen=True, kw_only=True, gc=False):
        """A fact that nobody knows yet."""

    assert apply(a_board(), Unheard(at_ms=0, call_id="c")) == set()  # type: ignore[arg-type]


def test_first_fact_of_every_call_is_an_arrival() -> None:
    assert isinstance(Told().arrive().facts[0], CallArrived)
