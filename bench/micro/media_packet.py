"""What one relayed packet costs in Python alone: two legs on stub sockets, no kernel between.

Prints nanoseconds per packet, the best of several rounds: plain, recorded, transcoded. What the
kernel adds is in `media_relay.py`. Asserts nothing.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from cordboard.media.commands import CreateLeg, SetRemote
from cordboard.media.leg import Leg
from cordboard.media.recorder import Recording
from cordboard.media.rtp import HEADER, Outgoing
from cordboard.media.sink import Voice

PACKETS, ROUNDS = 5_000, 15


class StubSocket:
    """Gives packets and takes them; nothing leaves."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.recv: Callable[..., bytes] = lambda _: self.packets.pop()
        self.send = len
        self.sendto = lambda data, _: len(data)

    def fileno(self) -> int:
        return -1

    def connect(self, _: object) -> None:
        pass


class StubPair:
    def __init__(self) -> None:
        self.rtp = self.rtcp = StubSocket()
        self.rtp_port = 10_000


class Nobody:
    """Hears what legs tell, and does nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def build(name: str, codec: str) -> tuple[Any, StubSocket]:
    pair: Any = StubPair()
    watcher: Any = Nobody()
    leg: Any = Leg(CreateLeg(name), pair, Outgoing(1, 2, 3, 0), watcher, 0)
    number = 8 if codec == "PCMA" else 0
    leg.set_remote(SetRemote(name, "127.0.0.1", 9, codec=codec, payload_type=number), 0)  # type: ignore[arg-type]
    leg._connect(("127.0.0.1", 9))
    leg.tones = None
    return leg, pair.rtp


def measure(*, codec: str, record: bool) -> float:
    a, wire = build("a", "PCMA")
    b, _ = build("b", codec)
    a.set_row((Voice(b, 1.0),))
    b.set_row((Voice(a, 1.0),))
    sound = random.randbytes(160)
    seq = 0
    best = 1e9
    for _ in range(ROUNDS):
        if record:
            a.record(Recording("r", "a", "/x.wav", "PCMA", seq * 160), None)
        wire.packets = [
            HEADER.pack(0x80, 8, (seq + n) & 0xFFFF, (seq + n) * 160, 7) + sound
            for n in reversed(range(PACKETS))
        ]
        receive = a.receive
        moments = [(seq + n) * 160 for n in range(PACKETS)]
        seq += PACKETS
        began = time.perf_counter_ns()
        for n, now in enumerate(moments):
            if record and n % 50 == 0:
                a.recording.take_settled(now)
            receive(now)
        best = min(best, (time.perf_counter_ns() - began) / PACKETS)
    assert b.out.packets == PACKETS * ROUNDS
    return best


def main() -> None:
    for name, codec, record in (
        ("relayed", "PCMA", False),
        ("relayed and recorded", "PCMA", True),
        ("transcoded", "PCMU", False),
    ):
        print(f"{name:>24}  {measure(codec=codec, record=record):,.0f} ns a packet")


if __name__ == "__main__":
    main()
