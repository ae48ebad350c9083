"""CPU of whole two-leg calls through one core, without sockets; prints, never asserts.

Leg A is a caller, leg B a phone; the core under test is the exchange between them.
Run from the root: python bench/micro/sip_call.py [calls]
"""

import sys
import time

from cordboard.sip import Flow, InviteReceived, SessionAnswered, SessionEnded, SipCore
from tests.unit.sip.exchange import ANSWER, OFFER, Party

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000


class Bench:
    """Three cores; only the middle one's time counts."""

    def __init__(self) -> None:
        self.a, self.m, self.b = (Party(n, f"10.0.0.{i}") for i, n in enumerate("amb", 1))
        self.spent_s = 0.0
        self.now_s = 1.0
        self.messages = 0

    def pass_on(self) -> None:
        """Carry messages until nobody has any."""
        cores = {p.host: p.core for p in (self.a, self.m, self.b)}
        moved = True
        while moved:
            moved = False
            for host, core in cores.items():
                for out in core.outputs():
                    moved = True
                    target = cores[out.destination[0]]
                    flow = Flow("udp", (out.destination[0], 5060), (host, 5060))
                    if target is self.m.core:
                        self.messages += 1
                        self.timed(target, out.data, flow)
                    else:
                        target.receive(out.data, flow, self.now_s)
                        self.react(target)

    def timed(self, core: SipCore, data: bytes, flow: object) -> None:
        start = time.process_time()
        core.receive(data, flow, self.now_s)  # type: ignore[arg-type]
        for event in core.events():
            if isinstance(event, InviteReceived):
                core.invite(
                    "b" + event.session, request_uri="sip:p@10.0.0.3", from_=event.from_,
                    to="sip:p@10.0.0.3", sdp=event.sdp, now_s=self.now_s,
                )  # fmt: skip
            elif isinstance(event, SessionAnswered):
                core.answer(event.session[1:], event.sdp, self.now_s)
            elif isinstance(event, SessionEnded):
                core.hang_up("b" + event.session, self.now_s)
        self.spent_s += time.process_time() - start

    def react(self, core: SipCore) -> None:
        for event in core.events():
            if isinstance(event, InviteReceived):
                core.progress(event.session, 180, now_s=self.now_s)
                core.answer(event.session, ANSWER, self.now_s)

    def call(self, name: str) -> None:
        self.a.core.invite(
            name, request_uri="sip:x@10.0.0.2", from_="sip:a@10.0.0.1", to="sip:x@10.0.0.2",
            sdp=OFFER, now_s=self.now_s,
        )  # fmt: skip
        self.pass_on()
        self.a.core.hang_up(name, self.now_s)
        self.pass_on()
        self.now_s += 0.01
        start = time.process_time()
        self.m.core.tick(self.now_s)
        self.spent_s += time.process_time() - start
        self.a.core.tick(self.now_s)
        self.b.core.tick(self.now_s)


if __name__ == "__main__":
    bench = Bench()
    for n in range(CALLS):
        bench.call(f"s{n}")
    print(f"{CALLS} two-leg calls, {bench.messages / CALLS:.0f} messages in per call")
    print(f"{bench.spent_s / CALLS * 1000:.3f} ms CPU per call; load {bench.m.core.load}")
