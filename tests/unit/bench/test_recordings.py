"""Recordings are decoded and every frame accounted for: nothing wrong goes unseen."""

from pathlib import Path

import pytest

from bench.pattern import FRAME, NUMBERS, frame
from bench.recordings import EDGE, TAIL, Verdict, channels_of, check
from cordboard.media.wav import header

pytestmark = pytest.mark.unit

SENT = 400
MUSIC = b"\xf3\x71" * 4_000


def a_file(folder: Path, said: bytes, heard: bytes, name: str = "one.wav") -> Path:
    """A recording as the product writes it."""
    length = max(len(said), len(heard))
    stereo = bytearray(2 * length)
    stereo[::2], stereo[1::2] = said.ljust(length, b"\xff"), heard.ljust(length, b"\xff")
    path = folder / name
    path.write_bytes(header("PCMU", 2, length) + stereo)
    return path


def speech(direction: int, numbers: range, *, slot: int = 7) -> bytes:
    return b"".join(frame(slot, direction, number % NUMBERS) for number in numbers)


def sent(count: int = SENT, slot: int = 7) -> dict[tuple[int, int], int]:
    return {(slot, 0): count, (slot, 1): count}


def verdict(folder: Path, said: bytes, heard: bytes, count: int = SENT) -> Verdict:
    return check([a_file(folder, said, heard)], sent(count))


ALL = range(1, SENT + 1)


class TestATrueRecording:
    def test_both_parties_whole(self, tmp_path: Path) -> None:
        found = verdict(tmp_path, speech(0, ALL), MUSIC + speech(1, ALL))
        assert found == Verdict(1, 1, 2 * (SENT - EDGE), 0, 0, 0, 0, 0, 0)

    def test_frames_need_not_lie_on_a_grid(self, tmp_path: Path) -> None:
        found = verdict(tmp_path, b"\xff" * 37 + speech(0, ALL), b"\xff" * 91 + speech(1, ALL))
        assert (found.whole, found.missing) == (1, 0)

    def test_the_edges_may_be_missing(self, tmp_path: Path) -> None:
        inner = range(EDGE + 1, SENT - TAIL + 1)
        found = verdict(tmp_path, speech(0, inner), speech(1, inner))
        assert (found.whole, found.missing, found.strays) == (1, 0, 0)

    def test_numbers_may_begin_again_in_a_long_call(self, tmp_path: Path) -> None:
        long = range(1, NUMBERS + 301)
        found = verdict(tmp_path, speech(0, long), speech(1, long), NUMBERS + 300)
        assert (found.whole, found.missing, found.strays) == (1, 0, 0)


class TestAFalseOne:
    def test_a_hole_is_one_gap_and_its_frames(self, tmp_path: Path) -> None:
        holed = speech(0, range(1, 200)) + b"\xff" * 3 * FRAME + speech(0, range(203, SENT + 1))
        found = verdict(tmp_path, speech(0, ALL), speech(1, ALL))
        worse = verdict(tmp_path, holed, speech(1, ALL))
        assert (worse.missing, worse.within, worse.gaps, worse.whole) == (3, 3, 1, 0)
        assert worse.found == found.found - 3

    def test_an_end_that_is_missing_is_missed(self, tmp_path: Path) -> None:
        found = verdict(tmp_path, speech(0, range(1, 301)), speech(1, ALL))
        assert (found.missing, found.gaps, found.whole) == (SENT - TAIL - 300, 1, 0)
        assert (found.within, found.at_end) == (0, found.missing)

    def test_a_beginning_that_is_missing_is_missed(self, tmp_path: Path) -> None:
        found = verdict(tmp_path, speech(0, ALL), speech(1, range(101, SENT + 1)))
        assert (found.missing, found.within, found.at_end) == (100 - EDGE, 0, 0)

    def test_swapped_channels_are_all_strays(self, tmp_path: Path) -> None:
        found = verdict(tmp_path, speech(1, ALL), speech(0, ALL))
        assert (found.strays, found.whole) == (2 * SENT, 0)
        assert found.missing == 2 * (SENT - TAIL - EDGE)

    def test_somebody_elses_sound_is_a_stray(self, tmp_path: Path) -> None:
        mixed = speech(1, range(1, 200)) + speech(1, range(200, 210), slot=8)
        found = verdict(tmp_path, speech(0, ALL), mixed + speech(1, range(200, SENT + 1)))
        assert (found.strays, found.missing, found.whole) == (10, 0, 0)

    def test_a_frame_that_comes_twice_is_a_stray(self, tmp_path: Path) -> None:
        twice = speech(0, range(1, 200)) + speech(0, range(199, SENT + 1))
        found = verdict(tmp_path, twice, speech(1, ALL))
        assert (found.strays, found.missing) == (1, 0)

    def test_a_call_without_a_file_misses_all(self, tmp_path: Path) -> None:
        found = check([], sent())
        assert (found.files, found.missing) == (0, 2 * (SENT - TAIL - EDGE))

    @pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF....WAVE", header("PCMA", 2, 0)])
    def test_what_is_no_such_wav_is_unreadable(self, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "bad.wav"
        file.write_bytes(data)
        assert check([file], {}).unreadable == 1
        with pytest.raises(ValueError, match=r"no WAV|format"):
            channels_of(data)

    def test_a_file_that_is_cut_off_is_unreadable(self, tmp_path: Path) -> None:
        file = a_file(tmp_path, speech(0, ALL), speech(1, ALL))
        file.write_bytes(file.read_bytes()[:-100])
        assert check([file], {}).unreadable == 1
