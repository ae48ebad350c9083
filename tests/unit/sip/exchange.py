"""Two cores on one wire in virtual time; the wire's trouble is a value.

Imported by tests, never collected.
"""

import heapq
import itertools
from collections.abc import Callable
from typing import TypeVar

from cordboard.sip import (
    Flow,
    InviteReceived,
    Outgoing,
    SipCore,
    SipEvent,
    SipSettings,
)
from cordboard.sip.messages import Request, Response
from cordboard.sip.parser import parse

E = TypeVar("E")
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)
ANSWER = OFFER.replace(b"10.0.0.1", b"10.0.0.2")
HOLD = OFFER + b"a=sendonly\r\n"
PASSWORDS = {"1001": "secret", "1002": "geheim"}


def tokens(prefix: str) -> Callable[[], str]:
    count = itertools.count(1)
    return lambda: f"{prefix}{next(count):06x}"


class Party:
    """One core at one address, and what it told."""

    def __init__(self, name: str, host: str, **settings: object) -> None:
        self.name, self.host = name, host
        options: dict[str, object] = {
            "realm": "example",
            "advertised": {"udp": (host, 5060), "tcp": (host, 5060)},
            "trusted": lambda _: True,
        }
        self.core = SipCore(
            SipSettings(**(options | settings)),  # type: ignore[arg-type]
            token=tokens(name),
            credentials=lambda _, user: PASSWORDS.get(user),
        )
        self.told: list[SipEvent] = []

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]


Rule = Callable[[Request | Response, Party], str | float]
"What becomes of a message: `ok`, `lost`, or seconds of delay."


def fine(message: Request | Response, sender: Party) -> str | float:
    return "ok"


class Exchange:
    """Carries messages between parties by destination address, in virtual time."""

    def __init__(self, *parties: Party, rule: Rule = fine) -> None:
        self.parties = {party.host: party for party in parties}
        self.rule = rule
        self.now_s = 100.0
        self.trace: list[str] = []
        self.sent: list[tuple[str, bytes]] = []
        self._air: list[tuple[float, int, Party, Flow, bytes]] = []
        self._count = itertools.count()

    def pump(self, latency_s: float = 0.001) -> None:
        for party in self.parties.values():
            for out in party.core.outputs():
                self._carry(party, out, latency_s)
            party.told += party.core.events()

    def _carry(self, party: Party, out: Outgoing, latency_s: float) -> None:
        message = parse(out.data)
        word = message.method if isinstance(message, Request) else str(message.status)
        fate = self.rule(message, party)
        self.trace.append(f"{party.name}>{word}" + ("!" if fate == "lost" else ""))
        self.sent.append((party.name, out.data))
        target = self.parties.get(out.destination[0])
        if fate == "lost" or target is None:
            return
        delay_s = latency_s if isinstance(fate, str) else fate
        flow = Flow("udp", (target.host, 5060), (party.host, 5060))
        item = (self.now_s + delay_s, next(self._count), target, flow, out.data)
        heapq.heappush(self._air, item)

    def run(self, seconds: float = 0.1) -> None:
        end_s = self.now_s + seconds
        self.pump()
        while True:
            times = [t for p in self.parties.values() if (t := p.core.next_deadline()) is not None]
            if self._air:
                times.append(self._air[0][0])
            now_s = max(min(times, default=end_s), self.now_s)
            if now_s > end_s or not times:
                self.now_s = end_s
                return
            self.now_s = now_s
            while self._air and self._air[0][0] <= now_s:
                _, _, target, flow, data = heapq.heappop(self._air)
                target.core.receive(data, flow, now_s)
            for party in self.parties.values():
                party.core.tick(now_s)
            self.pump()

    def count(self, step: str) -> int:
        return sum(1 for seen in self.trace if seen.rstrip("!") == step)


def loses(*steps: str) -> Rule:
    """Lose the n-th sending of a step: `a>INVITE` once, `b>200*` always, twice if named twice."""
    left = list(steps)

    def rule(message: Request | Response, sender: Party) -> str | float:
        word = message.method if isinstance(message, Request) else str(message.status)
        step = f"{sender.name}>{word}"
        if f"{step}*" in left:
            return "lost"
        if step in left:
            left.remove(step)
            return "lost"
        return "ok"

    return rule


def two(rule: Rule = fine, **settings: object) -> tuple[Party, Party, Exchange]:
    a, b = Party("a", "10.0.0.1", **settings), Party("b", "10.0.0.2", **settings)
    return a, b, Exchange(a, b, rule=rule)


def call(a: Party, b: Party, x: Exchange, session: str = "s", sdp: bytes | None = OFFER) -> str:
    """Let a call b; return b's session id once the INVITE is there."""
    ring(a, x, session, sdp)
    return b.last(InviteReceived).session


def ring(a: Party, x: Exchange, session: str = "s", sdp: bytes | None = OFFER) -> None:
    a.core.invite(
        session,
        request_uri="sip:bob@10.0.0.2",
        from_="sip:alice@10.0.0.1",
        to="sip:bob@10.0.0.2",
        sdp=sdp,
        now_s=x.now_s,
    )
    x.run(0.01)


def talk(a: Party, b: Party, x: Exchange, session: str = "s") -> str:
    """An answered call."""
    other = call(a, b, x, session)
    b.core.answer(other, ANSWER, x.now_s)
    x.run(0.01)
    return other


def idle(x: Exchange) -> bool:
    """Nothing is kept after everything has ended."""
    return all(
        set(p.core.load.values()) == {0} and not p.core._end.places for p in x.parties.values()
    )


def request(
    method: str,
    *extra: str,
    uri: str = "sip:bob@10.0.0.2",
    branch: str = "z9hG4bKx1",
    to: str = "<sip:bob@10.0.0.2>",
    from_: str = "<sip:alice@10.0.0.1>;tag=ft",
    call_id: str = "c1",
    cseq: int = 1,
    host: str = "10.0.0.1",
    body: bytes = b"",
    contact: bool = True,
) -> bytes:
    """A hand-written request."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:5060;branch={branch};rport",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        "Max-Forwards: 70" if not any(e.startswith("Max-Forwards") for e in extra) else extra[0],
        *[e for e in extra if not e.startswith("Max-Forwards")],
    ]
    if contact:
        lines.append(f"Contact: <sip:alice@{host}:5060>")
    if body and not any(e.startswith("Content-Type") for e in extra):
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode() + body


FLOW = Flow("udp", ("10.0.0.2", 5060), ("10.0.0.1", 5060))


def feed(party: Party, data: bytes, now_s: float = 100.0, flow: Flow = FLOW) -> list[Response]:
    """Let a party take bytes; return the responses it sends."""
    party.core.receive(data, flow, now_s)
    return replies(party)


def replies(party: Party) -> list[Response]:
    party.told += party.core.events()
    found = [parse(out.data) for out in party.core.outputs()]
    return [message for message in found if isinstance(message, Response)]


def statuses(party: Party, data: bytes, now_s: float = 100.0, flow: Flow = FLOW) -> list[int]:
    return [r.status for r in feed(party, data, now_s, flow)]
