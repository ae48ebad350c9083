"""The records' tables on SQLite and PostgreSQL: what grew turn by turn equals what is rebuilt."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import null, select, update

from cordboard.acd import Reason
from cordboard.kit.bus import Bus
from cordboard.kit.db import Database, engine_of, metadata
from cordboard.kit.facts import Fact
from cordboard.kit.turns import Turn
from cordboard.records.handlers import subscribe
from cordboard.records.model import CallFilter
from cordboard.records.repository import RecordRepository
from cordboard.records.service import Records, RecordSettings
from cordboard.records.tables import TABLES, call_records, offers
from tests.unit.records.facts import T0_MS, Told, answered_call

pytestmark = pytest.mark.contract


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/records.db"
        return
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("no TEST_POSTGRES_URL: PostgreSQL is not here")
    name = f"records_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.rsplit("/", 1)[0] + "/" + name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    engine = engine_of(url)
    metadata.create_all(engine, tables=list(TABLES))
    engine.dispose()
    database = Database(url)
    yield database
    await database.close()


class Grown:
    """Records that hear facts in turns and store what the turns wrote."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.repository = RecordRepository(database)
        self.records = Records(self.repository, RecordSettings())
        self.bus = Bus()
        self.facts: list[Fact] = []
        subscribe(self.bus, self.records)

    async def hear(self, *calls: Told) -> None:
        turns: dict[int, list[Fact]] = {}
        for fact in chain.from_iterable(told.facts for told in calls):
            turns.setdefault(fact.at_ms, []).append(fact)
        for at_ms in sorted(turns):
            turn = Turn(at_ms, self.bus)
            for fact in turns[at_ms]:
                turn.tell(fact)
            turn.settle()
            assert turn.dead == []
            self.facts += turn.facts
            await self.repository.store(turn.writes)  # type: ignore[arg-type]
            for effect in turn.effects:
                effect()

    async def stream(self) -> AsyncIterator[Fact]:
        for fact in self.facts:
            yield fact

    async def tables(self) -> dict[str, list[dict[str, Any]]]:
        found = {}
        async with self.database.read() as connection:
            for table in TABLES:
                query = select(table).order_by(*table.primary_key)
                rows = (await connection.execute(query)).mappings()
                found[table.name] = [dict(row) for row in rows]
        return found


def several() -> list[Told]:
    """An answered call, one that gives up, one that overflows, a miss, one that goes on."""
    gone = Told("c1", start_ms=T0_MS + 1000, caller="13900001111").arrive().flow(0, until=2)
    gone.enter(2).offer(3).end(9).end_offer(9, "withdrawn").leave(9, "abandoned")
    gone.close_recording(9.5)
    short = Told("c2", start_ms=T0_MS + 2000).arrive().enter(1).end(2).leave(2, "abandoned")
    moved = Told("c3", start_ms=T0_MS + 3000).arrive().enter(0).leave(30, "overflowed")
    moved.enter(30, "backup", "overflow").offer(31, "a2").end_offer(46, "missed", "a2")
    moved.offer(47, "a3").connect(50, "a3").end(80, "agent").wrap_up(80, 90, "a3")
    going_on = Told("c4", start_ms=T0_MS + 4000).arrive().flow(0, until=1).enter(1)
    return [answered_call("c0", agent="a1"), gone, short, moved, going_on]


async def test_rebuilt_tables_equal_those_that_grew_row_by_row(database: Database) -> None:
    house = Grown(database)
    await house.hear(*several())
    grown = await house.tables()
    assert all(grown[table.name] for table in TABLES)

    await house.records.rebuild(house.stream())

    assert await house.tables() == grown


async def test_open_calls_are_found_again(database: Database) -> None:
    house = Grown(database)
    await house.hear(*several())

    assert await house.repository.list_open_call_ids() == ["c4"]


async def test_record_comes_back_as_it_was(database: Database) -> None:
    house = Grown(database)
    told = answered_call()
    await house.hear(told)
    record = await house.repository.find_record("c1")
    again = Records(house.repository, RecordSettings())
    for fact in told.facts:
        again.replay(fact)

    assert record is not None
    assert record == again.find(record.id)
    assert await house.repository.find_record("no") is None


async def test_reasons_of_offers_are_stored_once_beside_the_record(database: Database) -> None:
    house = Grown(database)
    await house.hear(answered_call())

    rows = await house.tables()

    assert [row["reason"]["rule"] for row in rows["offers"]] == ["longest_idle"]
    assert [one["reason"]["rule"] for one in rows["call_records"][0]["detail"]["offers"]] == [""]


async def test_reasons_that_an_older_version_kept_in_the_record_are_found(
    database: Database,
) -> None:
    house = Grown(database)
    await house.hear(answered_call())
    detail = (await house.tables())["call_records"][0]["detail"]
    detail["offers"][0]["reason"] = {"rule": "of old"}
    async with database.begin() as connection:
        await connection.execute(update(call_records).values(detail=detail))
        await connection.execute(update(offers).values(reason=null()))

    record = await house.repository.find_record("c1")

    assert record is not None
    assert record.offers[0].reason == Reason(rule="of old")


async def test_pages_follow_one_another_while_new_calls_come(database: Database) -> None:
    house = Grown(database)
    old = [Told(f"c{n:02}", start_ms=T0_MS + n // 3).arrive().end(1) for n in range(10)]
    await house.hear(*old)
    first = await house.repository.list_headers(CallFilter(), None, 4)
    await house.hear(*(Told(f"d{n}", start_ms=T0_MS + 9_000).arrive().end(1) for n in range(5)))
    last = first[-1]
    second = await house.repository.list_headers(
        CallFilter(), (last.arrived_at_ms, last.call_id), 100
    )

    assert [one.call_id for one in (*first, *second)] == [f"c{n:02}" for n in reversed(range(10))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CallFilter(), {"c0", "c1", "c2", "c3"}),
        (CallFilter(from_ms=T0_MS + 1000, to_ms=T0_MS + 3000), {"c1", "c2"}),
        (CallFilter(number="0000111"), {"c1"}),
        (CallFilter(number="%"), set()),
        (CallFilter(caller_number="13900001111"), {"c1"}),
        (CallFilter(result="abandoned_in_queue"), {"c1", "c2"}),
        (CallFilter(queue_id="backup"), {"c3"}),
        (CallFilter(agent_id="a3"), {"c3"}),
        (CallFilter(agent_id="a2"), set()),
        (CallFilter(direction="outbound"), set()),
    ],
)
async def test_filters_find_what_they_say(
    database: Database, wanted: CallFilter, found: set[str]
) -> None:
    house = Grown(database)
    await house.hear(*several())
    headers = await house.repository.list_headers(wanted, None, 100)
    count, talk_ms, wait_ms = await house.repository.sum_calls(wanted)

    assert {one.call_id for one in headers} == found
    assert count == len(found)
    assert talk_ms == sum(one.talk_ms for one in headers)
    assert wait_ms == sum(one.total_wait_ms for one in headers)


async def test_day_counts_follow_the_measures(database: Database) -> None:
    house = Grown(database)
    await house.hear(*several())
    counts = await house.repository.count_day(T0_MS)
    support, backup = counts.queues["support"], counts.queues["backup"]  # type: ignore[index]

    assert (counts.calls_inbound, counts.calls_answered) == (4, 2)
    assert (support.answered, support.abandoned, support.counted) == (1, 1, 3)
    assert (support.level_good, support.level_all) == (1, 3)
    assert support.wait_ms == 8_000 + 7_000 + 30_000
    assert (backup.answered, backup.level_good, backup.wait_ms) == (1, 1, 20_000)
    assert counts.answered_by_agent == {"a1": 1, "a3": 1}
    assert counts.missed_by_agent == {"a2": 1}
    assert (await house.repository.count_day(T0_MS + 10_000)).calls_inbound == 0


async def test_recordings_are_listed_by_state_age_and_call(database: Database) -> None:
    house = Grown(database)
    await house.hear(*several())
    unfinished = await house.repository.list_unfinished_recordings()
    kept = await house.repository.list_recordings(T0_MS, T0_MS + 60_000)
    expired = await house.repository.list_expired_recordings(T0_MS + 500, 10)

    assert [one.recording.id for one in unfinished] == ["c4-r0"]
    assert [one.call_id for one in kept] == ["c0", "c1"]
    assert [one.recording.id for one in expired] == ["c0-r0"]
    assert await house.repository.find_recording("no") is None


async def test_answered_call_without_recording_is_found(database: Database) -> None:
    house = Grown(database)
    told = Told("c7").arrive().flow(0)
    told.facts = [fact for fact in told.facts if type(fact).__name__ != "RecordingStarted"]
    await house.hear(told.end(5), *several())

    assert await house.repository.list_unrecorded_calls(T0_MS, T0_MS + 60_000) == [("c7", T0_MS)]
