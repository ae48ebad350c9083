"""Who gets whom, and why: pure."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cordboard.acd.matching import LISTED, choose, pick_call
from cordboard.agents import AgentId, AgentState, AgentView, Staffing
from cordboard.kit.ids import CallId, QueueId, VisitId
from cordboard.queues import Waiting

pytestmark = pytest.mark.unit


def an_agent(id: str = "a", idle_since_ms: int = 0, **details: Any) -> AgentView:
    fields: dict[str, Any] = {
        "id": AgentId(id),
        "name": id.upper(),
        "agent_number": "8001",
        "extension": "1001",
        "skills": {},
        "state": AgentState.IDLE,
        "reason": None,
        "since_ms": idle_since_ms,
        "idle_since_ms": idle_since_ms,
    }
    return AgentView(**(fields | details))


def a_call(id: str = "c", **details: Any) -> Waiting:
    fields: dict[str, Any] = {
        "call_id": CallId(id),
        "visit_id": VisitId(f"v-{id}"),
        "queue_id": QueueId("q"),
        "entered_at_ms": 0,
        "priority": 0,
        "needs": {},
        "ordinal": 1,
    }
    return Waiting(**(fields | details))


class TestChoose:
    def test_takes_who_is_idle_longest(self) -> None:
        choice = choose({}, [an_agent("a", 20), an_agent("b", 10)], 100)
        assert choice is not None
        assert choice.agent.id == "b"

    def test_breaks_a_tie_by_id(self) -> None:
        choice = choose({}, [an_agent("b"), an_agent("a")], 100)
        assert choice is not None
        assert choice.agent.id == "a"

    def test_nobody_idle_is_nobody_chosen(self) -> None:
        assert choose({}, [], 100) is None

    @pytest.mark.parametrize("state", [s for s in AgentState if s is not AgentState.IDLE])
    def test_never_takes_an_agent_in_any_other_state(self, state: AgentState) -> None:
        assert choose({}, [an_agent(state=state)], 100) is None

    def test_never_takes_an_agent_without_the_skill_or_below_its_level(self) -> None:
        lacking = [an_agent("a"), an_agent("b", skills={"water": 2})]
        assert choose({"water": 3}, lacking, 100) is None

    def test_passes_over_whom_it_must_not_have_and_says_why(self) -> None:
        choice = choose(
            {"water": 1},
            [an_agent("a", 1, skills={"water": 5}), an_agent("b", 2, skills={"water": 3})],
            100,
            barred={AgentId("a"): "refused_this_call"},
            others=[
                an_agent("a", 1, skills={"water": 5}),
                an_agent("c", state=AgentState.TALKING),
                an_agent("d", state=AgentState.NOT_READY, reason="meal"),
            ],
            staffing=Staffing(signed_in=4, ready=3, idle=2),
        )
        assert choice is not None
        assert msgspec.to_builtins(choice.reason) == {
            "rule": "longest_idle",
            "need": {"water": 1},
            "candidates": (
                {"agent_id": "b", "name": "B", "idle_ms": 98, "level": 3, "chosen": True},
            ),
            "passed_over": (
                {"agent_id": "a", "name": "A", "why": "refused_this_call"},
                {"agent_id": "c", "name": "C", "why": "talking"},
                {"agent_id": "d", "name": "D", "why": "meal"},
            ),
            "qualified": 4,
            "idle": 2,
        }

    def test_only_barred_agents_is_nobody_chosen(self) -> None:
        assert choose({}, [an_agent("a")], 1, barred={AgentId("a"): "rests"}) is None

    def test_lists_of_a_reason_are_cut_at_ten(self) -> None:
        idle = [an_agent(f"a{number:02}") for number in range(30)]
        busy = [an_agent(f"b{number:02}", state=AgentState.TALKING) for number in range(30)]
        choice = choose({}, idle, 100, others=busy)
        assert choice is not None
        assert len(choice.reason.candidates) == LISTED
        assert len(choice.reason.passed_over) == LISTED
        assert choice.reason.qualified == choice.reason.idle == 30

    def test_a_strategy_without_an_order_falls_back_and_the_reason_says_so(self) -> None:
        choice = choose({}, [an_agent()], 100, "ring_all")
        assert choice is not None
        assert choice.reason.rule == "longest_idle"

    @given(st.permutations([an_agent(str(n), n % 3, skills={"x": n % 4}) for n in range(8)]))
    def test_does_not_depend_on_the_order_it_is_given(self, agents: list[AgentView]) -> None:
        choice = choose({"x": 2}, agents, 100)
        assert choice is not None
        assert choice.agent.id == "3"


class TestPickCall:
    def test_takes_the_highest_priority_of_all_lines(self) -> None:
        lines = [[a_call("a")], [a_call("b", priority=1, entered_at_ms=9)]]
        assert pick_call({}, lines, lambda _: True) == lines[1][0]

    def test_takes_the_longest_wait_among_equals_and_then_the_ordinal(self) -> None:
        lines = [[a_call("a", entered_at_ms=5)], [a_call("b", entered_at_ms=4, ordinal=2)]]
        assert pick_call({}, lines, lambda _: True) == lines[1][0]
        lines.append([a_call("c", entered_at_ms=4, ordinal=1)])
        assert pick_call({}, lines, lambda _: True) == lines[2][0]

    def test_goes_down_a_line_past_calls_that_need_more_or_must_not_be_had(self) -> None:
        line = [a_call("a", needs={"x": 2}), a_call("b"), a_call("c")]
        found = pick_call({"x": 1}, [line], lambda call: call.call_id != "b")
        assert found == line[2]

    def test_finds_nothing_in_empty_lines(self) -> None:
        assert pick_call({}, [[], []], lambda _: True) is None

    def test_does_not_look_at_agents_again(self) -> None:
        agent = replace(an_agent(), skills={"x": 1})
        assert pick_call(agent.skills, [[a_call(needs={"x": 1})]], lambda _: True) is not None
