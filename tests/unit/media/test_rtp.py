import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media.rtp import (
    HEADER,
    Outgoing,
    Reception,
    payload_bounds,
    seq_diff,
    ts_diff,
)

pytestmark = pytest.mark.unit


def read(header: bytes | None) -> tuple[bool, int, int, int]:
    """Marker, sequence, timestamp, SSRC."""
    assert header is not None
    _, marked, seq, ts, ssrc = HEADER.unpack(header)
    return bool(marked & 0x80), seq, ts, ssrc


class TestNumbers:
    @given(st.integers(0, 0xFFFF), st.integers(-0x8000, 0x7FFF))
    def test_sequence_numbers_wrap(self, seq: int, step: int) -> None:
        assert seq_diff((seq + step) & 0xFFFF, seq) == step

    @given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1))
    def test_timestamps_wrap(self, ts: int, step: int) -> None:
        assert ts_diff((ts + step) & 0xFFFFFFFF, ts) == step


class TestBounds:
    def test_plain_packet(self) -> None:
        assert payload_bounds(bytes([0x80, 8]) + bytes(10) + b"x" * 160) == (12, 172)

    def test_csrc_extension_and_padding_are_no_sound(self) -> None:
        head = bytes([0x80 | 0x20 | 0x10 | 2, 8]) + bytes(10)
        packet = head + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\0\0\3"
        start, end = payload_bounds(packet) or (0, 0)
        assert packet[start:end] == b"sound"

    @given(st.binary(max_size=80))
    def test_any_bytes_have_bounds_inside_or_none(self, data: bytes) -> None:
        bounds = payload_bounds(data)
        assert bounds is None or 12 <= bounds[0] <= bounds[1] <= len(data)

    def test_padding_only_and_truncated_extension_are_malformed(self) -> None:
        assert payload_bounds(bytes([0xA0]) + bytes(10) + b"\x10") is None
        assert payload_bounds(bytes([0x90]) + bytes(11)) is None
        assert payload_bounds(bytes([0x40]) + bytes(20)) is None


class TestReception:
    def test_loss_is_what_never_came(self) -> None:
        came = Reception()
        for n in range(200):
            if n % 10 != 3:
                came.take((65500 + n) & 0xFFFF, n * 160, 5, n * 160)
        assert (came.expected, came.packets, came.lost) == (200, 180, 20)

    def test_a_late_packet_is_not_lost_and_a_repeated_one_is_told(self) -> None:
        came = Reception()
        steps = [came.take(seq, seq * 160, 5, 0) for seq in (1, 2, 4, 3, 4)]
        assert steps == [1, 1, 2, -1, 0]
        assert came.lost == 0

    def test_a_new_source_does_not_count_as_loss(self) -> None:
        came = Reception()
        for seq, ssrc in [(1, 5), (2, 5), (40000, 6), (40001, 6), (9, 6), (10, 6)]:
            came.take(seq, 0, ssrc, 0)
        assert came.lost == 0
        assert came.expected == 6

    def test_jitter_of_an_even_stream_is_zero_and_of_an_uneven_one_is_not(self) -> None:
        even, uneven = Reception(), Reception()
        for n in range(300):
            even.take(n, n * 160, 5, 1000 + n * 160)
            uneven.take(n, n * 160, 5, 1000 + n * 160 + (80 if n % 2 else 0))
        assert even.jitter_ticks == 0
        assert uneven.jitter_ticks == pytest.approx(80, rel=0.05)

    def test_telephone_events_do_not_spoil_jitter(self) -> None:
        came = Reception()
        for n in range(50):
            came.take(n, n * 160, 5, n * 160)
        for n in range(50, 60):
            came.take_untimed(n, 5, n * 160)
        assert came.jitter_ticks == 0
        assert came.packets == 60


class TestOutgoing:
    def test_one_ssrc_no_hole_and_time_by_the_clock_across_every_switch(self) -> None:
        out = Outgoing(ssrc=77, seq=65530, ts=2**32 - 500, now=1000)
        seen = []
        now = 1000
        for _ in range(5):
            seen.append(read(out.own(8, 160, now)))
            now += 160
        out.begin_stretch()
        for n in range(5):
            seen.append(read(out.relay(8, 100 + n, 5_000_000 + n * 160, 1, now)))
            now += 160
        now += 8000
        for n in range(5):
            seen.append(read(out.relay(8, 9 + n, n * 160, 2, now)))
            now += 160
        out.begin_stretch()
        for _ in range(3):
            seen.append(read(out.own(8, 160, now)))
            now += 160
        assert {ssrc for *_, ssrc in seen} == {77}
        assert all(seq_diff(b[1], a[1]) == 1 for a, b in pairwise(seen))
        steps = [ts_diff(b[2], a[2]) for a, b in pairwise(seen)]
        assert [place for place, step in enumerate(steps) if step != 160] == [9]
        assert steps[9] == 8160
        assert [place for place, (marker, *_) in enumerate(seen) if marker] == [0, 5, 10, 15]

    def test_losses_and_order_of_the_peer_are_kept(self) -> None:
        out = Outgoing(1, 0, 0, 0)
        sent = [read(out.relay(8, n, n * 160, 9, n * 160))[1] for n in (10, 11, 14, 13, 15)]
        assert [seq - sent[0] for seq in sent] == [0, 1, 4, 3, 5]

    def test_a_straggler_from_before_the_relay_is_not_sent(self) -> None:
        out = Outgoing(1, 0, 0, 0)
        out.own(8, 160, 0)
        out.begin_stretch()
        assert out.relay(8, 50, 8000, 9, 160) is not None
        assert out.relay(8, 49, 7840, 9, 170) is None

    def test_a_jump_of_the_peers_numbers_does_not_reach_the_party(self) -> None:
        out = Outgoing(1, 0, 0, 0)
        first = read(out.relay(8, 1, 160, 9, 0))
        jumped = read(out.relay(8, 2, 160 + 900_000, 9, 160))
        assert seq_diff(jumped[1], first[1]) == 1
        assert ts_diff(jumped[2], first[2]) == 160
        assert jumped[0]

    def test_timestamps_never_go_back(self) -> None:
        chance = random.Random(1)
        out = Outgoing(1, 0, 0, 0)
        now, last = 0, None
        for n in range(2000):
            now += chance.choice((0, 100, 160, 220))
            if chance.random() < 0.02:
                out.begin_stretch()
            header = out.own(8, 160, now) if n % 3 else out.relay(8, n, n * 160, n // 200, now)
            if header is None:
                continue
            ts = read(header)[2]
            assert last is None or ts_diff(ts, last) > 0
            last = ts

    def test_events_keep_their_timestamp(self) -> None:
        out = Outgoing(1, 0, 0, 0)
        heads = [read(out.event(101, 640, first=n == 0)) for n in range(3)]
        assert [h[:3] for h in heads] == [(True, 1, 640), (False, 2, 640), (False, 3, 640)]
