"""The fact door of flows: what they hear of calls."""

from cordboard.calls import (
    AgentConnected,
    BackFromFlow,
    CallEnded,
    CallRouted,
    DigitsCollected,
    PartiesConnected,
    PromptEnded,
)
from cordboard.kit.bus import Bus

from .service import FlowService


def subscribe(bus: Bus, service: FlowService) -> None:
    """Let flows hear where calls go, what callers heard and keyed, and that they left."""
    bus.subscribe(CallRouted, service.on_routed)
    bus.subscribe(AgentConnected, service.on_connected)
    bus.subscribe(PartiesConnected, service.on_connected)
    bus.subscribe(BackFromFlow, service.on_back)
    bus.subscribe(PromptEnded, service.on_prompt_ended)
    bus.subscribe(DigitsCollected, service.on_digits)
    bus.subscribe(CallEnded, service.on_call_ended)
