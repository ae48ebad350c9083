"""The life of an agent, step by step."""

from typing import Any

import pytest

from cordboard.agents.errors import IllegalAgentStateError
from cordboard.agents.events import (
    AgentAlerted,
    AgentConsulted,
    AgentDialled,
    AgentFact,
    AgentHeld,
    AgentNotReady,
    AgentPendingSet,
    AgentRang,
    AgentReady,
    AgentReleased,
    AgentRingEnded,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.agents.model import Agent, AgentState, AgentView
from cordboard.agents.state import AT_WORK, IN_TALK, TRANSITIONS, apply, begin
from cordboard.kit.facts import decode, encode
from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId, UserId

pytestmark = pytest.mark.unit

ID, CALL = AgentId("a"), CallId("c")
AGENT = Agent(
    id=ID, user_id=UserId("u"), name="Ann", agent_number="8001", extension="1001", skills={"x": 2}
)
OFFER = {"offer_id": OfferId("o"), "call_id": CALL}

FIELDS: dict[type[AgentFact], dict[str, Any]] = {
    AgentSignedIn: {"extension": "1002"},
    AgentSignedOut: {},
    AgentReady: {},
    AgentNotReady: {"reason": "break"},
    AgentPendingSet: {"state": "not_ready", "reason": "meal"},
    AgentRang: {**OFFER, "queue_id": QueueId("q"), "wrap_up_s": 20},
    AgentRingEnded: {**OFFER, "result": "withdrawn"},
    AgentTalked: {"call_id": CALL, "queue_id": QueueId("q")},
    AgentHeld: {"call_id": CALL},
    AgentAlerted: {"call_id": CALL},
    AgentDialled: {"call_id": CALL},
    AgentConsulted: {"call_id": CALL},
    AgentReleased: {"call_id": CALL},
    WrapUpStarted: {"call_id": CALL, "ends_at_ms": 9_000},
    WrapUpEnded: {"call_id": CALL, "by": "limit"},
}


def fact(kind: type[AgentFact], at_ms: int = 0, **changes: Any) -> AgentFact:
    return kind(at_ms=at_ms, agent_id=ID, **(FIELDS[kind] | changes))


WAYS: dict[AgentState, tuple[type[AgentFact], ...]] = {
    AgentState.SIGNED_OUT: (),
    AgentState.NOT_READY: (AgentSignedIn, AgentNotReady),
    AgentState.IDLE: (AgentSignedIn, AgentReady),
    AgentState.RINGING: (AgentSignedIn, AgentReady, AgentRang),
    AgentState.DIALLING: (AgentSignedIn, AgentReady, AgentDialled),
    AgentState.CONSULTING: (AgentSignedIn, AgentReady, AgentAlerted, AgentConsulted),
    AgentState.TALKING: (AgentSignedIn, AgentReady, AgentRang, AgentTalked),
    AgentState.HOLDING: (AgentSignedIn, AgentReady, AgentRang, AgentTalked, AgentHeld),
    AgentState.WRAP_UP: (AgentSignedIn, AgentReady, AgentRang, AgentTalked, WrapUpStarted),
}


def an_agent(state: AgentState) -> AgentView:
    """Brought to this state by a second for each fact."""
    view = begin(AGENT)
    for number, kind in enumerate(WAYS[state], 1):
        view = apply(view, fact(kind, number * 1000))
    assert view.state is state
    return view


class TestTransitions:
    def test_every_state_has_a_row_and_every_fact_a_place(self) -> None:
        assert set(TRANSITIONS) == set(AgentState)
        assert {kind for row in TRANSITIONS.values() for kind in row} == set(FIELDS)

    @pytest.mark.parametrize("state", AgentState)
    @pytest.mark.parametrize("kind", FIELDS)
    def test_a_fact_leads_where_the_table_says_or_is_refused(
        self, state: AgentState, kind: type[AgentFact]
    ) -> None:
        view = an_agent(state)
        if kind in TRANSITIONS[state]:
            assert apply(view, fact(kind, 9_000)).state is TRANSITIONS[state][kind]
        else:
            with pytest.raises(IllegalAgentStateError, match=f"{state} cannot take"):
                apply(view, fact(kind, 9_000))

    def test_every_signed_in_state_has_a_way_to_idle(self) -> None:
        reached = {AgentState.IDLE}
        for _ in AgentState:
            reached |= {state for state, row in TRANSITIONS.items() if reached & set(row.values())}
        assert reached == set(AgentState)

    def test_a_state_is_chosen_for_later_in_work_and_only_there(self) -> None:
        assert {s for s, row in TRANSITIONS.items() if AgentPendingSet in row} == AT_WORK
        assert IN_TALK < AT_WORK

    def test_an_offer_reaches_only_an_idle_agent(self) -> None:
        assert [s for s, row in TRANSITIONS.items() if AgentRang in row] == [AgentState.IDLE]


class TestApply:
    def test_since_is_the_moment_of_the_last_change(self) -> None:
        assert an_agent(AgentState.HOLDING).since_ms == 5_000

    def test_choosing_for_later_begins_no_new_stretch(self) -> None:
        view = apply(an_agent(AgentState.TALKING), fact(AgentPendingSet, 9_000))
        assert view.since_ms == 4_000
        assert (view.pending_state, view.pending_reason) == ("not_ready", "meal")

    def test_an_offer_that_comes_to_nothing_leaves_the_idle_clock(self) -> None:
        view = apply(an_agent(AgentState.RINGING), fact(AgentRingEnded, 9_000))
        assert (view.idle_since_ms, view.since_ms) == (2_000, 9_000)
        assert (view.call_id, view.offer_id, view.queue_id, view.wrap_up_s) == (
            None,
            None,
            None,
            0,
        )

    def test_work_starts_the_idle_clock_again(self) -> None:
        view = apply(an_agent(AgentState.WRAP_UP), fact(WrapUpEnded, 9_000))
        assert (view.idle_since_ms, view.handled_since_ms, view.call_id) == (9_000, None, None)

    def test_a_handling_runs_from_the_first_talk_through_holds(self) -> None:
        view = apply(an_agent(AgentState.HOLDING), fact(AgentTalked, 9_000))
        assert view.handled_since_ms == 4_000

    def test_the_wrap_up_of_the_queue_belongs_to_its_call(self) -> None:
        assert an_agent(AgentState.TALKING).wrap_up_s == 20
        direct = fact(AgentTalked, 9_000, call_id=CallId("other"), queue_id=None)
        assert apply(an_agent(AgentState.RINGING), direct).wrap_up_s == 0

    def test_who_was_not_ready_and_took_a_direct_call_goes_back_to_it(self) -> None:
        view = apply(an_agent(AgentState.NOT_READY), fact(AgentTalked, 9_000))
        assert (view.pending_state, view.pending_reason, view.reason) == (
            "not_ready",
            "break",
            None,
        )

    def test_signing_in_takes_the_phone_and_signing_out_ends_everything(self) -> None:
        view = an_agent(AgentState.RINGING)
        assert view.extension == "1002"
        out = apply(view, fact(AgentSignedOut, 9_000))
        assert (out.call_id, out.offer_id, out.reason) == (None, None, None)

    @pytest.mark.parametrize("kind", FIELDS)
    def test_facts_survive_the_journal(self, kind: type[AgentFact]) -> None:
        told = fact(kind)
        assert decode(kind.__name__, kind.FORMAT, encode(told)) == told
        assert told.stream == "agent/a"
