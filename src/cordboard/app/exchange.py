"""The embedded exchange, put together: SIP core and driver, media process, lines, memory.

Starts and stops in the order that loses nothing: sessions of an earlier life are taken back before
the first packet is read, and the media process, found or started then, outlives us.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import structlog

from cordboard.app.certificates import Certificates
from cordboard.app.config import Settings, own_address
from cordboard.app.guarding import guard_settings, tell_sentence, toll_settings
from cordboard.kit.clock import Clock
from cordboard.kit.ids import Ids
from cordboard.kit.tasks import Tasks
from cordboard.media import MediaClient, MediaSpec, ProcessReport, Supervisor
from cordboard.media.prompt_cache import PromptCache
from cordboard.sip import Hop, SipCore, SipDriver, SipSettings
from cordboard.telephony.adapters.browsers import Browsers
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.relays import Relays, RelaysSettings
from cordboard.telephony.adapters.resolver import DnsResolver, TrunkWatch
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Trunk

_PING_S = 30.0
_LEAVE_S = 0.3
_PAGES_S = 0.5
_log = structlog.get_logger(__name__)


class Exchange:
    """The telephones of a server.

    Args:
        settings: All settings.
        lines: As configured.
        clock: Time.
        ids: Makes identifiers.
        gate: Whether a new call may come in now; seconds to retry after if not.
        waited: Told how long each datagram lay unread.
    """

    def __init__(
        self,
        settings: Settings,
        lines: Lines,
        clock: Clock,
        ids: Ids,
        gate: Callable[[], int | None],
        waited: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._tasks = Tasks("exchange")
        self._socket = settings.data_dir / "media.sock"
        self.recordings_dir = settings.data_dir / "recordings"
        host = settings.advertised_host
        self._memory = SipMemory(settings.data_dir / "sip.memory")
        self.book = LineBook(
            lines,
            self._memory,
            clock,
            lambda event: self.telephony.tell(event),  # noqa: PLW0108 - made further down
        )
        self._certificates = Certificates(settings)
        advertised = dict.fromkeys(("udp", "tcp"), (host, settings.sip.port))
        advertised["tls"] = (host, settings.tls_port)
        advertised |= dict.fromkeys(("ws", "wss"), (host, settings.http.port))
        sip_settings = SipSettings(
            realm=settings.core.realm,
            advertised=advertised,
            trusted=self.book.trusts,
            proved=partial(self.book.proved, settings.core.realm),
        )
        self.core = SipCore(
            sip_settings,
            token=lambda: secrets.token_hex(8),
            credentials=self.book.secret_of,
            gate=lambda flow: gate(),
            guard=guard_settings(settings.guard, self.book.stands_at),
        )
        if self.core.guard is not None:
            self.core.guard.told = tell_sentence
        self.media = MediaClient(secrets.token_hex(6))
        self.relays: Relays | None = None
        "rtpengines before the media process; None: there are none."

        if settings.rtpengine.relays:
            self.relays = Relays(_relays(settings), self.media, self._memory, clock)
        self.telephony = EmbeddedTelephony(
            self.core,
            self.relays.plane if self.relays is not None else self.media,
            self.book,
            self._memory,
            clock,
            ids,
            EmbeddedSettings(
                media_host=host,
                sip_host=host,
                recordings_dir=str(self.recordings_dir),
                takes_srtp=self.relays is None,
                orphan_s=settings.media.orphan_s,
                tolls=toll_settings(settings.tolls),
                browser_wait_s=settings.media.browser_wait_s,
            ),
            PromptCache(settings.prompt_folders).missing,
        )
        self._supervisor = Supervisor([_media_spec(settings, self._socket)], self._reported)
        listen = [(settings.sip.host, settings.sip.port, name) for name in ("udp", "tcp")]
        if self._certificates.server is not None:
            listen.append((settings.sip.host, settings.tls_port, "tls"))
        self.driver = SipDriver(
            self.core,
            self.telephony.on_sip,
            waited=waited,
            listen=listen,
            server_tls=self._certificates.server,
            client_tls=self._certificates.client,
        )
        self.telephony.attach(self.driver)
        if self.relays is not None:
            self.relays.attach(self.telephony)
        else:
            self.media.events = self.telephony.on_media
            self.media.arrived = self.telephony.on_media_arrived
        self._registrars: dict[str, Hop] = {}
        self.media_deaths = 0
        self.media_died: Callable[[], object] = lambda: None
        "Told after each death, when nobody holds its files any more."

    async def start_media(self) -> None:
        """Find or start the media process and connect.

        Raises:
            TimeoutError: If it does not come up; its log lies beside its socket.
        """
        self.recordings_dir.mkdir(parents=True, exist_ok=True)
        self._supervisor.start()
        if self.relays is not None:
            await self.relays.start()
        await self.media.connect(str(self._socket))

    def adopt(self) -> None:
        """Take back registrations and sessions of an earlier life; before `open`."""
        now_ms, now_s = self._clock.now_ms(), self.driver.now_s()
        for extension, binding in self.book.living_bindings():
            expires_at_s = now_s + (binding.expires_at_ms - now_ms) / 1000
            self.core.restore_binding(extension, binding.contact_uri, binding.flow, expires_at_s)
            if self.core.guard is not None:
                self.core.guard.knows(binding.flow, now_s)
        self.telephony.adopt()

    async def open(self) -> None:
        """Open the SIP sockets and begin to watch the trunks.

        Raises:
            OSError: If a port is taken.
        """
        await self.driver.start()
        self.book.announce()
        self._tasks.start(self._ping(), name="ping")
        self._tasks.start(self._expire_pages(), name="pages")
        watch = TrunkWatch(DnsResolver(), self._clock, self._learned)
        for trunk in self.book.named_trunks():
            self._tasks.start(watch.watch(trunk), name=f"dns.{trunk.id}")
        for trunk in self.book.own_registrations():
            if not trunk.sip.uses_srv:
                self._register(trunk)
        failed = partial(_log.error, "tls.certificate_kept")
        renewals = self._certificates.watch(self._clock, lambda error: failed(error=error))
        self._tasks.start(renewals, name="certificates")

    def _learned(self, trunk_id: str, hops: list[Hop], addresses: list[str]) -> None:
        """A trunk stands here now; whoever does not answer there gives way as our registrar."""
        self.book.learn(trunk_id, hops, addresses)
        for trunk in self.book.own_registrations():
            if trunk.id == trunk_id:
                self._register(trunk)

    def _register(self, trunk: Trunk) -> None:
        """Begin to keep our name known at a trunk's registrar, or at its next one."""
        hops, now = self.book.targets(trunk), self._registrars.get(trunk.id)
        if now in hops and self.book.is_up(trunk.id):
            return
        at = hops[(hops.index(now) + 1) % len(hops)] if now in hops else hops[0]
        if at == now:
            return  # there is no other
        self._registrars[trunk.id] = at
        self.core.register(
            trunk.id,
            aor=f"sip:{trunk.username}@{trunk.sip.domain or trunk.hosts[0]}",
            user=trunk.username,
            registrar=at,
            password=trunk.password,
            expires_s=trunk.sip.register_s,
            now_s=self.driver.now_s(),
        )
        self.driver.kick()

    async def _unregister(self) -> None:
        """Tell the registrars that we leave, and give that a moment."""
        left = [
            self.core.unregister(t.id, self.driver.now_s()) for t in self.book.own_registrations()
        ]
        if any(left):
            self.driver.kick()
            await self._clock.sleep(_LEAVE_S)

    async def _ping(self) -> None:
        while True:
            for trunk_id, hop in self.book.pings():
                self.core.options(trunk_id, hop, self.driver.now_s())
            self.driver.kick()
            await self._clock.sleep(_PING_S)

    async def _expire_pages(self) -> None:
        while True:
            await self._clock.sleep(_PAGES_S)
            self.telephony.browsers.expire(self._clock.now_ms())

    @property
    def browsers(self) -> Browsers | None:
        """The seats whose telephone is a page; None behind relays, which do not carry them yet."""
        return self.telephony.browsers if self.relays is None else None

    def _reported(self, report: ProcessReport) -> None:
        _log.info("media.process", state=report.state, pid=report.pid, deaths=report.deaths)
        if report.state == "died":
            self.media_deaths += 1
            self.media_died()

    @property
    def captured_recordings(self) -> set[str]:
        """Recordings that relays hold and that are no files yet."""
        return self.relays.recordings.ids if self.relays is not None else set()

    @property
    def is_ready(self) -> bool:
        """Whether calls can be taken: sockets open and media there."""
        is_relayed = self.relays is None or self.relays.is_up
        return self.media.is_up and is_relayed and bool(self.driver.addresses)

    async def close(self) -> None:
        """Leave; the media process ends when its last leg is gone."""
        await self._tasks.close()
        await self._unregister()
        await self.driver.close()
        if self.relays is not None:
            await self.relays.close()
        self.media.close()
        await asyncio.wait_for(self._supervisor.terminate(), 15)
        self._memory.close()


def rtp_host(bind_host: str, advertised_host: str) -> str:
    """Where to bind the RTP sockets.

    The advertised address where it is this machine's own: a socket on all addresses takes another
    one when it is connected to its party, and then hears nothing that is sent to the advertised
    one (a host with several interfaces, or a phone on the server itself). Behind NAT it is not
    ours, and all addresses it is.
    """
    if bind_host != "0.0.0.0":  # noqa: S104 - compared, not bound
        return bind_host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((advertised_host, 0))
        except OSError:
            return bind_host
    return advertised_host


def _relays(settings: Settings) -> RelaysSettings:
    asked = settings.rtpengine
    return RelaysSettings(
        relays=asked.relays,
        digits_host=asked.digits_host,
        digits_port=asked.digits_port,
        down_after_s=asked.down_after_s,
    )


def _media_spec(settings: Settings, path: Path) -> MediaSpec:
    bind_host = rtp_host(settings.media.bind_host, settings.advertised_host)
    local_host = settings.advertised_host
    if settings.rtpengine.instances:  # only they speak to our sockets
        bind_host = settings.rtpengine.own_host or bind_host
        local_host = own_address() if bind_host == "0.0.0.0" else bind_host  # noqa: S104
    config = {
        "bind_host": bind_host,
        "local_host": local_host,
        "first_port": settings.media.first_port,
        "last_port": settings.media.last_port,
        "prompt_folders": [str(folder) for folder in settings.prompt_folders],
    }
    return MediaSpec(str(path), msgspec.json.encode(config).decode())
