"""Handle times per base interval, and the estimated wait made of them. Pure.

`estimated_wait_s` = position * average handle time of the last four full base intervals / agents of
the queue who are signed in and not not_ready. It is null without agents or without four handlings:
then nothing is announced rather than a guess. A handling belongs to the interval in which its first
talk began.

Source: the definition of `estimated_wait_s` among the measures; ACD-06.
"""

import math

BASE_INTERVAL_MS = 15 * 60 * 1000
INTERVALS_LOOKED_AT = 4
LEAST_HANDLINGS = 4
INTERVALS_KEPT = 96
"A day: a handling that began earlier changes no estimate and is not counted."


class HandleTimes:
    """Handlings of one queue by base interval: start of the interval -> (number, sum in ms)."""

    def __init__(self) -> None:
        self.intervals: dict[int, tuple[int, int]] = {}

    def put(self, interval_at_ms: int, handlings: int, handle_ms: int) -> None:
        """Take an interval as stored."""
        self.intervals[interval_at_ms] = handlings, handle_ms

    def add(self, started_at_ms: int, handle_ms: int, now_ms: int) -> int | None:
        """Count a handling.

        Returns:
            The start of its interval, or None if it is too old to count.
        """
        start = interval_of(started_at_ms)
        oldest = interval_of(now_ms) - INTERVALS_KEPT * BASE_INTERVAL_MS
        if start < oldest:
            return None
        handlings, total_ms = self.intervals.get(start, (0, 0))
        self.intervals[start] = handlings + 1, total_ms + handle_ms
        for gone in [each for each in self.intervals if each < oldest]:
            del self.intervals[gone]
        return start

    def average_s(self, now_ms: int) -> float | None:
        """Average handle time of the last four full base intervals; None below four handlings."""
        end = interval_of(now_ms)
        handlings = total_ms = 0
        for back in range(1, INTERVALS_LOOKED_AT + 1):
            number, sum_ms = self.intervals.get(end - back * BASE_INTERVAL_MS, (0, 0))
            handlings += number
            total_ms += sum_ms
        return None if handlings < LEAST_HANDLINGS else total_ms / handlings / 1000


def interval_of(at_ms: int) -> int:
    """The start of the base interval that holds this moment."""
    return at_ms - at_ms % BASE_INTERVAL_MS


def estimate_wait_s(position: int, average_handle_s: float | None, ready: int) -> float | None:
    """The estimated wait of whoever stands at this position.

    Args:
        position: From 1.
        average_handle_s: See HandleTimes.average_s.
        ready: Agents of the queue signed in and not not_ready.
    """
    if average_handle_s is None or ready <= 0:
        return None
    return position * average_handle_s / ready


def half_up(value: float) -> int:
    """The nearest whole number; halves go up."""
    return math.floor(value + 0.5)
