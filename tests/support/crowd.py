"""Callers of one trunk, many on one socket: each dials, sends again as RFC 3261 says, hangs up."""

import select
import socket
import time
from collections import Counter

from bench import sipwords as words
from tests.support.server import PATIENT, ServerProcess

TALK_S = 0.3
GIVE_UP_S = 30.0


class Caller:
    """One who dials, sends again as RFC 3261 says, and hangs up soon."""

    def __init__(self, crowd: "Crowd", n: int, *, talk_s: float = TALK_S) -> None:
        self.crowd = crowd
        self.talk_s = talk_s
        self.call_id = b"%d-%d@burst" % (n, time.time_ns())
        self.invite = words.invite(
            number=PATIENT.encode(), target=crowd.target, here=crowd.here,
            caller=b"%d" % (13_000_000_000 + n), call_id=self.call_id, body=crowd.body,
        )  # fmt: skip
        self.dialog: words.Dialog | None = None
        self.seen: Counter[int] = Counter()
        "Final responses to the INVITE, by status."

        self.bye_status = 0
        self.retry_after = b""
        self.times_sent = 0
        self.due_s, self.wait_s, self.pending = 0.0, 0.5, self.invite
        self.send_again()

    def send_again(self) -> None:
        """What waits for its answer."""
        self.crowd.sock.sendto(self.pending, self.crowd.server)
        self.times_sent += self.pending is self.invite
        self.due_s = time.monotonic() + self.wait_s
        self.wait_s *= 2

    def tick(self, now_s: float) -> None:
        """Send again, or hang up, if it is time."""
        if self.is_over or now_s < self.due_s:
            return
        if self.dialog is not None and not self.pending:
            self.pending, self.wait_s = words.request(self.dialog, b"BYE", 2), 0.5
        if self.pending:
            self.send_again()

    def hear(self, message: bytes, status: int) -> None:
        """A response."""
        if words.method_of(message) == b"BYE":
            self.bye_status = status
        elif status < 200:
            self.pending, self.due_s = b"", time.monotonic() + GIVE_UP_S
        else:
            self.seen[status] += 1
            if status == 200:
                self._answered(message)
            else:
                self.retry_after = words.header(message, b"Retry-After")
                self.crowd.sock.sendto(words.refused_ack(self.invite, message), self.crowd.server)

    def _answered(self, message: bytes) -> None:
        if self.dialog is None:
            self.pending, self.due_s = b"", time.monotonic() + self.talk_s
            self.dialog = words.Dialog(
                words.uri_in(words.header(message, b"Contact")), words.header(message, b"From"),
                words.header(message, b"To"), self.call_id, self.crowd.here,
            )  # fmt: skip
        self.crowd.sock.sendto(words.request(self.dialog, b"ACK", 1), self.crowd.server)

    @property
    def is_over(self) -> bool:
        """Refused, or answered and its BYE too."""
        return self.bye_status > 0 or any(status != 200 for status in self.seen)


class Crowd:
    """All callers, on one socket."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = ("127.0.0.1", server.sip_port)
        self.target = b"127.0.0.1:%d" % server.sip_port
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.here = b"127.0.0.1:%d" % self.sock.getsockname()[1]
        self.ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ear.bind(("127.0.0.1", 0))
        self.body = words.SDP % {b"host": b"127.0.0.1", b"port": self.ear.getsockname()[1]}
        self.callers: dict[bytes, Caller] = {}

    def dial(self, *, talk_s: float = TALK_S) -> Caller:
        """One more."""
        caller = Caller(self, len(self.callers), talk_s=talk_s)
        self.callers[caller.call_id] = caller
        return caller

    def burst(self, calls: int, per_s: float) -> None:
        """So many, so fast."""
        began_s, before = time.monotonic(), len(self.callers)
        while (count := len(self.callers) - before) < calls:
            if began_s + count / per_s <= time.monotonic():
                self.dial()
            self.listen(0)

    def rest(self) -> None:
        """Until all are over."""
        until_s = time.monotonic() + GIVE_UP_S
        while any(not c.is_over for c in self.callers.values()) and time.monotonic() < until_s:
            self.listen(0.02)

    def until_answered(self, caller: Caller) -> None:
        """Until this one has a final answer."""
        until_s = time.monotonic() + GIVE_UP_S
        while not caller.seen and time.monotonic() < until_s:
            self.listen(0.02)

    def listen(self, wait_s: float) -> None:
        """Hear what there is; now and then see who is due."""
        while select.select([self.sock], [], [], wait_s)[0]:
            message = self.sock.recv(8192)
            status = words.status_of(message)
            caller = self.callers.get(words.header(message, b"Call-ID"))
            if caller is not None and status:
                caller.hear(message, status)
            elif not status and words.method_of(message) != b"ACK":
                self.sock.sendto(words.answer(message, b"200 OK"), self.server)
            wait_s = 0
        now_s = time.monotonic()
        if now_s - self._looked_s > 0.05:
            self._looked_s = now_s
            for caller in self.callers.values():
                caller.tick(now_s)

    _looked_s = 0.0
