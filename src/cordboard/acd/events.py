"""Facts of matching: one offer of one waiting call to one agent, with its reason and its end."""

from cordboard.calls import CallFact
from cordboard.kit.ids import AgentId, LegId, OfferId, QueueId, VisitId

from .model import Reason


class OfferFact(CallFact, frozen=True, kw_only=True, gc=False):
    """Base. Its stream is the call's."""

    offer_id: OfferId
    agent_id: AgentId


class OfferMade(OfferFact, frozen=True, kw_only=True, gc=False):
    """The ACD proposed this call to this agent; `reason` says why this one."""

    visit_id: VisitId
    queue_id: QueueId
    leg_id: LegId
    reason: Reason


class OfferAccepted(OfferFact, frozen=True, kw_only=True, gc=False):
    """The agent picked up."""


class OfferRefused(OfferFact, frozen=True, kw_only=True, gc=False):
    """The agent or the phone rejected (486, 600, 603), or the agent signed out while it rang."""


class OfferTimedOut(OfferFact, frozen=True, kw_only=True, gc=False):
    """It rang out, by our limit or the phone's (408, 480); the agent is set to missed."""


class OfferWithdrawn(OfferFact, frozen=True, kw_only=True, gc=False):
    """The caller was gone, or somebody else had it."""


class OfferFailed(OfferFact, frozen=True, kw_only=True, gc=False):
    """The phone could not be reached (404, 5xx, transport, no answer from the network)."""

    sip_status: int = 0
