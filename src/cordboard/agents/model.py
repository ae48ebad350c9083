"""Words of the room: agents, their states and reasons."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId, UserId

__all__ = [
    "NOT_READY_REASONS",
    "Agent",
    "AgentDay",
    "AgentId",
    "AgentState",
    "AgentView",
    "NotReadyReason",
    "PendingState",
    "Staffing",
    "fits",
]


class AgentState(StrEnum):
    """An agent is in exactly one state at each moment (glossary, section 7)."""

    SIGNED_OUT = "signed_out"
    IDLE = "idle"
    RINGING = "ringing"
    DIALLING = "dialling"
    TALKING = "talking"
    HOLDING = "holding"
    CONSULTING = "consulting"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"


PendingState = Literal["idle", "not_ready", "signed_out"]
"Chosen during work; begins when the work ends."


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
    pending_state: PendingState | None = None
    pending_reason: str | None = None
    "Reason of a pending not_ready."

    wrap_up_s: int = 0
    "Longest wrap-up after this work, as the queue asked when it presented the call."

    handled_since_ms: int | None = None
    "When the first talk of the handling began; kept through holds and wrap-up."


class AgentDay(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent did on one day; a handling counts in full on the day it began."""

    agent_id: AgentId
    day: str
    "Local date, `2026-03-02`."

    answered: int = 0
    missed: int = 0
    talk_ms: int = 0
    wrap_up_ms: int = 0


class Staffing(msgspec.Struct, frozen=True, kw_only=True):
    """How many agents have the skills of a need."""

    signed_in: int
    ready: int
    "Signed in and not not_ready: idle or at work."

    idle: int


def fits(skills: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    """Whether somebody with these skills has every needed one at its level (ACD-02)."""
    for skill, level in needs.items():  # noqa: SIM110 - asked of all idle agents at each offer
        if skills.get(skill, 0) < level:
            return False
    return True


class NotReadyReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an agent takes no offers, with its labels and what it means for attendance."""

    id: str
    zh: str
    en: str
    is_choosable: bool = True
    "False: only the system or a supervisor sets it."

    is_paid: bool = True
    is_productive: bool = False


NOT_READY_REASONS: dict[str, NotReadyReason] = {
    reason.id: reason
    for reason in (
        NotReadyReason(id="busy", zh="忙碌", en="Busy"),
        NotReadyReason(id="break", zh="小休", en="Break"),
        NotReadyReason(id="meal", zh="用餐", en="Meal", is_paid=False),
        NotReadyReason(id="away", zh="离席", en="Away"),
        NotReadyReason(id="meeting", zh="会议", en="Meeting", is_productive=True),
        NotReadyReason(id="training", zh="培训", en="Training", is_productive=True),
        NotReadyReason(id="coaching", zh="辅导", en="Coaching", is_productive=True),
        NotReadyReason(id="back_office", zh="后台处理", en="Back office", is_productive=True),
        NotReadyReason(id="missed_offer", zh="未接", en="Missed offer", is_choosable=False),
        NotReadyReason(id="forced", zh="强制", en="Forced", is_choosable=False),
        NotReadyReason(id="device", zh="话机异常", en="Phone trouble", is_choosable=False),
    )
}
"The glossary's list, in the order of the screen."
