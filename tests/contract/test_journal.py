"""One suite for every journal: in memory, on SQLite and on PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event, make_url

from cordboard.calls import CallArrived, CallDataSet
from cordboard.kit.bus import Bus
from cordboard.kit.clock import SystemClock
from cordboard.kit.db import Database, Write, metadata
from cordboard.kit.facts import Fact, News
from cordboard.kit.ids import CallId, LegId
from cordboard.kit.journal import AwayError, SqlJournal
from cordboard.kit.packing import pack
from cordboard.kit.spool import Spool
from cordboard.kit.store import dead_letters, facts
from cordboard.kit.turns import MemoryJournal, Turn, Turns
from tests.support.databases import KINDS, a_migrated_database
from tests.support.journals import (
    HASTY,
    a_rows_table,
    a_turn,
    create,
    rows_of,
    stored,
)
from tests.support.tcp_relay import Relay

pytestmark = pytest.mark.contract

AnyJournal = MemoryJournal | SqlJournal


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_migrated_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def table() -> Iterator[Table]:
    table = a_rows_table()
    yield table
    metadata.remove(table)


class OpenJournals:
    """Journals of one database, one after the other, as processes would have them."""

    def __init__(self, folder: Path) -> None:
        self.spool = folder / "journal.spool"
        self._open: list[tuple[SqlJournal, Database]] = []

    async def open(self, url: str) -> SqlJournal:
        database = Database(url)
        journal = SqlJournal(database, SystemClock(), self.spool, HASTY)
        self._open.append((journal, database))
        await journal.start()
        return journal

    async def close(self) -> None:
        for journal, database in self._open:
            await journal.close()
            await database.close()
        self._open.clear()


@pytest.fixture
async def journals(tmp_path: Path) -> AsyncIterator[OpenJournals]:
    opened = OpenJournals(tmp_path)
    yield opened
    await opened.close()


class TestEveryJournal:
    @pytest.fixture(params=["memory", *KINDS])
    async def journal(
        self, request: pytest.FixtureRequest, tmp_path: Path, journals: OpenJournals
    ) -> AsyncIterator[AnyJournal]:
        if request.param == "memory":
            yield MemoryJournal()
            return
        with a_migrated_database(request.param, tmp_path) as url:
            yield await journals.open(url)
            await journals.close()

    async def test_numbers_facts_from_one_without_gaps(self, journal: AnyJournal) -> None:
        firsts = [await stored(journal, a_turn(n, facts=n)) for n in (2, 0, 1, 3)]

        assert firsts == [1, 3, 3, 4]
        assert journal.last_seq == 6
        assert [seq for seq, _ in await journal.read_after(0, 100)] == [1, 2, 3, 4, 5, 6]

    async def test_reports_turns_in_order_and_not_at_once(self, journal: AnyJournal) -> None:
        reported: list[int] = []
        for n in range(300):
            journal.append(a_turn(n, facts=n % 3), _adding(reported, n))
        assert reported == []

        await stored(journal, a_turn(300))

        assert reported == list(range(300))

    async def test_an_empty_turn_does_not_overtake_a_full_one(self, journal: AnyJournal) -> None:
        reported: list[str] = []
        journal.append(a_turn(1), lambda seq: reported.append("full"))
        journal.append(a_turn(2, facts=0), lambda seq: reported.append("empty"))

        await stored(journal, a_turn(3, facts=0))

        assert reported == ["full", "empty"]

    async def test_reads_one_story_back(self, journal: AnyJournal) -> None:
        told = []
        for n in range(4):
            turn = a_turn(n, call=f"c-{n % 2}", facts=1)
            told += turn.facts
            await stored(journal, turn)

        one = await journal.read_stream("call/c-1")
        both = await journal.read_streams(["call/c-0", "call/c-1"])

        assert one == [(2, told[1]), (4, told[3])]
        assert both == list(enumerate(told, 1))
        assert await journal.read_after(2, 1) == [(3, told[2])]
        assert await journal.read_after(4, 10) == []

    async def test_effects_follow_the_commit_also_of_a_failed_listener(
        self, journal: AnyJournal
    ) -> None:
        done: list[str] = []

        class Deaf:
            def hear(self, turn: Turn, news: News) -> None:
                raise RuntimeError("cannot take 13800138000")

        bus = Bus()
        bus.subscribe(CallDataSet, Deaf().hear)
        turns = Turns(SystemClock(), bus, journal)

        def work(turn: Turn) -> None:
            turn.tell(a_fact(1))
            turn.then(lambda: done.append("sent"))

        finished = turns.take(work)
        assert done == []
        with pytest.raises(Exception, match="Deaf"):
            await finished

        assert done == ["sent"]
        assert turns.dead_letters == 1
        assert len(await journal.read_stream("call/c-1")) == 1


def _adding(reported: list[int], n: int) -> Callable[[int], None]:
    return lambda seq: reported.append(n)


def a_fact(n: int) -> CallDataSet:
    return CallDataSet(at_ms=1, call_id=CallId("c-1"), name="n", value=str(n))


class TestOneTransaction:
    async def test_rows_are_stored_with_their_facts(
        self, url: str, table: Table, journals: OpenJournals
    ) -> None:
        create(url, table)
        journal = await journals.open(url)
        for n in range(5):
            journal.append(a_turn(n, table, call=f"c-{n % 2}"), lambda seq: None)
        await stored(journal, a_turn(5, table, call="c-1"))

        rows = await rows_of(url, table)

        assert sorted((row["id"], row["n"]) for row in rows) == [("c-0", 4), ("c-1", 5)]
        assert rows[0]["word"] == "none"
        assert rows[0]["is_good"] is False
        assert rows[0]["data"] == {"turn": rows[0]["n"]}

    async def test_a_row_is_replaced_as_a_whole(
        self, url: str, table: Table, journals: OpenJournals
    ) -> None:
        create(url, table)
        journal = await journals.open(url)
        for row in ({"word": "first", "is_good": True}, {}):
            turn = a_turn(1, facts=0)
            turn.writes.append(Write(table, {"id": "x", "n": 1, **row}))
            await stored(journal, turn)

        assert await rows_of(url, table) == [
            {"id": "x", "n": 1, "word": "none", "is_good": False, "data": None}
        ]

    async def test_a_refused_row_takes_nothing_else_with_it(
        self, url: str, table: Table, journals: OpenJournals
    ) -> None:
        create(url, table)
        journal = await journals.open(url)
        reported: list[int] = []
        for n in range(20):
            turn = a_turn(n, table, call=f"c-{n}")
            if n == 7:
                turn.writes.append(Write(table, {"id": "bad", "n": None}))
            journal.append(turn, reported.append)
        await stored(journal, a_turn(20, table, call="c-20"))

        assert reported == [1 + 3 * n for n in range(20)]
        assert len(await journal.read_after(0, 100)) == 63
        assert {row["id"] for row in await rows_of(url, table)} == {f"c-{n}" for n in range(21)}
        (letter,) = await rows_of(url, dead_letters)
        assert (letter["kind"], letter["seq"], letter["listener"]) == ("test_rows", 22, "journal")
        assert journal.refused_rows == 1

    async def test_refused_rows_among_many_leave_all_good_ones_alone(
        self, url: str, table: Table, journals: OpenJournals
    ) -> None:
        """psycopg took statements for prepared that a refused row had kept from being so."""
        create(url, table)
        journal = await journals.open(url)
        refused = 0
        for n in range(400):
            turn = a_turn(n, table, call=f"c-{n}")
            if n % 9 == 5:
                turn.writes.append(Write(table, {"id": f"bad-{n}", "n": None}))
                refused += 1
            journal.append(turn, lambda seq: None)
            if n % 20 == 0:
                await stored(journal, a_turn(0, facts=0))
        await stored(journal, a_turn(0, facts=1))

        assert journal.state == "ok"
        assert journal.refused_rows == refused
        assert {row["id"] for row in await rows_of(url, table)} == {f"c-{n}" for n in range(400)}
        assert len(await everything(journal)) == 1_201

    async def test_a_dead_letter_keeps_the_news_and_the_reason(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        bus = Bus()

        def hear(turn: Turn, news: News) -> None:
            raise KeyError("unknown queue")

        bus.subscribe(CallDataSet, hear)
        turn = Turn(5, bus)
        turn.tell(a_fact(1))
        turn.tell(a_fact(2))
        turn.settle()
        await stored(journal, turn)

        letters = await rows_of(url, dead_letters)

        assert [letter["seq"] for letter in sorted(letters, key=lambda row: row["seq"])] == [1, 2]
        assert {letter["stream"] for letter in letters} == {"call/c-1"}
        assert "hear" in letters[0]["listener"]
        assert "unknown queue" in letters[0]["error"]

    async def test_a_fact_that_cannot_be_encoded_keeps_its_place(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        turn = a_turn(1, facts=1)
        turn.facts.append(a_broken_fact())
        await stored(journal, turn)
        await stored(journal, a_turn(2, facts=1))

        assert [seq for seq, _ in await journal.read_after(0, 10)] == [1, 3]
        letters = await rows_of(url, dead_letters)
        assert {letter["listener"] for letter in letters} == {"journal", "journal.read"}
        assert {letter["seq"] for letter in letters} == {2}


def a_broken_fact() -> Fact:
    value: Any = object()
    return CallDataSet(at_ms=1, call_id=CallId("c-1"), name="n", value=value)


class TestReading:
    async def test_an_unknown_kind_becomes_a_dead_letter_once(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        await stored(journal, a_turn(1))
        database = Database(url)
        async with database.begin() as connection:
            change = facts.update().where(facts.c.seq <= 2).values(kind="CallForgotten")
            await connection.execute(change)
        await database.close()

        for _ in range(2):
            assert [seq for seq, _ in await journal.read_after(0, 2)] == [3]

        letters = await rows_of(url, dead_letters)
        assert sorted(letter["seq"] for letter in letters) == [1, 2]
        assert journal.history.unreadable == 4

    async def test_every_field_comes_back_as_it_was(self, url: str, journals: OpenJournals) -> None:
        journal = await journals.open(url)
        fact = CallArrived(
            at_ms=1_795_000_000_123,
            call_id=CallId("c-\N{SNOWMAN}"),
            leg_id=LegId("l-1"),
            direction="inbound",
            origin="line",
            line_id="t'1\\",
            caller_number='+86 "138" \x00 \u2028',
            called_number="96510",
        )
        turn = Turn(fact.at_ms, Bus())
        turn.facts.append(fact)
        await stored(journal, turn)

        assert await journal.read_after(0, 1) == [(1, fact)]

    async def test_counts_on_after_a_restart(self, url: str, journals: OpenJournals) -> None:
        journal = await journals.open(url)
        await stored(journal, a_turn(1))
        await journals.close()

        journal = await journals.open(url)

        assert journal.last_seq == 3
        assert await stored(journal, a_turn(2)) == 4

    async def test_closing_stores_what_was_appended(self, url: str, journals: OpenJournals) -> None:
        journal = await journals.open(url)
        reported: list[int] = []
        for n in range(3):
            journal.append(a_turn(n), reported.append)
            await asyncio.sleep(0)  # the first is with the thread, the others still gathered
        await journals.close()
        await asyncio.sleep(0)
        assert reported == [1, 4, 7]

        journal = await journals.open(url)
        assert journal.last_seq == 9


class TestForgetting:
    async def test_ended_calls_go_whole_and_open_ones_stay(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        for n, call in enumerate(["old", "open", "long", "old", "long", "young"]):
            await stored(journal, a_turn(n * 1000, call=call, facts=1))
        before_ms = 1_795_000_000_000 + 3_500

        forgotten = await journal.prune(before_ms, is_open=lambda stream: stream == "call/open")

        assert forgotten == 2
        left = [fact.stream for _, fact in await journal.read_after(0, 10)]
        assert left == ["call/open", "call/long", "call/long", "call/young"]

    async def test_endless_streams_keep_their_newest_fact(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        for n, call in enumerate(["endless", "endless", "other"]):
            await stored(journal, a_turn(n, call=call, facts=1))

        forgotten = await journal.prune(1_795_000_000_002, endless=["call/endless"])

        assert forgotten == 1
        assert [seq for seq, _ in await journal.read_after(0, 10)] == [2, 3]

    async def test_the_count_goes_on_although_all_is_old(
        self, url: str, journals: OpenJournals
    ) -> None:
        journal = await journals.open(url)
        for n in range(700):
            journal.append(a_turn(n, call=f"c-{n}"), lambda seq: None)
        await stored(journal, a_turn(700))
        assert await journal.prune(2_000_000_000_000) == 2_102
        await journals.close()

        journal = await journals.open(url)

        assert journal.last_seq == 2_103


class TestOneWriter:
    async def test_a_second_process_is_kept_out(self, url: str, journals: OpenJournals) -> None:
        await journals.open(url)
        second = SqlJournal(
            Database(url),
            SystemClock(),
            journals.spool.with_name("second.spool"),
            HASTY.__class__(start_timeout_s=0.2),
        )
        with pytest.raises(AwayError, match="another process"):
            await second.start()

    async def test_a_database_without_tables_says_so(
        self, tmp_path: Path, journals: OpenJournals
    ) -> None:
        journal = SqlJournal(
            Database(f"sqlite:///{tmp_path / 'empty.db'}"),
            SystemClock(),
            tmp_path / "spool",
            HASTY.__class__(start_timeout_s=0.1),
        )
        with pytest.raises(AwayError, match="no such table"):
            await journal.start()


class TestKilled:
    async def test_no_turn_that_was_reported_is_lost(
        self, url: str, table: Table, tmp_path: Path, journals: OpenJournals
    ) -> None:
        create(url, table)
        for round_ in range(3):
            safe = await killed_while_storing(url, journals.spool, after_s=0.4 + 0.17 * round_)
            journal = await journals.open(url)
            seqs = [seq for seq, _ in await everything(journal)]

            assert safe >= 1, "the child stored nothing"
            assert len(seqs) >= safe
            assert seqs == list(range(1, len(seqs) + 1))
            assert len(seqs) % 3 == 0, "a turn is whole or not there"
            await journals.close()
        # The child begins with turn 1 each time, so the longest life has left the rows.
        rows = await rows_of(url, table)
        assert sorted(row["n"] for row in rows) == list(range(1, len(rows) + 1))


async def killed_while_storing(url: str, spool: Path, after_s: float) -> int:
    """Let a process store turns, kill it; the last seq that it was told is safe."""
    child = a_child(url, spool)
    assert child.stdout is not None
    first = await asyncio.to_thread(child.stdout.readline)
    assert first, "the child stored nothing"
    await asyncio.sleep(after_s)
    return await kill(child, first)


def a_child(url: str, spool: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.support.journals", url, str(spool)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


async def kill(child: "subprocess.Popen[str]", first: str) -> int:
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = await asyncio.to_thread(child.communicate)
    # The last line may be torn: only whole ones were said. Logs stand between them.
    said = [first, *rest.splitlines(keepends=True)]
    return max(int(line) for line in said if line.endswith("\n") and line.strip().isdigit())


async def everything(journal: SqlJournal) -> list[tuple[int, Fact]]:
    found: list[tuple[int, Fact]] = []
    while page := await journal.read_after(found[-1][0] if found else 0, 5_000):
        found += page
    return found


class TestDatabaseAway:
    @pytest.fixture
    async def relay(self, tmp_path: Path) -> AsyncIterator[tuple[Relay, str, str]]:
        with a_migrated_database("postgresql", tmp_path) as url:
            parsed = make_url(url)
            with Relay(parsed.host or "127.0.0.1", parsed.port or 5432) as relay:
                through = parsed.set(host="127.0.0.1", port=relay.port)
                yield relay, through.render_as_string(hide_password=False), url

    async def test_turns_go_on_and_arrive_in_order_when_it_is_back(
        self, relay: tuple[Relay, str, str], table: Table, journals: OpenJournals
    ) -> None:
        line, through, direct = relay
        create(direct, table)
        journal = await journals.open(through)
        await stored(journal, a_turn(1, table))
        line.cut()
        reported: list[int] = []
        for n in range(2, 100):
            journal.append(a_turn(n, table), reported.append)
        await stored(journal, a_turn(100, table))
        assert journal.state == "spooling"
        assert reported == [1 + 3 * n for n in range(1, 99)]
        assert (await rows_of(direct, table))[0]["n"] == 1

        line.mend()
        await until(lambda: journal.state == "ok")
        await stored(journal, a_turn(101, table))

        seqs = [seq for seq, _ in await everything(journal)]
        assert seqs == list(range(1, 304))
        assert (await rows_of(direct, table))[0]["n"] == 101
        assert not journals.spool.exists()

    async def test_new_calls_are_refused_while_turns_can_go_nowhere(
        self, relay: tuple[Relay, str, str], journals: OpenJournals
    ) -> None:
        line, through, _ = relay
        journal = await journals.open(through)
        assert journal.waits_s == 0
        journals.spool.mkdir()  # a spool that cannot be written
        line.cut()
        reported: list[int] = []
        journal.append(a_turn(1), reported.append)

        await until(lambda: journal.waits_s > 0.5)
        assert journal.state == "away"
        assert journal.backlog == 1
        assert reported == []

        line.mend()
        await until(lambda: bool(reported))
        assert (journal.state, journal.waits_s, journal.backlog) == ("ok", 0, 0)
        journals.spool.rmdir()

    async def test_killed_while_it_is_away_loses_nothing(
        self, relay: tuple[Relay, str, str], table: Table, journals: OpenJournals
    ) -> None:
        line, through, direct = relay
        create(direct, table)
        child = a_child(through, journals.spool)
        assert child.stdout is not None
        first = await asyncio.to_thread(child.stdout.readline)
        reading = asyncio.create_task(asyncio.to_thread(child.stdout.readline))
        line.cut()
        await asyncio.sleep(1.0)
        await reading
        safe = await kill(child, first)
        assert journals.spool.exists()

        journal = await journals.open(direct)

        seqs = [seq for seq, _ in await everything(journal)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) >= safe
        assert not journals.spool.exists()


class TestSpoolLeftBehind:
    async def test_turns_that_were_stored_already_are_not_stored_twice(
        self, url: str, table: Table, tmp_path: Path, journals: OpenJournals
    ) -> None:
        """As after a kill between the last commit of a catch-up and the removal of the spool."""
        create(url, table)
        spool = Spool(journals.spool)
        spool.append([pack(a_turn(n, table), 1 + 3 * n) for n in range(400)])
        spool.close()
        kept = journals.spool.read_bytes()
        for _ in range(2):
            journals.spool.write_bytes(kept)
            journal = await journals.open(url)
            assert journal.last_seq == 1_200
            assert not journals.spool.exists()
            await journals.close()

        seqs = [seq for seq, _ in await everything(await journals.open(url))]
        assert seqs == list(range(1, 1_201))
        assert [row["n"] for row in await rows_of(url, table)] == [399]


class TestDiskFull:
    async def test_turns_go_to_the_spool_until_there_is_room(
        self, tmp_path: Path, journals: OpenJournals
    ) -> None:
        with a_migrated_database("sqlite", tmp_path) as url:
            room = {"pages": 200}

            def limit(connection: Any, _record: object) -> None:
                if room["pages"]:
                    connection.execute(f"PRAGMA max_page_count = {room['pages']}")

            event.listen(Engine, "connect", limit)
            try:
                journal = await journals.open(url)
                n = 0
                while journal.state == "ok":
                    n += 1
                    await stored(journal, a_turn(n, call="c" * 80))
                    assert n < 20_000
                assert journal.state == "spooling"
                await stored(journal, a_turn(n + 1))
                room["pages"] = 0

                await until(lambda: journal.state == "ok")
            finally:
                event.remove(Engine, "connect", limit)

            seqs = [seq for seq, _ in await everything(journal)]
            assert seqs == list(range(1, 3 * (n + 1) + 1))
            await journals.close()


async def until(holds: Callable[[], bool], limit_s: float = 15.0) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.01)
