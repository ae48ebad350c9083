"""CPU of whole calls in the rooms and in the journal, without sockets; prints, never asserts.

Calls as `bench` plays them (prompt, key, queue, ring, talk, hang-up) through all rooms and the
desk, on the fake exchange, in virtual time, with a journal in memory: what the event loop's thread
spends, the fake's own share included. Then the very turns of those calls are packed and stored in
SQLite as the journal's thread does, so many turns to a commit. The least of some rounds is told.
Run from the root: python bench/micro/whole_call.py [calls] [--rounds 5] [--turns-a-commit 4]
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from bench import site
from cordboard.app.rooms import Repositories, Rooms, RoomSettings
from cordboard.app.site import lines_of, read_site
from cordboard.calls.service import CallSettings
from cordboard.desk.handlers import subscribe
from cordboard.desk.model import LiveState
from cordboard.desk.service import Desk, DeskSettings
from cordboard.kit.clock import LoopClock
from cordboard.kit.db import Database, engine_of, metadata
from cordboard.kit.ids import AgentId, Ids
from cordboard.kit.packing import pack
from cordboard.kit.store import Store
from cordboard.kit.turns import MemoryJournal, Turn
from cordboard.records.repository import RecordRepository
from cordboard.records.service import RecordSettings
from cordboard.telephony.adapters.fake import FakeTelephony
from tests.support.virtual_time import run_virtual
from tests.support.whole_house import MemoryFlows

AGENTS, RATE, TALK_S = 400, 50.0, 1.0


class Kept(MemoryJournal):
    """Keeps whole turns, to store them in a database afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []

    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        self.turns.append(turn)
        super().append(turn, done)


class Site:
    """The contact centre of `bench.site` on the fake exchange, and the desk that watches it."""

    def __init__(self, folder: Path) -> None:
        file = folder / "site.json"
        file.write_bytes(msgspec.json.encode(site.document(AGENTS, 20, "127.0.0.1:9290")))
        found, self._flows = read_site(file, lambda items: ())
        self.lines = lines_of(found, "cordboard")
        self.clock, self.journal, self._found = LoopClock(), Kept(), found
        ids = Ids(self.clock.now_ms, Random(1))
        self.exchange = FakeTelephony(self.clock, ids, self.lines)
        repositories = Repositories(
            flows=MemoryFlows(),
            records=RecordRepository(Database(f"sqlite:///{folder}/unread.db")),
        )
        settings = RoomSettings(calls=CallSettings(), records=RecordSettings(), zone=UTC)
        self.rooms = Rooms(
            self.clock, self.journal, self.exchange, self.lines, ids, repositories, settings
        )

    async def open(self) -> None:
        """Configure, sign all agents in, and let the desk look."""
        rooms = self.rooms
        for queue in self._found.queues:
            rooms.queues.put_queue(queue)
        for flow in self._flows:
            await rooms.flows.publish(flow)
        for n, phone in enumerate(self.lines.phones):
            agent = site.agent(n, "direct" if n < AGENTS else "scarce")
            rooms.agents.put_agent(agent)
            await rooms.turns.take(partial(self._sign_in, agent.id))
            self.exchange.phones[phone.extension].answers_after_s = 0.01
        self.desk = Desk(self.clock, LiveState(), self, DeskSettings())
        subscribe(rooms.turns, self.desk)

    def _sign_in(self, agent_id: AgentId, turn: Turn) -> None:
        self.rooms.agents.sign_in(turn, agent_id)

    def list_agents(self):  # type: ignore[no-untyped-def]
        return self.rooms.agents.list_configured()

    def list_queues(self):  # type: ignore[no-untyped-def]
        return self.rooms.queues.list_queues()

    async def call(self, n: int) -> None:
        """One whole call."""
        caller = self.exchange.call(site.FLOW_NUMBER, f"138{n:08d}")
        await asyncio.sleep(1.2)
        caller.press("1")
        await asyncio.sleep(0.5 + TALK_S)
        caller.hang_up()

    async def many(self, calls: int) -> None:
        """Calls at RATE, until all are over."""
        begun = []
        for n in range(calls):
            begun.append(asyncio.ensure_future(self.call(n)))
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*begun)
        await asyncio.sleep(5)
        for phone in self.exchange.phones.values():
            phone.rings.clear()


async def play(folder: Path, calls: int, rounds: int) -> tuple[float, list[Turn]]:
    """(least CPU-ms a call, the turns of the last round)."""
    house = Site(folder)
    await house.open()
    least, turns = 1e9, []
    for _ in range(rounds):
        turns = house.journal.turns = []
        house.journal.writes.clear()
        gc.collect()
        start = time.thread_time()
        await house.many(calls)
        least = min(least, (time.thread_time() - start) / calls * 1000)
    assert not house.rooms.calls.calls
    assert not house.journal.dead
    return least, turns


def store(folder: Path, turns: list[Turn], a_commit: int, rounds: int) -> tuple[float, float]:
    """Least CPU-seconds of (packing, storing) these turns on a fresh SQLite file."""
    packing = storing = 1e9
    for n in range(rounds):
        url = f"sqlite:///{folder}/round{n}.db"
        engine = engine_of(url)
        metadata.create_all(engine)
        engine.dispose()
        journal = Store(url)
        journal.open()
        gc.collect()
        seq, packed_s, stored_s = 1, 0.0, 0.0
        for first in range(0, len(turns), a_commit):
            begun = time.thread_time()
            batch = []
            for turn in turns[first : first + a_commit]:
                batch.append(pack(turn, seq))
                seq += len(turn.facts)
            packed = time.thread_time()
            journal.write(batch)
            packed_s, stored_s = packed_s + packed - begun, stored_s + time.thread_time() - packed
        journal.close()
        packing, storing = min(packing, packed_s), min(storing, stored_s)
    return packing, storing


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int, nargs="?", default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns-a-commit", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rooms_ms, turns = run_virtual(play(folder, given.calls, given.rounds))
        full = [turn for turn in turns if turn.facts or turn.writes or turn.dead]
        packing, storing = store(folder, full, given.turns_a_commit, given.rounds)
    facts = Counter(type(fact).__name__ for turn in full for fact in turn.facts)
    rows = Counter(write.table.name for turn in full for write in turn.writes)
    print(f"rooms    {rooms_ms:7.3f} CPU-ms a call, on the event loop, with the fake's share")
    print(f"packing  {packing / given.calls * 1000:7.3f} CPU-ms a call")
    print(f"storing  {storing / given.calls * 1000:7.3f} CPU-ms a call")
    for what, counts in (("facts", facts), ("rows", rows)):
        names = ", ".join(f"{n / given.calls:.0f} {name}" for name, n in counts.most_common())
        print(f"{what}    {counts.total() / given.calls:.1f} a call: {names}")
    print(
        f"turns    {len(turns) / given.calls:.1f} a call, {len(full) / given.calls:.1f} not empty"
    )


if __name__ == "__main__":
    main()
