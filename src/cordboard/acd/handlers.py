"""The fact door: what this room hears of calls, queues and agents.

The wiring subscribes queues and agents first: when this room hears of a call, they know already.
"""

from cordboard.agents import (
    AgentFreed,
    AgentNotReady,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
)
from cordboard.calls import AgentConnected, CallEnded, LegAnswered, LegEnded
from cordboard.kit.bus import Bus
from cordboard.queues import CallWaiting, QueueLeft

from .service import Acd


def subscribe(bus: Bus, acd: Acd) -> None:
    """Let the room hear calls, queues and agents."""
    bus.subscribe(CallWaiting, acd.call_waiting)
    bus.subscribe(AgentFreed, acd.agent_freed)
    bus.subscribe(LegAnswered, acd.leg_answered)
    bus.subscribe(LegEnded, acd.leg_ended)
    bus.subscribe(AgentConnected, acd.connected)
    bus.subscribe(CallEnded, acd.call_left)
    bus.subscribe(QueueLeft, acd.call_left)
    bus.subscribe(AgentTalked, acd.agent_talked)
    bus.subscribe(AgentSignedOut, acd.agent_signed_out)
    bus.subscribe(WrapUpEnded, acd.wrap_up_ended)
    for kind in (AgentSignedIn, AgentReady, AgentNotReady, AgentSignedOut):
        bus.subscribe(kind, acd.staff_changed)
