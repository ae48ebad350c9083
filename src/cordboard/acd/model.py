"""Words of the room: an offer, and the choice of an agent."""

from enum import StrEnum
from typing import Literal

import msgspec

from cordboard.agents import AgentView
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, VisitId

__all__ = ["Candidate", "Choice", "Offer", "OfferState", "PassedOver", "Reason", "RingResult"]

RingResult = Literal["refused", "missed", "withdrawn", "failed"]
"How an offer ends without a talk, in the words that the agents' room takes."


class OfferState(StrEnum):
    """Where an offer stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One waiting call proposed to one agent, until they talk or it is over."""

    id: OfferId
    call_id: CallId
    agent_id: AgentId
    visit_id: VisitId
    queue_id: QueueId
    leg_id: LegId
    made_at_ms: int
    state: OfferState = OfferState.OPEN
    is_leg_over: bool = False


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An agent who stood in line for a call."""

    agent_id: AgentId
    name: str
    idle_ms: int
    level: int
    "Sum of its levels in the skills that the call needs."

    chosen: bool


class PassedOver(msgspec.Struct, frozen=True, gc=False):
    """An agent with the skills who did not stand in line, and the word that says why."""

    agent_id: AgentId
    name: str
    why: str


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why this agent: what an older fact does not tell is empty; lists are cut at ten."""

    rule: str = ""
    need: dict[str, int] = {}
    "Skill -> lowest level."

    candidates: tuple[Candidate, ...] = ()
    "Best first."

    passed_over: tuple[PassedOver, ...] = ()
    qualified: int = 0
    "Signed-in agents with the skills."

    idle: int = 0
    "Of these."


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the matching chose, and why."""

    agent: AgentView
    reason: Reason
