"""The fact door: what this room hears of calls."""

from cordboard.calls import AgentConnected, CallEnded, CallHeld, CallResumed, LegEnded
from cordboard.kit.bus import Bus

from .service import Agents


def subscribe(bus: Bus, agents: Agents) -> None:
    """Let the room hear calls."""
    bus.subscribe(AgentConnected, agents.connected)
    bus.subscribe(CallHeld, agents.held)
    bus.subscribe(CallResumed, agents.resumed)
    bus.subscribe(LegEnded, agents.leg_ended)
    bus.subscribe(CallEnded, agents.call_ended)
