"""The room of agents: its words, facts and orders. See README.md."""

from .commands import AgentCommands
from .errors import AgentNotIdleError, IllegalAgentStateError, NoSuchAgentError
from .events import (
    AgentFact,
    AgentFreed,
    AgentHeld,
    AgentNotReady,
    AgentPendingSet,
    AgentRang,
    AgentReady,
    AgentRingEnded,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from .model import Agent, AgentId, AgentState, AgentView

__all__ = [
    "Agent",
    "AgentCommands",
    "AgentFact",
    "AgentFreed",
    "AgentHeld",
    "AgentId",
    "AgentNotIdleError",
    "AgentNotReady",
    "AgentPendingSet",
    "AgentRang",
    "AgentReady",
    "AgentRingEnded",
    "AgentSignedIn",
    "AgentSignedOut",
    "AgentState",
    "AgentTalked",
    "AgentView",
    "IllegalAgentStateError",
    "NoSuchAgentError",
    "WrapUpEnded",
    "WrapUpStarted",
]
