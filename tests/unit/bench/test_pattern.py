"""Marked sound: what it says, and that a switch leaves it alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import pattern
from cordboard.media.codecs import decode, encode

pytestmark = pytest.mark.unit

SLOTS, NUMBERS = st.integers(0, 4095), st.integers(0, pattern.NUMBERS - 1)


@given(SLOTS, st.sampled_from([0, 1]), NUMBERS)
def test_a_frame_says_whose_it_is_and_which(slot: int, direction: int, number: int) -> None:
    frame = pattern.frame(slot, direction, number)
    assert len(frame) == pattern.FRAME
    assert pattern.read(frame) == (slot, direction, number)


def test_a_frame_outlives_linear_sound_and_back() -> None:
    frame = pattern.frame(4095, 1, 4095)
    assert encode(decode(frame, "PCMU"), "PCMU") == frame


@pytest.mark.parametrize("other", [b"", b"\xff" * 160, bytes(range(160)), b"\xff" * 80])
def test_other_sound_says_nothing(other: bytes) -> None:
    assert pattern.read(other) is None


def test_a_frame_with_one_wrong_sample_says_nothing() -> None:
    frame = bytearray(pattern.frame(1, 0, 1))
    frame[100] ^= 1
    assert pattern.read(bytes(frame)) is None


@pytest.mark.parametrize(
    ("last", "number", "ahead"), [(0, 1, 1), (4095, 0, 1), (5, 5, 0), (1, 4095, -2), (10, 14, 4)]
)
def test_frames_are_counted_around_the_corner(last: int, number: int, ahead: int) -> None:
    assert pattern.step(last, number) == ahead
