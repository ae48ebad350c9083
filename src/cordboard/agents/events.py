"""Facts about agents."""

from typing import Literal

from typing_extensions import override

from cordboard.kit.facts import Fact, Signal
from cordboard.kit.ids import AgentId, CallId, OfferId, QueueId

from .model import PendingState


class AgentFact(Fact, frozen=True, kw_only=True, gc=False):
    """Base of all agent facts."""

    agent_id: AgentId

    @property
    @override
    def stream(self) -> str:
        """`agent/<id>`."""
        return f"agent/{self.agent_id}"


class AgentSignedIn(AgentFact, frozen=True, kw_only=True, gc=False):
    """At the ACD with a phone: an AgentReady or AgentNotReady follows in the same turn."""

    extension: str


class AgentSignedOut(AgentFact, frozen=True, kw_only=True, gc=False):
    """No longer at the ACD."""

    forced_by: str | None = None
    reason: str = ""


class AgentReady(AgentFact, frozen=True, kw_only=True, gc=False):
    """Became idle by will."""

    forced_by: str | None = None


class AgentNotReady(AgentFact, frozen=True, kw_only=True, gc=False):
    """No offers, for a reason of the glossary (busy, break, meal, away, missed_offer, ...)."""

    reason: str
    forced_by: str | None = None


class AgentPendingSet(AgentFact, frozen=True, kw_only=True, gc=False):
    """A state was chosen during work; it begins when the work ends."""

    state: PendingState
    reason: str | None = None
    forced_by: str | None = None


class AgentRang(AgentFact, frozen=True, kw_only=True, gc=False):
    """An offer is presented: the agent's phone is dialled."""

    call_id: CallId
    offer_id: OfferId
    queue_id: QueueId
    wrap_up_s: int = 0
    "Longest wrap-up that the queue grants after this call."


class AgentRingEnded(AgentFact, frozen=True, kw_only=True, gc=False):
    """The offer is over without a talk: idle again.

    An AgentNotReady follows in the same turn after a missed or failed one, or if one was pending.
    """

    call_id: CallId
    offer_id: OfferId
    result: Literal["refused", "missed", "withdrawn", "failed"]


class AgentTalked(AgentFact, frozen=True, kw_only=True, gc=False):
    """Talks with the customer: at connection, and again after each hold."""

    call_id: CallId
    queue_id: QueueId | None = None
    is_internal: bool = False
    "No customer is on the call: no handling, and in no figure."


class AgentHeld(AgentFact, frozen=True, kw_only=True, gc=False):
    """The agent's customer hears music."""

    call_id: CallId


class AgentAlerted(AgentFact, frozen=True, kw_only=True, gc=False):
    """The agent's phone rings without an offer: consulted, called, or a call is passed on."""

    call_id: CallId


class AgentDialled(AgentFact, frozen=True, kw_only=True, gc=False):
    """The agent's own call is under way and not answered yet."""

    call_id: CallId


class AgentConsulted(AgentFact, frozen=True, kw_only=True, gc=False):
    """Consults a third party, or is the third party."""

    call_id: CallId


class AgentReleased(AgentFact, frozen=True, kw_only=True, gc=False):
    """Ringing, dialling or being consulted came to its end without a talk: idle as before.

    An AgentNotReady or AgentSignedOut follows in the same turn if one was pending.
    """

    call_id: CallId


class WrapUpStarted(AgentFact, frozen=True, kw_only=True, gc=False):
    """The talk is over, the work on it is not."""

    call_id: CallId
    queue_id: QueueId | None = None
    ends_at_ms: int
    "When it ends by itself."


class WrapUpEnded(AgentFact, frozen=True, kw_only=True, gc=False):
    """Finished by the agent, by limit, by sign-out or because the queue has none (0 ms)."""

    call_id: CallId
    by: Literal["agent", "limit", "supervisor", "system"]
    queue_id: QueueId | None = None
    handled_since_ms: int | None = None
    "When the first talk began: `at_ms` minus this is the handle time of an inbound handling."


class AgentFreed(Signal, frozen=True, kw_only=True, gc=False):
    """An agent is idle and may be offered something: matching may look again."""

    agent_id: AgentId
