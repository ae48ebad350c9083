"""The floor: the room's memory, changed by facts alone; and what surrounds an agent's work."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Literal

from msgspec.structs import replace

from cordboard.kit.ids import AgentId, CallId, QueueId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns, Write

from .events import (
    AgentFact,
    AgentFreed,
    AgentNotReady,
    AgentPendingSet,
    AgentReady,
    AgentReleased,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from .fold import anchor_of, count, day_of
from .model import Agent, AgentDay, AgentState, AgentView
from .repository import day_row, state_row
from .snapshot import Roster
from .state import AT_WORK, IN_TALK, apply, begin

DAYS_KEPT = 2
"Days of an agent kept in memory: no handling lasts longer."


class Floor:
    """Agents now and today.

    Args:
        zone: Time zone in which days begin.
    """

    def __init__(self, zone: tzinfo) -> None:
        self.roster = Roster()
        self.agents: dict[AgentId, Agent] = {}
        self.by_call: dict[CallId, set[AgentId]] = {}
        "Who rings, talks, holds or wraps up for a call."

        self.by_extension: dict[str, AgentId] = {}
        "Signed-in agents by phone."

        self._days: dict[AgentId, dict[str, AgentDay]] = {}
        self._zone = zone

    def put_agent(self, agent: Agent) -> None:
        """Take an agent's configuration; what it is doing stays."""
        self.agents[agent.id] = agent
        now = self.roster.views.get(agent.id)
        view = begin(agent)
        if now is not None:
            view = _configured(now, agent)
        self.put(view)

    def put(self, view: AgentView) -> None:
        """Take an agent as it is."""
        before = self.roster.views.get(view.id)
        if before is not None:
            self._unlink(before)
        self.roster.put(view)
        if view.call_id is not None:
            self.by_call.setdefault(view.call_id, set()).add(view.id)
        if view.state is not AgentState.SIGNED_OUT:
            self.by_extension[view.extension] = view.id

    def _unlink(self, view: AgentView) -> None:
        if view.call_id is not None:
            others = self.by_call[view.call_id]
            others.discard(view.id)
            if not others:
                del self.by_call[view.call_id]
        if view.state is not AgentState.SIGNED_OUT:
            self.by_extension.pop(view.extension, None)

    def put_days(self, days: Iterable[AgentDay]) -> None:
        """Take what agents did before a restart."""
        for day in days:
            self._keep(day)

    def find_day(self, agent_id: AgentId, at_ms: int) -> AgentDay:
        """What the agent did on the day of this moment."""
        day = day_of(at_ms, self._zone)
        known = self._days.get(agent_id, {}).get(day)
        return known or AgentDay(agent_id=agent_id, day=day)

    def apply(self, fact: AgentFact) -> list[Write]:
        """Change memory as the fact says; return the rows that changed.

        Raises:
            IllegalAgentStateError: If the agent's state does not allow the fact.
            KeyError: If there is no such agent.
        """
        before = self.roster.views[fact.agent_id]
        after = apply(before, fact)
        self.put(after)
        rows: list[Write] = [state_row(after)]
        anchor_ms = anchor_of(before, fact)
        if anchor_ms is not None:
            day = count(self.find_day(fact.agent_id, anchor_ms), before, fact)
            self._keep(day)
            rows.append(day_row(day))
        return rows

    def tell(self, turn: Turn, fact: AgentFact) -> None:
        """Apply the fact, tell it and store what it changed."""
        rows = self.apply(fact)
        turn.tell(fact)
        for row in rows:
            turn.write(row)

    def _keep(self, day: AgentDay) -> None:
        days = self._days.setdefault(day.agent_id, {})
        days[day.day] = day
        if len(days) > DAYS_KEPT:
            del days[min(days)]


def _configured(view: AgentView, agent: Agent) -> AgentView:
    fresh = begin(agent)
    keeps_phone = view.state is not AgentState.SIGNED_OUT
    return replace(
        view,
        name=fresh.name,
        agent_number=fresh.agent_number,
        skills=fresh.skills,
        extension=view.extension if keeps_phone else fresh.extension,
    )


class Work:
    """What happens to an agent around work: its begin, its end, and what follows it.

    Args:
        floor: The agents.
        turns: Runs the turns of wrap-up limits.
        timers: For wrap-up limits.
    """

    def __init__(self, floor: Floor, turns: Turns, timers: Timers) -> None:
        self.floor = floor
        self._turns = turns
        self._timers = timers

    def end_wrap_up(
        self, turn: Turn, agent_id: AgentId, *, by: Literal["agent", "limit", "supervisor"]
    ) -> None:
        """The wrap-up is over: the pending state begins, else idle. Nothing if there is none."""
        view = self.floor.roster.views[agent_id]
        if view.state is AgentState.WRAP_UP:
            self.close_wrap_up(turn, agent_id, by)
            self.rest(turn, view, None)

    def in_talk(self, call_id: CallId, agent_id: AgentId | None) -> list[AgentView]:
        """Agents that talk or hold on the call; of them only this one, if one is named."""
        ids = sorted(self.floor.by_call.get(call_id, ()))
        views = [self.floor.roster.views[each] for each in ids if agent_id in (None, each)]
        return [view for view in views if view.state in IN_TALK]

    def become_idle(self, turn: Turn, agent_id: AgentId, forced_by: str | None) -> None:
        """Idle by will, and free for the ACD."""
        self.floor.tell(turn, AgentReady(at_ms=turn.at_ms, agent_id=agent_id, forced_by=forced_by))
        turn.tell(AgentFreed(at_ms=turn.at_ms, agent_id=agent_id))

    def take_off(self, turn: Turn, view: AgentView, reason: str, forced_by: str | None) -> None:
        """No more offers: now, or after the work."""
        if view.state in AT_WORK:
            self.plan(turn, view, "not_ready", reason, forced_by)
        elif view.state is AgentState.IDLE or view.reason != reason:
            self.floor.tell(
                turn,
                AgentNotReady(
                    at_ms=turn.at_ms, agent_id=view.id, reason=reason, forced_by=forced_by
                ),
            )

    def plan(
        self,
        turn: Turn,
        view: AgentView,
        state: Literal["idle", "not_ready", "signed_out"],
        reason: str | None,
        forced_by: str | None,
    ) -> None:
        """Keep what was chosen for the end of the work."""
        stands = (view.pending_state or "idle", view.pending_reason) == (state, reason)
        if stands:
            return
        self.floor.tell(
            turn,
            AgentPendingSet(
                at_ms=turn.at_ms,
                agent_id=view.id,
                state=state,
                reason=reason,
                forced_by=forced_by,
            ),
        )

    def talk(
        self,
        turn: Turn,
        view: AgentView,
        call_id: CallId,
        queue_id: QueueId | None,
        *,
        is_internal: bool = False,
    ) -> None:
        """The agent and the customer hear each other (again)."""
        self.floor.tell(
            turn,
            AgentTalked(
                at_ms=turn.at_ms,
                agent_id=view.id,
                call_id=call_id,
                queue_id=queue_id,
                is_internal=is_internal,
            ),
        )

    def leave_call(self, turn: Turn, call_id: CallId) -> None:
        """The call is over for all who work on it; who is offered it hears from the ACD."""
        for view in self.on_call(call_id, None):
            self.leave(turn, view)

    def on_call(self, call_id: CallId, agent_id: AgentId | None) -> list[AgentView]:
        """Agents that the call rings without an offer, and those in talk."""
        ids = sorted(self.floor.by_call.get(call_id, ()))
        views = [self.floor.roster.views[each] for each in ids if agent_id in (None, each)]
        return [view for view in views if view.state in IN_TALK or _is_alerted(view)]

    def leave(self, turn: Turn, view: AgentView) -> None:
        """The agent's part is over: wrap-up, or at once what comes next if there was no talk."""
        if view.state in _WITH_CUSTOMER or view.handled_since_ms is not None:
            self.wrap_up(turn, view)
            return
        assert view.call_id is not None
        fact = AgentReleased(at_ms=turn.at_ms, agent_id=view.id, call_id=view.call_id)
        self.floor.tell(turn, fact)
        self.rest(turn, view, None)

    def wrap_up(self, turn: Turn, view: AgentView) -> None:
        """The talk is over: wrap up for as long as the queue grants, by itself to the end."""
        ends_at_ms = turn.at_ms + view.wrap_up_s * 1000
        self.start_wrap_up(turn, view, ends_at_ms)
        if view.wrap_up_s <= 0:
            self.close_wrap_up(turn, view.id, "system")
            self.rest(turn, view, None)
        else:
            self.limit_wrap_up(view.id, ends_at_ms - turn.at_ms)

    def start_wrap_up(self, turn: Turn, view: AgentView, ends_at_ms: int) -> None:
        """Tell that the wrap-up runs until this moment."""
        assert view.call_id is not None
        self.floor.tell(
            turn,
            WrapUpStarted(
                at_ms=turn.at_ms,
                agent_id=view.id,
                call_id=view.call_id,
                queue_id=view.queue_id,
                ends_at_ms=ends_at_ms,
            ),
        )

    def limit_wrap_up(self, agent_id: AgentId, delay_ms: int) -> None:
        """End the wrap-up by itself in this time."""
        self._timers.set(
            _timer(agent_id),
            delay_ms / 1000,
            lambda: self._turns.post(lambda turn: self.end_wrap_up(turn, agent_id, by="limit")),
        )

    def close_wrap_up(
        self,
        turn: Turn,
        agent_id: AgentId,
        by: Literal["agent", "limit", "supervisor", "system"],
    ) -> None:
        """Tell that the wrap-up is over; what follows is for the caller to tell."""
        self._timers.drop(_timer(agent_id))
        view = self.floor.roster.views[agent_id]
        assert view.call_id is not None
        self.floor.tell(
            turn,
            WrapUpEnded(
                at_ms=turn.at_ms,
                agent_id=agent_id,
                call_id=view.call_id,
                by=by,
                queue_id=view.queue_id,
                handled_since_ms=view.handled_since_ms,
            ),
        )

    def rest(self, turn: Turn, worked: AgentView, reason: str | None) -> None:
        """After work: the pending state, else not ready for `reason`, else idle and free.

        Args:
            turn: The turn.
            worked: The agent as it was in the work.
            reason: Of the not_ready that the end of the work brings by itself.
        """
        if worked.pending_state == "signed_out":
            self.floor.tell(turn, AgentSignedOut(at_ms=turn.at_ms, agent_id=worked.id))
            return
        if worked.pending_state == "not_ready":
            reason = worked.pending_reason
        if reason is None:
            turn.tell(AgentFreed(at_ms=turn.at_ms, agent_id=worked.id))
        else:
            self.floor.tell(
                turn, AgentNotReady(at_ms=turn.at_ms, agent_id=worked.id, reason=reason)
            )


_WITH_CUSTOMER = frozenset({AgentState.TALKING, AgentState.HOLDING})


def _is_alerted(view: AgentView) -> bool:
    return view.state is AgentState.RINGING and view.offer_id is None


def _timer(agent_id: AgentId) -> str:
    return f"agents/{agent_id}/wrap_up"
