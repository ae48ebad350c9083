"""What calls ask of rooms behind them: who sits where, and what a call can be passed to."""

from collections.abc import Callable

from cordboard.agents import AgentState, NoSuchAgentError
from cordboard.agents.service import Agents
from cordboard.kit.ids import AgentId


class HouseAddresses:
    """Answers from agents and queues and flows; made before they are.

    Args:
        agents: The agents, asked for when they are needed.
        has_target: Whether there is such a queue, flow or extension.
    """

    def __init__(
        self, agents: Callable[[], Agents], has_target: Callable[[str, str], bool]
    ) -> None:
        self._agents = agents
        self.has_target = has_target

    def extension_of(self, agent_id: AgentId) -> str | None:
        """The phone at which the agent is signed in, or None."""
        try:
            view = self._agents().get_agent(agent_id)
        except NoSuchAgentError:
            return None
        return view.extension if view.state is not AgentState.SIGNED_OUT else None

    def agent_at(self, extension: str) -> AgentId | None:
        """Who is signed in at this phone, or None."""
        return self._agents().find_at(extension)
