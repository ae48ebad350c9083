"""The life of an offer, as a table; the book of offers not over; who is spared for a while.

Every rule about what an offer may be next is in TRANSITIONS and nowhere else; `make draw` makes its
picture from this very table. Pure: no I/O, no clock.

Source: glossary, section 6 (offer) and section 7; RFC 3261 section 21 (status of a refused leg).
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from cordboard.agents import AgentView
from cordboard.calls import AgentConnected, CallEnded, LegEnded
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId
from cordboard.queues import QueueLeft

from .errors import IllegalOfferError
from .events import (
    OfferAccepted,
    OfferFact,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from .model import Offer, OfferState, RingResult

TRANSITIONS: dict[OfferState, dict[type[OfferFact], OfferState]] = {
    OfferState.OPEN: {
        OfferAccepted: OfferState.ACCEPTED,
        OfferRefused: OfferState.REFUSED,
        OfferTimedOut: OfferState.MISSED,
        OfferWithdrawn: OfferState.WITHDRAWN,
        OfferFailed: OfferState.FAILED,
    },
    OfferState.ACCEPTED: {},
    OfferState.REFUSED: {},
    OfferState.MISSED: {},
    OfferState.WITHDRAWN: {},
    OfferState.FAILED: {},
}
"""An accepted offer stays accepted, also if the talk never comes about: the agent did pick up."""

SKIP_MS = 30_000
"An agent who refused a call is not offered this call again for so long."

REST_MS = 3_000
"""An agent who refused is offered no call at all for so long: a phone that rejects everything must
not be rung through a whole line of waiting calls at the speed of the network."""

MAX_CLOSING = 10_000
"Legs of closed offers remembered until their end is told; the oldest are forgotten above it."

_REFUSED = frozenset({486, 600, 603})
_RANG_OUT = frozenset({408, 480})
_CAUSES: dict[int, RingResult] = {17: "refused", 21: "refused", 18: "missed", 19: "missed"}
"Q.850 causes for legs that end without a SIP status."


def result_of(leg: LegEnded) -> RingResult:
    """How an offer ended whose leg was over before the answer.

    A 408 or 480 of the phone says that nobody picked up; a 408 of the network that no phone is
    there. Without any status from the network, our own restart lost the leg: not the agent's doing.
    """
    if leg.sip_status == 0 and leg.by == "network":
        return "withdrawn"
    if leg.sip_status in _REFUSED:
        return "refused"
    if leg.sip_status in _RANG_OUT and leg.by != "network":
        return "missed"
    if leg.sip_status == 0:
        return _CAUSES.get(leg.hangup_cause, "failed")
    return "failed"


class Book:
    """Offers that are open, or accepted and not yet a talk; changed by facts alone."""

    def __init__(self) -> None:
        self.offers: dict[OfferId, Offer] = {}
        self.by_call: dict[CallId, OfferId] = {}
        self.by_agent: dict[AgentId, OfferId] = {}
        self.by_leg: dict[LegId, OfferId] = {}
        self.closing: dict[LegId, CallId] = {}
        "Legs whose offer is over and which are being hung up."

        self.skips: dict[CallId, dict[AgentId, int]] = {}
        "Call -> agent -> UTC ms until which the agent is not offered this call."

        self.rests: dict[AgentId, int] = {}
        "Agent -> UTC ms until which it is offered nothing."

    def find_by_call(self, call_id: CallId) -> Offer | None:
        """The offer of this call that is not over."""
        offer_id = self.by_call.get(call_id)
        return self.offers[offer_id] if offer_id else None

    def find_by_agent(self, agent_id: AgentId) -> Offer | None:
        """The offer to this agent that is not over."""
        offer_id = self.by_agent.get(agent_id)
        return self.offers[offer_id] if offer_id else None

    def find_by_leg(self, leg_id: LegId) -> Offer | None:
        """The offer that rings this leg and is not over."""
        offer_id = self.by_leg.get(leg_id)
        return self.offers[offer_id] if offer_id else None

    def why_barred(self, call_id: CallId, agent_id: AgentId, now_ms: int) -> str | None:
        """Why the agent must not have this call now, or None."""
        if self.skips.get(call_id, {}).get(agent_id, 0) > now_ms:
            return "refused_this_call"
        if self.rests.get(agent_id, 0) > now_ms:
            return "rests_after_refusal"
        return None

    def list_barred(
        self, call_id: CallId, agents: Iterable[AgentView], now_ms: int
    ) -> dict[AgentId, str]:
        """Those of these agents that must not have this call now -> why."""
        if not self.rests:
            return {}
        why = {agent.id: self.why_barred(call_id, agent.id, now_ms) for agent in agents}
        return {agent_id: word for agent_id, word in why.items() if word is not None}

    def apply(self, fact: Fact) -> None:
        """Change the book as the fact says.

        Raises:
            IllegalOfferError: If the offer is unknown, or TRANSITIONS has no such step.
        """
        step = _STEPS.get(type(fact))
        if step is not None:
            step(self, fact)

    def made(self, fact: OfferMade) -> None:
        """A new offer."""
        self._put(
            Offer(
                id=fact.offer_id,
                call_id=fact.call_id,
                agent_id=fact.agent_id,
                visit_id=fact.visit_id,
                queue_id=fact.queue_id,
                leg_id=fact.leg_id,
                made_at_ms=fact.at_ms,
            )
        )

    def moved(self, fact: OfferFact) -> None:
        """An offer was accepted, or is over."""
        offer = self.offers.get(fact.offer_id)
        state = TRANSITIONS[offer.state].get(type(fact)) if offer else None
        if offer is None or state is None:
            raise IllegalOfferError(
                f"no open offer can take {type(fact).__name__}", offer_id=fact.offer_id
            )
        self.offers[offer.id] = offer = replace(offer, state=state)
        if state is OfferState.REFUSED:
            self._spare(offer, fact.at_ms)
        if state is not OfferState.ACCEPTED:
            self._close(offer)

    def connected(self, fact: AgentConnected) -> None:
        """The talk began: an accepted offer is over."""
        offer = self.find_by_call(fact.call_id)
        if offer is not None and offer.leg_id == fact.leg_id:
            self._drop(offer)

    def leg_ended(self, fact: LegEnded) -> None:
        """A leg is over."""
        self.closing.pop(fact.leg_id, None)
        offer = self.find_by_leg(fact.leg_id)
        if offer is None:
            return
        self.offers[offer.id] = offer = replace(offer, is_leg_over=True)
        if offer.state is OfferState.ACCEPTED:
            self._spare(offer, fact.at_ms)
            self._drop(offer)

    def call_left(self, fact: QueueLeft | CallEnded) -> None:
        """The call waits no more: an accepted offer comes to nothing, nobody is spared of it."""
        self.skips.pop(fact.call_id, None)
        offer = self.find_by_call(fact.call_id)
        if offer is not None and offer.state is OfferState.ACCEPTED:
            self._close(offer)

    def _put(self, offer: Offer) -> None:
        self.offers[offer.id] = offer
        self.by_call[offer.call_id] = offer.id
        self.by_agent[offer.agent_id] = offer.id
        self.by_leg[offer.leg_id] = offer.id

    def _drop(self, offer: Offer) -> None:
        del self.offers[offer.id]
        del self.by_call[offer.call_id]
        if self.by_agent.get(offer.agent_id) == offer.id:  # else rung anew while this leg ends
            del self.by_agent[offer.agent_id]
        del self.by_leg[offer.leg_id]

    def _close(self, offer: Offer) -> None:
        self._drop(offer)
        if not offer.is_leg_over:
            self.closing[offer.leg_id] = offer.call_id
            if len(self.closing) > MAX_CLOSING:
                del self.closing[next(iter(self.closing))]

    def _spare(self, offer: Offer, now_ms: int) -> None:
        self.skips.setdefault(offer.call_id, {})[offer.agent_id] = now_ms + SKIP_MS
        self.rests[offer.agent_id] = now_ms + REST_MS


_STEPS: dict[type[Fact], Callable[[Book, Any], None]] = {
    OfferMade: Book.made,
    OfferAccepted: Book.moved,
    OfferRefused: Book.moved,
    OfferTimedOut: Book.moved,
    OfferWithdrawn: Book.moved,
    OfferFailed: Book.moved,
    AgentConnected: Book.connected,
    LegEnded: Book.leg_ended,
    QueueLeft: Book.call_left,
    CallEnded: Book.call_left,
}
