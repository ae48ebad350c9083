"""The two kinds of legs that the generator plays, and what each does with a message.

A caller dials, presses keys, talks and hangs up; an agent's phone rings, is picked up, talks and
hangs up. Both live in one process, so one clock tells how long the switch took in between.
"""

import time
from typing import Protocol

from typing_extensions import override

from bench import sipwords as words
from bench.plan import Plan

Address = tuple[str, int]


class Floor(Protocol):
    """What legs need of the generator."""

    plan: Plan
    body: bytes
    waiting: dict[bytes, "Caller"]

    def send(self, leg: "Leg", data: bytes) -> None: ...
    def send_until_answered(self, leg: "Leg", data: bytes) -> None: ...
    def later(self, seconds: float, what: str, leg: "Leg", key: object = None) -> None: ...
    def find_caller(self, number: bytes) -> "Caller | None": ...
    def offered(self, phone: "Phone") -> None: ...
    def talking(self, phone: "Phone") -> None: ...
    def freed(self, phone: "Phone") -> None: ...
    def over(self, leg: "Leg") -> None: ...
    def answered(self, caller: "Caller", status: int) -> None: ...
    def sound_of(self, leg: "Leg") -> bytes: ...
    def sound_to(self, leg: "Leg", message: bytes) -> None: ...
    def count_repeated(self) -> None: ...


class Leg:
    """What both have: a dialog, and a message that waits for its answer."""

    side = 0

    def __init__(self, floor: Floor, call_id: bytes, remote: Address) -> None:
        self.floor = floor
        self.call_id = call_id
        self.remote = remote
        self.state = "new"
        self.dialog: words.Dialog | None = None
        self.cseq = 1
        self.pending = b""
        self.interval_s = 0.5
        self.slot = -1

    def request(self, method: bytes, *, kind: bytes = b"", body: bytes = b"") -> None:
        """Send a request inside the dialog."""
        if self.dialog is not None:
            self.cseq += 1
            data = words.request(self.dialog, method, self.cseq, kind=kind, body=body)
            self.floor.send_until_answered(self, data)

    def hang_up(self) -> None:
        """BYE."""
        if self.state in ("up", "talking"):
            self.state = "ending"
            self.request(b"BYE")

    def hear_request(self, message: bytes, method: bytes) -> None:
        """A request inside the dialog."""
        if method == b"BYE":
            self.floor.send(self, words.answer(message, b"200 OK"))
            if self.state == "over":
                self.floor.count_repeated()
            else:
                self.bye_heard()
        elif method == b"INVITE":
            body = self.floor.sound_of(self)
            contact = self.contact
            self.floor.send(self, words.answer(message, b"200 OK", contact=contact, body=body))
            self.floor.sound_to(self, message)
        elif method != b"ACK":
            self.floor.send(self, words.answer(message, b"200 OK"))

    @property
    def contact(self) -> bytes:
        """Our own Contact."""
        raise NotImplementedError

    def bye_heard(self) -> None:
        """The other side hung up."""
        self.pending = b""
        self.state = "over"
        self.floor.over(self)

    def bye_answered(self) -> None:
        """Our BYE was answered."""
        if self.state == "ending":
            self.bye_heard()


class Caller(Leg):
    """One who dials."""

    def __init__(self, floor: Floor, n: int, call_id: bytes, remote: Address, here: bytes) -> None:
        super().__init__(floor, call_id, remote)
        self.number = b"%d" % (13_000_000_000 + n)
        self.n = n
        self.here = here
        self.sent_ns = 0
        self.phone: Phone | None = None
        self.has_talked = False
        self.gave_up = False
        self.status = 0
        self.invite = b""
        self.keys = floor.plan.keys

    @property
    @override
    def contact(self) -> bytes:
        """Our own Contact."""
        return b"<sip:%b@%b>" % (self.number, self.here)

    def dial(self) -> None:
        """INVITE."""
        plan = self.floor.plan
        self.invite = words.invite(
            number=plan.number.encode(), target=plan.target.encode(), here=self.here,
            caller=self.number, call_id=self.call_id, body=self.floor.sound_of(self),
        )  # fmt: skip
        self.state = "inviting"
        self.sent_ns = time.perf_counter_ns()
        self.floor.send_until_answered(self, self.invite)
        self.floor.later(plan.wait_s, "give_up", self)

    def hear_response(self, message: bytes, status: int) -> None:
        """A response to one of our requests."""
        method = words.method_of(message)
        if method == b"INVITE":
            self._hear_invited(message, status)
        elif method == b"BYE" and status >= 200:
            self.bye_answered()
        elif status >= 200 and self.state != "ending":
            self.pending = b""

    def _hear_invited(self, message: bytes, status: int) -> None:
        if status < 200:
            self.pending = b""
        elif status >= 300:
            self.floor.send(self, words.refused_ack(self.invite, message))
            if self.state == "inviting":
                self.pending = b""
                self.status = status
                self.floor.answered(self, status)
                self.state = "over"
                self.floor.over(self)
        elif self.dialog is not None:
            self.floor.count_repeated()
            self.floor.send(self, words.request(self.dialog, b"ACK", 1))
        else:
            self._hear_answer(message)

    def _hear_answer(self, message: bytes) -> None:
        self.pending = b""
        self.dialog = words.Dialog(
            words.uri_in(words.header(message, b"Contact")), words.header(message, b"From"),
            words.header(message, b"To"), self.call_id, self.here, words.caller_routes(message),
        )  # fmt: skip
        self.floor.send(self, words.request(self.dialog, b"ACK", 1))
        if self.state != "inviting":  # given up: the answer comes too late
            self.state = "ending"
            self.request(b"BYE")
            return
        self.status = 200
        self.state = "up"
        self.floor.answered(self, 200)
        self.floor.sound_to(self, message)
        if self.keys:
            self.floor.later(self.floor.plan.key_after_ms / 1000, "press", self)
        if self.phone is not None and self.phone.state == "talking":
            self.floor.talking(self.phone)

    def press(self) -> None:
        """The next key."""
        if self.state != "up" or not self.keys:
            return
        key, self.keys = self.keys[:1], self.keys[1:]
        self.request(b"INFO", kind=b"application/dtmf-relay", body=words.DTMF % key.encode())
        if self.keys:
            self.floor.later(self.floor.plan.key_after_ms / 1000, "press", self)

    def give_up(self) -> None:
        """Too long without an agent."""
        if self.has_talked or self.state in ("over", "ending"):
            return
        self.gave_up = True
        if self.state == "up":
            self.hang_up()
        else:
            self.pending = b""
            self.state = "over"
            self.floor.over(self)


class Phone(Leg):
    """An agent's phone that rings; one of these for each offer."""

    side = 1

    def __init__(self, floor: Floor, invited: bytes, remote: Address, here: bytes) -> None:
        super().__init__(floor, words.header(invited, b"Call-ID"), remote)
        self.received_ns = time.perf_counter_ns()
        self.invited = invited
        self.here = here
        self.extension = words.uri_user(invited[: invited.find(b"\r\n")])
        self.tag = b"a" + self.call_id[:12].replace(b"@", b"")
        number = words.uri_user(words.header(invited, b"From"))
        self.caller = floor.find_caller(number)
        self.answer = b""

    @property
    @override
    def contact(self) -> bytes:
        """Our own Contact."""
        return b"<sip:%b@%b>" % (self.extension, self.here)

    def ring(self) -> None:
        """180, and a while later 200."""
        self.state = "ringing"
        self.floor.offered(self)
        self.answer = words.answer(self.invited, b"180 Ringing", tag=self.tag, contact=self.contact)
        self.floor.send(self, self.answer)
        after_ms = self.floor.plan.answer_after_ms
        if after_ms:
            self.floor.later(after_ms / 1000, "pick_up", self)
        else:
            self.pick_up()

    def pick_up(self) -> None:
        """200, repeated until the ACK."""
        if self.state != "ringing":
            return
        self.state = "answering"
        self.answer = words.answer(
            self.invited, b"200 OK", tag=self.tag, contact=self.contact,
            body=self.floor.sound_of(self),
        )  # fmt: skip
        self.dialog = words.Dialog(
            words.uri_in(words.header(self.invited, b"Contact")), words.header(self.answer, b"To"),
            words.header(self.invited, b"From"), self.call_id, self.here,
            words.agent_routes(self.invited),
        )  # fmt: skip
        self.floor.send_until_answered(self, self.answer)

    @override
    def hear_request(self, message: bytes, method: bytes) -> None:
        """Anything about this call, also its own INVITE once more."""
        if method == b"ACK":
            if self.state == "answering":
                self.pending = b""
                self.state = "talking"
                self.floor.sound_to(self, message if b"m=audio" in message else self.invited)
                self.floor.talking(self)
        elif method == b"CANCEL":
            self.floor.send(self, words.answer(message, b"200 OK"))
            if self.state == "ringing":
                gone = words.answer(self.invited, b"487 Request Terminated", tag=self.tag)
                self.floor.send(self, gone)
                self.bye_heard()
        elif method == b"INVITE" and b"tag=" not in words.header(message, b"To"):
            self.floor.count_repeated()
            self.floor.send(self, self.answer)
        else:
            super().hear_request(message, method)

    def hear_response(self, message: bytes, status: int) -> None:
        """A response to our BYE."""
        if status >= 200 and words.method_of(message) == b"BYE":
            self.bye_answered()

    @override
    def hang_up(self) -> None:
        """BYE; the agent is free from here on."""
        if self.state == "talking":
            self.floor.freed(self)
        super().hang_up()
