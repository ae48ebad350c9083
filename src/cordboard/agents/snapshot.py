"""The floor at this moment: every agent's view, and who of them fits a need.

A need (skills with lowest levels) is looked at again and again, so each need that was ever asked
for keeps its own ordered list of idle agents and its counts. A change of one agent costs one
bisection per need it fits; asking costs nothing but the answer. Pure.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping

from .model import AgentId, AgentState, AgentView, Staffing, fits

LIST_LIMIT = 50
"Longest answer of a list; counts have no bound."

MAX_NEEDS = 1_000
"Needs remembered; the one that was first asked for goes first."

Need = tuple[tuple[str, int], ...]
_OFF = frozenset({AgentState.SIGNED_OUT, AgentState.NOT_READY})


class _Group:
    """Agents that fit one need."""

    __slots__ = ("idle", "needs", "ready", "signed_in")

    def __init__(self, needs: Mapping[str, int]) -> None:
        self.needs = dict(needs)
        self.idle: list[tuple[int, AgentId]] = []
        self.signed_in: list[AgentId] = []
        self.ready = 0

    def add(self, view: AgentView) -> None:
        if view.state is AgentState.SIGNED_OUT:
            return
        insort(self.signed_in, view.id)
        self.ready += view.state not in _OFF
        if view.state is AgentState.IDLE:
            insort(self.idle, (view.idle_since_ms, view.id))

    def remove(self, view: AgentView) -> None:
        if view.state is AgentState.SIGNED_OUT:
            return
        del self.signed_in[bisect_left(self.signed_in, view.id)]
        self.ready -= view.state not in _OFF
        if view.state is AgentState.IDLE:
            del self.idle[bisect_left(self.idle, (view.idle_since_ms, view.id))]


def _standing(view: AgentView) -> tuple[object, ...]:
    """All that groups see of an agent; the same while it rings, talks and wraps up."""
    is_idle = view.state is AgentState.IDLE
    is_in = view.state is not AgentState.SIGNED_OUT
    return is_in, view.state in _OFF, view.idle_since_ms if is_idle else None, view.skills


class Roster:
    """Views by agent, and by need."""

    def __init__(self) -> None:
        self.views: dict[AgentId, AgentView] = {}
        self._groups: dict[Need, _Group] = {}
        self._memberships: dict[AgentId, list[_Group]] = {}

    def put(self, view: AgentView) -> None:
        """Take the agent as it is now in place of what it was."""
        before = self.views.get(view.id)
        if before is not None and _standing(before) == _standing(view):
            self.views[view.id] = view
            return
        if before is not None:
            for group in self._memberships[view.id]:
                group.remove(before)
        if before is None or before.skills != view.skills:
            self._memberships[view.id] = [
                group for group in self._groups.values() if fits(view.skills, group.needs)
            ]
        for group in self._memberships[view.id]:
            group.add(view)
        self.views[view.id] = view

    def list_idle(self, needs: Mapping[str, int]) -> list[AgentView]:
        """Idle agents that fit, longest idle first, at most LIST_LIMIT."""
        return [self.views[key[1]] for key in self._group(needs).idle[:LIST_LIMIT]]

    def list_signed_in(self, needs: Mapping[str, int]) -> list[AgentView]:
        """Signed-in agents that fit, by id, at most LIST_LIMIT."""
        return [self.views[agent_id] for agent_id in self._group(needs).signed_in[:LIST_LIMIT]]

    def count(self, needs: Mapping[str, int]) -> Staffing:
        """How many fit."""
        group = self._group(needs)
        return Staffing(signed_in=len(group.signed_in), ready=group.ready, idle=len(group.idle))

    def __iter__(self) -> Iterator[AgentView]:
        return iter(self.views.values())

    def _group(self, needs: Mapping[str, int]) -> _Group:
        need = tuple(sorted(needs.items()))
        group = self._groups.get(need)
        return self._form(need) if group is None else group

    def _form(self, need: Need) -> _Group:
        if len(self._groups) >= MAX_NEEDS:
            gone = self._groups.pop(next(iter(self._groups)))
            for groups in self._memberships.values():
                if gone in groups:
                    groups.remove(gone)
        group = self._groups[need] = _Group(dict(need))
        for view in self.views.values():
            if fits(view.skills, group.needs):
                group.add(view)
                self._memberships[view.id].append(group)
        return group
