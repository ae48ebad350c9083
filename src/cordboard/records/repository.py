"""The only SQL statements of this room: the questions that lists, checks and the board ask."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Select, and_, case, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from cordboard.acd import Reason
from cordboard.kit import rows
from cordboard.kit.db import Database, Write
from cordboard.kit.ids import AgentId, CallId, QueueId, RecordingId

from . import tables
from .model import (
    CallFilter,
    CallHeader,
    CallRecord,
    DayCounts,
    Recording,
    StoredRecording,
    VisitCounts,
)

_calls = tables.call_records.c
_visits = tables.queue_visits.c
_recordings = tables.recordings.c
_HEADER = [column for column in tables.call_records.columns if column.name != "detail"]


class RecordRepository:
    """Reads records; writes only in a rebuild, since a turn's rows go with its facts.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_open_call_ids(self) -> list[CallId]:
        """Calls to whose records news may still come, oldest first."""
        query = select(_calls.call_id).where(_calls.is_open).order_by(_calls.arrived_at_ms)
        async with self._database.read() as connection:
            return [CallId(value) for value in await connection.scalars(query)]

    async def find_record(self, call_id: str) -> CallRecord | None:
        """The record as stored, or None."""
        query = select(_calls.detail).where(_calls.call_id == call_id)
        async with self._database.read() as connection:
            detail = await connection.scalar(query)
            if detail is None:
                return None
            record = msgspec.convert(detail, CallRecord)
            return await _with_reasons(connection, record) if record.offers else record

    async def list_headers(
        self, wanted: CallFilter, after: tuple[int, str] | None, limit: int
    ) -> list[CallHeader]:
        """Closed calls, newest first, behind the given (arrival, id)."""
        query = select(*_HEADER).where(_matching(wanted))
        if after is not None:
            query = query.where(tuple_(_calls.arrived_at_ms, _calls.call_id) < tuple_(*after))
        query = query.order_by(_calls.arrived_at_ms.desc(), _calls.call_id.desc()).limit(limit)
        async with self._database.read() as connection:
            found = (await connection.execute(query)).mappings().all()
        return [CallHeader(phase="ended", **row) for row in found]

    async def sum_calls(self, wanted: CallFilter) -> tuple[int, int, int]:
        """Number, talk and wait of the closed calls that match."""
        query = select(
            func.count(),
            func.coalesce(func.sum(_calls.talk_ms), 0),
            func.coalesce(func.sum(_calls.total_wait_ms), 0),
        ).where(_matching(wanted))
        async with self._database.read() as connection:
            count, talk_ms, wait_ms = (await connection.execute(query)).one()
        return int(count), int(talk_ms), int(wait_ms)

    async def find_recording(self, recording_id: str) -> StoredRecording | None:
        """A recording with its call, or None."""
        found = await self._recordings(
            select(tables.recordings).where(_recordings.recording_id == recording_id)
        )
        return found[0] if found else None

    async def list_unfinished_recordings(self) -> list[StoredRecording]:
        """Those that should still be growing."""
        return await self._recordings(
            select(tables.recordings)
            .where(_recordings.state == "recording")
            .order_by(_recordings.started_at_ms)
        )

    async def list_recordings(self, from_ms: int, to_ms: int) -> list[StoredRecording]:
        """Closed ones begun in [from, to) that are not known to be missing or removed."""
        return await self._recordings(_kept().where(_recordings.started_at_ms >= from_ms), to_ms)

    async def list_missing_recordings(self, from_ms: int, to_ms: int) -> list[StoredRecording]:
        """Closed ones begun in [from, to) whose file was not found."""
        query = select(tables.recordings).where(
            _recordings.started_at_ms >= from_ms,
            _recordings.missing_since_ms.is_not(None),
            _recordings.removed_at_ms.is_(None),
        )
        return await self._recordings(query, to_ms)

    async def list_expired_recordings(self, before_ms: int, limit: int) -> list[StoredRecording]:
        """Those begun before this moment whose file may still be there, oldest first."""
        query = (
            select(tables.recordings)
            .where(_recordings.state != "recording", _recordings.removed_at_ms.is_(None))
            .order_by(_recordings.started_at_ms)
            .limit(limit)
        )
        return await self._recordings(query, before_ms)

    async def list_unrecorded_calls(self, from_ms: int, to_ms: int) -> list[tuple[CallId, int]]:
        """Closed calls, answered by the line in [from, to), without any recording: id, arrival."""
        has_one = select(_recordings.recording_id).where(_recordings.call_id == _calls.call_id)
        query = select(_calls.call_id, _calls.arrived_at_ms).where(
            _calls.line_answered_at_ms >= from_ms,
            _calls.line_answered_at_ms < to_ms,
            _calls.arrived_at_ms < to_ms,
            _calls.is_open.is_(False),
            ~has_one.exists(),
        )
        async with self._database.read() as connection:
            return [(CallId(row[0]), int(row[1])) for row in await connection.execute(query)]

    async def count_day(self, since_ms: int) -> DayCounts:
        """Sums over what closed calls brought since this moment, each row at its anchor."""
        async with self._database.read() as connection:
            inbound, answered = await _count_calls(connection, since_ms)
            return DayCounts(
                calls_inbound=inbound,
                calls_answered=answered,
                queues=await _count_visits(connection, since_ms),
                answered_by_agent=await _count_handlings(connection, since_ms),
                missed_by_agent=await _count_missed(connection, since_ms),
            )

    async def clear(self) -> None:
        """Drop all projections."""
        await rows.clear(self._database, tables.TABLES)

    async def store(self, writes: Sequence[Write]) -> None:
        """Put whole rows in place of those with their keys, in one transaction."""
        await rows.store(self._database, writes)

    async def _recordings(
        self, query: Select[Any], before_ms: int | None = None
    ) -> list[StoredRecording]:
        if before_ms is not None:
            query = query.where(_recordings.started_at_ms < before_ms)
        async with self._database.read() as connection:
            found = (await connection.execute(query)).mappings().all()
        return [_stored_recording(dict(row)) for row in found]


async def _with_reasons(connection: AsyncConnection, record: CallRecord) -> CallRecord:
    """The record with the reasons of its offers, which stand in rows of their own."""
    part = tables.offers.c
    query = select(part.offer_id, part.reason).where(
        part.offer_id.in_([offer.id for offer in record.offers]), part.reason.is_not(None)
    )
    reasons = {row[0]: msgspec.convert(row[1], Reason) for row in await connection.execute(query)}
    offers = [replace(one, reason=reasons.get(one.id, one.reason)) for one in record.offers]
    return replace(record, offers=tuple(offers))


def _kept() -> Select[Any]:
    return select(tables.recordings).where(
        _recordings.state == "closed",
        _recordings.removed_at_ms.is_(None),
        _recordings.missing_since_ms.is_(None),
    )


def _stored_recording(row: dict[str, Any]) -> StoredRecording:
    call_id = CallId(row.pop("call_id"))
    row["id"] = RecordingId(row.pop("recording_id"))
    return StoredRecording(call_id=call_id, recording=Recording(**row))


def _matching(wanted: CallFilter) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = [_calls.is_open.is_(False)]
    if wanted.from_ms is not None:
        tests.append(_calls.arrived_at_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        tests.append(_calls.arrived_at_ms < wanted.to_ms)
    if wanted.number is not None:
        tests.append(
            or_(
                _calls.caller_number.contains(wanted.number, autoescape=True),
                _calls.called_number.contains(wanted.number, autoescape=True),
            )
        )
    for name in ("caller_number", "direction", "result"):
        value = getattr(wanted, name)
        if value is not None:
            tests.append(tables.call_records.c[name] == value)
    for value, table, column in (
        (wanted.queue_id, tables.queue_visits, "queue_id"),
        (wanted.agent_id, tables.handlings, "agent_id"),
    ):
        if value is not None:
            part = select(table.c.call_id).where(
                table.c.call_id == _calls.call_id, table.c[column] == value
            )
            tests.append(part.exists())
    return and_(*tests)


async def _count_calls(connection: AsyncConnection, since_ms: int) -> tuple[int, int]:
    answered = and_(_calls.result == "answered", _calls.agent_requested)
    query = select(func.count(), func.coalesce(func.sum(case((answered, 1), else_=0)), 0)).where(
        _calls.arrived_at_ms >= since_ms,
        _calls.direction == "inbound",
        _calls.is_test.is_(False),
        _calls.is_open.is_(False),
    )
    inbound, with_answer = (await connection.execute(query)).one()
    return int(inbound), int(with_answer)


async def _count_visits(connection: AsyncConnection, since_ms: int) -> dict[QueueId, VisitCounts]:
    def tally(test: ColumnElement[bool], value: Any = 1) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((test, value), else_=0)), 0)

    answered = _visits.outcome == "answered"
    gave_up = _visits.outcome == "abandoned"
    short = and_(gave_up, _visits.wait_ms < _visits.short_abandon_ms)
    long_abandon = and_(gave_up, _visits.wait_ms >= _visits.short_abandon_ms)
    late = _visits.wait_ms > _visits.service_level_ms
    missed = and_(_visits.outcome.not_in(("answered", "abandoned", "refused")), late)
    query = (
        select(
            _visits.queue_id,
            tally(answered),
            tally(long_abandon),
            tally(and_(answered, ~late)),
            tally(or_(answered, long_abandon, _visits.outcome == "refused", missed)),
            tally(~short),
            tally(~short, _visits.wait_ms),
        )
        .join(tables.call_records, _calls.call_id == _visits.call_id)
        .where(
            _visits.entered_at_ms >= since_ms,
            _visits.queue_kind == "acd",
            _visits.outcome.is_not(None),
            _calls.is_test.is_(False),
            _calls.is_open.is_(False),
        )
        .group_by(_visits.queue_id)
    )
    return {
        QueueId(row[0]): VisitCounts(
            answered=int(row[1]),
            abandoned=int(row[2]),
            level_good=int(row[3]),
            level_all=int(row[4]),
            counted=int(row[5]),
            wait_ms=int(row[6]),
        )
        for row in await connection.execute(query)
    }


async def _count_handlings(connection: AsyncConnection, since_ms: int) -> dict[AgentId, int]:
    part = tables.handlings.c
    query = select(part.agent_id, func.count()).where(part.started_at_ms >= since_ms)
    return await _by_agent(connection, query, part)


async def _count_missed(connection: AsyncConnection, since_ms: int) -> dict[AgentId, int]:
    part = tables.offers.c
    query = select(part.agent_id, func.count()).where(
        part.made_at_ms >= since_ms, part.result == "missed"
    )
    return await _by_agent(connection, query, part)


async def _by_agent(
    connection: AsyncConnection, query: Select[Any], part: Any
) -> dict[AgentId, int]:
    query = (
        query.join(tables.call_records, _calls.call_id == part.call_id)
        .where(_calls.is_test.is_(False), _calls.is_open.is_(False))
        .group_by(part.agent_id)
    )
    return {AgentId(row[0]): int(row[1]) for row in await connection.execute(query)}
