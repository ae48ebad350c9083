import pytest

from cordboard.media.events import MediaResumed
from cordboard.media.ring import FactRing

pytestmark = pytest.mark.unit


def a_ring(facts: int, size: int = 10) -> FactRing:
    ring = FactRing(size)
    for at_ms in range(facts):
        ring.add(MediaResumed("leg", at_ms))
    return ring


def test_what_was_missed_comes_again_in_order() -> None:
    gap, missed = a_ring(8).since(5)
    assert not gap
    assert [told.seq for told in missed] == [6, 7, 8]


def test_who_missed_nothing_gets_nothing() -> None:
    assert a_ring(8).since(8) == (False, [])
    assert a_ring(0).since(0) == (False, [])


def test_a_hole_is_told() -> None:
    gap, missed = a_ring(25).since(3)
    assert gap
    assert [told.seq for told in missed] == list(range(16, 26))


def test_the_edge_of_the_ring_is_no_hole() -> None:
    gap, missed = a_ring(25).since(15)
    assert not gap
    assert len(missed) == 10


def test_a_number_from_another_life_is_a_gap() -> None:
    assert a_ring(3).since(99)[0]
