"""One way in for reading and one for changing, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError

from cordboard.kit.db import Database, DatabaseAwayError, metadata
from tests.support.databases import KINDS, a_database, a_migrated_database
from tests.support.journals import a_rows_table, create
from tests.support.tcp_relay import Relay

pytestmark = pytest.mark.contract


@pytest.fixture
def table() -> Iterator[Table]:
    table = a_rows_table()
    yield table
    metadata.remove(table)


@pytest.fixture(params=KINDS)
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, table: Table
) -> AsyncIterator[Database]:
    with a_database(request.param, tmp_path) as url:
        create(url, table)
        database = Database(url)
        yield database
        await database.close()


async def test_what_is_changed_is_there_afterwards(database: Database, table: Table) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(table).values(id="x", n=1, data={"漢": [1]}))

    async with database.read() as connection:
        row = (await connection.execute(select(table))).one()
    assert (row.n, row.data, row.is_good) == (1, {"漢": [1]}, False)


async def test_an_error_takes_everything_back(database: Database, table: Table) -> None:
    async def fail_half_way() -> None:
        async with database.begin() as connection:
            await connection.execute(insert(table).values(id="x", n=1))
            raise KeyError("x")

    with pytest.raises(KeyError):
        await fail_half_way()

    async with database.read() as connection:
        assert (await connection.execute(select(table))).all() == []


async def test_a_reader_can_change_nothing(database: Database, table: Table) -> None:
    with pytest.raises(DBAPIError):
        async with database.read() as connection:
            await connection.execute(insert(table).values(id="x", n=1))


async def test_a_reader_sees_one_moment(database: Database, table: Table) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(table).values(id="x", n=1))
    async with database.read() as reader:
        before = (await reader.execute(select(table.c.n))).scalar_one()
        async with database.begin() as writer:
            await writer.execute(update(table).values(n=2))
        after = (await reader.execute(select(table.c.n))).scalar_one()

    assert (before, after) == (1, 1)


async def test_writers_take_turns(database: Database, table: Table) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(table).values(id="x", n=0))

    async def add() -> None:
        async with database.begin() as connection:
            await connection.execute(update(table).values(n=table.c.n + 1))

    await asyncio.gather(*(add() for _ in range(30)))

    async with database.read() as connection:
        assert (await connection.execute(select(table.c.n))).scalar_one() == 30


async def test_errors_do_not_say_what_the_row_held(database: Database, table: Table) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.begin() as connection:
            await connection.execute(insert(table).values(id="13800138000", n=None))
    assert "13800138000" not in str(caught.value).split("[SQL")[1]


async def test_a_database_that_is_away_is_a_problem_of_its_own_and_comes_back(
    tmp_path: Path,
) -> None:
    with a_migrated_database("postgresql", tmp_path) as url:
        parsed = make_url(url)
        with Relay(parsed.host or "127.0.0.1", parsed.port or 5432) as relay:
            through = parsed.set(host="127.0.0.1", port=relay.port)
            database = Database(through.render_as_string(hide_password=False))
            async with database.read() as connection:
                await connection.execute(select(1))
            relay.cut()
            with pytest.raises(DatabaseAwayError) as caught:
                async with database.read() as connection:
                    await connection.execute(select(1))
            assert (caught.value.code, caught.value.status) == ("database-away", 503)

            relay.mend()

            async with database.read() as connection:
                assert (await connection.execute(select(1))).scalar_one() == 1
            await database.close()
