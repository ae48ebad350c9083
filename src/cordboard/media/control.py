"""The door of the media process: the Unix socket, repeated orders, facts for who is connected.

One control at a time: a newer Hello takes over. A control that does not read is cut off; its
facts stay in the ring. Knows frames and ids, not what an order means.
"""

import errno
import os
import socket
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from .commands import Command, Reply
from .events import Event
from .model import Word
from .protocol import (
    Answer,
    FrameError,
    FrameReader,
    Hello,
    LegSnapshot,
    Order,
    Snapshot,
    Welcome,
    decode_to_media,
    frame,
)
from .ring import FactRing

_REMEMBERED_ORDERS = 8192
_MAX_UNSENT_BYTES = 8 << 20


class Connection:
    """One stream to a control process; `ready` once it said Hello."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.reader = FrameReader()
        self.unsent = bytearray()
        self.ready = False
        self.holds = False
        "What is said waits until all orders that came together are done."


class ControlDoor:
    """Listens, answers, tells. All calls come from the media thread."""

    def __init__(
        self,
        path: str,
        epoch: str,
        local_host: str,
        ring_facts: int,
        obey: Callable[[Command], Reply],
        snapshot: Callable[[], list[LegSnapshot]],
        presence: Callable[[bool], None],
        rewatch: Callable[[int, bool], None],
    ) -> None:
        """Bind the socket at `path`.

        Args:
            path: Where to listen; a dead socket file there is replaced.
            epoch: Name of this life of the process.
            local_host: For Welcome.
            ring_facts: How many facts to keep.
            obey: Does an order.
            snapshot: Describes all legs.
            presence: Told True when a control took over, False when none is left.
            rewatch: Asked to watch a descriptor, with or without waiting to write.

        Raises:
            OSError: If a living process listens there, or the path is no good.
        """
        self.epoch = epoch
        self._local_host = local_host
        self._obey = obey
        self._snapshot = snapshot
        self._presence = presence
        self._rewatch = rewatch
        self._ring = FactRing(ring_facts)
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._connections: dict[int, Connection] = {}
        self._current: Connection | None = None
        self.listener = _listen(path)

    @property
    def connected(self) -> bool:
        """Whether a control is there."""
        return self._current is not None

    def tell(self, event: Event) -> None:
        """Keep a fact and send it if somebody is there."""
        told = self._ring.add(event)
        if self._current is not None:
            self._send(self._current, frame(told))

    def accept(self) -> None:
        """Take a new connection."""
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        self._connections[sock.fileno()] = Connection(sock)
        self._rewatch(sock.fileno(), False)

    def owns(self, fd: int) -> bool:
        """Whether a descriptor is one of the connections."""
        return fd in self._connections

    def readable(self, fd: int) -> None:
        """Read what came on a connection and do it."""
        connection = self._connections.get(fd)
        if connection is None:
            return
        try:
            data = connection.sock.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        connection.holds = True  # answers to orders that came together go out together
        try:
            for body in connection.reader.feed(data):
                self._take(connection, decode_to_media(body))
        except FrameError:
            self._drop(connection)
            return
        connection.holds = False
        if connection.unsent and fd in self._connections:
            self._flush(connection)

    def writable(self, fd: int) -> None:
        """Go on sending what did not fit."""
        connection = self._connections.get(fd)
        if connection is not None:
            self._flush(connection)

    def close(self) -> None:
        """Give what is left a last chance to go out, then close all."""
        for connection in list(self._connections.values()):
            with suppress(OSError):
                connection.sock.settimeout(1.0)
                connection.sock.sendall(connection.unsent)
            connection.sock.close()
        self._connections.clear()
        self._current = None
        with suppress(OSError):
            os.unlink(self.listener.getsockname())
        self.listener.close()

    def _take(self, connection: Connection, word: Hello | Order) -> None:
        if isinstance(word, Hello):
            self._welcome(connection, word)
        elif connection.ready:
            self._send(connection, self._answer(word))

    def _answer(self, order: Order) -> bytes:
        known = self._answers.get(order.id)
        if known is not None:
            return known
        answer = frame(Answer(order.id, self._obey(order.command)))
        self._answers[order.id] = answer
        if len(self._answers) > _REMEMBERED_ORDERS:
            self._answers.popitem(last=False)
        return answer

    def _welcome(self, connection: Connection, hello: Hello) -> None:
        old = self._current
        if old is not None and old is not connection:
            self._current = None
            self._close(old)
        connection.ready = True
        same = hello.media_epoch == self.epoch
        gap, missed = self._ring.since(hello.last_seq if same else 0)
        gap = gap or (not same and bool(hello.media_epoch))
        words: list[Word] = [
            Welcome(self.epoch, os.getpid(), len(missed), gap, self._local_host),
            Snapshot(self._ring.seq, self._snapshot()),
            *missed,
        ]
        self._current = connection
        self._presence(True)
        for word in words:
            self._send(connection, frame(word))

    def _send(self, connection: Connection, data: bytes) -> None:
        waited = bool(connection.unsent)
        connection.unsent += data
        if len(connection.unsent) > _MAX_UNSENT_BYTES:
            self._drop(connection)
        elif not waited and not connection.holds:
            self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        try:
            sent = connection.sock.send(connection.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        del connection.unsent[:sent]
        if connection.sock.fileno() in self._connections:
            self._rewatch(connection.sock.fileno(), bool(connection.unsent))

    def _drop(self, connection: Connection) -> None:
        self._close(connection)
        if connection is self._current:
            self._current = None
            self._presence(False)

    def _close(self, connection: Connection) -> None:
        self._connections.pop(connection.sock.fileno(), None)
        connection.sock.close()


def _listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.exists(path):
        if _is_served(path):
            raise FileExistsError(errno.EADDRINUSE, "a living process listens here", path)
        os.unlink(path)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(8)
    listener.setblocking(False)
    return listener


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == 0
