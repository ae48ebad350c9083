import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media.rtcp import Reporter, parse
from cordboard.media.rtp import Outgoing, Reception

pytestmark = pytest.mark.unit

NOW_MS = 1_795_000_000_000


def a_sender(ssrc: int) -> Outgoing:
    out = Outgoing(ssrc, 0, 0, 0)
    for n in range(10):
        out.own(8, 160, n * 160)
    return out


def test_two_of_us_measure_the_round_trip() -> None:
    a, b = Reporter("a@cordboard"), Reporter("b@cordboard")
    a_out, b_out, a_in, b_in = a_sender(1), a_sender(2), Reception(), Reception()
    a_in.take(1, 0, 2, 0)
    b_in.take(1, 0, 1, 0)
    first = a.report(a_out, a_in, NOW_MS, 0)
    assert b.take(first, 2, NOW_MS + 30) is not None
    answer = b.report(b_out, b_in, NOW_MS + 1030, 0)
    report = a.take(answer, 1, NOW_MS + 1070)
    assert report is not None
    assert report.rtt_ms == pytest.approx(70, abs=1)


def test_the_peer_is_told_how_much_of_its_sound_was_lost() -> None:
    out, came = a_sender(1), Reception()
    for n in range(100):
        if n % 4:
            came.take(n, n * 160, 2, n * 160)
    data = Reporter("x").report(out, came, NOW_MS, 0)
    report = parse(data, 2, NOW_MS)
    assert report is not None
    assert report.fraction_lost == pytest.approx(0.25, abs=0.02)


def test_who_only_listens_sends_a_receiver_report_with_a_name() -> None:
    data = Reporter("room@cordboard").report(Outgoing(1, 0, 0, 0), Reception(), NOW_MS, 0)
    assert data[1] == 201
    assert b"room@cordboard" in data
    assert len(data) % 4 == 0


@given(st.binary(max_size=120))
def test_any_bytes_are_a_report_or_none(data: bytes) -> None:
    parse(data, 1, NOW_MS)
    parse(b"\x81\xc8" + data, 1, NOW_MS)
