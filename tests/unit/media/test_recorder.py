import random

import pytest

from cordboard.media.recorder import Recording

pytestmark = pytest.mark.unit

SILENT = 0xD5


def packet(n: int) -> bytes:
    return bytes([n % 200]) * 160


def a_recording() -> Recording:
    return Recording("r", "leg", "/x/r.wav", "PCMA", now=50_000)


def drain(recording: Recording, until: int) -> tuple[bytes, bytes]:
    data = recording.take_rest(until)
    return data[0::2], data[1::2]


def test_both_channels_lie_where_they_belong() -> None:
    recording = a_recording()
    for n in range(10):
        recording.said.put(7000 + n * 160, packet(n), 50_000 + n * 160)
        recording.heard.put(900 + n * 160, packet(100 + n), 50_080 + n * 160)
    said, heard = drain(recording, 51_760)
    assert said == b"".join(packet(n) for n in range(10)) + bytes([SILENT]) * 160
    assert heard[80:1680] == b"".join(packet(100 + n) for n in range(10))
    assert heard[:80] == bytes([SILENT]) * 80


def test_late_and_reordered_packets_land_right() -> None:
    recording = a_recording()
    chance = random.Random(3)
    arrivals = [(n * 160 + (chance.randrange(3200) if n else 0), n) for n in range(40)]
    for late, n in sorted(arrivals):
        recording.said.put(n * 160, packet(n), 50_000 + late)
    said, _ = drain(recording, 50_000 + 40 * 160)
    assert said == b"".join(packet(n) for n in range(40))
    assert recording.gap_ticks == 0


def test_a_loss_is_silence_and_counted() -> None:
    recording = a_recording()
    for n in range(20):
        if n not in (5, 6, 12):
            recording.said.put(n * 160, packet(n), 50_000 + n * 160)
    said, _ = drain(recording, 53_200)
    assert said[800:1120] == bytes([SILENT]) * 320
    assert said[1120:1280] == packet(7)
    assert (recording.gap_count, recording.gap_ticks) == (2, 480)


def test_handed_on_in_stretches_it_is_the_same() -> None:
    whole, parts = a_recording(), a_recording()
    stretches = []
    for n in range(500):
        now = 50_000 + n * 160
        for recording in (whole, parts):
            recording.said.put(n * 160, packet(n), now)
        if n % 50 == 49:
            stretches.append(parts.take_settled(now))
    stretches.append(parts.take_rest(50_000 + 500 * 160))
    data = b"".join(stretches)
    assert data[0::2] == b"".join(packet(n) for n in range(500))
    assert parts.frames == 500 * 160
    assert parts.late_ticks == 0


def test_what_is_open_for_late_packets_is_less_than_two_seconds() -> None:
    recording = a_recording()
    handed_on = 0
    worst = 0
    for n in range(1000):
        now = 50_000 + n * 160
        recording.said.put(n * 160, packet(n), now)
        worst = max(worst, now - 50_000 - handed_on)
        if n % 50 == 0:
            handed_on += len(recording.take_settled(now)) // 2
    assert worst < 2 * 8000


def test_a_pause_is_silence_and_no_gap() -> None:
    recording = a_recording()
    for n in range(30):
        now = 50_000 + n * 160
        if n == 10:
            assert recording.pause(now)
            assert not recording.pause(now)
        if n == 20:
            assert recording.resume(now)
        recording.said.put(n * 160, packet(n), now)
        recording.heard.put(n * 160, packet(n), now)
    said, heard = drain(recording, 54_800)
    for channel in (said, heard):
        assert channel[1600:3200] == bytes([SILENT]) * 1600
        assert channel[3200:3360] == packet(20)
    assert recording.gap_count == 0
    assert [(m.name, m.offset_ms) for m in recording.marks] == [("paused", 200), ("resumed", 400)]


def test_a_jump_of_timestamps_is_laid_on_the_clock() -> None:
    recording = a_recording()
    recording.said.put(0, packet(1), 50_000)
    recording.said.put(900_000_000, packet(2), 50_160)
    said, _ = drain(recording, 50_320)
    assert said == packet(1) + packet(2)


def test_timestamps_that_wrap_go_on() -> None:
    recording = a_recording()
    for n in range(4):
        recording.said.put((2**32 - 320 + n * 160) % 2**32, packet(n), 50_000 + n * 160)
    said, _ = drain(recording, 50_640)
    assert said == b"".join(packet(n) for n in range(4))


def test_keys_are_no_gap() -> None:
    recording = a_recording()
    recording.said.put(0, packet(0), 50_000)
    for _ in range(5):
        recording.said.nothing()
    recording.said.put(960, packet(6), 50_960)
    assert recording.gap_count == 0


def test_a_long_standstill_keeps_the_length() -> None:
    recording = a_recording()
    recording.said.put(0, packet(1), 50_000)
    data = recording.take_settled(50_000 + 80_000)
    assert len(data) == 2 * (80_000 - 4800)
    assert data[2 * 160 :] == bytes([SILENT]) * (len(data) - 320)
