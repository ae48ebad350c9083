import random

import pytest

from cordboard.media.playout import Playout

pytestmark = pytest.mark.unit

SILENT = bytes([0xD5]) * 160


def packet(n: int) -> bytes:
    return bytes([n % 200]) * 160


def heard(frames: list[bytes | None]) -> list[int]:
    """Which packets were heard, in order."""
    return [frame[0] for frame in frames if frame is not None and frame != SILENT]


def a_playout() -> Playout:
    return Playout(0xD5)


def test_a_steady_party_is_heard_whole_and_soon() -> None:
    playout, frames = a_playout(), []
    for n in range(100):
        playout.put(900_000 + n * 160, packet(n))
        frames.append(playout.take())
    assert heard(frames) == list(range(99))
    assert None not in frames


def test_before_the_first_packet_there_is_nothing() -> None:
    assert a_playout().take() is None


def test_packets_out_of_order_are_heard_in_order() -> None:
    playout, frames = a_playout(), []
    order = [0, 1, 2, 4, 3, 5, 6, 8, 7, 9]
    for n in order:
        playout.put(n * 160, packet(n))
        frames.append(playout.take())
    frames += [playout.take() for _ in range(3)]
    assert heard(frames) == list(range(10))


def test_a_lost_packet_is_silence_of_its_length() -> None:
    playout, frames = a_playout(), []
    for n in range(30):
        if n != 9:
            playout.put(n * 160, packet(n))
        frames.append(playout.take())
    places = [n for n, frame in enumerate(frames) if frame in (None, SILENT)]
    assert heard(frames) == [n for n in range(29) if n != 9]
    assert len(places) == 2  # the frame before the first packet, and the lost one


def test_jitter_is_smoothed_once_it_is_known() -> None:
    playout, chance = a_playout(), random.Random(5)
    arrivals = sorted((n * 20 + chance.randrange(60), n) for n in range(1000))
    frames: list[bytes | None] = []
    for tick in range(1000):
        while arrivals and arrivals[0][0] <= tick * 20:
            n = arrivals.pop(0)[1]
            playout.put(n * 160, packet(n))
        frames.append(playout.take())
    rough = [frame for frame in frames[100:] if frame in (None, SILENT)]
    assert len(rough) < 9


def test_packets_of_other_lengths_are_cut_to_the_tick() -> None:
    for size in (80, 240, 480):
        playout, frames = a_playout(), []
        sound = bytes(n % 199 for n in range(48_000))
        sent = 0
        for tick in range(280):
            while sent < (tick + 1) * 160:
                playout.put(sent, sound[sent : sent + size])
                sent += size
            frames.append(playout.take() or b"")
        assert b"".join(frames).lstrip(b"\xd5").startswith(sound[: 160 * 270])


def test_a_burst_after_a_standstill_does_not_stay_behind() -> None:
    playout = a_playout()
    for n in range(10):
        playout.put(n * 160, packet(n))
        playout.take()
    for _ in range(30):
        playout.take()
    for n in range(10, 40):
        playout.put(n * 160, packet(n))
    after = [playout.take() for _ in range(4)]
    assert heard(after)[0] >= 36


def test_a_party_whose_clock_is_fast_is_not_heard_later_and_later() -> None:
    playout = a_playout()
    sent = 0
    for tick in range(60_000):
        while sent * 20 <= tick * 20 * 1.001:
            playout.put(sent * 160, packet(sent))
            sent += 1
        frame = playout.take()
    assert frame is not None
    assert playout.dropped > 40
    behind = 0
    while playout.take() is not None:
        behind += 1
    assert behind <= 3


def test_a_new_stream_is_heard_whatever_its_timestamps() -> None:
    playout = a_playout()
    for n in range(5):
        playout.put(n * 160, packet(n))
        playout.take()
    frames = []
    for n in range(5):
        playout.put(3_000_000_000 + n * 160, packet(100 + n))
        frames.append(playout.take())
    assert heard(frames) == [100, 101, 102, 103]


def test_timestamps_that_wrap_go_on() -> None:
    playout, frames = a_playout(), []
    for n in range(6):
        playout.put((2**32 - 480 + n * 160) % 2**32, packet(n))
        frames.append(playout.take())
    assert heard(frames) == [0, 1, 2, 3, 4]


def test_what_comes_after_its_moment_is_counted_and_not_heard() -> None:
    playout = a_playout()
    for n in (0, 1, 2, 4, 5, 6):
        playout.put(n * 160, packet(n))
        playout.take()
    frames = [playout.take(), playout.take()]
    playout.put(3 * 160, packet(3))
    assert playout.late == 1
    assert 3 not in heard([*frames, playout.take()])
