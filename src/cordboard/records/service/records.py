"""Use cases of records: keep the folds of calls, store what is new of them, rebuild them.

Facts change a record at once. A row is stored at a call's arrival; a recording's whenever it
changes; all others from the call's end on, as the record is at the last fact that is due
(`is_due`), once per turn (the signal RecordChanged). So what is stored is a function of the facts
and not of when somebody looked, and a rebuild makes equal tables. Refuses to know HTTP and SQL.
"""

from collections import OrderedDict
from collections.abc import AsyncIterable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec

from cordboard.agents import AgentFact
from cordboard.calls import (
    AgentConnected,
    CallArrived,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, RecordingId
from cordboard.kit.turns import Turn
from cordboard.records.errors import LateFactError
from cordboard.records.events import RecordChanged, RecordingMissed, RecordingRemoved
from cordboard.records.fold import STEPS, apply, begin
from cordboard.records.model import CallRecord
from cordboard.records.repository import RecordRepository
from cordboard.records.state import is_due, is_open
from cordboard.records.tables import call_row, recording_row, rows

_FILE_FACTS = (
    RecordingStarted,
    RecordingClosed,
    RecordingFailed,
    RecordingMissed,
    RecordingRemoved,
)
_REBUILD_BATCH = 500
Change = tuple[CallRecord, CallRecord]
"A record before and after a fact; the same twice at its arrival."


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This room's section of the settings."""

    records_calls: bool = True
    "Policy: every answered call has a recording, or a word why not (REC-01)."

    recording_retention_days: int = 0
    "Recordings are deleted after this; 0: never."

    recent_calls: int = 500
    "Closed records kept in memory for news that come late (media figures)."


class Records:
    """The folds of calls to which news may still come, and what is stored of them.

    Args:
        repository: The tables.
        settings: This room's settings.
    """

    def __init__(self, repository: RecordRepository, settings: RecordSettings) -> None:
        self._repository = repository
        self._settings = settings
        self._open: dict[CallId, CallRecord] = {}
        self._recent: OrderedDict[CallId, CallRecord] = OrderedDict()
        self._stored: dict[CallId, CallRecord] = {}
        "Records as they were stored last since their end."

        self._due: dict[CallId, CallRecord] = {}
        "Records to store in this turn, as of their last due fact; RecordChanged is on its way."

        self._work: dict[AgentId, CallId] = {}
        "The call of which an agent's handling is not done."

    @property
    def live(self) -> Mapping[CallId, CallRecord]:
        """Records to which news may still come, by call; a view, read only."""
        return MappingProxyType(self._open)

    def find(self, call_id: CallId) -> CallRecord | None:
        """A record in memory: open, or among those closed last."""
        return self._open.get(call_id) or self._recent.get(call_id)

    # Facts

    def hear(self, turn: Turn, fact: Fact) -> None:
        """Fold a fact and note what has to be stored.

        Raises:
            LateFactError: If the record was put away; the turn keeps the fact as a dead letter.
        """
        change = self._fold(fact)
        if change is None:
            return
        before, record = change
        if isinstance(fact, CallArrived):
            turn.write(call_row(record))
        elif isinstance(fact, _FILE_FACTS):
            turn.write(_file_row(record, fact))
        if is_due(before, record, fact):
            if record.id not in self._due:
                turn.tell(RecordChanged(at_ms=turn.at_ms, call_id=record.id))
            self._due[record.id] = record

    def store(self, turn: Turn, news: RecordChanged) -> None:
        """Store what is new of an ended call; put its record away when nothing more can come."""
        record = self._due.pop(news.call_id, None)
        if record is None:
            return
        for write in rows(self._stored.get(record.id), record):
            turn.write(write)
        self._stored[record.id] = record
        if not is_open(record):
            turn.then(partial(self._put_away, record.id), hurries=False)

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says; its rows are stored already.

        Facts of calls whose records were closed and put away change nothing.
        """
        change = None
        with suppress(LateFactError):
            change = self._fold(fact)
        if change is not None and change[1].ended_at_ms is not None:
            self._stored[change[1].id] = change[1]
            self._put_away(change[1].id)

    def _fold(self, fact: Fact) -> Change | None:
        if isinstance(fact, CallArrived):
            record = self._open[fact.call_id] = begin(fact)
            return record, record
        if type(fact) not in STEPS:
            return None
        before = self._record_of(fact)
        if before is None:
            return None
        after = apply(before, fact)
        if isinstance(fact, AgentConnected):
            self._work[fact.agent_id] = after.id
        elif isinstance(fact, AgentFact) and _is_done(after, fact.agent_id):
            del self._work[fact.agent_id]
        if after is before:
            return None
        self._keep(after)
        return before, after

    def _record_of(self, fact: Fact) -> CallRecord | None:
        if isinstance(fact, AgentFact):
            call_id = self._work.get(fact.agent_id)
            return self.find(call_id) if call_id is not None else None
        call_id = CallId(getattr(fact, "call_id", ""))
        record = self.find(call_id)
        if record is None:
            raise LateFactError(f"no open record for {type(fact).__name__} of {call_id}")
        return record

    def _keep(self, record: CallRecord) -> None:
        if record.id in self._recent:
            self._recent[record.id] = record
        else:
            self._open[record.id] = record

    def _put_away(self, call_id: CallId) -> None:
        record = self._open.get(call_id)
        if record is None or is_open(record):
            return
        del self._open[call_id]
        self._remember(record)

    def _remember(self, record: CallRecord) -> None:
        self._recent[record.id] = self._stored[record.id] = record
        while len(self._recent) > max(1, self._settings.recent_calls):
            oldest, _ = self._recent.popitem(last=False)
            self._stored.pop(oldest, None)

    async def store_closed(self, call_ids: Iterable[CallId]) -> None:
        """Store those of these calls whose facts say that they are closed: their rows lag behind.

        Rows go with their facts; this mends what an earlier fault has left open for ever.
        """
        batch = _Batch()
        for call_id in call_ids:
            record = self.find(call_id)
            if record is not None and not is_open(record):
                batch.records[call_id] = record
        if batch.records:
            await self._repository.store(batch.take())

    # Rebuilding

    async def rebuild(self, facts: AsyncIterable[Fact]) -> int:
        """Drop all projections and make them again from the journal; returns the facts read.

        Args:
            facts: Every fact, in order, from the first. Nothing else may happen meanwhile: the
                product is not serving, or serves from the memory of another `Records`.
        """
        await self._repository.clear()
        again = Records(self._repository, self._settings)
        batch = _Batch()
        count = 0
        async for fact in facts:
            count += 1
            await again.take_again(fact, batch)
            if len(batch.records) >= _REBUILD_BATCH:
                await self._repository.store(batch.take())
        await self._repository.store(batch.take())
        return count

    async def take_again(self, fact: Fact, batch: "_Batch") -> None:
        """Fold a fact in a rebuild; a record that was put away is fetched from its row."""
        try:
            change = self._fold(fact)
        except LateFactError:
            await self._repository.store(batch.take())
            if not await self.recall(CallId(getattr(fact, "call_id", ""))):
                return
            change = self._fold(fact)
        if change is None:
            return
        before, record = change
        if isinstance(fact, CallArrived) or is_due(before, record, fact):
            batch.records[record.id] = record
        if isinstance(fact, _FILE_FACTS):
            batch.files[fact.recording_id] = _file_row(record, fact)
        self._put_away(record.id)

    async def recall(self, call_id: CallId) -> bool:
        """Fetch a closed record into memory, so that news of it can be folded."""
        if self.find(call_id) is None:
            record = await self._repository.find_record(call_id)
            if record is None:
                return False
            self._remember(record)
        return True


class _Batch:
    """What a rebuild is about to store: records as of their last due fact, and files."""

    def __init__(self) -> None:
        self.records: dict[CallId, CallRecord] = {}
        self.files: dict[RecordingId, Any] = {}

    def take(self) -> list[Any]:
        """The rows, and begin anew."""
        writes = [write for record in self.records.values() for write in rows(None, record)]
        writes += self.files.values()
        self.records, self.files = {}, {}
        return writes


def _file_row(record: CallRecord, fact: Any) -> Any:
    recording = next(one for one in record.recordings if one.id == fact.recording_id)
    return recording_row(record, recording)


def _is_done(record: CallRecord, agent_id: AgentId) -> bool:
    return all(
        handling.phase == "done" for handling in record.handlings if handling.agent_id == agent_id
    )
