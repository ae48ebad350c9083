"""Keys that are pressed while two parties are through: rtpengine tells them, one datagram each.

While a party is at home the media process hears its keys itself, and better: it knows when one goes
down. Source: rtpengine, `--dtmf-log-dest`; RFC 4733 §3.2 (events 0 to 15).
"""

import asyncio
import socket
from collections.abc import Callable

import msgspec

KEYS = "0123456789*#ABCD"
_MAX_BYTES = 2048


class Press(msgspec.Struct):
    """A key, as the relay tells it."""

    type: str
    callid: str
    source_tag: str
    event: int
    duration: int = 0


_decode = msgspec.json.Decoder(Press).decode


def read_press(data: bytes) -> Press | None:
    """The key that a datagram tells of; None if it tells of none."""
    try:
        press = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return press if press.type == "DTMF" and 0 <= press.event < len(KEYS) else None


class RelayDigits:
    """The socket that relays tell keys to.

    Args:
        host: Where it listens.
        port: There.
        pressed: Hears each key.
    """

    def __init__(self, host: str, port: int, pressed: Callable[[Press], object]) -> None:
        self._address = (host, port)
        self._pressed = pressed
        self._sock: socket.socket | None = None
        self.malformed = 0
        "Datagrams that told of no key."

    def open(self) -> None:
        """Listen.

        Raises:
            OSError: If the port is taken.
        """
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.bind(self._address)
        except OSError:
            sock.close()
            raise
        self._sock = sock
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable)

    def close(self) -> None:
        """Give the port back."""
        if self._sock is not None:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None

    def _readable(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(_MAX_BYTES)
        except OSError:
            return
        press = read_press(data)
        if press is None:
            self.malformed += 1
        else:
            self._pressed(press)
