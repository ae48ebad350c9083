"""The fact door: what this room hears of calls."""

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
from cordboard.kit.bus import Bus

from .service import Agents


def subscribe(bus: Bus, agents: Agents) -> None:
    """Let the room hear calls."""
    heard = agents.on_calls
    bus.subscribe(CallArrived, heard.arrived)
    bus.subscribe(LegDialled, heard.dialled)
    bus.subscribe(AgentConnected, heard.connected)
    bus.subscribe(PartiesConnected, heard.parties_connected)
    bus.subscribe(PartyJoined, heard.joined)
    bus.subscribe(CallHeld, heard.held)
    bus.subscribe(CallResumed, heard.resumed)
    bus.subscribe(ConsultStarted, heard.consult_started)
    bus.subscribe(ConsultAnswered, heard.consult_answered)
    bus.subscribe(ConsultAlternated, heard.alternated)
    bus.subscribe(ConsultEnded, heard.consult_ended)
    for kind in (CallTransferred, CallParked, CallIntercepted):
        bus.subscribe(kind, heard.left)
    bus.subscribe(LegEnded, heard.leg_ended)
    bus.subscribe(CallEnded, heard.call_ended)
