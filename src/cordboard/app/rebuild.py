"""Dropping the projections and making them again from the journal: the proof that it is the truth.

Not while a server runs in the same data directory. Bounded memory: facts are read in pages.
"""

from collections.abc import AsyncIterator

from cordboard.app.config import Settings
from cordboard.kit.clock import Clock, SystemClock
from cordboard.kit.db import Database
from cordboard.kit.facts import Fact
from cordboard.kit.history import History
from cordboard.records.repository import RecordRepository
from cordboard.records.service import Records, RecordSettings

_PAGE = 2000


async def rebuild(settings: Settings) -> tuple[int, float]:
    """Make call records again; how many facts were read, in how many seconds."""
    clock = SystemClock()
    database = Database(settings.database_url)
    try:
        started_s = clock.now_s()
        records = Records(RecordRepository(database), RecordSettings())
        count = await records.rebuild(all_facts(database, clock))
        return count, clock.now_s() - started_s
    finally:
        await database.close()


async def all_facts(database: Database, clock: Clock) -> AsyncIterator[Fact]:
    """Every fact of the journal, in order."""
    history = History(database, clock)
    page = await history.read_after(0, _PAGE)
    while page:
        for _, fact in page:
            yield fact
        page = await history.read_after(page[-1][0], _PAGE)
