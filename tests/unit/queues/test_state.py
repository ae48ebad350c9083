"""The life of a visit, step by step."""

from typing import Any

import pytest

from cordboard.calls import CallRouted
from cordboard.kit.ids import CallId, QueueId, VisitId
from cordboard.queues.errors import IllegalVisitError
from cordboard.queues.model import Queue, Visit, VisitState, Waiting
from cordboard.queues.state import (
    IS_ENTERTAINED,
    OUTCOME_BY_ENDER,
    TRANSITIONS,
    Step,
    apply,
    closed_because,
    merge_needs,
    outcome_of_route,
)

pytestmark = pytest.mark.unit


def a_visit(state: VisitState = VisitState.WAITING) -> Visit:
    waiting = Waiting(
        call_id=CallId("c"),
        visit_id=VisitId("v"),
        queue_id=QueueId("q"),
        entered_at_ms=1,
        priority=0,
        needs={},
        ordinal=1,
    )
    return Visit(waiting=waiting, state=state)


def a_queue(**settings: Any) -> Queue:
    return Queue(id=QueueId("q"), name="q", **settings)


class TestTransitions:
    def test_every_state_has_a_row_and_every_open_one_can_be_left(self) -> None:
        assert set(TRANSITIONS) == set(VisitState)
        living = set(VisitState) - {VisitState.LEFT}
        assert all(TRANSITIONS[state][Step.LEFT] is VisitState.LEFT for state in living)

    @pytest.mark.parametrize("state", VisitState)
    @pytest.mark.parametrize("step", Step)
    def test_a_step_leads_where_the_table_says_or_is_refused(
        self, state: VisitState, step: Step
    ) -> None:
        if step in TRANSITIONS[state]:
            assert apply(a_visit(state), step).state is TRANSITIONS[state][step]
        else:
            with pytest.raises(IllegalVisitError, match=f"{state} cannot take {step}"):
                apply(a_visit(state), step)

    def test_an_offer_keeps_the_place_and_marks_the_call(self) -> None:
        visit = a_visit()
        offered = apply(visit, Step.OFFER_OPENED)
        connecting = apply(offered, Step.OFFER_ACCEPTED)
        assert (offered.waiting.offered, connecting.waiting.offered) == (True, True)
        assert apply(connecting, Step.OFFER_ENDED) == visit

    def test_callers_are_entertained_until_an_agent_picks_up(self) -> None:
        assert {VisitState.WAITING, VisitState.OFFERED} == IS_ENTERTAINED


class TestOutcomes:
    def test_only_the_customer_abandons(self) -> None:
        assert [end for end, out in OUTCOME_BY_ENDER.items() if out == "abandoned"] == ["customer"]
        assert OUTCOME_BY_ENDER["network"] == OUTCOME_BY_ENDER["system"] == "failed"

    @pytest.mark.parametrize(
        ("kind", "entry_kind", "outcome"),
        [
            ("flow", "rule", "exited"),
            ("flow", "pulled", "pulled"),
            ("queue", "transfer", "pulled"),
            ("extension", "direct", "pulled"),
        ],
    )
    def test_who_routes_on_decides_what_it_is_called(
        self, kind: Any, entry_kind: Any, outcome: str
    ) -> None:
        fact = CallRouted(at_ms=1, call_id=CallId("c"), kind=kind, entry_kind=entry_kind)
        assert outcome_of_route(fact) == outcome


class TestTheDoor:
    def test_is_open_without_limits(self) -> None:
        assert closed_because(a_queue(), length=10_000, signed_in=0) is None

    def test_is_shut_when_the_line_is_too_long(self) -> None:
        assert closed_because(a_queue(max_length=2), length=1, signed_in=0) is None
        assert closed_because(a_queue(max_length=2), length=2, signed_in=0) == "full"

    def test_is_shut_when_nobody_is_signed_in_and_the_queue_says_so(self) -> None:
        queue = a_queue(refuse_without_agents=True)
        assert closed_because(queue, length=0, signed_in=0) == "no_agents"
        assert closed_because(queue, length=0, signed_in=1) is None


def test_needs_are_of_each_skill_the_higher_level() -> None:
    queue = a_queue(needs={"a": 3, "b": 1})
    assert merge_needs(queue, {"b": 2, "c": 1}) == {"a": 3, "b": 2, "c": 1}
