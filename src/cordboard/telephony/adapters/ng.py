"""The control protocol of rtpengine (`ng`), one instance: a request, its cookie, its reply.

Datagrams may be lost, so a request goes out again under its cookie, for which rtpengine gives the
same reply and acts once. Everything is bounded: requests under way, the size of a reply, and how
long is waited: long enough for an instance that restarts and takes its calls back. Knows no call.

Source: rtpengine, docs/ng_control_protocol.md (`COOKIE JSON`).
"""

import asyncio
import itertools
import socket
from collections.abc import Callable, Mapping

import msgspec

_AGAIN_S = (0.25, 0.5, 1.0)
"Waits before each repetition; with the last wait the patience of a request is 2.75 s."

_LAST_WAIT_S = 1.0
_MAX_PENDING = 2000
_MAX_REPLY_BYTES = 65_536


class NgError(Exception):
    """The instance did not do it: it refused, or nobody answered."""


class NgAwayError(NgError):
    """Nobody answered: the instance is gone, or too slow to be of use."""


class Totals(msgspec.Struct):
    """Of `statistics`: how long the instance has lived."""

    uptime: str | int = 0

    @property
    def age_s(self) -> int:
        """Whole seconds; 0 if it is no number."""
        text = str(self.uptime)
        return int(text) if text.isdecimal() and len(text) < 12 else 0


class Statistics(msgspec.Struct):
    """Of `statistics`."""

    totalstatistics: Totals = msgspec.field(default_factory=Totals)


class PortCount(msgspec.Struct):
    """What arrived at a port."""

    packets: int = 0


class Port(msgspec.Struct):
    """One socket of a tag: RTP or RTCP."""

    stats: PortCount = msgspec.field(default_factory=PortCount)


class TagMedia(msgspec.Struct):
    """One media line of a tag."""

    streams: list[Port] = msgspec.field(default_factory=list)


class Tag(msgspec.Struct):
    """One side of a call."""

    medias: list[TagMedia] = msgspec.field(default_factory=list)

    @property
    def packets(self) -> int:
        """RTP packets that arrived from this side."""
        return sum(media.streams[0].stats.packets for media in self.medias if media.streams)


class NgReply(msgspec.Struct):
    """What we read of a reply; the rest of it is passed over."""

    result: str = ""
    reason: str = msgspec.field(default="", name="error-reason")
    sdp: str = ""
    statistics: Statistics | None = None
    tags: dict[str, Tag] = msgspec.field(default_factory=dict)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NgReply).decode


def read_reply(data: bytes) -> tuple[str, NgReply] | None:
    """Cookie and reply of a datagram; None if it is none."""
    cookie, space, body = data.partition(b" ")
    if not space or not cookie.isalnum() or not body.startswith(b"{"):
        return None
    try:
        return cookie.decode("ascii"), _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class _Request:
    """A request that waits for its reply."""

    __slots__ = ("data", "future", "sent", "timer")

    def __init__(self, data: bytes, future: "asyncio.Future[NgReply]") -> None:
        self.data = data
        self.future = future
        self.sent = 0
        self.timer: asyncio.TimerHandle | None = None


class NgClient:
    """The control connection to one instance.

    Args:
        address: Host and port of its ng socket.
        prefix: Letters and digits; begins each cookie, new for each life of this process.
        on_refused: Told when the machine there says that nobody listens.
    """

    def __init__(
        self,
        address: tuple[str, int],
        prefix: str,
        on_refused: Callable[[], object] = lambda: None,
    ) -> None:
        self._address = address
        self._prefix = prefix
        self._on_refused = on_refused
        self._numbers = itertools.count(1)
        self._pending: dict[str, _Request] = {}
        self._buffer = bytearray(_MAX_REPLY_BYTES)
        self._sock: socket.socket | None = None
        self.repeated = 0
        "Requests that were sent again."

        self.malformed = 0
        "Datagrams that were no reply."

    @property
    def pending(self) -> int:
        """Requests under way."""
        return len(self._pending)

    def open(self) -> None:
        """Take a socket.

        Raises:
            OSError: If the address cannot be used.
        """
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.connect(self._address)
        self._sock = sock
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable)

    def close(self) -> None:
        """Give the socket back; what is under way fails."""
        if self._sock is not None:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None
        for cookie in list(self._pending):
            self._fail(cookie, "closed")

    def ask(self, command: str, **fields: object) -> "asyncio.Future[NgReply]":
        """Send a request; its future gets the reply, or NgError.

        Args:
            command: `ping`, `offer` and so on.
            fields: Of the request; `_` in a name stands for `-`.
        """
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.ask_raw({"command": command, **named})

    def ask_raw(self, message: Mapping[str, object]) -> "asyncio.Future[NgReply]":
        """Send a request as it stands; its future gets the reply, or NgError."""
        future: asyncio.Future[NgReply] = asyncio.get_running_loop().create_future()
        if self._sock is None or len(self._pending) >= _MAX_PENDING:
            why = "closed" if self._sock is None else "too many requests under way"
            future.set_exception(NgAwayError(why))
            return future
        cookie = f"{self._prefix}{next(self._numbers)}"
        self._pending[cookie] = _Request(cookie.encode() + b" " + _encode(message), future)
        self._send(cookie)
        return future

    def _send(self, cookie: str) -> None:
        request = self._pending.get(cookie)
        if request is None or self._sock is None:
            return
        if request.sent > len(_AGAIN_S):
            self._fail(cookie, "no answer")
            return
        self.repeated += request.sent > 0
        try:
            self._sock.send(request.data)
        except ConnectionRefusedError:
            self._on_refused()  # it may be coming back this moment: the request stays
        except OSError:
            pass  # no room or no route: it is sent again
        wait_s = _AGAIN_S[request.sent] if request.sent < len(_AGAIN_S) else _LAST_WAIT_S
        request.sent += 1
        if self._sock is not None:
            request.timer = asyncio.get_running_loop().call_later(wait_s, self._send, cookie)

    def _readable(self) -> None:
        while self._sock is not None:
            try:
                size = self._sock.recv_into(self._buffer)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self._on_refused()
                return
            except OSError:
                return
            self._take(bytes(memoryview(self._buffer)[:size]))

    def _take(self, data: bytes) -> None:
        read = read_reply(data)
        if read is None:
            self.malformed += 1
            return
        cookie, reply = read
        request = self._pending.pop(cookie, None)
        if request is None:
            return  # the answer to a repetition
        if request.timer is not None:
            request.timer.cancel()
        if request.future.done():
            return
        if reply.result == "error":
            request.future.set_exception(NgError(reply.reason or "refused"))
        else:
            request.future.set_result(reply)

    def _fail(self, cookie: str, why: str) -> None:
        request = self._pending.pop(cookie, None)
        if request is None:
            return
        if request.timer is not None:
            request.timer.cancel()
        if not request.future.done():
            request.future.set_exception(NgAwayError(why))
