"""Sums of known frames: what each row of a mix holds, byte for byte."""

from typing import Any

import numpy as np
import pytest

from cordboard.media.codecs import decode, encode
from cordboard.media.mixer import Mixer
from cordboard.media.rtp import Outgoing
from cordboard.media.sequence import Segment, Sequence
from cordboard.media.sink import Playing, Sink, Voice

pytestmark = pytest.mark.unit


class Wire:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.rtp = self
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> int:
        self.sent.append(data)
        return len(data)


class Studio:
    """Follows modes as the studio does, and plays to the end."""

    def __init__(self) -> None:
        self.sinks: dict[str, Sink] = {}
        self.over: list[str] = []
        self.mixer = Mixer(self.play_over)

    def mode_changed(self, name: str) -> None:
        if name in self.sinks:
            self.mixer.follow(self.sinks[name])

    def play_over(self, name: str) -> None:
        self.over.append(name)
        self.sinks[name].play(None)

    def open(self, name: str, codec: str = "PCMA") -> Sink:
        pair: Any = Wire()
        sink = Sink(name, pair, Outgoing(1, 0, 0, 0), self)
        sink.codec, sink.sending = codec, True
        self.sinks[name] = sink
        return sink

    def tick(self, number: int, **said: bytes) -> None:
        """Let parties say a frame each, then mix one."""
        for name, frame in said.items():
            inbox = self.sinks[name].inbox
            if inbox is not None:
                inbox.put(number * 160, frame)
        self.mixer.tick(number * 160, number * 160)


def row(*sinks: Sink) -> tuple[Voice, ...]:
    return tuple(Voice(sink, 1.0) for sink in sinks)


def level(value: int, codec: str = "PCMA") -> bytes:
    return encode(np.full(160, value, dtype=np.int16), codec)


def heard(sink: Sink) -> bytes:
    wire: Any = sink.pair
    return bytes(wire.sent[-1][12:])


def summed(codec: str, *frames: tuple[bytes, str]) -> bytes:
    total = sum((decode(frame, law).astype(int) for frame, law in frames), np.zeros(160, int))
    return encode(total.clip(-32768, 32767).astype(np.int16), codec)


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_a_row_is_the_sum_of_its_voices_in_its_own_codec(studio: Studio) -> None:
    a, b, c = studio.open("a"), studio.open("b", "PCMU"), studio.open("c")
    for sink, others in ((a, (b, c)), (b, (a, c)), (c, (a, b))):
        sink.set_row(row(*others))
    said = {"a": level(900), "b": level(-4000, "PCMU"), "c": level(15000)}
    studio.tick(0)
    for number in (1, 2, 3):
        studio.tick(number, **said)
    from_a, from_b, from_c = (said["a"], "PCMA"), (said["b"], "PCMU"), (said["c"], "PCMA")
    assert heard(a) == summed("PCMA", from_b, from_c)
    assert heard(b) == summed("PCMU", from_a, from_c)
    assert heard(c) == summed("PCMA", from_a, from_b)


def test_too_much_is_cut_at_the_edge(studio: Studio) -> None:
    a, b, c = (studio.open(name) for name in "abc")
    a.set_row(row(b, c))
    studio.tick(0)
    for number in (1, 2, 3):
        studio.tick(number, b=level(-30000), c=level(-30000))
    assert decode(heard(a), "PCMA").max() < -32000


def test_who_is_silent_adds_nothing(studio: Studio) -> None:
    a, b, c = (studio.open(name) for name in "abc")
    a.set_row(row(b, c))
    studio.tick(0)
    for number in (1, 2, 3):
        studio.tick(number, b=level(5000))
    assert heard(a) == level(5000)


def test_what_is_played_over_a_row_is_heard_there_alone_and_ends(studio: Studio) -> None:
    a, b, c = (studio.open(name) for name in "abc")
    a.set_row(row(b, c))
    b.set_row(row(a, c))
    beep = Sequence([Segment(level(700) * 2)], 0xD5)
    a.play(Playing("p", beep, "PCMA", interruptible=False, collecting=False, is_over=True))
    studio.tick(0)
    studio.tick(1, c=level(3000))
    assert heard(a) != heard(b)
    assert studio.over == ["a"]
    studio.tick(2, c=level(3000))
    assert heard(a) == heard(b) == level(3000)


def test_a_lone_voice_is_mixed_only_while_it_must_be(studio: Studio) -> None:
    a, b = studio.open("a"), studio.open("b")
    a.set_row(row(b))
    assert (a.mode, b.ears, len(studio.mixer)) == ("relay", (a,), 0)
    a.set_row((Voice(b, 0.5),))
    assert (a.mode, b.ears, len(studio.mixer)) == ("mix", (), 1)
    studio.tick(0)
    assert b.inbox is not None
    a.set_row(row(b))
    studio.tick(1)
    assert (a.mode, b.ears, len(studio.mixer)) == ("relay", (a,), 0)
    assert b.inbox is None


def test_a_muted_voice_is_in_no_row_until_it_is_heard_again(studio: Studio) -> None:
    a, b, c = (studio.open(name) for name in "abc")
    a.set_row(row(b, c))
    b.mute(muted=True)
    assert (a.mode, c.ears, b.ears) == ("relay", (a,), ())
    c.mute(muted=True)
    assert (a.mode, b.ears, c.ears) == ("silence", (), ())
    b.mute(muted=False)
    c.mute(muted=False)
    assert (a.mode, len(studio.mixer)) == ("mix", 1)
