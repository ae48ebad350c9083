"""Who is idle, and fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cordboard.agents import snapshot
from cordboard.agents.model import Agent, AgentState, AgentView, Staffing, fits
from cordboard.agents.snapshot import LIST_LIMIT, Roster
from cordboard.agents.state import begin
from cordboard.kit.ids import AgentId, UserId

pytestmark = pytest.mark.unit


def a_view(
    id: str, state: AgentState = AgentState.IDLE, since: int = 0, **skills: int
) -> AgentView:
    agent = Agent(
        id=AgentId(id), user_id=UserId(id), name=id, agent_number=id, extension=id, skills=skills
    )
    return replace(begin(agent), state=state, idle_since_ms=since)


def a_roster(*views: AgentView) -> Roster:
    roster = Roster()
    for view in views:
        roster.put(view)
    return roster


def ids(views: Any) -> list[str]:
    return [view.id for view in views]


@pytest.mark.parametrize(
    ("skills", "needs", "does"),
    [
        ({}, {}, True),
        ({"a": 2}, {"a": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": 1}, False),
    ],
)
def test_fits(skills: dict[str, int], needs: dict[str, int], does: bool) -> None:
    assert fits(skills, needs) is does


class TestRoster:
    def test_lists_the_longest_idle_first(self) -> None:
        roster = a_roster(a_view("a", since=2), a_view("b", since=1), a_view("c", since=1))
        assert ids(roster.list_idle({})) == ["b", "c", "a"]

    def test_follows_every_change(self) -> None:
        roster = a_roster(a_view("a", x=3), a_view("b", x=1))
        assert ids(roster.list_idle({"x": 2})) == ["a"]
        roster.put(a_view("a", AgentState.TALKING, x=3))
        assert roster.list_idle({"x": 2}) == []
        assert roster.count({"x": 2}) == Staffing(signed_in=1, ready=1, idle=0)
        roster.put(a_view("a", AgentState.NOT_READY, x=3))
        assert roster.count({"x": 2}) == Staffing(signed_in=1, ready=0, idle=0)
        roster.put(a_view("b", x=9))
        assert ids(roster.list_idle({"x": 2})) == ["b"]
        roster.put(a_view("a", AgentState.SIGNED_OUT, x=3))
        assert ids(roster.list_signed_in({"x": 2})) == ["b"]

    def test_lists_are_bounded_and_counts_are_not(self) -> None:
        roster = a_roster(*(a_view(f"{number:04}") for number in range(LIST_LIMIT + 50)))
        assert len(roster.list_idle({})) == len(roster.list_signed_in({})) == LIST_LIMIT
        assert roster.count({}).idle == LIST_LIMIT + 50

    def test_remembers_a_bounded_number_of_needs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snapshot, "MAX_NEEDS", 3)
        roster = a_roster(a_view("a", x=3), a_view("b"))
        for level in range(10):
            roster.list_idle({"x": level})
        roster.put(a_view("a", AgentState.TALKING, x=3))
        assert ids(roster.list_idle({"x": 0})) == ["b"]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("abcd"),
                st.sampled_from(AgentState),
                st.integers(0, 3),
                st.integers(0, 2),
            ),
            max_size=30,
        )
    )
    def test_equals_a_walk_over_all_agents(
        self, changes: list[tuple[str, AgentState, int, int]]
    ) -> None:
        roster = Roster()
        for id, state, since, level in changes:
            roster.put(a_view(id, state, since, x=level))
            for need in ({}, {"x": 1}, {"x": 2}):
                views = [view for view in roster if fits(view.skills, need)]
                idle = [view for view in views if view.state is AgentState.IDLE]
                idle.sort(key=lambda view: (view.idle_since_ms, view.id))
                assert roster.list_idle(need) == idle
                here = [view for view in views if view.state is not AgentState.SIGNED_OUT]
                assert roster.list_signed_in(need) == sorted(here, key=lambda view: view.id)
                ready = [view for view in here if view.state is not AgentState.NOT_READY]
                assert roster.count(need) == Staffing(
                    signed_in=len(here), ready=len(ready), idle=len(idle)
                )
