"""What later rooms (the ACD, the desk) may ask of agents."""

from collections.abc import Sequence
from typing import Literal, Protocol

from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId
from cordboard.kit.turns import Turn

from .model import AgentView, Staffing


class AgentCommands(Protocol):
    """Orders and questions."""

    def get_agent(self, agent_id: AgentId) -> AgentView:
        """The agent as it is now.

        Raises:
            NoSuchAgentError: If there is none.
        """
        ...

    def list_idle(self, needs: dict[str, int]) -> Sequence[AgentView]:
        """Idle agents with these skills, longest idle first; the first fifty."""
        ...

    def list_signed_in(self, needs: dict[str, int]) -> Sequence[AgentView]:
        """Signed-in agents with these skills, in any state, by id; the first fifty."""
        ...

    def count(self, needs: dict[str, int]) -> Staffing:
        """How many agents with these skills are signed in, ready and idle, without bound."""
        ...

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
        ...

    def end_present(
        self,
        turn: Turn,
        agent_id: AgentId,
        *,
        offer_id: OfferId,
        result: Literal["refused", "missed", "withdrawn", "failed"],
    ) -> None:
        """The offer is over without a talk; nothing if the agent is no longer ringing for it."""
        ...
