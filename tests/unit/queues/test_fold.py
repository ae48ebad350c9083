"""The estimated wait."""

import pytest

from cordboard.queues.fold import (
    BASE_INTERVAL_MS,
    INTERVALS_KEPT,
    HandleTimes,
    estimate_wait_s,
    half_up,
)

pytestmark = pytest.mark.unit

NOW_MS = 100 * BASE_INTERVAL_MS + 1


def intervals_ago(number: int) -> int:
    return NOW_MS - number * BASE_INTERVAL_MS


class TestAverage:
    def test_is_of_the_last_four_full_intervals(self) -> None:
        times = HandleTimes()
        for back in (0, 1, 2, 3, 4, 5):
            times.add(intervals_ago(back), 1000 * (back + 1), NOW_MS)
        assert times.average_s(NOW_MS) == (2 + 3 + 4 + 5) / 4

    def test_is_of_all_handlings_and_not_of_interval_means(self) -> None:
        times = HandleTimes()
        times.put(100 * BASE_INTERVAL_MS - BASE_INTERVAL_MS, 3, 3000)
        times.add(intervals_ago(2), 9000, NOW_MS)
        assert times.average_s(NOW_MS) == 3.0

    def test_is_none_below_four_handlings(self) -> None:
        times = HandleTimes()
        for _ in range(3):
            times.add(intervals_ago(1), 1000, NOW_MS)
        assert times.average_s(NOW_MS) is None

    def test_a_handling_counts_in_the_interval_in_which_it_began(self) -> None:
        times = HandleTimes()
        began_ms = 99 * BASE_INTERVAL_MS + BASE_INTERVAL_MS - 1
        assert times.add(began_ms, 1000, NOW_MS) == 99 * BASE_INTERVAL_MS

    def test_a_day_is_kept_and_older_handlings_are_not_counted(self) -> None:
        times = HandleTimes()
        times.add(intervals_ago(INTERVALS_KEPT), 1000, NOW_MS)
        assert times.add(intervals_ago(INTERVALS_KEPT + 1), 1000, NOW_MS) is None
        times.add(NOW_MS, 1000, NOW_MS + BASE_INTERVAL_MS)
        assert list(times.intervals) == [100 * BASE_INTERVAL_MS]


class TestEstimate:
    def test_is_position_times_average_by_agents(self) -> None:
        assert estimate_wait_s(3, 137.25, 2) == pytest.approx(205.875)

    def test_cannot_be_told_without_agents_or_average(self) -> None:
        assert estimate_wait_s(3, 137.25, 0) is None
        assert estimate_wait_s(3, None, 2) is None

    @pytest.mark.parametrize(("value", "whole"), [(0.5, 1), (1.5, 2), (2.49, 2), (3.43, 3)])
    def test_halves_go_up(self, value: float, whole: int) -> None:
        assert half_up(value) == whole
