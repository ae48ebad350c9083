"""Steps of supervision: who tapped the call, in which mode, from when to when. No segment."""

from msgspec.structs import replace

from cordboard.calls import LegEnded, SupervisionChanged, SupervisionEnded, SupervisionStarted
from cordboard.kit.ids import LegId
from cordboard.records.model import CallRecord, Supervision

from .timeline import find, swap


def started(record: CallRecord, fact: SupervisionStarted) -> CallRecord:
    """A supervisor taps the call."""
    tap = Supervision(
        leg_id=fact.leg_id, user_id=fact.user_id, mode=fact.mode, started_at_ms=fact.at_ms
    )
    return replace(record, supervisions=(*record.supervisions, tap))


def changed(record: CallRecord, fact: SupervisionChanged) -> CallRecord:
    """The same supervisor goes on in another mode."""
    tap = _open(record, fact.leg_id)
    if tap is None:
        return record
    record = _close(record, tap, fact.at_ms)
    fresh = replace(tap, mode=fact.mode, started_at_ms=fact.at_ms)
    return replace(record, supervisions=(*record.supervisions, fresh))


def end_supervision(record: CallRecord, fact: SupervisionEnded | LegEnded) -> CallRecord:
    """The tap is over."""
    tap = _open(record, fact.leg_id)
    return record if tap is None else _close(record, tap, fact.at_ms)


def _open(record: CallRecord, leg_id: LegId) -> Supervision | None:
    return find(record.supervisions, lambda one: one.leg_id == leg_id and one.ended_at_ms is None)


def _close(record: CallRecord, tap: Supervision, at_ms: int) -> CallRecord:
    closed = replace(tap, ended_at_ms=max(at_ms, tap.started_at_ms))
    return replace(record, supervisions=swap(record.supervisions, tap, closed))
