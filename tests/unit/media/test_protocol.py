import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media.commands import Collect, Play
from cordboard.media.events import DigitPressed
from cordboard.media.protocol import (
    MAX_FRAME_BYTES,
    FrameError,
    FrameReader,
    Hello,
    Order,
    Told,
    decode_to_control,
    decode_to_media,
    frame,
)

pytestmark = pytest.mark.unit

WORDS = [
    Hello("e1", 7, "m1"),
    Order("e1.1", Play("leg", "p", ["file:zh/goodbye"], loop=True)),
    Order("e1.2", Collect("leg", "c", [], max_digits=4, patterns=["1XX"])),
]


def test_words_come_back_whole_however_the_stream_is_cut() -> None:
    stream = b"".join(frame(word) for word in WORDS)
    for seed in range(50):
        chance, reader, came, rest = random.Random(seed), FrameReader(), [], stream
        while rest:
            cut = chance.randint(1, 9)
            came += [decode_to_media(body) for body in reader.feed(rest[:cut])]
            rest = rest[cut:]
        assert came == WORDS


def test_a_fact_keeps_its_place_and_its_time() -> None:
    told = Told(9, DigitPressed("leg", "5", "rfc4733", 120, 1_700_000_000_000))
    (body,) = FrameReader().feed(frame(told))
    assert decode_to_control(body) == told


def test_a_frame_too_long_is_refused_before_it_is_kept() -> None:
    with pytest.raises(FrameError):
        list(FrameReader().feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big")))


@given(st.binary(max_size=64))
def test_rubbish_is_a_named_error_and_nothing_else(data: bytes) -> None:
    try:
        decode_to_media(data)
    except ValueError:  # msgspec's errors are ValueErrors
        return
