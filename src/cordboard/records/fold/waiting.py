"""Steps of waiting: visits and offers."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from cordboard.acd import OfferMade
from cordboard.queues import PositionAnnounced, QueueEntered, QueueLeft
from cordboard.records.model import CallRecord, Offer, OfferResult, Visit

from .timeline import find_id, swap


def queue_entered(record: CallRecord, fact: QueueEntered) -> CallRecord:
    """A visit began."""
    visit = Visit(
        id=fact.visit_id,
        queue_id=fact.queue_id,
        queue_kind=fact.queue_kind,
        entry_kind=fact.entry_kind,
        entered_at_ms=fact.at_ms,
        service_level_ms=fact.service_level_ms,
        short_abandon_ms=fact.short_abandon_ms,
    )
    return replace(record, visits=(*record.visits, visit))


def queue_left(record: CallRecord, fact: QueueLeft) -> CallRecord:
    """A visit has its one outcome; a second one is not heard."""
    visit = find_id(record.visits, fact.visit_id)
    if visit is None or visit.outcome is not None:
        return record
    left_at_ms = max(fact.at_ms, visit.entered_at_ms)
    left = replace(visit, left_at_ms=left_at_ms, outcome=fact.outcome)
    return replace(record, visits=swap(record.visits, visit, left))


def position_announced(record: CallRecord, fact: PositionAnnounced) -> CallRecord:
    """The caller was told a position."""
    visit = find_id(record.visits, fact.visit_id)
    if visit is None:
        return record
    told = replace(visit, positions=(*visit.positions, fact.position))
    return replace(record, visits=swap(record.visits, visit, told))


def offer_made(record: CallRecord, fact: OfferMade) -> CallRecord:
    """An offer is open: waiting turns into ringing."""
    offer = Offer(
        id=fact.offer_id,
        agent_id=fact.agent_id,
        visit_id=fact.visit_id,
        queue_id=fact.queue_id,
        leg_id=fact.leg_id,
        made_at_ms=fact.at_ms,
        reason=fact.reason,
    )
    return replace(record, offers=(*record.offers, offer))


def offer_step(result: OfferResult) -> Callable[[CallRecord, Any], CallRecord]:
    """The step of an offer's end; the last end counts (accepted, then failed)."""

    def end(record: CallRecord, fact: Any) -> CallRecord:
        offer = find_id(record.offers, fact.offer_id)
        if offer is None:
            return record
        ended = replace(offer, ended_at_ms=fact.at_ms, result=result)
        return replace(record, offers=swap(record.offers, offer, ended))

    return end
