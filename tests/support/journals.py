"""Turns for the journal's tests, and a child process that stores them until it is killed."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, String, Table, select

from cordboard.calls import CallDataSet
from cordboard.kit.bus import Bus
from cordboard.kit.clock import SystemClock
from cordboard.kit.db import Database, Write, engine_of, metadata
from cordboard.kit.ids import CallId
from cordboard.kit.journal import SqlJournal, WriterSettings
from cordboard.kit.turns import Turn

FACTS_A_TURN = 3
HASTY = WriterSettings(
    spool_after_s=0.3, retry_first_s=0.02, retry_last_s=0.2, start_timeout_s=10.0
)


def a_rows_table(tables: MetaData = metadata) -> Table:
    """A projection for tests; the test that makes it removes it from the metadata."""
    return Table(
        "test_rows",
        tables,
        Column("id", String(40), primary_key=True),
        Column("n", Integer, nullable=False),
        Column("word", String(40), default="none"),
        Column("is_good", Boolean, default=False),
        Column("data", JSON),
    )


def create(url: str, table: Table) -> None:
    """Make the table in the database."""
    engine = engine_of(url)
    table.create(engine)
    engine.dispose()


def a_turn(n: int, table: Table | None = None, *, call: str = "c-1", facts: int = 3) -> Turn:
    """A settled turn with facts of one call, and a row that counts them."""
    turn = Turn(1_795_000_000_000 + n, Bus())
    for i in range(facts):
        turn.facts.append(
            CallDataSet(at_ms=turn.at_ms, call_id=CallId(call), name=f"name-{i}", value=str(n))
        )
    if table is not None:
        turn.writes.append(Write(table, {"id": call, "n": n, "data": {"turn": n}}))
    return turn


async def stored(journal: Any, turn: Turn) -> int:
    """Append the turn and wait for its commit; its first seq."""
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    journal.append(turn, done.set_result)
    async with asyncio.timeout(20):
        return await done


async def rows_of(url: str, table: Table) -> list[dict[str, Any]]:
    """All rows of a table."""
    database = Database(url)
    async with database.read() as connection:
        found = [dict(row) for row in (await connection.execute(select(table))).mappings()]
    await database.close()
    return found


async def store_for_ever(url: str, spool: Path) -> None:
    """Store turn after turn; print the seq of the last fact of each one that is safe."""
    table = a_rows_table()
    journal = SqlJournal(Database(url), SystemClock(), spool, HASTY)
    await journal.start()
    room = asyncio.Semaphore(50)
    n = 0

    def done(first_seq: int) -> None:
        print(first_seq + FACTS_A_TURN - 1, flush=True)  # noqa: T201 - what the parent reads
        room.release()

    while True:
        await room.acquire()
        n += 1
        journal.append(a_turn(n, table, call=f"c-{n}"), done)
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(store_for_ever(sys.argv[1], Path(sys.argv[2])))
