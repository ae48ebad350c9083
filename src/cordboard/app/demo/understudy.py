"""The scripted agent of the demo steps back while a person works, so that their phone rings."""

from collections.abc import Sequence

from cordboard.agents import AgentFact, AgentId, AgentState
from cordboard.app.rooms import Rooms
from cordboard.kit.facts import Fact
from cordboard.kit.turns import Turn

_AT_REST = frozenset({AgentState.SIGNED_OUT, AgentState.NOT_READY})


class Understudy:
    """Keeps one agent ready only while no other is.

    Args:
        rooms: The house.
        agent_id: The scripted agent.
    """

    def __init__(self, rooms: Rooms, agent_id: AgentId) -> None:
        self._rooms = rooms
        self._agent_id = agent_id

    def watch(self, numbered: Sequence[tuple[int, Fact]]) -> None:
        """Look again whenever another agent's state has changed."""
        if any(isinstance(f, AgentFact) and f.agent_id != self._agent_id for _, f in numbered):
            self._rooms.turns.post(self.decide)

    def decide(self, turn: Turn) -> None:
        """Sign in, step forward or step back."""
        agents = self._rooms.agents
        others = (view for view in agents.list_agents() if view.id != self._agent_id)
        somebody_works = any(view.state not in _AT_REST for view in others)
        state = agents.get_agent(self._agent_id).state
        if state is AgentState.SIGNED_OUT:
            agents.sign_in(turn, self._agent_id)
        elif somebody_works and state is AgentState.IDLE:
            agents.set_not_ready(turn, self._agent_id, "back_office")
        elif not somebody_works and state is AgentState.NOT_READY:
            agents.set_ready(turn, self._agent_id)
