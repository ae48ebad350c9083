"""The whole house of a call on the fake exchange: demo site, virtual time, journal in memory."""

import asyncio
from collections.abc import Callable
from datetime import UTC
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from typing_extensions import override

import cordboard.app
from cordboard.agents import AgentView
from cordboard.app import recovery
from cordboard.app.rooms import Repositories, Rooms, RoomSettings
from cordboard.app.site import agent_of, lines_of, read_site
from cordboard.calls import CallArrived
from cordboard.calls.service import CallSettings
from cordboard.flows.graph import Flow
from cordboard.kit.clock import LoopClock
from cordboard.kit.db import Database
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, Ids, UserId
from cordboard.kit.turns import MemoryJournal, Turn
from cordboard.media.prompt_cache import PromptCache
from cordboard.records.model import CallRecord
from cordboard.records.repository import RecordRepository
from cordboard.records.service import RecordSettings
from cordboard.records.state import is_open
from cordboard.telephony.adapters.fake import FakeTelephony
from cordboard.telephony.adapters.fake_people import FakeParty
from cordboard.telephony.lines import Lines

DEMO = Path(cordboard.app.__file__).parent / "demo" / "site.json"
NO_FILES = Path("/nonexistent/recordings")
"What a media process leaves that never wrote: exchanges in memory record in name."

F = TypeVar("F", bound=Fact)


class MemoryFlows:
    """Published flows in memory."""

    def __init__(self) -> None:
        self.flows: dict[str, Flow] = {}

    async def load_live(self) -> list[Flow]:
        """All."""
        return list(self.flows.values())

    async def publish(self, flow: Flow, published_at_ms: int) -> None:
        """Keep it."""
        self.flows[flow.id] = flow


class TurnJournal(MemoryJournal):
    """A journal in memory that also keeps the turns, to store them in a database afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []

    @override
    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        self.turns.append(turn)
        super().append(turn, done)


class WholeHouse:
    """Rooms, exchange and demo site. Make it inside a running loop, then `await open()`."""

    def __init__(
        self,
        seed: int = 1,
        journal: MemoryJournal | None = None,
        exchange: FakeTelephony | None = None,
        records: RecordSettings | None = None,
    ) -> None:
        self.site, self._flows = read_site(DEMO, PromptCache([]).missing)
        self.lines: Lines = lines_of(self.site, "cordboard")
        self.clock = LoopClock()
        ids = Ids(self.clock.now_ms, Random(seed))
        self.journal = MemoryJournal() if journal is None else journal
        self.exchange = exchange or FakeTelephony(self.clock, ids, self.lines)
        # Nothing is read from this database in a story: records are looked at in memory.
        repositories = Repositories(
            flows=MemoryFlows(),
            records=RecordRepository(Database("sqlite:////nonexistent/story.db")),
        )
        self.rooms = Rooms(
            self.clock,
            self.journal,
            self.exchange,
            self.lines,
            ids,
            repositories,
            RoomSettings(calls=CallSettings(), records=records or RecordSettings(), zone=UTC),
        )

    async def open(self, *signed_in: str) -> None:
        """Configure the demo site; these agent numbers sign in, ready, first named first idle."""
        for queue in self.site.queues:
            self.rooms.queues.put_queue(queue)
        for flow in self._flows:
            await self.rooms.flows.publish(flow)
        for user in self.site.users:
            agent = agent_of(user, UserId(user.name))
            if agent is not None:
                self.rooms.agents.put_agent(agent)
        for number in signed_in:
            agent_id = AgentId(f"a-{number}")
            await self.rooms.turns.take(partial(self._sign_in, agent_id))
            await self.after(1)

    def _sign_in(self, agent_id: AgentId, turn: Turn) -> None:
        self.rooms.agents.sign_in(turn, agent_id)

    async def after(self, seconds: float) -> None:
        """Let so much time go by."""
        await asyncio.sleep(seconds)

    def agent(self, number: str) -> AgentView:
        """The agent as it is now."""
        return self.rooms.agents.get_agent(AgentId(f"a-{number}"))

    def told(self, kind: type[F]) -> list[F]:
        """Facts of one class, in order."""
        return [fact for _, fact in self.journal.facts if isinstance(fact, kind)]

    def record(self) -> CallRecord:
        """The record of the only call so far, live or closed."""
        [arrived] = self.told(CallArrived)
        record = self.rooms.records.find(arrived.call_id)
        assert record is not None
        return record

    def phone_of(self, number: str) -> FakeParty:
        """The last party that an agent's phone was rung for."""
        return self.exchange.phones[self.agent(number).extension].rings[-1]

    def assert_nothing_is_left(self) -> None:
        """No leg, no call, no owner, no timer but wrap-up's, no dead letter."""
        assert self.exchange.living_legs == []
        assert self.rooms.calls.calls == {}
        assert len(self.rooms.owners) == 0
        assert self.journal.dead == []


class MortalJournal(MemoryJournal):
    """A journal whose process dies with one of its turns: stored, and nothing of it left the house.

    Args:
        last_turn: The number of the turn with which it dies, from 1; 0 lives on.
        with_effects: The effects of that turn still leave.
    """

    def __init__(self, last_turn: int = 0, *, with_effects: bool = False) -> None:
        super().__init__()
        self.turns = 0
        self.died = asyncio.Event()
        self._last_turn = last_turn
        self._with_effects = with_effects

    @override
    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        if self.died.is_set():
            return
        self.turns += 1
        if self.turns == self._last_turn:
            self.died.set()
            super().append(turn, done if self._with_effects else lambda first_seq: None)
        else:
            super().append(turn, done)


def open_calls(house: WholeHouse) -> list[CallId]:
    """Calls that the tables name as open."""
    return [record.id for record in house.rooms.records.live.values() if is_open(record)]


async def started_again(
    dead: WholeHouse, *, down_s: float = 1.0, keeps_sessions: bool = True
) -> tuple[WholeHouse, int]:
    """A new house on the journal and the telephones of one that is killed now.

    Args:
        dead: The old one.
        down_s: How long nobody listens to the telephones.
        keeps_sessions: False: the telephones died too.

    Returns:
        The house, and how many calls go on.
    """
    dead.exchange.listen(lambda event: None)
    await dead.rooms.close()
    await dead.after(down_s)
    journal = MemoryJournal()
    journal.facts = list(dead.journal.facts)
    house = WholeHouse(2, journal, dead.exchange if keeps_sessions else None)
    house.rooms.timers.hold()
    house.rooms.acd.pause()
    await house.open()
    agents = house.rooms.agents
    for _, fact in journal.facts:
        agents.project(fact)
    agents.restore(agents.list_agents(), house.clock.now_ms())
    await recovery.replay_open_calls(house.rooms, journal, open_calls(dead))
    count = await recovery.resume_calls(house.rooms, house.exchange, house.clock.now_ms())
    house.rooms.timers.release()
    held = {leg.recording_id for leg in house.exchange.survey().values() if leg.recording_id}
    await recovery.repair_recordings(house.rooms, NO_FILES, house.clock.now_ms(), held)
    return house, count
