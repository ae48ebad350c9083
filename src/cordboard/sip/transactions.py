"""The four transaction machines: what is repeated, what is absorbed, and when to give up.

Each machine is a small value with one `deadline`; timers A–M are data in it. It sends through
its `port` and tells its `handler`; it knows neither dialogs nor sessions.

Source: RFC 3261 §17, tables 4 and figures 5–8; RFC 6026 (2xx to INVITE: Accepted, L and M).
"""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from typing_extensions import override

from .agenda import NEVER, Timed
from .draft import Draft
from .messages import Request, Response
from .model import Flow, Hop, Timers

Key = tuple[object, ...]
ResponseHandler = Callable[["ClientTransaction", Response | None, float], None]
"(transaction, response or None on timeout, now_s)."


class State(Enum):
    """States of all four machines."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Port(Protocol):
    """What a machine needs of the world."""

    def send(self, data: bytes, flow: Flow | None, hop: Hop) -> None:
        """Hand bytes to the driver."""
        ...

    def schedule(self, item: Timed) -> None:
        """Note an earlier deadline."""
        ...

    def linger(self, transaction: "Transaction") -> None:
        """The machine only absorbs repetitions from now on."""
        ...

    def remove(self, transaction: "Transaction") -> None:
        """The machine has ended."""
        ...


class Transaction:
    """What all machines share: where it sends, and its deadlines."""

    __slots__ = (
        "_give_up_at", "_interval_s", "_repeat_at", "deadline", "flow", "hop", "key", "port",
        "queued_at", "state", "timers",
    )  # fmt: skip

    def __init__(
        self, key: Key, port: Port, flow: Flow | None, hop: Hop, timers: Timers, state: State
    ) -> None:
        self.key = key
        self.port = port
        self.flow = flow
        self.hop = hop
        self.timers = timers
        self.state = state
        self.deadline = NEVER
        self.queued_at = NEVER
        self._repeat_at = NEVER
        self._give_up_at = NEVER
        self._interval_s = timers.t1_s

    @property
    def reliable(self) -> bool:
        """True if the transport retransmits by itself."""
        return self.hop[2] != "udp"

    def _set(self, repeat_at: float, give_up_at: float) -> None:
        self._repeat_at = repeat_at
        self._give_up_at = give_up_at
        self.deadline = min(repeat_at, give_up_at)
        self.port.schedule(self)

    def fire(self, now_s: float) -> None:
        """Do what is due."""
        raise NotImplementedError

    def _linger(self, state: State, seconds: float, now_s: float) -> None:
        """Enter an absorbing state for so long; not at all over a reliable transport."""
        if self.reliable:
            self.terminate()
        else:
            self.state = state
            self._set(NEVER, now_s + seconds)
            self.port.linger(self)

    def terminate(self) -> None:
        """End now."""
        self.state = State.TERMINATED
        self.deadline = NEVER
        self.port.remove(self)

    def _send(self, data: bytes) -> None:
        self.port.send(data, self.flow, self.hop)


class ClientTransaction(Transaction):
    """A request of ours and what came back."""

    __slots__ = ("data", "draft", "handler", "unreachable")

    def __init__(
        self,
        key: Key,
        port: Port,
        flow: Flow | None,
        hop: Hop,
        timers: Timers,
        draft: Draft,
        handler: ResponseHandler,
    ) -> None:
        first = State.CALLING if draft.method == "INVITE" else State.TRYING
        super().__init__(key, port, flow, hop, timers, first)
        self.draft = draft
        self.data = bytes(draft)
        self.handler = handler
        self.unreachable = False
        "The driver could not send; tells this None from a timeout."

    @property
    def waiting(self) -> bool:
        """No final response came yet."""
        return self.state in (State.CALLING, State.TRYING, State.PROCEEDING)

    def start(self, now_s: float) -> None:
        """Send the request for the first time."""
        repeat_at = NEVER if self.reliable else now_s + self.timers.t1_s
        self._set(repeat_at, now_s + self.timers.timeout_s)
        self._send(self.data)

    def receive(self, response: Response, now_s: float) -> None:
        """Take a response that names this transaction."""
        raise NotImplementedError

    @override
    def fire(self, now_s: float) -> None:
        """Repeat the request, give up, or stop lingering."""
        if now_s < self._give_up_at:
            self._send(self.data)
            self._interval_s = self._next_interval_s()
            self._set(now_s + self._interval_s, self._give_up_at)
            return
        waiting = self.waiting
        self.terminate()
        if waiting:
            self.handler(self, None, now_s)

    def _next_interval_s(self) -> float:
        raise NotImplementedError


class InviteClient(ClientTransaction):
    """INVITE, client side: timers A, B, C, D, M. Every 2xx goes up, a refusal once.

    When it gives up in Proceeding, the handler gets None and should cancel; the machine then
    stays for another 64·T1 to ACK the 487 that this brings.
    """

    __slots__ = ("acks", "alerted", "timed_out")

    def __init__(
        self,
        key: Key,
        port: Port,
        flow: Flow | None,
        hop: Hop,
        timers: Timers,
        draft: Draft,
        handler: ResponseHandler,
    ) -> None:
        super().__init__(key, port, flow, hop, timers, draft, handler)
        self.acks: dict[str | None, tuple[bytes, Flow | None, Hop]] = {}
        "By the far end's tag: the ACK to repeat for each repeated 2xx."

        self.alerted = False
        "Something better than 100 came."

        self.timed_out = False

    @override
    def _next_interval_s(self) -> float:
        return self._interval_s * 2

    @property
    def provisional_seen(self) -> bool:
        """A CANCEL may be sent: something came, nothing final (RFC 3261 §9.1)."""
        return self.state is State.PROCEEDING

    def adopt(self, now_s: float) -> None:
        """Take over an INVITE that a crashed process sent: nothing is repeated."""
        self.state = State.PROCEEDING
        self._set(NEVER, now_s + self.timers.ringing_s)

    def await_final(self, now_s: float) -> None:
        """After a CANCEL: the final response must come within 64·T1 (RFC 3261 §9.1)."""
        self.timed_out = True
        self._set(NEVER, now_s + self.timers.timeout_s)

    @override
    def receive(self, response: Response, now_s: float) -> None:
        """Take a response; see the table in RFC 3261 figure 5 and RFC 6026 figure 1."""
        status = response.status
        if self.state in (State.CALLING, State.PROCEEDING):
            if status < 200:
                self._proceed(status, now_s)
            elif status < 300:
                self.state = State.ACCEPTED
                self.data = b""
                self._set(NEVER, now_s + self.timers.timeout_s)
                self.port.linger(self)
            else:
                self.data = bytes(self.draft.ack(response.to))
                self._send(self.data)
                self._linger(State.COMPLETED, 32.0, now_s)
            self.handler(self, response, now_s)
        elif self.state is State.ACCEPTED and 200 <= status < 300:
            known = self.acks.get(response.to_tag)
            if known is not None:
                self.port.send(*known)
            else:
                self.handler(self, response, now_s)
        elif self.state is State.COMPLETED and status >= 300:
            self._send(self.data)

    def _proceed(self, status: int, now_s: float) -> None:
        first = self.state is State.CALLING
        self.state = State.PROCEEDING
        if self.timed_out:
            return
        if status > 100:
            self.alerted = True
            self._set(NEVER, now_s + self.timers.ringing_s)
        elif first:
            self._set(NEVER, now_s + self.timers.trying_s)

    @override
    def fire(self, now_s: float) -> None:
        """Repeat (A), give up (B, C), or stop lingering (D, M)."""
        proceeding = self.state is State.PROCEEDING and now_s >= self._give_up_at
        if proceeding and not self.timed_out:
            self.timed_out = True
            self._set(NEVER, now_s + self.timers.timeout_s)
            self.handler(self, None, now_s)
        else:
            super().fire(now_s)


class NonInviteClient(ClientTransaction):
    """Any other request, client side: timers E (capped at T2), F and K."""

    __slots__ = ()

    @override
    def _next_interval_s(self) -> float:
        if self.state is State.PROCEEDING:
            return self.timers.t2_s
        return min(self._interval_s * 2, self.timers.t2_s)

    @override
    def receive(self, response: Response, now_s: float) -> None:
        """Take a response; a second final one is absorbed."""
        if self.state not in (State.TRYING, State.PROCEEDING):
            return
        if response.status < 200:
            self.state = State.PROCEEDING
        else:
            self.data = b""
            self._linger(State.COMPLETED, self.timers.t4_s, now_s)
        self.handler(self, response, now_s)


class ServerTransaction(Transaction):
    """A request of the peer and our answer to it. The last response is kept for repetition."""

    __slots__ = ("last",)

    def __init__(
        self, key: Key, port: Port, flow: Flow, hop: Hop, timers: Timers, state: State
    ) -> None:
        super().__init__(key, port, flow, hop, timers, state)
        self.last = b""

    def repeat(self) -> None:
        """The peer repeated its request: so do we our answer."""
        if self.last:
            self._send(self.last)

    def respond(self, data: bytes, status: int, now_s: float) -> None:
        """Send a response."""
        raise NotImplementedError

    @override
    def fire(self, now_s: float) -> None:
        """Stop lingering."""
        self.terminate()


class NonInviteServer(ServerTransaction):
    """Any request but INVITE, server side: timer J."""

    __slots__ = ()

    @override
    def respond(self, data: bytes, status: int, now_s: float) -> None:
        """Send a response; nothing after the final one."""
        if self.state is State.COMPLETED or self.state is State.TERMINATED:
            return
        self.last = data
        self._send(data)
        if status < 200:
            self.state = State.PROCEEDING
        else:
            self._linger(State.COMPLETED, self.timers.timeout_s, now_s)


class InviteServer(ServerTransaction):
    """INVITE, server side: timers G, H, I and L, and the 2xx that the core must repeat (§13.3.1.4).

    `on_silence` is called if a 2xx is not ACKed within 64·T1.
    """

    __slots__ = ("local_tag", "on_cancel", "on_silence")

    def __init__(self, key: Key, port: Port, flow: Flow, hop: Hop, timers: Timers) -> None:
        super().__init__(key, port, flow, hop, timers, State.PROCEEDING)
        self.on_silence: Callable[[float], None] | None = None
        self.on_cancel: Callable[[Request, float], None] | None = None
        "Called with a CANCEL that comes before our final response."

        self.local_tag: str | None = None

    @override
    def respond(self, data: bytes, status: int, now_s: float) -> None:
        """Send a response and, if it is final, keep sending it until its ACK."""
        if self.state is not State.PROCEEDING:
            return
        self.last = data
        self._send(data)
        if status < 200:
            return
        accepted = status < 300
        self.on_cancel = None
        self.state = State.ACCEPTED if accepted else State.COMPLETED
        repeats = accepted or not self.reliable  # a proxy's next hop may still lose a 2xx
        self._set(now_s + self.timers.t1_s if repeats else NEVER, now_s + self.timers.timeout_s)

    def acked(self, now_s: float) -> None:
        """The ACK came. For a 2xx the core knows; else it has the INVITE's own branch."""
        if self.state is State.ACCEPTED:
            self.last = b""
            self._set(NEVER, self._give_up_at)
            self.port.linger(self)
        elif self.state is State.COMPLETED:
            self.last = b""
            self._linger(State.CONFIRMED, self.timers.t4_s, now_s)

    @property
    def unacked(self) -> bool:
        """A 2xx is out and its ACK is not in."""
        return self.state is State.ACCEPTED and bool(self.last)

    @override
    def fire(self, now_s: float) -> None:
        """Repeat the final response, or give up."""
        if now_s < self._give_up_at:
            self._send(self.last)
            self._interval_s = min(self._interval_s * 2, self.timers.t2_s)
            self._set(now_s + self._interval_s, self._give_up_at)
            return
        silent = self.unacked
        self.terminate()
        if silent and self.on_silence is not None:
            self.on_silence(now_s)
