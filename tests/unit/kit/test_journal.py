"""What the event loop's side of the journal does while its thread works."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

import pytest

from cordboard.kit import journal as module
from cordboard.kit.clock import LoopClock
from cordboard.kit.db import Database
from cordboard.kit.journal import SqlJournal
from cordboard.kit.turns import Turn
from cordboard.kit.writer import Entry, State
from tests.support.journals import a_turn

pytestmark = pytest.mark.unit


class StoppedWriter:
    """Takes turns and stores none until told to."""

    state: State = "ok"
    refused_rows = 0

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Sequence[Entry] | None] = SimpleQueue()
        self.way_made: list[float] = []

    def wait_for_commit(self, limit_s: float) -> None:
        self.way_made.append(limit_s)

    def taken(self) -> list[Entry]:
        found: list[Entry] = []
        while not self.inbox.empty():
            batch = self.inbox.get()
            assert batch is not None
            found += batch
        return found


class Desk:
    def __init__(self) -> None:
        self.commits: list[tuple[int, int, float]] = []
        self.journal = SqlJournal(
            Database("sqlite:////nonexistent/journal.db"),
            LoopClock(),
            Path("/nonexistent/spool"),
            on_commit=lambda *figures: self.commits.append(figures),
        )
        self.writer = StoppedWriter()
        self.journal._writer = self.writer  # type: ignore[assignment]
        self.journal._loop = asyncio.get_running_loop()
        self.done: list[int] = []

    def append(self, *turns: Turn) -> None:
        for turn in turns:
            self.journal.append(turn, self.done.append)

    async def store(self) -> Sequence[Entry]:
        await asyncio.sleep(0)  # the round of the loop in which turns are gathered
        entries = self.writer.taken()
        self.journal._report(entries)
        await asyncio.sleep(0)
        return entries


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_turns_are_numbered_when_they_are_appended(desk: Desk) -> None:
    desk.append(a_turn(1, facts=2), a_turn(2, facts=0), a_turn(3, facts=1))

    assert [entry[0] for entry in await desk.store()] == [1, 3, 3]
    assert desk.journal.last_seq == 3
    assert desk.done == [1, 3, 3]


async def test_a_turn_with_nothing_to_store_does_not_trouble_the_thread(desk: Desk) -> None:
    desk.append(a_turn(1, facts=0))
    assert desk.done == []
    await asyncio.sleep(0)

    assert desk.writer.taken() == []
    assert desk.done == [1]


async def test_a_failing_done_stops_no_other(desk: Desk) -> None:
    def fail(seq: int) -> None:
        raise RuntimeError("no")

    desk.journal.append(a_turn(1), fail)
    desk.append(a_turn(2))
    await desk.store()

    assert desk.done == [4]


async def test_each_commit_is_told_with_how_long_it_took(desk: Desk) -> None:
    desk.append(a_turn(1, facts=2), a_turn(2, facts=3))
    await asyncio.sleep(0.25)
    await desk.store()

    ((turns, facts, waited_s),) = desk.commits
    assert (turns, facts) == (2, 5)
    assert waited_s == pytest.approx(0.25)


async def test_the_age_of_the_oldest_turn_tells_how_late_it_is(desk: Desk) -> None:
    waits_s = [desk.journal.waits_s]
    desk.append(a_turn(1))
    await asyncio.sleep(0.25)
    desk.append(a_turn(2))
    await asyncio.sleep(0.5)
    waits_s.append(desk.journal.waits_s)
    for _ in range(2):
        await desk.store()
        waits_s.append(desk.journal.waits_s)

    assert waits_s == [0, pytest.approx(0.75), pytest.approx(0.5), 0]
    assert desk.journal.backlog == 0


class TestMakingWay:
    async def asleep(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, share: float) -> None:
        now_s: Callable[[], float] = asyncio.get_running_loop().time
        monkeypatch.setattr(module, "busy_s", lambda: share * now_s())
        desk.append(a_turn(1))
        await asyncio.sleep(0.055)

    async def test_a_full_loop_waits_for_the_thread(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self.asleep(desk, monkeypatch, 0.95)
        assert len(desk.writer.way_made) >= 3
        assert max(desk.writer.way_made) <= 0.005

        await desk.store()
        desk.writer.way_made.clear()
        await asyncio.sleep(1)
        assert desk.writer.way_made == [], "nothing waits any more"

    async def test_a_loop_with_time_to_spare_does_not(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self.asleep(desk, monkeypatch, 0.5)
        assert desk.writer.way_made == []

    async def test_waiting_would_not_help_while_the_database_is_away(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.writer.state = "away"
        await self.asleep(desk, monkeypatch, 0.95)
        assert desk.writer.way_made == []


async def test_nothing_can_be_appended_before_the_start() -> None:
    journal = SqlJournal(
        Database("sqlite:////nonexistent/journal.db"), LoopClock(), Path("/nonexistent/spool")
    )
    with pytest.raises(RuntimeError, match="not started"):
        journal.append(a_turn(1), lambda seq: None)
    await journal.close()


async def test_turns_of_a_busy_time_are_handed_over_together(desk: Desk) -> None:
    desk.append(a_turn(1))
    await asyncio.sleep(0)
    desk.append(a_turn(2), a_turn(3))
    await asyncio.sleep(1)
    first = desk.writer.taken()
    desk.journal._report(first)
    await asyncio.sleep(0)

    assert len(first) == 1
    assert len(await desk.store()) == 2
    assert desk.done == [1, 4, 7]
