"""The fact door: what this room hears of calls."""

from cordboard.calls import AgentConnected, CallEnded, CallRouted, PromptEnded
from cordboard.kit.bus import Bus

from .service import Queues


def subscribe(bus: Bus, queues: Queues) -> None:
    """Let the room hear calls."""
    bus.subscribe(CallRouted, queues.routed)
    bus.subscribe(PromptEnded, queues.prompt_ended)
    bus.subscribe(AgentConnected, queues.connected)
    bus.subscribe(CallEnded, queues.ended)
