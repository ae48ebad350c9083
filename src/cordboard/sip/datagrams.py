"""One UDP socket: datagrams in with the time that they lay unread, datagrams out.

The kernel queues megabytes in front of a busy process, seconds of work that no probe of the event
loop notices; the time at which it received a datagram tells. Beside `driver` and `streams` the only
file that meets asyncio.

Source: RFC 3261 §18; socket(7), SIOCGSTAMPNS.
"""

import asyncio
import contextlib
import fcntl
import socket
import struct
from collections.abc import Callable
from typing import cast

from typing_extensions import override

from cordboard.kit.clock import wall_s

from .model import Flow

DATAGRAM_BYTES = 16 * 1024
"asyncio allocates this much per receive; its own 256 KiB cost more than parsing does."

MAX_UNSENT_BYTES = 1024 * 1024
RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
LONGEST_S = 60.0
"No datagram lies unread for longer: the system's clock was set."

_SIOCGSTAMPNS = 0x8907
_STAMP = struct.Struct("@ll")

Received = Callable[[bytes, Flow], None]
Waited = Callable[[float], object]
"Told how long each datagram lay unread, in seconds, before it is read."


class Datagrams(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, received: Received, waited: Waited) -> None:
        self._received = received
        self._waited = waited
        self._fd = -1
        self._stamp = bytearray(_STAMP.size)
        self.local = ("", 0)
        self.transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.local = transport.get_extra_info("sockname")[:2]
        with contextlib.suppress(AttributeError):  # uvloop has its own way
            transport.max_size = DATAGRAM_BYTES  # type: ignore[attr-defined]
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._fd = sock.fileno()
        self._lay_unread_s()  # the kernel keeps the times from the first question on

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._waited(self._lay_unread_s())
        self._received(data, Flow("udp", self.local, addr[:2]))

    def _lay_unread_s(self) -> float:
        """How long the datagram that was just read had lain in the kernel; 0 if nobody knows."""
        if self._fd < 0:
            return 0.0
        try:
            fcntl.ioctl(self._fd, _SIOCGSTAMPNS, self._stamp)
        except OSError:
            return 0.0
        seconds, nanoseconds = _STAMP.unpack(self._stamp)
        waited_s = wall_s() - (seconds + nanoseconds * 1e-9)
        return waited_s if 0.0 < waited_s < LONGEST_S else 0.0

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        """Send, or lose it like any datagram if the kernel does not keep up."""
        transport = self.transport
        if transport is None:
            return
        unsent = transport.get_write_buffer_size()  # type: ignore[attr-defined]
        if unsent < MAX_UNSENT_BYTES:
            transport.sendto(data, address)
