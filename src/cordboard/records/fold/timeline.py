"""Cutting timelines: the customer's by its phase, an agent's by the phase of the handling."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from cordboard.kit.ids import VisitId
from cordboard.records.model import (
    CallRecord,
    Handling,
    HandlingPhase,
    Phase,
    Segment,
    SegmentKind,
)

T = TypeVar("T")
P = TypeVar("P", bound="HasId")


class HasId(Protocol):
    """A part with an id of its own."""

    @property
    def id(self) -> str:
        """Names it."""
        ...


def advance(record: CallRecord, at_ms: int) -> CallRecord:
    """Cut the customer's timeline if the phase is another one since the last fact."""
    phase, visit_id = customer_phase(record)
    if phase == record.phase and visit_id == record.phase_visit_id:
        return record
    at_ms = max(at_ms, record.phase_since_ms)
    segments = record.segments
    if at_ms > record.phase_since_ms and record.phase != "ended":
        past = Segment(
            timeline="customer",
            kind=record.phase,
            started_at_ms=record.phase_since_ms,
            ended_at_ms=at_ms,
            visit_id=record.phase_visit_id,
        )
        segments = (*segments, past)
    return replace(
        record, phase=phase, phase_since_ms=at_ms, phase_visit_id=visit_id, segments=segments
    )


def customer_phase(record: CallRecord) -> tuple[Phase, VisitId | None]:
    """What the customer is in now, and the visit it belongs to while it waits."""
    if record.ended_at_ms is not None:
        return "ended", None
    phases = {handling.phase for handling in record.handlings}
    if "talk" in phases or (record.peer_leg_id and not record.peer_held):
        return "talk", None
    if phases & {"hold", "consult"} or record.peer_leg_id or record.is_parked:
        return "hold", None
    if record.is_passed:
        return "ring", None
    visit = record.visits[-1] if record.visits else None
    if visit is not None and visit.outcome in (None, "answered") and not _was_connected(record):
        offered = any(
            offer.visit_id == visit.id and offer.result in (None, "accepted")
            for offer in record.offers
        )
        return ("ring" if offered else "queue"), visit.id
    was_reached = record.direction == "inbound" or record.flow_outcome is not None
    return ("flow" if was_reached else "dial"), None


def _was_connected(record: CallRecord) -> bool:
    """Whether an offer of the last visit led to a talk, which is over if this is asked."""
    last = record.visits[-1].id
    legs = {handling.id for handling in record.handlings}
    return any(offer.visit_id == last and offer.leg_id in legs for offer in record.offers)


def is_moved(before: CallRecord, after: CallRecord) -> bool:
    """Whether anything changed of what `customer_phase` looks at; most facts change none of it."""
    return (
        after.handlings is not before.handlings
        or after.offers is not before.offers
        or after.visits is not before.visits
        or after.ended_at_ms != before.ended_at_ms
        or after.peer_leg_id != before.peer_leg_id
        or after.peer_held is not before.peer_held
        or after.is_passed is not before.is_passed
        or after.is_parked is not before.is_parked
        or after.flow_outcome != before.flow_outcome
    )


def swap(parts: tuple[T, ...], old: T, new: T) -> tuple[T, ...]:
    """The parts with one of them replaced."""
    return tuple([new if part is old else part for part in parts])


def find(parts: Iterable[T], matches: Callable[[T], bool]) -> T | None:
    """The first part that matches, or None."""
    for part in parts:
        if matches(part):
            return part
    return None


def find_id(parts: Iterable[P], id: str) -> P | None:
    """The part of this id, or None."""
    for part in parts:
        if part.id == id:
            return part
    return None


def agent_segment(handling: Handling, kind: SegmentKind, start: int, end: int) -> Segment:
    """A stretch on the timeline of a handling."""
    return Segment(
        timeline="agent",
        kind=kind,
        started_at_ms=start,
        ended_at_ms=end,
        agent_id=handling.agent_id,
        handling_id=handling.id,
    )


def turn_handling(
    record: CallRecord, handling: Handling, phase: HandlingPhase, at_ms: int, **changes: Any
) -> CallRecord:
    """Let a handling go on to its next phase: cut its timeline, add up what is behind it."""
    since, past = handling.phase_since_ms, handling.phase
    at_ms = max(at_ms, since)
    segments = record.segments
    if past in ("talk", "hold", "consult", "wrap_up"):
        changes[f"{past}_ms"] = getattr(handling, f"{past}_ms") + at_ms - since
        if at_ms > since:
            segments = (*segments, agent_segment(handling, past, since, at_ms))
    new = replace(handling, phase=phase, phase_since_ms=at_ms, **changes)
    return replace(record, handlings=swap(record.handlings, handling, new), segments=segments)
