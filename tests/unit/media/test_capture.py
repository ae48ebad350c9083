"""A capture file made into a stereo recording: positions, channels, gaps, what is torn or odd."""

import struct
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media.capture import CaptureError, lay, read_capture
from cordboard.media.capture_jobs import CaptureJob, Ear

pytestmark = pytest.mark.unit

HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
T0 = 1_795_000_000_000
"Begin of the recording, UTC ms."

SAID, HEARD, OTHER = 30000, 30010, 30020


def packet(
    at_ms: float, port: int, seq: int, ts: int, code: int, *, ssrc: int = 1, kind: int = 8,
    size: int = 160, first: int = 0x80, extra: bytes = b"", tail: bytes = b"",
) -> bytes:  # fmt: skip
    rtp = struct.pack("!BBHII", first, kind, seq & 0xFFFF, ts & 0xFFFFFFFF, ssrc)
    rtp += extra + bytes([code]) * size + tail
    udp = struct.pack("!HHHH", 4000, port, 8 + len(rtp), 0) + rtp
    ip = bytes([0x45]) + bytes(19) + udp
    s, us = divmod(round(at_ms * 1000), 1_000_000)
    return struct.pack("<IIII", s, us, len(ip), len(ip)) + ip


def stream(port: int, code: int, n: int = 50, *, ssrc: int = 1, kind: int = 8) -> list[bytes]:
    return [packet(T0 + 20 * i, port, i, 160 * i, code, ssrc=ssrc, kind=kind) for i in range(n)]


def job(*ears: Ear, until_ms: int = T0 + 1000) -> CaptureJob:
    made = CaptureJob("r", "l", "/x.wav", "PCMA", T0, until_ms)
    made.ears = list(ears) or [Ear(T0, "c", SAID, HEARD)]
    return made


def laid(order: CaptureJob, *records: bytes) -> tuple[np.ndarray, np.ndarray, int, int]:
    done = lay(order, {"c": [read_capture(HEAD + b"".join(records))]})
    frames = np.frombuffer(done.frames, np.uint8).reshape(-1, 2)
    return frames[:, 0], frames[:, 1], done.gap_count, done.gap_ms


def test_each_channel_holds_its_port_and_nothing_else() -> None:
    mixed = [
        record
        for three in zip(
            stream(SAID, 1), stream(HEARD, 2, ssrc=2), stream(OTHER, 3, ssrc=3), strict=True
        )
        for record in three
    ]
    said, heard, gaps, _ = laid(job(), *mixed)
    assert set(said.tolist()) == {1}
    assert set(heard.tolist()) == {2}
    assert gaps == 0


def test_another_voice_is_heard_from_its_moment_on() -> None:
    ears = (Ear(T0, "c", SAID, HEARD), Ear(T0 + 500, "c", SAID, OTHER))
    said, heard, *_ = laid(
        job(*ears), *stream(SAID, 1), *stream(HEARD, 2, ssrc=2), *stream(OTHER, 3, ssrc=3)
    )
    assert set(said.tolist()) == {1}
    assert set(heard[:4000].tolist()) == {2}
    assert set(heard[4000:].tolist()) == {3}


def test_reordered_and_late_packets_land_where_they_belong() -> None:
    records = stream(SAID, 1)
    late = packet(T0 + 455, SAID, 20, 160 * 20, 9)
    records[20] = packet(T0 + 400, OTHER, 0, 0, 3, ssrc=3)
    said, *_ = laid(job(), *records[:23], late, *records[23:])
    assert set(said[3200:3360].tolist()) == {9}
    assert set(said[3360:].tolist()) == {1}


def test_a_hole_is_silence_and_counted() -> None:
    records = stream(SAID, 1)
    said, _, gaps, gap_ms = laid(job(), *records[:10], *records[13:])
    assert set(said[1600:2080].tolist()) == {0xD5}
    assert (gaps, gap_ms) == (1, 60)


def test_keys_between_sound_are_no_gap_and_no_sound() -> None:
    records = stream(SAID, 1)
    records[10:13] = [packet(T0 + 200, SAID, 10 + i, 1600, 7, kind=101, size=4) for i in range(3)]
    said, _, gaps, _ = laid(job(), *records)
    assert gaps == 0
    assert 7 not in said


def test_the_other_law_is_translated() -> None:
    said, *_ = laid(job(), *stream(SAID, 0xFF, kind=0))
    assert set(said.tolist()) <= {0xD5, 0x55}


def test_a_sender_that_begins_anew_is_laid_at_its_arrival() -> None:
    first = stream(SAID, 1, 25)
    second = [packet(T0 + 500 + 20 * i, SAID, i, 99_999 + 160 * i, 2, ssrc=9) for i in range(25)]
    said, *_ = laid(job(), *first, *second)
    assert set(said[:4000].tolist()) == {1}
    assert set(said[4000:].tolist()) == {2}


@pytest.mark.parametrize("end", [60, 40])
def test_a_burst_behind_a_stall_lands_where_it_was_said(end: int) -> None:
    """The relay stood still for 400 ms; some of what waited came out of turn."""
    records = [packet(T0 + 20 * i, SAID, i, 160 * i, i) for i in range(20)]
    burst = [packet(T0 + 800, SAID, i, 160 * i, i) for i in (20, 21, 34, 35, 22)]
    burst += [packet(T0 + 800, SAID, i, 160 * i, i) for i in (*range(23, 34), *range(36, 40))]
    behind = [packet(T0 + 20 * i, SAID, i, 160 * i, i) for i in range(40, end)]
    said, *_ = laid(job(until_ms=T0 + 20 * end), *records, *burst, *behind)
    assert said.reshape(-1, 160)[:, 80].tolist() == list(range(end))


def test_a_sender_that_paused_goes_on_at_its_arrival() -> None:
    """Its timestamps did not count the pause of a second."""
    first = stream(SAID, 1, 50)
    second = [packet(T0 + 2000 + 20 * i, SAID, 50 + i, 160 * (50 + i), 2) for i in range(50)]
    said, *_ = laid(job(until_ms=T0 + 3000), *first, *second)
    assert [set(said[a : a + 8000].tolist()) for a in (0, 8000, 16000)] == [{1}, {0xD5}, {2}]


def test_a_clock_that_runs_away_is_followed() -> None:
    fast = [packet(T0 + 19.9 * i, SAID, i, 160 * i, 1) for i in range(6000)]
    said, *_ = laid(job(until_ms=T0 + 120_000), *fast)
    begins = np.flatnonzero(np.diff((said == 1).astype(int)) == -1)
    assert begins[-1] == pytest.approx(19.9 * 6000 * 8, abs=800)


def test_a_paused_stretch_is_silent() -> None:
    order = job()
    order.pauses = [[T0 + 200, T0 + 400], [T0 + 800, 0]]
    said, *_ = laid(order, *stream(SAID, 1))
    assert set(said[1600:3200].tolist()) == {0xD5}
    assert set(said[3200:6400].tolist()) == {1}
    assert set(said[6400:].tolist()) == {0xD5}


def test_extensions_padding_and_torn_ends_are_understood() -> None:
    odd = packet(T0, SAID, 0, 0, 1, first=0x90, extra=b"\xbe\xde\x00\x01abcd")
    padded = packet(T0 + 20, SAID, 1, 160, 2, first=0xA0, tail=b"\x00\x00\x00\x04")
    said, *_ = laid(job(), odd, padded, packet(T0 + 40, SAID, 2, 320, 3)[:90])
    assert [set(said[a:b].tolist()) for a, b in pairwise((0, 160, 320, 480))] == [{1}, {2}, {0xD5}]


def test_sound_of_a_longer_call_keeps_its_place() -> None:
    """Across many looks into the file, with records of other lengths between."""
    records = []
    for i in range(9000):
        records.append(packet(T0 + 20 * i, SAID, i, 160 * i, i % 251))
        if i % 4000 == 0:
            records.append(packet(T0 + 20 * i, OTHER, i, 160 * i, 3, size=80, ssrc=4))
    said, _, gaps, _ = laid(job(until_ms=T0 + 180_000), *records)
    assert gaps == 0
    assert (said.reshape(-1, 160)[:, 80] == np.arange(9000) % 251).all()


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    with suppress(CaptureError):
        read_capture(noise)
    read_capture(HEAD + noise)
    lay(job(), {"c": [read_capture(HEAD + b"".join(stream(SAID, 1, 3)) + noise)]})
