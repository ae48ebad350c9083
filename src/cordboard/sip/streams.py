"""One TCP or TLS connection of the driver: framing, keep-alive, and cutting off who misbehaves.

A peer that never reads fills its own bounded buffer and is cut off; a stream whose framing broke is
closed. This file knows no SIP meaning; the driver gives it three callbacks.

Source: RFC 3261 §18.3; RFC 5626 §3.5.1 (double CRLF is answered by one CRLF).
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from typing_extensions import override

from .errors import RemoteProtocolError
from .model import Flow
from .parser import Limits, StreamFramer

MAX_UNSENT_BYTES = 256 * 1024
STALL_S = 10.0
"A peer that lets our bytes wait for so long is cut off."

IDLE_S = 900.0
"A connection without a byte for so long is closed."


class Connection(Protocol):
    """What the driver needs of a connection, whoever made it."""

    @property
    def flow(self) -> Flow:
        """Its two ends."""
        ...

    def write(self, data: bytes) -> bool:
        """Send one message; False if the connection is gone or the peer does not read."""
        ...

    def abort(self) -> None:
        """Close without waiting for the peer."""
        ...


class Stream(asyncio.Protocol):
    """One connection, from either side."""

    def __init__(
        self,
        transport_name: str,
        connection_id: int,
        limits: Limits,
        opened: Callable[["Stream"], bool],
        received: Callable[[bytes, Flow], None],
        closed: Callable[["Stream"], None],
    ) -> None:
        self._flow = Flow(transport_name, ("", 0), ("", 0), connection_id)
        self._framer = StreamFramer(limits)
        self._opened = opened
        self._received = received
        self._closed = closed
        self._transport: asyncio.Transport | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._heard_at_s = 0.0

    @property
    def flow(self) -> Flow:
        """Its two ends; known once it is made."""
        return self._flow

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn both ends; too many connections are closed at once."""
        self._transport = cast(asyncio.Transport, transport)
        local = transport.get_extra_info("sockname")
        remote = transport.get_extra_info("peername")
        name, number = self._flow.transport, self._flow.connection_id
        self._flow = Flow(name, (local[0], local[1]), (remote[0], remote[1]), number)
        if not self._opened(self):
            self._transport.abort()
            return
        self._heard_at_s = asyncio.get_running_loop().time()
        self._watch(IDLE_S)

    @override
    def data_received(self, data: bytes) -> None:
        """Cut messages out of the stream and hand them on."""
        self._heard_at_s = asyncio.get_running_loop().time()
        framer = self._framer
        framer.feed(data)
        try:
            while (message := framer.take()) is not None:
                self._received(message, self._flow)
        except RemoteProtocolError:
            self.abort()
            return
        if framer.pings and self._transport is not None:
            self.write(b"\r\n" * min(framer.pings, 4))
            framer.pings = 0

    def write(self, data: bytes) -> bool:
        """Send; False if the connection is gone or the peer does not read."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > MAX_UNSENT_BYTES:
            self.abort()
            return False
        transport.write(data)
        return True

    @override
    def pause_writing(self) -> None:
        """The peer reads slowly: give it a little time."""
        self._stall = asyncio.get_running_loop().call_later(STALL_S, self.abort)

    @override
    def resume_writing(self) -> None:
        """It caught up."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the driver once."""
        self.resume_writing()
        if self._idle is not None:
            self._idle.cancel()
        self._transport = None
        self._closed(self)

    def abort(self) -> None:
        """Close without waiting for the peer."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        quiet_s = asyncio.get_running_loop().time() - self._heard_at_s
        if quiet_s >= IDLE_S:
            self.abort()
        else:
            self._watch(IDLE_S - quiet_s)
