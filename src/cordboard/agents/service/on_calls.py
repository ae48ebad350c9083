"""What calls bring agents: they are rung, talk, hold, consult, are consulted, and leave.

Decides nothing about calls: it hears them, and tells what that makes of the agent.
"""

from cordboard.agents.effects import Work
from cordboard.agents.events import AgentAlerted, AgentConsulted, AgentDialled, AgentHeld
from cordboard.agents.model import AgentId, AgentState, AgentView
from cordboard.agents.state import IN_TALK
from cordboard.calls import (
    AgentConnected,
    CallArrived,
    CallEnded,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallResumed,
    CallTransferred,
    ConsultAlternated,
    ConsultAnswered,
    ConsultEnded,
    ConsultStarted,
    LegDialled,
    LegEnded,
    PartiesConnected,
    PartyJoined,
)
from cordboard.kit.ids import CallId
from cordboard.kit.turns import Turn

_REACHABLE = frozenset({AgentState.IDLE, AgentState.NOT_READY})
_RINGS_BY_OTHERS = ("offer", "supervise", None)
"Purposes of a leg that present nothing here: the ACD does, or nobody works."


class OnCalls:
    """Hears calls.

    Args:
        work: What surrounds an agent's work.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._floor = work.floor

    # Rung and dialling

    def arrived(self, turn: Turn, fact: CallArrived) -> None:
        """An agent calls somebody."""
        view = self._find(fact.agent_id)
        if view is None or fact.direction == "inbound":
            return
        if view.state is AgentState.WRAP_UP:
            self._work.close_wrap_up(turn, view.id, "system")
            view = self._floor.roster.views[view.id]
        if view.state in _REACHABLE:
            self._floor.tell(
                turn, AgentDialled(at_ms=turn.at_ms, agent_id=view.id, call_id=fact.call_id)
            )

    def dialled(self, turn: Turn, fact: LegDialled) -> None:
        """An agent's phone is rung; an offer is presented by the ACD."""
        view = self._find(fact.agent_id)
        presents = fact.offer_id is None and fact.purpose not in _RINGS_BY_OTHERS
        if view is not None and presents and view.state in _REACHABLE:
            self._floor.tell(
                turn, AgentAlerted(at_ms=turn.at_ms, agent_id=view.id, call_id=fact.call_id)
            )

    # Talking

    def connected(self, turn: Turn, fact: AgentConnected) -> None:
        """The agent and a customer hear each other."""
        self._talk(turn, fact.agent_id, fact.call_id)

    def parties_connected(self, turn: Turn, fact: PartiesConnected) -> None:
        """Agents talk without a customer."""
        for agent_id in fact.agent_ids:
            self._talk(turn, agent_id, fact.call_id, is_internal=True)

    def joined(self, turn: Turn, fact: PartyJoined) -> None:
        """One more talks in a call without a customer."""
        if fact.agent_id is not None:
            self._talk(turn, fact.agent_id, fact.call_id, is_internal=True)

    def _talk(
        self, turn: Turn, agent_id: AgentId, call_id: CallId, *, is_internal: bool = False
    ) -> None:
        view = self._find(agent_id)
        if view is None or view.state is AgentState.SIGNED_OUT:
            return
        elsewhere = view.state in IN_TALK and view.call_id != call_id
        if elsewhere and is_internal:
            return  # asks a colleague aside, on the phone's other line: the customer waits
        if elsewhere:
            self._work.start_wrap_up(turn, view, turn.at_ms)
        elif view.state is AgentState.TALKING:
            return
        if self._floor.roster.views[agent_id].state is AgentState.WRAP_UP:
            self._work.close_wrap_up(turn, agent_id, "system")
        same = view.call_id == call_id
        queue_id = view.queue_id if same and view.state is not AgentState.WRAP_UP else None
        self._work.talk(turn, view, call_id, queue_id, is_internal=is_internal)

    def held(self, turn: Turn, fact: CallHeld) -> None:
        """The agent's customer hears music."""
        for view in self._work.in_talk(fact.call_id, fact.agent_id):
            if view.state is AgentState.TALKING and view.id == fact.agent_id:
                self._hold(turn, view)

    def _hold(self, turn: Turn, view: AgentView) -> None:
        assert view.call_id is not None
        self._floor.tell(turn, AgentHeld(at_ms=turn.at_ms, agent_id=view.id, call_id=view.call_id))

    def resumed(self, turn: Turn, fact: CallResumed) -> None:
        """The customer was taken back."""
        for view in self._work.in_talk(fact.call_id, None):
            if view.state is AgentState.HOLDING:
                self._go_on(turn, view)

    def _go_on(self, turn: Turn, view: AgentView) -> None:
        assert view.call_id is not None
        is_internal = view.handled_since_ms is None
        self._work.talk(turn, view, view.call_id, view.queue_id, is_internal=is_internal)

    # Consulting

    def consult_started(self, turn: Turn, fact: ConsultStarted) -> None:
        """The agent rings a third party."""
        self._consult(turn, fact.agent_id, fact.call_id)

    def consult_answered(self, turn: Turn, fact: ConsultAnswered) -> None:
        """The third party, perhaps an agent, is on the line."""
        self._consult(turn, fact.consulted_agent_id, fact.call_id)

    def _consult(self, turn: Turn, agent_id: AgentId | None, call_id: CallId) -> None:
        view = self._find(agent_id)
        if view is None or view.state in (AgentState.SIGNED_OUT, AgentState.CONSULTING):
            return
        if view.state is AgentState.WRAP_UP:
            self._work.close_wrap_up(turn, view.id, "system")
        elif view.state not in _REACHABLE and view.call_id != call_id:
            return
        self._floor.tell(turn, AgentConsulted(at_ms=turn.at_ms, agent_id=view.id, call_id=call_id))

    def alternated(self, turn: Turn, fact: ConsultAlternated) -> None:
        """The agent turned to the customer or back; the third party waits."""
        view = self._find(fact.agent_id)
        if view is None or view.call_id != fact.call_id:
            return
        if fact.to == "consulted":
            self._consult(turn, view.id, fact.call_id)
        elif view.state is AgentState.CONSULTING:
            self._go_on(turn, view)

    def consult_ended(self, turn: Turn, fact: ConsultEnded) -> None:
        """Back to the customer, who is held or talks with others; the third party is free.

        Unless the third party stays: then it is connected in this very turn.
        """
        if fact.result not in ("completed", "joined"):
            self._release(turn, fact.consulted_agent_id, fact.call_id)
        view = self._find(fact.agent_id)
        if view is None or view.call_id != fact.call_id:
            return
        if view.state is AgentState.CONSULTING and fact.is_held:
            self._hold(turn, view)
        elif view.state is AgentState.CONSULTING:
            self._go_on(turn, view)

    def _release(self, turn: Turn, agent_id: AgentId | None, call_id: CallId) -> None:
        if agent_id is not None:
            for view in self._work.on_call(call_id, agent_id):
                if view.handled_since_ms is None:
                    self._work.leave(turn, view)

    # Leaving

    def left(self, turn: Turn, fact: CallTransferred | CallParked | CallIntercepted) -> None:
        """The call went on without the agent."""
        if fact.agent_id is not None:
            for view in self._work.on_call(fact.call_id, fact.agent_id):
                self._work.leave(turn, view)

    def leg_ended(self, turn: Turn, fact: LegEnded) -> None:
        """A leg is over; if it was the agent's in a talk, the wrap-up begins."""
        if fact.agent_id is not None and fact.offer_id is None:
            for view in self._work.on_call(fact.call_id, fact.agent_id):
                self._work.leave(turn, view)
        elif fact.agent_id is not None and fact.was_answered:
            for view in self._work.in_talk(fact.call_id, fact.agent_id):
                self._work.leave(turn, view)

    def call_ended(self, turn: Turn, fact: CallEnded) -> None:
        """The call is over: who talked on it wraps up. Who is offered it hears from the ACD."""
        self._work.leave_call(turn, fact.call_id)

    def _find(self, agent_id: AgentId | None) -> AgentView | None:
        return self._floor.roster.views.get(agent_id) if agent_id is not None else None
