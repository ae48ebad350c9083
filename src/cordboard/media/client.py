"""Control's end of the socket: orders go out in order, answers and facts come back.

Starts no task: it lives on loop callbacks, so whoever owns it owns nothing else. After a broken
connection it comes back by itself, repeats unanswered orders under their ids, and takes the
facts it missed. Knows no sound. A process that died with its legs refuses what was under way.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from .commands import Command, Refused, Reply
from .events import Event
from .protocol import (
    Answer,
    FrameError,
    FrameReader,
    Hello,
    Order,
    Snapshot,
    Told,
    Welcome,
    decode_to_control,
    frame,
)

Link = Literal["up", "away"]
_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 1.0
_MAX_UNSENT_BYTES = 16 << 20


def _ignore(*_: object) -> None:
    """Nobody asked to be told."""


class MediaClient:
    """The connection to one media process.

    Callbacks run on the loop, one after another, in the order of the wire; an exception in one
    reaches the loop's exception handler and disturbs nothing else.
    """

    def __init__(
        self,
        control_epoch: str,
        *,
        events: Callable[[Event], object] = _ignore,
        arrived: Callable[[Welcome, Snapshot], object] = _ignore,
        link: Callable[[Link], object] = _ignore,
        last_seq: int = 0,
        media_epoch: str = "",
        max_pending: int = 10_000,
        patience_s: float = 5.0,
    ) -> None:
        """Prepare; nothing happens before `connect`.

        Args:
            control_epoch: Name of this life of control; part of every order's id.
            events: Told each fact once, in order.
            arrived: Told after each (re)connection what lives there, before missed facts.
            link: Told when the connection comes and goes.
            last_seq: The last fact dealt with in an earlier life of control.
            media_epoch: The media life that `last_seq` belongs to.
            max_pending: Orders under way at once; more are refused (`media-busy`).
            patience_s: Without a connection for so long, orders are refused (`media-away`).
        """
        self.events = events
        self.arrived = arrived
        self.link = link
        self.last_seq = last_seq
        self.media_epoch = media_epoch
        self.welcome: Welcome | None = None
        self._epoch = control_epoch
        self._max_pending = max_pending
        self._patience_s = patience_s
        self._path = ""
        self._count = 0
        self._pending: OrderedDict[str, tuple[bytes, asyncio.Future[Reply]]] = OrderedDict()
        self._sock: socket.socket | None = None
        self._reader = FrameReader()
        self._unsent = bytearray()
        self._up = False
        self._away = False
        self._closed = False
        self._wait_s = _FIRST_WAIT_S
        self._retry: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._welcomed: asyncio.Future[Welcome] | None = None

    @property
    def is_up(self) -> bool:
        """Whether orders reach the process now."""
        return self._up

    async def connect(self, path: str, timeout_s: float = 10.0) -> Welcome:
        """Connect, waiting for a process that is just starting.

        Args:
            path: The Unix socket.
            timeout_s: How long to wait for the first welcome.

        Raises:
            TimeoutError: If nobody welcomed us; the client goes on trying until `close`.
        """
        loop = asyncio.get_running_loop()
        self._path = path
        self._welcomed = loop.create_future()
        self._try_connect()
        return await asyncio.wait_for(self._welcomed, timeout_s)

    def send(self, command: Command) -> "asyncio.Future[Reply]":
        """Give an order; the future gets its answer, a `Refused` where it cannot be had."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self._closed or self._away:
            future.set_result(Refused("media-away"))
            return future
        if len(self._pending) >= self._max_pending:
            future.set_result(Refused("media-busy"))
            return future
        self._count += 1
        order_id = f"{self._epoch}.{self._count}"
        data = frame(Order(order_id, command))
        self._pending[order_id] = (data, future)
        if self._up:
            self._write(data)
        return future

    def close(self) -> None:
        """Leave; the process and its legs go on. Orders under way are refused."""
        self._closed = True
        for timer in (self._retry, self._patience):
            if timer is not None:
                timer.cancel()
        self._disconnect()
        self._refuse_all("media-away")

    # --- the connection ----------------------------------------------------------------------

    def _try_connect(self) -> None:
        self._retry = None
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.connect(self._path)
        except OSError:
            sock.close()
            self._try_later()
            return
        self._sock = sock
        self._reader = FrameReader()
        self._unsent.clear()
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable)
        self._write(frame(Hello(self._epoch, self.last_seq, self.media_epoch)))

    def _try_later(self) -> None:
        if self._closed or self._retry is not None:
            return
        loop = asyncio.get_running_loop()
        if self._patience is None and not self._away:
            self._patience = loop.call_later(self._patience_s, self._lose_patience)
        self._retry = loop.call_later(self._wait_s, self._try_connect)
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)

    def _lose_patience(self) -> None:
        self._patience = None
        self._away = True
        self._refuse_all("media-away")

    def _disconnect(self) -> None:
        sock, self._sock = self._sock, None
        if sock is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(sock.fileno())
        loop.remove_writer(sock.fileno())
        sock.close()
        if self._up:
            self._up = False
            loop.call_soon(self.link, "away")

    def _broken(self) -> None:
        self._disconnect()
        self._try_later()

    def _refuse_all(self, code: str) -> None:
        pending, self._pending = self._pending, OrderedDict()
        for _, future in pending.values():
            if not future.done():
                future.set_result(Refused(code))

    # --- bytes -------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        """Send with all that is said before the loop turns: one call into the kernel, not ten."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += data

    def _flush(self) -> None:
        sock = self._sock
        if sock is None or not self._unsent:
            return
        loop = asyncio.get_running_loop()
        try:
            sent = sock.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._broken()
            return
        del self._unsent[:sent]
        if len(self._unsent) > _MAX_UNSENT_BYTES:
            self._broken()
        elif self._unsent:
            loop.add_writer(sock.fileno(), self._flush)
        else:
            loop.remove_writer(sock.fileno())

    def _readable(self) -> None:
        sock = self._sock
        if sock is None:
            return
        try:
            data = sock.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._broken()
            return
        try:
            for body in self._reader.feed(data):
                self._take(decode_to_control(body))
        except FrameError:
            self._broken()

    # --- words -------------------------------------------------------------------------------

    def _take(self, word: Welcome | Snapshot | Answer | Told) -> None:
        if isinstance(word, Told):
            if word.seq > self.last_seq:
                self.last_seq = word.seq
                asyncio.get_running_loop().call_soon(self.events, word.event)
        elif isinstance(word, Answer):
            _, future = self._pending.pop(word.id, (b"", None))
            if future is not None and not future.done():
                future.set_result(word.reply)
        elif isinstance(word, Welcome):
            self._take_welcome(word)
        else:
            self._take_snapshot(word)

    def _take_welcome(self, welcome: Welcome) -> None:
        if self.media_epoch and welcome.media_epoch != self.media_epoch:
            self._refuse_all("media-restarted")
        if welcome.media_epoch != self.media_epoch:
            self.last_seq = 0
        self.media_epoch = welcome.media_epoch
        self.welcome = welcome

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        welcome = self.welcome
        if welcome is None:
            return
        loop = asyncio.get_running_loop()
        self._up, self._away, self._wait_s = True, False, _FIRST_WAIT_S
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        loop.call_soon(self.link, "up")
        loop.call_soon(self.arrived, welcome, snapshot)
        for data, _ in list(self._pending.values()):
            self._write(data)
        if self._welcomed is not None and not self._welcomed.done():
            self._welcomed.set_result(welcome)
