"""Use cases of agents: what they and their supervisors choose, what calls bring them.

Implements `AgentCommands`. One public method is one step inside a turn. Refuses to know queues'
contents and offers' lives: the ACD presents and ends; this room says what that makes of the agent.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Literal

from cordboard.agents.effects import Floor, Work
from cordboard.agents.errors import (
    AgentNotIdleError,
    ExtensionTakenError,
    IllegalAgentStateError,
    NoExtensionError,
    NoSuchAgentError,
)
from cordboard.agents.events import (
    AgentFact,
    AgentNotReady,
    AgentRang,
    AgentRingEnded,
    AgentSignedIn,
    AgentSignedOut,
)
from cordboard.agents.fold import day_of
from cordboard.agents.model import Agent, AgentDay, AgentState, AgentView, Staffing
from cordboard.agents.repository import AgentRepository
from cordboard.agents.state import AT_WORK, IN_TALK, check_reason
from cordboard.calls import CallCommands
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns, Write

from .on_calls import OnCalls

_AFTER_RING = {"missed": "missed_offer", "failed": "device"}
"Result of an offer -> reason of the not_ready that follows it."


class Agents:
    """The agents of the house.

    Args:
        calls: To ask which calls go on after a restart.
        turns: Runs the turns of wrap-up limits.
        timers: For wrap-up limits, keys `agents/<agent_id>/wrap_up`.
        repository: Configuration, states and days; None where nothing is kept.
        zone: Time zone in which days begin.
    """

    def __init__(
        self,
        calls: CallCommands,
        turns: Turns,
        timers: Timers,
        repository: AgentRepository | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self._calls = calls
        self._repository = repository
        self._floor = Floor(zone)
        self._work = Work(self._floor, turns, timers)
        self.on_calls = OnCalls(self._work)
        self._zone = zone
        self._restored: set[AgentId] = set()

    # Configuration and restart

    async def load(self, now_ms: int) -> None:
        """Read agents, their states and their days; set the timers of open wrap-ups.

        Args:
            now_ms: UTC milliseconds.
        """
        if self._repository is None:
            return
        for agent in await self._repository.list_agents():
            self._floor.put_agent(agent)
        yesterday = day_of(now_ms - 86_400_000, self._zone)
        self._floor.put_days(await self._repository.list_days(yesterday))
        self.restore(await self._repository.list_views(), now_ms)

    def restore(self, views: Iterable[AgentView], now_ms: int) -> None:
        """Take agents as they were before a restart; open wrap-ups run on to their limit."""
        for view in views:
            self._floor.put(view)
            self._restored.add(view.id)
            if view.wrap_up_ends_at_ms is not None:
                self._work.limit_wrap_up(view.id, view.wrap_up_ends_at_ms - now_ms)

    def tidy(self, turn: Turn) -> None:
        """End what agents did for calls that are no longer there: after a restart, once."""
        for call_id in list(self._floor.by_call):
            if not self._calls.is_alive(call_id):
                self._work.leave_call(turn, call_id)
                self._stop_ringing(turn, call_id)

    def put_agent(self, agent: Agent) -> None:
        """Take an agent's configuration into memory."""
        self._floor.put_agent(agent)

    async def save_agent(self, agent: Agent) -> None:
        """Store an agent's configuration and take it."""
        if self._repository is not None:
            await self._repository.save_agent(agent)
        self.put_agent(agent)

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says, without telling or doing anything.

        Nothing for an agent that was restored: its row has every stored fact in it.
        """
        if isinstance(fact, AgentFact) and fact.agent_id not in self._restored:
            self.project(fact)

    def project(self, fact: Fact) -> list[Write]:
        """As `replay`; return the rows that the fact changes, to rebuild the tables."""
        known = isinstance(fact, AgentFact) and fact.agent_id in self._floor.agents
        return self._floor.apply(fact) if known else []  # type: ignore[arg-type]

    # Questions

    def get_agent(self, agent_id: AgentId) -> AgentView:
        """The agent as it is now.

        Raises:
            NoSuchAgentError: If there is none.
        """
        view = self._floor.roster.views.get(agent_id)
        if view is None:
            raise NoSuchAgentError("there is no such agent", agent_id=agent_id)
        return view

    def find_at(self, extension: str) -> AgentId | None:
        """Who is signed in at this phone, or None."""
        return self._floor.by_extension.get(extension)

    def list_agents(self) -> Sequence[AgentView]:
        """All agents, by agent number."""
        return sorted(self._floor.roster, key=lambda view: (view.agent_number, view.id))

    def list_configured(self) -> Sequence[Agent]:
        """All agents as configured, by agent number."""
        return sorted(self._floor.agents.values(), key=lambda one: (one.agent_number, one.id))

    def find_configured(self, agent_id: AgentId) -> Agent | None:
        """An agent as configured, or None."""
        return self._floor.agents.get(agent_id)

    def list_idle(self, needs: dict[str, int]) -> Sequence[AgentView]:
        """Idle agents with these skills, longest idle first; the first fifty."""
        return self._floor.roster.list_idle(needs)

    def list_signed_in(self, needs: dict[str, int]) -> Sequence[AgentView]:
        """Signed-in agents with these skills, in any state, by id; the first fifty."""
        return self._floor.roster.list_signed_in(needs)

    def count(self, needs: dict[str, int]) -> Staffing:
        """How many agents with these skills are signed in, ready and idle, without bound."""
        return self._floor.roster.count(needs)

    def find_day(self, agent_id: AgentId, at_ms: int) -> AgentDay:
        """What the agent did on the local day of this moment; open work is not in it.

        Raises:
            NoSuchAgentError: If there is none.
        """
        return self._floor.find_day(self.get_agent(agent_id).id, at_ms)

    # What agents and supervisors choose

    def sign_in(
        self,
        turn: Turn,
        agent_id: AgentId,
        extension: str | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Put the agent at the ACD with a phone; idle, or not ready if a reason is given.

        Nothing happens if the agent is signed in at this phone already.

        Raises:
            NoExtensionError: If no phone is named and the agent has none of its own.
            ExtensionTakenError: If another agent is signed in at the phone.
            IllegalAgentStateError: If the agent is signed in at another phone.
            BadReasonError: If the reason cannot be chosen.
        """
        view = self.get_agent(agent_id)
        phone = extension or self._floor.agents[agent_id].extension
        if not phone:
            raise NoExtensionError("name the extension of a phone to sign in at")
        if reason is not None:
            check_reason(reason, forced=False)
        if view.state is not AgentState.SIGNED_OUT:
            if phone != view.extension and extension:
                raise IllegalAgentStateError("sign out before signing in at another phone")
            return
        holder = self._floor.by_extension.get(phone)
        if holder is not None:
            name = self._floor.agents[holder].agent_number
            raise ExtensionTakenError(f"agent {name} is signed in at {phone}", extension=phone)
        self._floor.tell(turn, AgentSignedIn(at_ms=turn.at_ms, agent_id=agent_id, extension=phone))
        if reason is not None:
            self._floor.tell(
                turn, AgentNotReady(at_ms=turn.at_ms, agent_id=agent_id, reason=reason)
            )
        else:
            self._work.become_idle(turn, agent_id, None)

    def sign_out(self, turn: Turn, agent_id: AgentId, *, forced_by: str | None = None) -> None:
        """Take the agent from the ACD.

        During talk it waits for the end of the call, unless a supervisor forces it: then the
        handling ends now and the call itself goes on. A wrap-up ends with it.
        """
        view = self.get_agent(agent_id)
        if view.state is AgentState.SIGNED_OUT:
            return
        if view.state in IN_TALK:
            if forced_by is None:
                self._work.plan(turn, view, "signed_out", None, None)
                return
            self._work.start_wrap_up(turn, view, turn.at_ms)
        if self.get_agent(agent_id).state is AgentState.WRAP_UP:
            self._work.close_wrap_up(turn, agent_id, "agent" if forced_by is None else "supervisor")
        self._floor.tell(
            turn, AgentSignedOut(at_ms=turn.at_ms, agent_id=agent_id, forced_by=forced_by)
        )

    def set_ready(self, turn: Turn, agent_id: AgentId, *, forced_by: str | None = None) -> None:
        """Become idle; during work, after it. A supervisor also ends a wrap-up by it.

        Raises:
            IllegalAgentStateError: If the agent is signed out.
        """
        view = self._signed_in(agent_id)
        if view.state is AgentState.WRAP_UP and forced_by is not None:
            self._work.plan(turn, view, "idle", None, forced_by)
            self._work.end_wrap_up(turn, agent_id, by="supervisor")
        elif view.state in AT_WORK:
            self._work.plan(turn, view, "idle", None, forced_by)
        elif view.state is AgentState.NOT_READY:
            self._work.become_idle(turn, agent_id, forced_by)

    def set_not_ready(
        self, turn: Turn, agent_id: AgentId, reason: str, *, forced_by: str | None = None
    ) -> None:
        """Take no more offers; during work, after it.

        Raises:
            IllegalAgentStateError: If the agent is signed out.
            BadReasonError: If the reason is unknown, or not the agent's to choose.
        """
        check_reason(reason, forced=forced_by is not None)
        self._work.take_off(turn, self._signed_in(agent_id), reason, forced_by)

    def finish_wrap_up(self, turn: Turn, agent_id: AgentId) -> None:
        """End the agent's wrap-up now.

        Raises:
            IllegalAgentStateError: If the agent is not in wrap-up.
        """
        if self.get_agent(agent_id).state is not AgentState.WRAP_UP:
            raise IllegalAgentStateError("there is no wrap-up to finish", agent_id=agent_id)
        self._work.end_wrap_up(turn, agent_id, by="agent")

    def device_lost(self, turn: Turn, extension: str) -> None:
        """The phone is gone: whoever is signed in there takes no offers until ready again."""
        agent_id = self._floor.by_extension.get(extension)
        if agent_id is not None:
            view = self.get_agent(agent_id)
            if view.state is not AgentState.NOT_READY and view.pending_state != "signed_out":
                self._work.take_off(turn, view, "device", None)

    # What the ACD orders

    def present(
        self,
        turn: Turn,
        agent_id: AgentId,
        *,
        call_id: CallId,
        offer_id: OfferId,
        queue_id: QueueId,
        wrap_up_s: int,
    ) -> None:
        """The agent is offered a call; idle becomes ringing.

        Raises:
            AgentNotIdleError: If the agent is in any other state.
        """
        if self.get_agent(agent_id).state is not AgentState.IDLE:
            raise AgentNotIdleError("only an idle agent can be offered a call", agent_id=agent_id)
        self._floor.tell(
            turn,
            AgentRang(
                at_ms=turn.at_ms,
                agent_id=agent_id,
                call_id=call_id,
                offer_id=offer_id,
                queue_id=queue_id,
                wrap_up_s=wrap_up_s,
            ),
        )

    def end_present(
        self,
        turn: Turn,
        agent_id: AgentId,
        *,
        offer_id: OfferId,
        result: Literal["refused", "missed", "withdrawn", "failed"],
    ) -> None:
        """The offer is over without a talk; nothing if the agent is no longer ringing for it.

        Refused and withdrawn: idle as long as before. Missed and failed: not ready.
        """
        view = self.get_agent(agent_id)
        if view.state is not AgentState.RINGING or view.offer_id != offer_id:
            return
        assert view.call_id is not None
        self._floor.tell(
            turn,
            AgentRingEnded(
                at_ms=turn.at_ms,
                agent_id=agent_id,
                call_id=view.call_id,
                offer_id=offer_id,
                result=result,
            ),
        )
        self._work.rest(turn, view, _AFTER_RING.get(result))

    # Inside

    def _stop_ringing(self, turn: Turn, call_id: CallId) -> None:
        for agent_id in sorted(self._floor.by_call.get(call_id, ())):
            offer_id = self.get_agent(agent_id).offer_id
            if offer_id is not None:
                self.end_present(turn, agent_id, offer_id=offer_id, result="withdrawn")

    def _signed_in(self, agent_id: AgentId) -> AgentView:
        view = self.get_agent(agent_id)
        if view.state is AgentState.SIGNED_OUT:
            raise IllegalAgentStateError("the agent is signed out", agent_id=agent_id)
        return view
