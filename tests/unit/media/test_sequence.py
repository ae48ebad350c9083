import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media.sequence import Segment, Sequence, SequenceEmptyError

pytestmark = pytest.mark.unit


def drain(sequence: Sequence, samples: int = 160, limit: int = 1000) -> bytes:
    frames: list[bytes] = []
    while not sequence.done and len(frames) < limit:
        frames.append(sequence.frame(samples, len(frames) * samples))
    assert all(len(frame) == samples for frame in frames)
    return b"".join(frames)


@given(st.lists(st.binary(max_size=700), min_size=1, max_size=6), st.sampled_from([160, 320, 480]))
def test_pieces_join_without_a_gap_and_only_the_end_is_filled(
    pieces: list[bytes], samples: int
) -> None:
    sequence = Sequence([Segment(piece) for piece in pieces], 0xD5)
    whole = b"".join(pieces)
    heard = drain(sequence, samples)
    assert heard[: len(whole)] == whole
    assert set(heard[len(whole) :]) <= {0xD5}
    assert len(heard) - len(whole) < samples or not whole
    assert sequence.played == len(whole)


def test_a_frame_that_ends_with_the_piece_ends_the_sequence() -> None:
    sequence = Sequence([Segment(b"a" * 320)], 0)
    sequence.frame(160, 0)
    assert not sequence.done
    sequence.frame(160, 160)
    assert sequence.done


def test_a_loop_begins_again_without_a_gap() -> None:
    sequence = Sequence([Segment(b"abc"), Segment(b"de")], 0, loop=True)
    assert sequence.frame(12, 0) == b"abcdeabcdeab"
    assert sequence.frame(4, 12) == b"cdea"


def test_a_limit_ends_an_endless_piece() -> None:
    sequence = Sequence([Segment(b"ab", repeat=True, limit=5), Segment(b"xyz")], 0)
    assert drain(sequence, 4) == b"ababaxyz"


def test_music_is_at_the_same_place_for_all_who_come_later() -> None:
    music = bytes(range(256)) * 10
    early = Sequence([Segment(music, repeat=True, shared=True)], 0)
    late = Sequence([Segment(b"hi", shared=False), Segment(music, repeat=True, shared=True)], 0)
    first = [early.frame(160, clock * 160) for clock in range(40)]
    assert late.frame(160, 30 * 160)[2:] == first[30][2:]
    assert late.frame(160, 31 * 160) == first[31]


def test_an_endless_loop_of_nothing_is_refused() -> None:
    with pytest.raises(SequenceEmptyError):
        Sequence([Segment(b"")], 0, loop=True)


def test_nothing_to_play_is_over_at_once() -> None:
    sequence = Sequence([], 9)
    assert sequence.frame(3, 0) == b"\t\t\t"
    assert sequence.done
