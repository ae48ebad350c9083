"""The toll brake: calls a minute, calls at once, dear numbers; each payer by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.telephony.tolls import MINUTE_MS, TollBrake, TollSettings, prefixes_of

pytestmark = pytest.mark.unit


def test_a_phone_has_so_many_calls_a_minute_and_the_next_has_its_own() -> None:
    brake = TollBrake(TollSettings(phone_per_min=3))

    asked = [brake.ask("phone", "8001", "555", 0, n) for n in range(5)]

    assert asked == [None, None, None, "rate", "rate"]
    assert brake.ask("phone", "8002", "555", 0, 5) is None
    assert brake.ask("phone", "8001", "555", 0, MINUTE_MS) is None
    assert brake.refused == {"rate": 2, "concurrent": 0, "costly": 0}


def test_a_phone_has_so_many_calls_at_once() -> None:
    brake = TollBrake(TollSettings(phone_at_once=2))

    assert brake.ask("phone", "8001", "555", 1, 0) is None
    assert brake.ask("phone", "8001", "555", 2, 0) == "concurrent"


def test_dear_numbers_have_a_limit_of_their_own() -> None:
    brake = TollBrake(TollSettings(costly_prefixes=prefixes_of("00, +,"), costly_per_min=1))

    assert brake.ask("phone", "8001", "0044555", 0, 0) is None
    assert brake.ask("phone", "8001", "+44555", 0, 1) == "costly"
    assert brake.ask("phone", "8001", "0138", 0, 2) is None


def test_calls_passed_on_are_limited_for_their_trunk() -> None:
    brake = TollBrake(TollSettings(trunk_per_min=1, trunk_at_once=5))

    assert brake.ask("trunk", "t", "555", 0, 0) is None
    assert brake.ask("trunk", "t", "555", 0, 1) == "rate"
    assert brake.ask("trunk", "t", "555", 5, 1) == "concurrent"


def test_zero_is_no_limit() -> None:
    brake = TollBrake(TollSettings(phone_per_min=0, phone_at_once=0))

    assert {brake.ask("phone", "8001", "555", 999, 0) for _ in range(999)} == {None}


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 40_000)), max_size=60))
def test_no_minute_ever_holds_more_than_the_limit(steps: list[tuple[str, int]]) -> None:
    brake, now_ms = TollBrake(TollSettings(phone_per_min=4)), 0
    begun: list[tuple[str, int]] = []
    for phone, passed_ms in steps:
        now_ms += passed_ms
        if brake.ask("phone", phone, "555", 0, now_ms) is None:
            begun.append((phone, now_ms))

    for phone, at_ms in begun:
        recent = [t for p, t in begun if p == phone and at_ms - MINUTE_MS < t <= at_ms]
        assert len(recent) <= 4
