"""The web side of a server: the directory, the live desk, every room's door, figures and health.

Built on rooms that stand. Knows how the doors are put together and decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI

from cordboard.agents import Agent, AgentId
from cordboard.agents.router import make_router as agents_router
from cordboard.app.config import Settings
from cordboard.app.exchange import Exchange
from cordboard.app.http import make_app
from cordboard.app.metrics import add_figures
from cordboard.app.overload import Gate as CallGate
from cordboard.app.phone_socket import make_router as phone_router
from cordboard.app.rooms import Rooms
from cordboard.app.sip_socket import make_router as sip_router
from cordboard.calls.router import make_router as calls_router
from cordboard.desk import handlers as desk_door
from cordboard.desk.model import LiveState
from cordboard.desk.router import make_router as desk_router
from cordboard.desk.service import Desk, DeskSettings
from cordboard.directory import User
from cordboard.directory.access import Sessions
from cordboard.directory.repository import AuditEntry, DirectoryRepository
from cordboard.directory.router import Gate
from cordboard.directory.router import make_router as directory_router
from cordboard.directory.service import Directory
from cordboard.directory.state import AccountRules
from cordboard.flows.router import make_router as flows_router
from cordboard.kit.clock import Clock
from cordboard.kit.db import Database
from cordboard.kit.facts import Fact
from cordboard.kit.ids import Ids, QueueId
from cordboard.kit.journal import SqlJournal
from cordboard.kit.metrics import Metrics
from cordboard.kit.passwords import Passwords
from cordboard.kit.tasks import Tasks
from cordboard.lines.effects import FileLog
from cordboard.lines.router import make_router as lines_router
from cordboard.media.codecs import decode_table
from cordboard.media.formats import write_sound
from cordboard.media.wav import read_format
from cordboard.queues import NoSuchQueueError, Queue
from cordboard.records.access import RecordAccess
from cordboard.records.effects import RecordingFiles
from cordboard.records.repository import RecordRepository
from cordboard.records.router import make_router as records_router
from cordboard.records.service import RecordingKeeper, RecordSettings
from cordboard.records.tasks import keep_daily

_SWEEP_S = 60.0


class Roster:
    """Agents and queues as configured: for the desk, and for names on records."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def list_agents(self) -> Iterable[Agent]:
        """All agents."""
        return self._rooms.agents.list_configured()

    def list_queues(self) -> Iterable[Queue]:
        """All queues."""
        return self._rooms.queues.list_queues()

    def queue_name(self, queue_id: str) -> str | None:
        """Name of a queue, or None."""
        try:
            return self._rooms.queues.get_queue(QueueId(queue_id)).name
        except NoSuchQueueError:
            return None

    def agent_name(self, agent_id: str) -> str | None:
        """Name of an agent, or None."""
        agent = self._rooms.agents.find_configured(AgentId(agent_id))
        return agent.name if agent else None

    def agent_number(self, agent_id: str) -> str | None:
        """Public number of an agent, or None."""
        agent = self._rooms.agents.find_configured(AgentId(agent_id))
        return agent.agent_number if agent else None


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What the web side stands on."""

    settings: Settings
    clock: Clock
    ids: Ids
    database: Database
    journal: SqlJournal
    rooms: Rooms
    exchange: Exchange
    metrics: Metrics
    checks: Any
    "`() -> {name: holds}` for /readyz."

    gate: CallGate
    "In front of new calls."

    line_log: FileLog


class Web:
    """The web side.

    Args:
        house: What it stands on.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks = Tasks("web")
        self._passwords = Passwords(threads=1)
        rooms, clock, database = house.rooms, house.clock, house.database
        self._roster = Roster(rooms)
        people = DirectoryRepository(database)
        rules = AccountRules()
        self._sessions = Sessions(people, clock, rules)
        self._people = people
        self.directory = Directory(
            people,
            self._sessions,
            self._passwords,
            house.ids,
            clock,
            rules,
            on_agent_user=self._on_agent_user,
        )
        self.desk = Desk(clock, LiveState(zone=house.settings.zone), self._roster, DeskSettings())
        repository = RecordRepository(database)
        self.keeper = RecordingKeeper(
            rooms.records,
            repository,
            RecordingFiles(house.exchange.recordings_dir, read_format, decode_table, write_sound),
            rooms.turns,
            RecordSettings(
                records_calls=house.settings.media.record,
                recording_retention_days=house.settings.retention.recordings_days,
            ),
        )
        self._repository = repository
        self.app = self._make_app()

    def _make_app(self) -> FastAPI:
        house, rooms, clock = self._house, self._house.rooms, self._house.clock
        gate = Gate(self._sessions)
        access = RecordAccess(self._repository, rooms.records.live, house.journal)
        routers = [
            directory_router(
                self.directory,
                gate,
                time_zone=house.settings.core.time_zone,
                secure_cookies=house.settings.http.secure_cookies,
            ),
            agents_router(rooms.agents, rooms.turns, clock.now_ms, gate.require),
            calls_router(rooms.calls, rooms.verbs, rooms.taps, rooms.turns, gate.require),
            flows_router(rooms.flows, gate.require),
            records_router(
                access, self.keeper, self._roster, gate.require, self._audit, clock.now_ms
            ),
            desk_router(self.desk, gate.session_of, self._tasks),
            lines_router(
                rooms.control, house.line_log, gate.require, gate.session_of, self._tasks, clock
            ),
            sip_router(house.exchange.driver),
            phone_router(house.exchange.browsers, gate.session_of),
        ]
        return make_app(
            routers,
            checks=house.checks,
            metrics=add_figures(house, self.desk, self.keeper),
            calls=lambda: house.gate.says,
            now_s=clock.now_s,
            pages=pages_dir(),
            is_secure=house.settings.http.secure_cookies,
        )

    async def start(self, last_seq: int) -> None:
        """Begin the live picture where the journal ends; before the first new fact."""
        since_ms = self.desk.state.day_started_at_ms
        self.desk.seed(await self._repository.count_day(since_ms), last_seq)
        desk_door.subscribe(self._house.rooms.turns, self.desk)
        self._sessions.watch_ended(self.desk.end_session)
        self._tasks.start(self.desk.run(), name="desk")
        self._tasks.start(self._sweep(), name="sweep")
        self._tasks.start(keep_daily(self._house.clock, self.keeper), name="keep-daily")
        for trunk in self._house.rooms.lines.trunks:
            self.desk.line_changed(trunk.id, kind="trunk", to="down", name=trunk.name)
        for phone in self._house.rooms.lines.phones:
            self.desk.line_changed(
                phone.extension,
                kind="phone",
                to="unregistered",
                name=phone.name,
                number=phone.extension,
            )

    async def _sweep(self) -> None:
        """Let go of sessions that have ended by age."""
        while True:
            await self._house.clock.sleep(_SWEEP_S)
            await self._sessions.sweep()

    def replay(self, facts: Sequence[Fact]) -> None:
        """Let the live picture take over open calls after a crash."""
        for fact in facts:
            self.desk.replay(fact)
        self.desk.adopt_agents(self._house.rooms.agents.list_agents())

    async def _on_agent_user(self, user: User) -> None:
        """A user that is an agent was made or changed: the agents' room follows."""
        if user.agent_id is None:
            return
        before = self._house.rooms.agents.find_configured(user.agent_id)
        await self._house.rooms.agents.save_agent(
            Agent(
                id=user.agent_id,
                user_id=user.id,
                name=user.display_name,
                agent_number=user.agent_number or "",
                extension=user.extension or "",
                skills=before.skills if before else {},
            )
        )
        self.desk.reconfigure()

    async def _audit(
        self, user: User, action: str, subject: str, details: Mapping[str, str]
    ) -> None:
        await self._people.audit(
            AuditEntry(
                at_ms=self._house.clock.now_ms(),
                action=action,
                user_id=user.id,
                subject_id=subject,
                after=dict(details),
            )
        )

    async def close(self) -> None:
        """Let screens go and stop timed work."""
        await self._tasks.close()


def pages_dir() -> Path | None:
    """Where the built pages lie: in the package, or beside the source tree; None if nowhere."""
    here = Path(__file__).parent
    for candidate in (here / "static", here.parents[2] / "web" / "dist"):
        if (candidate / "index.html").exists():
            return candidate
    return None
