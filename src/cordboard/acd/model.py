"""Words of the room: an offer, and the choice of an agent."""

from enum import StrEnum
from typing import Any, Literal

import msgspec

from cordboard.agents import AgentView
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, VisitId

__all__ = ["Choice", "Offer", "OfferState", "RingResult"]

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


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the matching chose, and why."""

    agent: AgentView
    reason: dict[str, Any]
    "In the shape of OfferMade.reason."
