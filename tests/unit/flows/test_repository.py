"""Flows in a real database: versions, the live one, and what was damaged meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from cordboard.flows.errors import FlowVersionTakenError
from cordboard.flows.graph import check
from cordboard.flows.repository import FlowRepository
from cordboard.flows.tables import flows
from cordboard.kit.db import Database
from tests.unit.flows.hotline import BYE, a_flow

pytestmark = pytest.mark.contract


SCHEMA = "flows_test"


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/flows.db"
    if request.param == "postgresql":
        base = os.environ.get("TEST_POSTGRES_URL")
        if base is None:
            pytest.skip("no TEST_POSTGRES_URL")
        with psycopg.connect(base, autocommit=True) as setup:
            setup.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            setup.execute(f"CREATE SCHEMA {SCHEMA}")
        url = f"{base}?options=-csearch_path%3D{SCHEMA}"
    database = Database(url)
    async with database.begin() as connection:
        await connection.run_sync(flows.create)
    yield database
    await database.close()


async def test_what_was_published_last_is_live(database: Database) -> None:
    repository = FlowRepository(database)
    for version in (1, 4):
        await repository.publish(check(a_flow({"bye": BYE}, version=version)), 1000 * version)
    other = check(a_flow({"bye": BYE}, id="other", name="另一个"))
    await repository.publish(other, 5000)

    live = await repository.load_live()
    assert [(flow.id, flow.version) for flow in live] == [("demo", 4), ("other", 1)]
    assert live[1] == other
    async with database.read() as connection:
        rows = (await connection.execute(select(flows).order_by(flows.c.published_at_ms))).all()
    assert [(row.version, row.is_live, row.published_at_ms) for row in rows] == [
        (1, False, 1000),
        (4, True, 4000),
        (1, True, 5000),
    ]


@pytest.mark.parametrize("version", [1, 2])
async def test_a_version_is_stored_once(database: Database, version: int) -> None:
    repository = FlowRepository(database)
    await repository.publish(check(a_flow({"bye": BYE}, version=2)), 1)
    with pytest.raises(FlowVersionTakenError):
        await repository.publish(check(a_flow({"bye": BYE}, version=version, name="Other")), 2)

    (live,) = await repository.load_live()
    assert (live.name, live.version) == ("Demo", 2)


async def test_a_flow_that_no_longer_holds_does_not_keep_the_others_away(
    database: Database,
) -> None:
    repository = FlowRepository(database)
    await repository.publish(check(a_flow({"bye": BYE})), 1)
    await repository.publish(check(a_flow({"bye": BYE}, id="other")), 1)
    async with database.begin() as connection:
        await connection.execute(
            update(flows).where(flows.c.id == "demo").values(document={"format": 0})
        )
    assert [flow.id for flow in await repository.load_live()] == ["other"]


@pytest.mark.parametrize("version", [2, 3])
async def test_of_two_who_publish_at_once_one_at_most_is_live(
    database: Database, version: int
) -> None:
    repository = FlowRepository(database)
    mine = check(a_flow({"bye": BYE}, name="Mine", version=2))
    yours = check(a_flow({"bye": BYE}, name="Yours", version=version))
    done = await asyncio.gather(
        repository.publish(mine, 1), repository.publish(yours, 2), return_exceptions=True
    )

    assert all(one is None or isinstance(one, FlowVersionTakenError) for one in done)
    assert None in done
    assert len(await repository.load_live()) == 1
