"""What the web door takes and gives; times are RFC 3339 in UTC with milliseconds."""

from pydantic import BaseModel, Field

from cordboard.kit.clock import iso

from .model import AgentDay, AgentState, AgentView, NotReadyReason, PendingState


class AgentOut(BaseModel):
    """An agent as it is now."""

    id: str
    name: str
    agent_number: str
    extension: str
    skills: dict[str, int]
    state: AgentState
    reason: str | None
    since: str
    call_id: str | None
    queue_id: str | None
    wrap_up_ends_at: str | None
    pending_state: PendingState | None
    pending_reason: str | None

    @classmethod
    def of(cls, view: AgentView) -> "AgentOut":
        """The agent for the screen."""
        ends_at_ms = view.wrap_up_ends_at_ms
        return cls(
            id=view.id,
            name=view.name,
            agent_number=view.agent_number,
            extension=view.extension,
            skills=view.skills,
            state=view.state,
            reason=view.reason,
            since=iso(view.since_ms),
            call_id=view.call_id,
            queue_id=view.queue_id,
            wrap_up_ends_at=None if ends_at_ms is None else iso(ends_at_ms),
            pending_state=view.pending_state,
            pending_reason=view.pending_reason,
        )


class TodayOut(BaseModel):
    """What the agent did today; work in progress is not in it."""

    answered: int
    missed: int
    talk_ms: int
    wrap_up_ms: int

    @classmethod
    def of(cls, day: AgentDay) -> "TodayOut":
        """The day for the screen."""
        return cls(
            answered=day.answered,
            missed=day.missed,
            talk_ms=day.talk_ms,
            wrap_up_ms=day.wrap_up_ms,
        )


class ReasonOut(BaseModel):
    """A reason of not ready with its labels."""

    id: str
    zh: str
    en: str
    is_choosable: bool

    @classmethod
    def of(cls, reason: NotReadyReason) -> "ReasonOut":
        """The reason for the screen."""
        return cls(id=reason.id, zh=reason.zh, en=reason.en, is_choosable=reason.is_choosable)


class SignInIn(BaseModel):
    """Where to sign in."""

    extension: str | None = Field(default=None, max_length=32, pattern=r"^[0-9*#]+$")
    "The phone; the agent's own if left out."

    reason: str | None = Field(default=None, max_length=32)
    "Begin not ready for this reason."


class NotReadyIn(BaseModel):
    """Why no offers shall come."""

    reason: str = Field(max_length=32)


class ForcedNotReadyIn(BaseModel):
    """Why a supervisor takes the agent off."""

    reason: str = Field(default="forced", max_length=32)
