"""The timers of offers, and what a customer hears before the talk."""

from collections.abc import Callable

from cordboard.agents import AgentView
from cordboard.kit.ids import AgentId, CallId, OfferId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns

from .state import REST_MS

CONNECT_LIMIT_S = 30.0
"An agent who picked up and does not hear the customer after this is let go."

_MARGIN_S = 0.01
"Timers of skips and rests come this much later, so that the moment has surely passed."

Work = Callable[[Turn], object]


class OfferTimers:
    """Deadlines of offers, each a turn.

    Args:
        turns: Runs the turns.
        timers: Keys `acd/<offer_id>/ring`, `.../connect`, `acd/<call_id>/skip/<agent_id>` and
            `acd/<agent_id>/rest`.
    """

    def __init__(self, turns: Turns, timers: Timers) -> None:
        self._turns = turns
        self._timers = timers

    def set_ring(self, offer_id: OfferId, limit_s: float, work: Work) -> None:
        """The phone has rung for so long."""
        self._set(f"acd/{offer_id}/ring", limit_s, work)

    def set_connect(self, offer_id: OfferId, work: Work) -> None:
        """The agent picked up long ago, and no talk came of it."""
        self._set(f"acd/{offer_id}/connect", CONNECT_LIMIT_S, work)

    def set_skip(self, call_id: CallId, agent_id: AgentId, skip_ms: int, work: Work) -> None:
        """The agent may be offered this call again."""
        self._set(f"acd/{call_id}/skip/{agent_id}", skip_ms / 1000 + _MARGIN_S, work)

    def set_rest(self, agent_id: AgentId, work: Work) -> None:
        """The agent may be offered calls again."""
        self._set(f"acd/{agent_id}/rest", REST_MS / 1000 + _MARGIN_S, work)

    def drop(self, offer_id: OfferId) -> None:
        """Forget the deadlines of this offer."""
        self._timers.drop(f"acd/{offer_id}/ring")
        self._timers.drop(f"acd/{offer_id}/connect")

    def drop_skip(self, call_id: CallId, agent_id: AgentId) -> None:
        """Forget the deadline of a skip."""
        self._timers.drop(f"acd/{call_id}/skip/{agent_id}")

    def _set(self, key: str, delay_s: float, work: Work) -> None:
        self._timers.set(key, delay_s, lambda: self._turns.post(work))


def agent_number_items(language: str, agent: AgentView) -> tuple[str, ...]:
    """What the customer hears before the talk: "agent number 8 0 1 2 is at your service"."""
    return (
        f"file:{language}/agent/number_serves_you_prefix",
        f"say:{language}:digits/{agent.agent_number}",
        f"file:{language}/agent/number_serves_you_suffix",
    )
