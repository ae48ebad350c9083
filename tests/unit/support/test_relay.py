"""The bad network does what its values say, the same each time."""

import pytest

from tests.support.relay import Delay, Duplicate, Lane, Loss, Reorder, Trouble

pytestmark = pytest.mark.unit


def arrivals(lane: Lane, count: int, every_s: float = 0.01) -> list[int]:
    """Numbers of packets in order of arrival, one sent every `every_s`."""
    found = []
    for number in range(count):
        lane.put(bytes([number]), number * every_s)
        found += [data[0] for data in lane.due(number * every_s)]
    return found + [data[0] for data in lane.due(3600.0)]


def test_a_good_network_changes_nothing() -> None:
    assert arrivals(Lane(), 5) == [0, 1, 2, 3, 4]


def test_packets_are_lost_by_turns() -> None:
    assert arrivals(Lane([Loss("ok lost ok lost lost")]), 7) == [0, 2, 5, 6]


def test_a_tenth_is_lost() -> None:
    lane = Lane([Loss(0.1)], seed=3)
    came = [arrivals(lane, 100) for _ in range(20)]
    assert 0.07 < 1 - sum(map(len, came)) / 2000 < 0.13
    assert (lane.taken, lane.lost) == (2000, 2000 - sum(map(len, came)))


def test_the_same_seed_gives_the_same_fates() -> None:
    troubles: list[Trouble] = [Loss(0.3), Delay(5, 30), Duplicate(0.2)]
    first, again, other = (arrivals(Lane(troubles, seed), 80) for seed in (1, 1, 2))
    assert first == again != other


def test_a_delayed_packet_is_due_later() -> None:
    lane = Lane([Delay(25)])
    lane.put(b"a", 1.0)
    assert lane.due(1.02) == []
    assert lane.next_s == pytest.approx(1.025)
    assert lane.due(1.03) == [b"a"]
    assert lane.next_s is None


def test_every_third_packet_is_overtaken() -> None:
    assert arrivals(Lane([Reorder(3, ms=15)]), 7) == [0, 1, 3, 2, 4, 6, 5]


def test_packets_come_twice_but_a_lost_one_does_not() -> None:
    lane = Lane([Loss("lost"), Duplicate(1.0, ms=1)])
    assert arrivals(lane, 3) == [1, 1, 2, 2]
