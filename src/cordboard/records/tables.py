"""This room's tables: a row per call, and rows of its parts that reports add up.

All are projections: they can be dropped and made again from the journal. `detail` is the whole
CallRecord as JSON, but for the reasons of offers: they are as long as all the rest, and stand in
their own rows. The parts' tables repeat what formulas use. Times `_at_ms` are UTC milliseconds.

Without SQLite's row ids a small table is one tree instead of two, so a commit writes fewer pages.
"""

from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from cordboard.acd import Reason
from cordboard.kit.db import Write, metadata
from cordboard.kit.ids import CallId

from .model import CallRecord, Recording
from .state import header

_ID = String(64)
_WORD = String(32)
_NUMBER = String(128)

call_records = Table(
    "call_records",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("direction", _WORD, nullable=False),
    Column("origin", _WORD, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("caller_number", _NUMBER, nullable=False),
    Column("called_number", _NUMBER, nullable=False),
    Column("service_number", _NUMBER, nullable=False),
    Column("language", String(16)),
    Column("queue_id", _ID),
    Column("agent_id", _ID),
    Column("result", _WORD),
    Column("ended_by", _WORD),
    Column("agent_requested", Boolean, nullable=False),
    Column("arrived_at_ms", BigInteger, nullable=False),
    Column("line_answered_at_ms", BigInteger),
    Column("agent_answered_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("total_wait_ms", BigInteger, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("hold_ms", BigInteger, nullable=False),
    Column("wrap_up_ms", BigInteger, nullable=False),
    Column("has_recording", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("detail", JSON, nullable=False),
)
Index("ix_call_records_arrived", call_records.c.arrived_at_ms, call_records.c.call_id)
Index("ix_call_records_caller", call_records.c.caller_number, call_records.c.arrived_at_ms)
Index(
    "ix_call_records_open",
    call_records.c.call_id,
    sqlite_where=call_records.c.is_open.is_(True),
    postgresql_where=call_records.c.is_open.is_(True),
)

queue_visits = Table(
    "queue_visits",
    metadata,
    Column("visit_id", _ID, primary_key=True),
    Column("call_id", _ID, nullable=False, index=True),
    Column("queue_id", _ID, nullable=False),
    Column("queue_kind", _WORD, nullable=False),
    Column("channel", _WORD, nullable=False, default="call"),
    Column("entry_kind", _WORD, nullable=False),
    Column("entered_at_ms", BigInteger, nullable=False, index=True),
    Column("left_at_ms", BigInteger),
    Column("outcome", _WORD),
    Column("wait_ms", BigInteger),
    Column("service_level_ms", BigInteger, nullable=False),
    Column("short_abandon_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", _ID, primary_key=True),
    Column("call_id", _ID, nullable=False),
    Column("visit_id", _ID, nullable=False),
    Column("queue_id", _ID, nullable=False),
    Column("agent_id", _ID, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger),
    Column("result", _WORD),
    Column("reason", JSON),  # NULL in rows from before: their reasons stand in `detail`
    sqlite_with_rowid=False,
)

handlings = Table(
    "handlings",
    metadata,
    Column("handling_id", _ID, primary_key=True),
    Column("call_id", _ID, nullable=False, index=True),
    Column("agent_id", _ID, nullable=False),
    Column("queue_id", _ID),
    Column("role", _WORD, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("dial_ms", BigInteger, nullable=False, default=0),
    Column("talk_ms", BigInteger, nullable=False),
    Column("hold_ms", BigInteger, nullable=False),
    Column("consult_ms", BigInteger, nullable=False, default=0),
    Column("wrap_up_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("reached", Boolean, nullable=False, default=True),
    Column("end_reason", _WORD),
    sqlite_with_rowid=False,
)
Index("ix_handlings_agent", handlings.c.agent_id, handlings.c.started_at_ms)

segments = Table(
    "segments",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("timeline", _WORD, nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("agent_id", _ID),
    Column("visit_id", _ID),
    Column("handling_id", _ID),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

recordings = Table(
    "recordings",
    metadata,
    Column("recording_id", _ID, primary_key=True),
    Column("call_id", _ID, nullable=False, index=True),
    Column("leg_id", _ID, nullable=False),
    Column("path", Text, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger),
    Column("duration_ms", BigInteger),
    Column("size_bytes", BigInteger),
    Column("sha256", String(64)),
    Column("gap_count", Integer, nullable=False),
    Column("gap_ms", BigInteger, nullable=False),
    Column("reason", Text),
    Column("missing_since_ms", BigInteger),
    Column("removed_at_ms", BigInteger),
    sqlite_with_rowid=False,
)

_NO_REASON = Reason()

TABLES = (call_records, queue_visits, offers, handlings, segments, recordings)
"All of this room's."


def call_row(record: CallRecord) -> Write:
    """The call's own row; written at its arrival and at every change after its end."""
    row = msgspec.structs.asdict(header(record))
    del row["phase"]
    row["detail"] = _without_reasons(record) if record.offers else record
    return Write(call_records, row)


def _without_reasons(record: CallRecord) -> CallRecord:
    return replace(record, offers=tuple([replace(one, reason=_NO_REASON) for one in record.offers]))


def recording_row(record: CallRecord, recording: Recording) -> Write:
    """A recording's row; written whenever it changes."""
    row = msgspec.structs.asdict(recording)
    row["recording_id"] = row.pop("id")
    row["call_id"] = record.id
    return Write(recordings, row)


def rows(before: CallRecord | None, after: CallRecord) -> list[Write]:
    """What has to be stored of a call that has ended, recordings apart.

    Parts are never taken away from a record, so nothing has to be deleted.

    Args:
        before: The record as it was stored last since its end; None the first time.
        after: The record now.
    """
    writes = [call_row(after)]
    for table, name, make in _PARTS:
        old = getattr(before, name) if before else ()
        writes += [
            Write(table, make(after.id, place, part))
            for place, part in enumerate(getattr(after, name))
            if place >= len(old) or old[place] is not part
        ]
    return writes


def _visit_row(call_id: CallId, _place: int, part: Any) -> dict[str, Any]:
    row = msgspec.structs.asdict(part)
    del row["positions"]
    row["visit_id"] = row.pop("id")
    return {**row, "call_id": call_id, "channel": "call", "wait_ms": part.wait_ms}


def _offer_row(call_id: CallId, _place: int, part: Any) -> dict[str, Any]:
    return {
        "offer_id": part.id,
        "call_id": call_id,
        "visit_id": part.visit_id,
        "queue_id": part.queue_id,
        "agent_id": part.agent_id,
        "made_at_ms": part.made_at_ms,
        "ended_at_ms": part.ended_at_ms,
        "result": part.result,
        "reason": part.reason,
    }


def _handling_row(call_id: CallId, _place: int, part: Any) -> dict[str, Any]:
    return {
        "handling_id": part.id,
        "call_id": call_id,
        "agent_id": part.agent_id,
        "queue_id": part.queue_id,
        "role": part.role,
        "started_at_ms": part.started_at_ms,
        "dial_ms": 0,
        "talk_ms": part.talk_ms,
        "hold_ms": part.hold_ms,
        "consult_ms": 0,
        "wrap_up_ms": part.wrap_up_ms,
        "ended_at_ms": part.ended_at_ms,
        "reached": True,
        "end_reason": part.end_reason,
    }


def _segment_row(call_id: CallId, place: int, part: Any) -> dict[str, Any]:
    return {**msgspec.structs.asdict(part), "call_id": call_id, "ordinal": place}


_PARTS = (
    (queue_visits, "visits", _visit_row),
    (offers, "offers", _offer_row),
    (handlings, "handlings", _handling_row),
    (segments, "segments", _segment_row),
)
