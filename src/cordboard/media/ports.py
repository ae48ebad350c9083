"""Pairs of UDP ports for RTP and RTCP: random, exclusive, rested after use.

Binding is the only test of a free port, so several media processes share one range without
talking to each other. Knows no leg. Sources: RFC 3550 §11 (even and odd), RFC 6056 (random).
"""

import ctypes
import errno
import os
import random
import socket
from dataclasses import dataclass
from typing import Any, Protocol

_TRIES = 64
_libc = ctypes.CDLL(None, use_errno=True)


class PortsExhaustedError(RuntimeError):
    """No free pair in the range."""


class PacketSocket(Protocol):
    """What a leg needs of a UDP socket."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...

    def connect(self, address: tuple[str, int], /) -> None:
        """Take packets of this address only."""
        ...

    def recv(self, size: int, /) -> bytes:
        """One packet."""
        ...

    def recvfrom(self, size: int, /) -> tuple[bytes, Any]:
        """One packet and its source."""
        ...

    def send(self, data: bytes, /) -> int:
        """Send where it is connected to."""
        ...

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
        """Send there."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


@dataclass(slots=True)
class PortPair:
    """Two bound, non-blocking sockets; owned by one leg."""

    rtp: PacketSocket
    rtcp: PacketSocket
    rtp_port: int

    def close(self) -> None:
        """Give both ports back to the system."""
        self.rtp.close()
        self.rtcp.close()


def disconnect(sock: PacketSocket) -> None:
    """Undo `connect()` on a UDP socket; it keeps its port (connect to AF_UNSPEC, see udp(7))."""
    if _libc.connect(sock.fileno(), ctypes.create_string_buffer(16), 16) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class PortRange:
    """Hands out pairs; a returned pair rests before it is used again."""

    def __init__(self, host: str, first: int, last: int, rest_s: float) -> None:
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._even = range(first + first % 2, last, 2)
        self._rest_s = rest_s
        self._resting: dict[int, float] = {}
        self._random = random.SystemRandom()

    def take(self, now_s: float) -> PortPair:
        """Bind a free pair.

        Raises:
            PortsExhaustedError: If none is free.
        """
        self._wake(now_s)
        for _ in range(min(_TRIES, len(self._even))):
            pair = self._try(self._random.choice(self._even))
            if pair is not None:
                return pair
        for port in self._even:
            pair = self._try(port)
            if pair is not None:
                return pair
        raise PortsExhaustedError

    def give_back(self, pair: PortPair, now_s: float) -> None:
        """Close a pair and let its ports rest: late packets of the old call find nobody."""
        pair.close()
        self._resting[pair.rtp_port] = now_s + self._rest_s

    def _wake(self, now_s: float) -> None:
        while self._resting:
            port = next(iter(self._resting))
            if self._resting[port] > now_s:
                return
            del self._resting[port]

    def _try(self, port: int) -> PortPair | None:
        if port in self._resting:
            return None
        rtp = self._bind(port)
        if rtp is None:
            return None
        rtcp = self._bind(port + 1)
        if rtcp is None:
            rtp.close()
            return None
        return PortPair(rtp, rtcp, port)

    def _bind(self, port: int) -> socket.socket | None:
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind((self._host, port))
        except OSError as error:
            sock.close()
            if error.errno == errno.EADDRINUSE:
                return None
            raise
        return sock
