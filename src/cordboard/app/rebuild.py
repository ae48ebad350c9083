"""Dropping the projections and making them again from the journal: the proof that it is the truth.

Not while a server runs in the same data directory. Bounded memory: facts are read in pages and
rows are stored in batches. Killed in the middle, it is run again.
"""

from collections.abc import AsyncIterator
from datetime import tzinfo
from typing import cast

import msgspec
from sqlalchemy import Table

from cordboard.agents import WrapUpEnded
from cordboard.agents.repository import AgentRepository
from cordboard.agents.tables import AGENT_DAYS, AGENT_STATES
from cordboard.app import lock
from cordboard.app.config import Settings
from cordboard.app.rooms import Repositories, Rooms, RoomSettings
from cordboard.calls.service import CallSettings
from cordboard.flows.repository import FlowRepository
from cordboard.kit import rows
from cordboard.kit.bus import Bus
from cordboard.kit.clock import Clock, SystemClock
from cordboard.kit.db import Database, Write
from cordboard.kit.errors import DomainError
from cordboard.kit.facts import Fact
from cordboard.kit.history import History
from cordboard.kit.ids import Ids
from cordboard.kit.turns import MemoryJournal, Turn
from cordboard.queues.tables import QUEUE_HANDLE_TIMES
from cordboard.records.repository import RecordRepository
from cordboard.records.service import RecordSettings
from cordboard.records.tables import TABLES as RECORD_TABLES
from cordboard.telephony.adapters.fake import FakeTelephony
from cordboard.telephony.lines import Lines

_PAGE_FACTS = 2000
_BATCH_ROWS = 1000
FLOOR_TABLES = (AGENT_STATES, AGENT_DAYS, QUEUE_HANDLE_TIMES)
PROJECTIONS: tuple[Table, ...] = (*RECORD_TABLES, *FLOOR_TABLES)
"Every table that is a fold of the journal and nothing else."


class ForgottenError(DomainError):
    """Facts of the journal were forgotten by retention: their records cannot be made again."""

    code = "journal-incomplete"
    status = 409


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild did."""

    facts: int
    seconds: float
    rows: dict[str, int]
    "Table -> rows that it holds now."


async def rebuild(settings: Settings) -> Rebuilt:
    """Make all projections of this site again.

    Raises:
        AlreadyRunningError: If a server runs there.
        ForgottenError: If facts were forgotten; nothing is changed then.
    """
    with lock.held(settings.data_dir):
        database = Database(settings.database_url)
        try:
            return await rebuild_in(database, SystemClock(), settings.zone)
        finally:
            await database.close()


async def rebuild_in(database: Database, clock: Clock, zone: tzinfo) -> Rebuilt:
    """As `rebuild`, in this database.

    Args:
        database: With all tables; nobody else writes.
        clock: For the time it took.
        zone: In which agents' days begin.

    Raises:
        ForgottenError: If facts were forgotten; nothing is changed then.
    """
    started_s = clock.now_s()
    history = History(database, clock)
    forgotten = await history.count_forgotten()
    if forgotten:
        raise ForgottenError(
            f"The journal has forgotten {forgotten} facts (retention.journal_days): what they told "
            "is known from the tables alone, and a rebuild would lose it. Nothing was changed. "
            "Restore a backup instead."
        )
    rooms = await _silent_rooms(database, clock, zone)
    await rows.clear(database, FLOOR_TABLES)
    floor = _Floor(rooms, database)
    count = await rooms.records.rebuild(floor.project(_all_facts(history)))
    await floor.store()
    held = {table.name: await rows.count(database, table) for table in PROJECTIONS}
    return Rebuilt(facts=count, seconds=clock.now_s() - started_s, rows=held)


async def _silent_rooms(database: Database, clock: Clock, zone: tzinfo) -> Rooms:
    """The house as configured, with nobody on the line: only folds are asked of it."""
    ids = Ids(clock.now_ms)
    records = RecordRepository(database)
    rooms = Rooms(
        clock,
        MemoryJournal(),
        FakeTelephony(clock, ids),
        Lines(),
        ids,
        Repositories(flows=FlowRepository(database), records=records),
        RoomSettings(calls=CallSettings(), records=RecordSettings(), zone=zone),
    )
    for agent in await AgentRepository(database).list_agents():
        rooms.agents.put_agent(agent)
    return rooms


class _Floor:
    """What facts change of agents and queues, stored in batches while they pass by."""

    def __init__(self, rooms: Rooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database
        self._writes: list[Write] = []

    async def project(self, facts: AsyncIterator[Fact]) -> AsyncIterator[Fact]:
        """Pass all facts on, and note the rows that they change."""
        async for fact in facts:
            self._writes += cast("list[Write]", self._rooms.agents.project(fact))
            if isinstance(fact, WrapUpEnded):
                turn = Turn(fact.at_ms, Bus())
                self._rooms.acd.wrap_up_ended(turn, fact)
                self._writes += cast("list[Write]", turn.writes)
            if len(self._writes) >= _BATCH_ROWS:
                await self.store()
            yield fact

    async def store(self) -> None:
        """Store what was noted."""
        writes, self._writes = self._writes, []
        await rows.store(self._database, writes)


async def _all_facts(history: History) -> AsyncIterator[Fact]:
    """Every fact of the journal, in order."""
    page = await history.read_after(0, _PAGE_FACTS)
    while page:
        for _, fact in page:
            yield fact
        page = await history.read_after(page[-1][0], _PAGE_FACTS)
