"""What follows from a record: its result, whether news may still come, its sums and its header.

Rules for editors: RESULTS is the list of measures, top down, the first that applies; a new result
goes to its place in that list and nowhere else. Pure. Source: REC-05; glossary `call_result`.
"""

from collections.abc import Callable, Iterable

from cordboard.calls import (
    LegEnded,
    LegMediaLost,
    LegMediaReported,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId

from .model import CallFilter, CallHeader, CallRecord, Result, Segment

_REFUSING = frozenset({"blacklist", "capacity", "licence", "no-flow", "unknown-number"})
"Words of CallEnded.reason by which a call is turned away."

Rule = Callable[[CallRecord], bool]


def _is_answered(record: CallRecord) -> bool:
    return bool(record.handlings) or record.peer_party in ("agent", "supervisor")


def _is_diverted(record: CallRecord) -> bool:
    return record.peer_party is not None


def _took_callback(record: CallRecord) -> bool:
    return any(visit.outcome == "callback_taken" for visit in record.visits)


def _last_outcome(record: CallRecord) -> str | None:
    return record.visits[-1].outcome if record.visits else None


def _is_refused(record: CallRecord) -> bool:
    return (
        record.ended_by == "system"
        and record.end_reason in _REFUSING
        and record.flow_outcome is None
        and not record.visits
    )


def _is_failed(record: CallRecord) -> bool:
    return (
        _last_outcome(record) == "failed"
        or record.ended_by == "network"
        or (record.ended_by == "system" and record.end_reason not in ("", "closed"))
        or record.flow_outcome == "failed"
    )


RESULTS: tuple[tuple[Result, Rule], ...] = (
    ("answered", _is_answered),
    ("diverted", _is_diverted),
    ("callback_taken", _took_callback),
    ("self_served", lambda record: record.served),
    ("abandoned_in_queue", lambda record: _last_outcome(record) == "abandoned"),
    ("timed_out", lambda record: _last_outcome(record) in ("timed_out", "refused")),
    ("closed", lambda record: record.end_reason == "closed" and not record.visits),
    ("refused", _is_refused),
    ("failed", _is_failed),
    ("abandoned_in_flow", lambda _: True),
)
"How an inbound call ended, top down. Voicemail and web calls will add theirs in their place."

_OTHER_RESULTS: tuple[tuple[Result, Rule], ...] = (
    ("answered", lambda record: bool(record.handlings) or record.peer_party is not None),
    ("failed", _is_failed),
    ("not_reached", lambda _: True),
)
"The same for calls that we or an inner phone began."


def result(record: CallRecord) -> Result | None:
    """How the call ended; None in progress, except that `answered` is set at the answer."""
    if record.ended_at_ms is None and not _is_answered(record):
        return None
    rules = RESULTS if record.direction == "inbound" else _OTHER_RESULTS
    return next(name for name, applies in rules if applies(record))


def is_open(record: CallRecord) -> bool:
    """Whether news may still come: no end, a leg or a wrap-up without end, or an open recording."""
    return (
        record.ended_at_ms is None
        or any(leg.ended_at_ms is None for leg in record.legs)
        or any(handling.phase != "done" for handling in record.handlings)
        or any(recording.state == "recording" for recording in record.recordings)
    )


_MEDIA_NEWS = (
    LegEnded,
    LegMediaReported,
    LegMediaLost,
    RecordingStarted,
    RecordingClosed,
    RecordingFailed,
)
"What comes one by one behind the end of every call."


def is_due(before: CallRecord, after: CallRecord, fact: Fact) -> bool:
    """Whether an ended call has to be stored after this fact.

    Media news are stored when the last of them is in, not one by one; also when one of them closes
    the record, and one by one after an unusual end, when some may never come.
    """
    if after.ended_at_ms is None:
        return False
    if not isinstance(fact, _MEDIA_NEWS) or after.end_reason:
        return True
    return _media_is_in(after) or is_open(before) != is_open(after)


def _media_is_in(record: CallRecord) -> bool:
    return all(
        leg.ended_at_ms is not None
        and (leg.answered_at_ms is None or leg.jitter_ms is not None or leg.has_lost_media)
        for leg in record.legs
    ) and not any(recording.state == "recording" for recording in record.recordings)


def open_segments(record: CallRecord) -> list[Segment]:
    """The stretches that still run, one per timeline."""
    running = []
    if record.phase != "ended":
        running.append(
            Segment(
                timeline="customer",
                kind=record.phase,
                started_at_ms=record.phase_since_ms,
                ended_at_ms=None,
                visit_id=record.phase_visit_id,
            )
        )
    running += [
        Segment(
            timeline="agent",
            kind=handling.phase,
            started_at_ms=handling.phase_since_ms,
            ended_at_ms=None,
            agent_id=handling.agent_id,
            handling_id=handling.id,
        )
        for handling in record.handlings
        if handling.phase in ("talk", "hold", "consult", "wrap_up")
    ]
    return running


def customer_ms(record: CallRecord, kind: str) -> int:
    """Sum of the customer's closed segments of a kind."""
    return sum(
        (segment.ended_at_ms or segment.started_at_ms) - segment.started_at_ms
        for segment in record.segments
        if segment.timeline == "customer" and segment.kind == kind
    )


def header(record: CallRecord) -> CallHeader:
    """The row of the record."""
    visit = record.visits[-1] if record.visits else None
    handling = record.handlings[-1] if record.handlings else None
    return CallHeader(
        call_id=record.id,
        direction=record.direction,
        origin=record.origin,
        is_test=record.is_test,
        caller_number=record.caller_number,
        called_number=record.called_number,
        service_number=record.service_number,
        language=record.language,
        queue_id=visit.queue_id if visit else None,
        agent_id=handling.agent_id if handling else None,
        phase=record.phase,
        result=result(record),
        ended_by=record.ended_by,
        agent_requested=bool(record.visits),
        arrived_at_ms=record.arrived_at_ms,
        line_answered_at_ms=record.line_answered_at_ms,
        agent_answered_at_ms=record.agent_answered_at_ms,
        ended_at_ms=record.ended_at_ms,
        total_wait_ms=sum(visit.wait_ms or 0 for visit in record.visits),
        talk_ms=customer_ms(record, "talk"),
        hold_ms=customer_ms(record, "hold"),
        wrap_up_ms=sum(handling.wrap_up_ms for handling in record.handlings),
        has_recording=any(recording.state != "failed" for recording in record.recordings),
        is_open=is_open(record),
    )


def matches(record: CallRecord, wanted: CallFilter) -> bool:
    """Whether a record in memory is what a list asks for; the repository asks SQL the same."""
    numbers = (record.caller_number, record.called_number)
    return (
        (wanted.from_ms is None or record.arrived_at_ms >= wanted.from_ms)
        and (wanted.to_ms is None or record.arrived_at_ms < wanted.to_ms)
        and (wanted.number is None or any(wanted.number in number for number in numbers))
        and wanted.caller_number in (None, record.caller_number)
        and wanted.direction in (None, record.direction)
        and (wanted.result is None or wanted.result == result(record))
        and _has(wanted.queue_id, (visit.queue_id for visit in record.visits))
        and _has(wanted.agent_id, (handling.agent_id for handling in record.handlings))
    )


def _has(wanted: str | None, values: Iterable[str]) -> bool:
    return wanted is None or wanted in values


def works_on(record: CallRecord, agent_id: AgentId | None) -> bool:
    """Whether the call is this agent's own: on one's phone, presented now, or taken."""
    return agent_id is not None and (
        any(handling.agent_id == agent_id for handling in record.handlings)
        or any(leg.agent_id == agent_id and leg.answered_at_ms for leg in record.legs)
        or any(
            offer.agent_id == agent_id and offer.result in (None, "accepted")
            for offer in record.offers
        )
    )


def masked(number: str) -> str:
    """A number as those see it who may not see it: its ends, and stars for the rest."""
    if len(number) < 8:
        return "*" * max(0, len(number) - 2) + number[-2:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]
