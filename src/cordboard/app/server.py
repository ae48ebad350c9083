"""One server: the start, in the order that loses nothing, and the end, in the reverse of it.

Start: lock the data directory, migrate, open the journal, load what is configured, replay what a
crash interrupted, take the ports, find the media process, let calls go on, then serve the
web. Stop: refuse new calls, let the living finish, flush, close.
"""

import gc
import os
import socket
import tempfile
from contextlib import nullcontext
from functools import partial
from typing import Any

import structlog
import uvicorn
from typing_extensions import override

from cordboard.agents.repository import AgentRepository
from cordboard.app import lock, recovery
from cordboard.app.config import Core, Settings
from cordboard.app.exchange import Exchange
from cordboard.app.migrations import migrate
from cordboard.app.overload import Gate
from cordboard.app.retention import forget_daily
from cordboard.app.rooms import Repositories, Rooms, RoomSettings
from cordboard.app.web import House, Web
from cordboard.calls.service import CallSettings
from cordboard.flows.repository import FlowRepository
from cordboard.kit.clock import Clock, SystemClock
from cordboard.kit.db import Database
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import CallId, Ids
from cordboard.kit.journal import SqlJournal
from cordboard.kit.metrics import Metrics
from cordboard.kit.tasks import Tasks
from cordboard.kit.turns import Turn
from cordboard.lines.effects import FileLog
from cordboard.queues.repository import QueueRepository
from cordboard.records.repository import RecordRepository
from cordboard.records.service import RecordSettings
from cordboard.telephony.lines import Lines
from cordboard.telephony.repository import LinesRepository

_log = structlog.get_logger(__name__)


class Server:
    """Everything of one process.

    Args:
        settings: In effect.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.ids = Ids(self.clock.now_ms)
        self.database = Database(settings.database_url)
        self.metrics = Metrics()
        waited = self.metrics.histogram(
            "journal_commit_seconds", "From a turn's append to its commit, the first of a batch."
        )
        self.journal = SqlJournal(
            self.database,
            self.clock,
            settings.data_dir / "journal.spool",
            on_commit=lambda turns, facts, waited_s: waited.observe(waited_s),
        )
        self.tasks = Tasks("server")
        self.rooms: Rooms
        self.exchange: Exchange
        self.gate: Gate
        self.web: Web
        self.line_log: FileLog
        self._lock = -1
        self._http: _Uvicorn | None = None
        self.recovered = 0
        "Calls that a crash had interrupted, and that go on."

    async def start(self) -> None:
        """Come up.

        Raises:
            AlreadyRunningError: If another server has the data directory.
            PortTakenError: If a port is taken.
            DomainError: If something else cannot be had; the message says what to mend.
        """
        self._lock = lock.take(self.settings.data_dir)
        migrate(self.settings.database_url)
        last_seq = await self.journal.start()
        prefix = self.settings.core.outside_prefix
        self.furnish(await LinesRepository(self.database, outside_prefix=prefix).load())
        await self._load()
        self.web = Web(self.house())
        await self._recover(last_seq)
        await self._open()
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)  # a full collection in a busy second delays every call
        _log.info("server.ready", recovered=self.recovered)

    def house(self) -> House:
        """What the web side stands on."""
        return House(
            settings=self.settings,
            clock=self.clock,
            ids=self.ids,
            database=self.database,
            journal=self.journal,
            rooms=self.rooms,
            exchange=self.exchange,
            checks=self.checks,
            metrics=self.metrics,
            gate=self.gate,
            line_log=self.line_log,
        )

    def furnish(self, lines: Lines) -> None:
        """Build every room; nothing runs yet."""
        settings, zone = self.settings, self.settings.zone
        self.line_log = FileLog(
            settings.data_dir / "logs" / "lines.log", zone, max_bytes=settings.lines.log_bytes
        )
        self.exchange = Exchange(settings, lines, self.clock, self.ids, self._ask, self._saw_wire)
        self.rooms = Rooms(
            self.clock,
            self.journal,
            self.exchange.telephony,
            lines,
            self.ids,
            Repositories(
                flows=FlowRepository(self.database),
                records=RecordRepository(self.database),
                queues=QueueRepository(self.database),
                agents=AgentRepository(self.database),
            ),
            RoomSettings(
                calls=CallSettings(
                    default_language=settings.core.language,
                    records_calls=settings.media.record,
                    off_hook_s=settings.lines.off_hook_s,
                ),
                records=RecordSettings(
                    records_calls=settings.media.record,
                    recording_retention_days=settings.retention.recordings_days,
                ),
                zone=zone,
                outside_trunk_id=settings.core.outside_trunk or None,
            ),
            self.line_log,
        )
        self.gate = Gate(
            self.clock,
            target_s=settings.sip.overload_lag_ms / 1000,
            max_calls=settings.sip.max_calls,
            count_calls=self.rooms.calls.count_living,
            journal_waits_s=lambda: self.journal.waits_s,
        )

    async def _load(self) -> None:
        self.rooms.timers.hold()  # a wrap-up that ends before its record is known would be lost
        self.rooms.acd.pause()
        await self.rooms.flows.load()
        await self.rooms.queues.load(self.clock.now_ms())
        await self.rooms.agents.load(self.clock.now_ms())

    def _ask(self) -> int | None:
        return self.gate.ask()

    def _saw_wire(self, waited_s: float) -> None:
        self.gate.saw_wire(waited_s)

    async def _recover(self, last_seq: int) -> None:
        open_ids = await RecordRepository(self.database).list_open_call_ids()
        facts = await recovery.replay_open_calls(self.rooms, self.journal, open_ids)
        await self.web.start(last_seq)
        self.web.replay(facts)
        self.exchange.adopt()

    async def _open(self) -> None:
        http = self.settings.http
        web_socket = _take_port(http.host, http.port)
        self.tasks.start(self.gate.watch(), name="gate")
        try:
            await self.exchange.open()
        except OSError as error:
            host, port, transport = self.exchange.driver.opening
            what = "TLS_SIP" if transport == "tls" else "SIP"
            raise _port_error(host, port, what, error) from error
        await self.exchange.start_media()
        now_ms = self.clock.now_ms()
        telephony = self.exchange.telephony
        self.recovered = await recovery.resume_calls(
            self.rooms, telephony, now_ms, is_media_lost=telephony.lost_earlier_media
        )
        self.rooms.timers.release()
        self.exchange.media_died = self._repair
        self._repair()
        days = self.settings.retention.journal_days
        if days > 0:
            forget = forget_daily(self.clock, self.journal, days=days, is_open=self._is_open)
            self.tasks.start(forget, name="retention")
        config = uvicorn.Config(
            self.web.app,
            host=http.host,
            port=http.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws_max_size=65_536,
            timeout_graceful_shutdown=3,
        )
        self._http = _Uvicorn(config, web_socket)
        self.tasks.start(self._http.serve(), name="http")

    def _repair(self) -> None:
        """Finish the recordings of a media process that is dead."""
        work = recovery.repair_recordings(
            self.rooms,
            self.exchange.recordings_dir,
            self.clock.now_ms(),
            self.exchange.captured_recordings,
        )
        self.tasks.start(work, name="repair")

    def _is_open(self, stream: str) -> bool:
        return stream.removeprefix("call/") in self.rooms.records.live

    def checks(self) -> dict[str, bool]:
        """What must hold for new work to be taken."""
        return {
            "journal": self.journal.state == "ok",
            "media": self.exchange.media.is_up,
            "telephony": self.exchange.is_ready,
            "not-draining": not self.gate.is_draining,
        }

    async def drain(self, limit_s: float) -> int:
        """Refuse new calls and let the living finish; how many were left at the limit."""
        self.gate.is_draining = True
        until_s = self.clock.now_s() + limit_s
        while self.rooms.calls.count_living() and self.clock.now_s() < until_s:
            await self.clock.sleep(0.2)
        return self.rooms.calls.count_living()

    def _shut(self, call_id: CallId, turn: Turn) -> None:
        self.rooms.calls.end(turn, call_id, cause=38, reason="shutdown")

    async def stop(self) -> None:
        """End what still goes on, flush, close."""
        self.gate.is_draining = True
        living = [call.id for call in self.rooms.calls.calls.values()]
        for call_id in living:
            self.rooms.turns.post(partial(self._shut, call_id))
        for _ in range(20):
            if not self.rooms.calls.calls:
                break
            await self.clock.sleep(0.1)
        if self._http is not None:
            self._http.should_exit = True
        await self.web.close()
        await self.exchange.close()
        await self.tasks.close()
        await self.rooms.close()
        self.line_log.close()
        await self.journal.close()
        await self.database.close()
        os.close(self._lock)


class PortTakenError(DomainError):
    """A port that we are to listen at cannot be had."""

    code = "port-taken"
    status = 500


class _Uvicorn(uvicorn.Server):
    """uvicorn as a guest: the process's signals are ours, and so is the socket."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening

    @override
    def capture_signals(self) -> Any:
        return nullcontext()

    @override
    async def serve(self, sockets: Any = None) -> None:
        await super().serve(sockets=[self._listening])


def _take_port(host: str, port: int) -> socket.socket:
    """The web's socket, before anything else is started.

    Raises:
        PortTakenError: If it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise _port_error(host, port, "HTTP", error) from error


def _port_error(host: str, port: int, what: str, error: OSError) -> PortTakenError:
    cause = error.__cause__ or error  # uvloop wraps what the system said
    errno = getattr(cause, "errno", None)
    why = os.strerror(errno).lower() if errno else str(error)
    setting = f"CORDBOARD_{what}_PORT"
    return PortTakenError(
        f"port {port} of {host} cannot be had for {what.replace('_', ' ')}: {why}. "
        f"Stop who has it, or set {setting}"
    )


async def openapi_document() -> dict[str, Any]:
    """The API as OpenAPI, from a server that is furnished and never started."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Settings(core=Core(data_dir=folder)))
        server.furnish(Lines())
        document: dict[str, Any] = Web(server.house()).app.openapi()
        return document
