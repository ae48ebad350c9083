"""All projections can be dropped: made again from the journal they are equal, row by row."""

import asyncio
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cordboard.agents.repository import AgentRepository
from cordboard.app.rebuild import PROJECTIONS, ForgottenError, Rebuilt, rebuild_in
from cordboard.app.site import agent_of
from cordboard.kit import rows
from cordboard.kit.clock import SystemClock
from cordboard.kit.db import Database
from cordboard.kit.history import History
from cordboard.kit.ids import UserId
from cordboard.kit.journal import SqlJournal
from cordboard.kit.turns import Turn
from tests.support.databases import KINDS, a_migrated_database
from tests.support.traffic import a_morning
from tests.support.virtual_time import VirtualTimeLoop
from tests.support.whole_house import TurnJournal, WholeHouse

pytestmark = pytest.mark.contract

Tables = dict[str, list[dict[str, Any]]]


def played(loop: VirtualTimeLoop, calls: int) -> tuple[WholeHouse, list[Turn]]:
    """A morning in virtual time, and its turns."""
    journal = TurnJournal()
    house = loop.run_until_complete(a_morning(journal, calls))
    loop.run_until_complete(house.rooms.close())
    assert journal.dead == []
    return house, journal.turns


async def store(database: Database, spool: Path, house: WholeHouse, turns: list[Turn]) -> None:
    """Put the turns through the real journal, as a server does."""
    for user in house.site.users:
        agent = agent_of(user, UserId(user.name))
        if agent is not None:
            await AgentRepository(database).save_agent(agent)
    journal = SqlJournal(database, SystemClock(), spool)
    await journal.start()
    stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    for turn in turns[:-1]:
        journal.append(turn, lambda first_seq: None)
    journal.append(turns[-1], stored.set_result)
    await asyncio.wait_for(stored, 60)
    assert journal.refused_rows == 0
    await journal.close()


async def read_all(database: Database) -> Tables:
    """Every row of every projection, in order of the keys."""
    found: Tables = {}
    async with database.read() as connection:
        for table in PROJECTIONS:
            query = select(table).order_by(*table.primary_key)
            found[table.name] = [dict(row) for row in (await connection.execute(query)).mappings()]
    return found


async def grown_and_rebuilt(
    url: str, spool: Path, house: WholeHouse, turns: list[Turn]
) -> tuple[Tables, Tables, Tables, Rebuilt]:
    """The tables as they grew, dropped, and rebuilt."""
    database = Database(url)
    try:
        await store(database, spool, house, turns)
        grown = await read_all(database)
        await rows.clear(database, PROJECTIONS)
        dropped = await read_all(database)
        done = await rebuild_in(database, SystemClock(), UTC)
        return grown, dropped, await read_all(database), done
    finally:
        await database.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_comes_back_row_by_row(
    kind: str, tmp_path: Path, virtual_loop: VirtualTimeLoop
) -> None:
    house, turns = played(virtual_loop, calls=60)

    with a_migrated_database(kind, tmp_path) as url:
        work = partial(grown_and_rebuilt, url, tmp_path / "spool", house, turns)
        grown, dropped, again, done = asyncio.run(work())

    assert [name for name, found in grown.items() if not found] == [], "the morning was too quiet"
    assert [name for name, found in dropped.items() if found] == []
    for name in grown:
        assert again[name] == grown[name], name
    assert done.facts == len(house.journal.facts)
    assert done.rows == {name: len(found) for name, found in grown.items()}


def test_a_morning_has_calls_of_every_end(virtual_loop: VirtualTimeLoop) -> None:
    house, _ = played(virtual_loop, calls=60)

    kinds = {type(fact).__name__ for _, fact in house.journal.facts}
    assert kinds >= {
        "AgentConnected", "CallHeld", "CallResumed", "FlowEnded", "OfferFailed", "OfferRefused",
        "OfferTimedOut", "OfferWithdrawn", "QueueLeft", "RecordingClosed", "WrapUpEnded",
    }  # fmt: skip
    assert house.exchange.living_legs, "somebody is still on the line, whose record is open"


@pytest.mark.parametrize("kind", KINDS)
def test_a_journal_that_forgot_anything_is_refused_and_nothing_is_lost(
    kind: str, tmp_path: Path, virtual_loop: VirtualTimeLoop
) -> None:
    house, turns = played(virtual_loop, calls=5)
    first = house.journal.facts[0][1].stream

    async def forgotten(url: str) -> tuple[int, Tables, Tables]:
        database = Database(url)
        try:
            await store(database, tmp_path / "spool", house, turns)
            before = await read_all(database)
            history = History(database, SystemClock())
            # the first fact stays, as that of an agent or of an open call does
            count = await history.prune(2**60, is_open=lambda stream: stream == first, pause_s=0)
            assert [seq for seq, _ in await history.read_after(0, 1)] == [1]
            with pytest.raises(ForgottenError, match=f"forgotten {count} facts"):
                await rebuild_in(database, SystemClock(), UTC)
            return count, before, await read_all(database)
        finally:
            await database.close()

    with a_migrated_database(kind, tmp_path) as url:
        count, before, after = asyncio.run(forgotten(url))
    assert count > 0
    assert after == before
