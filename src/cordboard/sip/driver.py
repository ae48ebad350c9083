"""Sockets for the core: UDP, TCP and TLS, one re-armed timer, and nothing else.

With `datagrams` and `streams` the only place where the room meets asyncio. It decides nothing about
SIP: bytes go into the core, and what the core wants sent goes out over the flow it names, a
connection that is already there, or a new one. WebSockets belong to an HTTP server: it brings each
by `adopt`. Every queue is bounded; names are looked up off the loop.

Source: RFC 3261 §18; RFC 5626 (flows).
"""

import asyncio
import ipaddress
import itertools
import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from cordboard.kit.tasks import Tasks, attempt

from .agenda import NEVER
from .core import SipCore
from .datagrams import Datagrams, Waited
from .events import SipEvent
from .model import Flow, Hop, Outgoing
from .parser import DEFAULT_LIMITS, Limits
from .streams import Connection, Stream

MAX_WAITING = 64
"Messages that wait for one connection or name."

MAX_PENDING = 256
"Connections and names being set up at once."

GRAIN_S = 0.05
"Timers may be so late, so that one wake-up of the loop serves all that are due by then."

CONNECT_S = 8.0
HANDSHAKE_S = 8.0


class SipDriver:
    """Gives one core its sockets.

    Call `kick` after each order to the core; events come to `on_event` in order, on the loop.
    `waited` hears how long each datagram lay unread.
    """

    def __init__(
        self,
        core: SipCore,
        on_event: Callable[[SipEvent], None],
        *,
        waited: Waited = lambda _: None,
        listen: Sequence[Hop] = (("0.0.0.0", 5060, "udp"), ("0.0.0.0", 5060, "tcp")),  # noqa: S104
        server_tls: ssl.SSLContext | None = None,
        client_tls: ssl.SSLContext | None = None,
        limits: Limits = DEFAULT_LIMITS,
        max_connections: int = 4_000,
        max_connections_per_host: int = 400,
    ) -> None:
        self._core = core
        self._on_event = on_event
        self._waited = waited
        self._listen = listen
        self._server_tls = server_tls
        self._client_tls = client_tls
        self._limits = limits
        self._most = max_connections
        self._most_per_host = max_connections_per_host
        self._tasks = Tasks("sip")
        self._sockets: list[Datagrams] = []
        self._servers: list[tuple[str, asyncio.Server]] = []
        self._streams: dict[int, Connection] = {}
        self._to: dict[Hop, Connection] = {}
        "Far end → connection."

        self._hosts: dict[str, int] = {}
        self._waiting: dict[Hop, list[Outgoing]] = {}
        self._ids = itertools.count(1 + secrets.randbelow(1 << 48))  # not those of an earlier life
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at_s = NEVER
        self._kicking = False
        self.opening: Hop = ("", 0, "udp")
        "What `start` opens now; after it failed, what it failed at."

        self.dropped = 0
        "Messages lost because a queue was full."

    # life

    async def start(self) -> None:
        """Open all sockets.

        Raises:
            OSError: If an address is taken.
            ValueError: If `tls` is listened for without a certificate.
        """
        if self._server_tls is None and any(hop[2] == "tls" for hop in self._listen):
            raise ValueError("TLS needs a certificate")
        loop = asyncio.get_running_loop()
        for host, port, transport in self._listen:
            self.opening = (host, port, transport)
            if transport == "udp":
                make = partial(Datagrams, self._received, self._waited)
                _, protocol = await loop.create_datagram_endpoint(make, local_addr=(host, port))
                self._sockets.append(protocol)
            else:
                factory = partial(self._stream, transport, self._came)
                tls = self._server_tls if transport == "tls" else None
                limit_s = HANDSHAKE_S if tls is not None else None
                server = await loop.create_server(
                    factory, host, port, ssl=tls, ssl_handshake_timeout=limit_s
                )
                self._servers.append((transport, server))

    async def close(self) -> None:
        """Close all sockets; sessions are not ended."""
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        for _, server in self._servers:
            server.close()
        for stream in list(self._streams.values()):
            stream.abort()
        for protocol in self._sockets:
            if protocol.transport is not None:
                protocol.transport.close()

    @property
    def addresses(self) -> list[Hop]:
        """Where we listen, with the ports that the kernel chose."""
        found: list[Hop] = []
        for protocol in self._sockets:
            assert protocol.transport is not None
            found.append((*protocol.transport.get_extra_info("sockname")[:2], "udp"))
        for transport, server in self._servers:
            found += [(*sock.getsockname()[:2], transport) for sock in server.sockets]
        return found

    def now_s(self) -> float:
        """The clock that the core lives by."""
        return asyncio.get_running_loop().time()

    # in

    def _received(self, data: bytes, flow: Flow) -> None:
        verdict = self._core.receive(data, flow, self.now_s())
        if verdict == "hear":
            self.kick()
        elif verdict == "cut" and flow.connection_id in self._streams:
            self._streams[flow.connection_id].abort()

    def kick(self) -> None:
        """Send what the core wants sent, tell what it told, and set the timer."""
        if self._kicking:
            return  # an event's listener gave an order: the loop below will see it
        self._kicking = True
        try:
            while True:
                outputs, events = self._core.outputs(), self._core.events()
                for outgoing in outputs:
                    self._send(outgoing)
                for event in events:
                    attempt(self._on_event, event)
                if not outputs and not events:
                    break
        finally:
            self._kicking = False
        self._arm()

    def _arm(self) -> None:
        deadline = self._core.next_deadline()
        if deadline is None or self._timer_at_s <= deadline + GRAIN_S:
            return  # a timer that fires earlier will look again
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at_s = deadline + GRAIN_S
        delay_s = max(0.0, self._timer_at_s - self.now_s())
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._ticked)

    def _ticked(self) -> None:
        self._timer, self._timer_at_s = None, NEVER
        self._core.tick(self.now_s())
        self.kick()

    # out

    def _send(self, outgoing: Outgoing) -> None:
        hop = outgoing.destination
        if hop[2] == "udp":
            if _is_address(hop[0]):
                self._datagram(outgoing.data, outgoing.flow, hop[:2])
            else:
                self._later(outgoing)
            return
        stream = self._stream_for(outgoing)
        if stream is None:
            self._later(outgoing)
        elif not stream.write(outgoing.data):
            self._failed([outgoing])

    def _datagram(self, data: bytes, flow: Flow | None, address: tuple[str, int]) -> None:
        if not self._sockets:
            return
        chosen = self._sockets[0]
        if flow is not None and len(self._sockets) > 1:
            chosen = next((s for s in self._sockets if s.local == flow.local), chosen)
        chosen.send(data, address)

    def _stream_for(self, outgoing: Outgoing) -> Connection | None:
        flow = outgoing.flow
        if flow is not None and flow.connection_id in self._streams:
            return self._streams[flow.connection_id]
        return self._to.get(outgoing.destination)

    def _later(self, outgoing: Outgoing) -> None:
        """Look up the name or connect first; others to the same place queue up behind."""
        hop = outgoing.destination
        waiting = self._waiting.get(hop)
        if waiting is not None and len(waiting) < MAX_WAITING:
            waiting.append(outgoing)
        elif waiting is not None or len(self._waiting) >= MAX_PENDING:
            self.dropped += 1
            self._failed([outgoing])
        else:
            self._waiting[hop] = [outgoing]
            self._tasks.start(self._reach(hop), name="reach")

    async def _reach(self, hop: Hop) -> None:
        stream: Connection | None = None
        address = hop[:2]
        try:
            async with asyncio.timeout(CONNECT_S):
                loop = asyncio.get_running_loop()
                if hop[2] == "udp":
                    found = await loop.getaddrinfo(
                        *address, family=socket.AF_INET, type=socket.SOCK_DGRAM
                    )
                    address = (str(found[0][4][0]), int(found[0][4][1]))
                else:
                    stream = await self._connect(hop)
                    self._to[hop] = stream
        except (OSError, TimeoutError):
            self._failed(self._waiting.pop(hop))
            self.kick()
            return
        for outgoing in self._waiting.pop(hop):
            if stream is None:
                self._datagram(outgoing.data, outgoing.flow, address)
            elif not stream.write(outgoing.data):
                self._failed([outgoing])
        self.kick()

    async def _connect(self, hop: Hop) -> Stream:
        """A new connection.

        Raises:
            OSError: If there is none to be had; nobody dials a browser.
        """
        host, port, transport = hop
        tls = self._client_tls if transport == "tls" else None
        if transport not in ("tcp", "tls") or (transport == "tls" and tls is None):
            raise ConnectionRefusedError(transport)
        loop = asyncio.get_running_loop()
        make = partial(self._stream, transport, self._opened)
        name = host if tls is not None else None
        _, stream = await loop.create_connection(make, host, port, ssl=tls, server_hostname=name)
        return stream

    def _failed(self, lost: list[Outgoing]) -> None:
        for outgoing in lost:
            self._core.send_failed(outgoing, self.now_s())

    # streams

    def _stream(self, transport: str, opened: Callable[[Connection], bool]) -> Stream:
        number = next(self._ids)
        return Stream(transport, number, self._limits, opened, self._received, self._closed)

    def next_connection_id(self) -> int:
        """A number for the flow of a connection that somebody else made."""
        return next(self._ids)

    def adopt(self, connection: Connection) -> bool:
        """Take a connection that somebody else made; False if there are too many.

        Its owner tells whole messages to `received`, and its end to `lost`, once.
        """
        return self._opened(connection)

    def received(self, data: bytes, flow: Flow) -> None:
        """Take a whole message of an adopted connection."""
        self._received(data, flow)

    def lost(self, connection: Connection) -> None:
        """An adopted connection is gone."""
        self._closed(connection)

    def _came(self, stream: Connection) -> bool:
        """Somebody connected to us; False if the guard lets it go, or there are too many."""
        guard = self._core.guard
        passes = guard is None or guard.admits_connection(stream.flow, self.now_s())
        return passes and self._opened(stream)

    def _opened(self, stream: Connection) -> bool:
        host = stream.flow.remote[0]
        mine = self._hosts.get(host, 0)
        if len(self._streams) >= self._most or mine >= self._most_per_host:
            return False
        self._hosts[host] = mine + 1
        self._streams[stream.flow.connection_id] = stream
        self._to.setdefault(stream.flow.hop, stream)
        return True

    def _closed(self, stream: Connection) -> None:
        if self._streams.pop(stream.flow.connection_id, None) is None:
            return
        host = stream.flow.remote[0]
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
        hops = [hop for hop, known in self._to.items() if known is stream]
        for hop in hops:
            del self._to[hop]
        self._core.connection_lost(stream.flow, self.now_s(), hops)
        self.kick()


@lru_cache(maxsize=4_096)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
