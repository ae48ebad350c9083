"""Words of the room: agents, their states and reasons."""

from enum import StrEnum

import msgspec

from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId, UserId

__all__ = ["Agent", "AgentId", "AgentState", "AgentView"]


class AgentState(StrEnum):
    """An agent is in exactly one state at each moment (glossary, section 7)."""

    SIGNED_OUT = "signed_out"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    HOLDING = "holding"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as configured."""

    id: AgentId
    user_id: UserId
    name: str
    agent_number: str
    extension: str = ""
    "Phone that rings unless another was chosen at sign-in."

    skills: dict[str, int] = msgspec.field(default_factory=dict)
    "Skill name -> level, 1 to 10."


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as it is now."""

    id: AgentId
    name: str
    agent_number: str
    extension: str
    skills: dict[str, int]
    state: AgentState
    reason: str | None
    since_ms: int
    idle_since_ms: int
    "When it last became idle by its own will or after work: the clock of longest idle."

    call_id: CallId | None = None
    offer_id: OfferId | None = None
    queue_id: QueueId | None = None
    wrap_up_ends_at_ms: int | None = None
    pending_state: str | None = None
