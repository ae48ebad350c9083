"""How many calls come in when work is late: rules, properties, and a day of a busy house."""

import heapq
import itertools
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordboard.app.throttle import (
    LEAST_PER_S,
    MEMORY_S,
    MOST_PER_S,
    PATIENCE_S,
    SETTLE_S,
    Standing,
    Throttle,
)

pytestmark = pytest.mark.unit

TARGET_S = 0.15
LATE_S, FINE_S = 0.3, 0.01


def a_late_one(at_s: float = 100.0) -> Throttle:
    """Late since PATIENCE_S before `at_s`."""
    throttle = Throttle(TARGET_S)
    for step in range(13):
        throttle.saw("wire", at_s - PATIENCE_S * (1.2 - step / 10), LATE_S)
    return throttle


class TestAQueueThatStands:
    def test_a_burst_that_drains_refuses_nobody(self) -> None:
        throttle = Throttle(TARGET_S)
        for at_s, waits_s in ((0.0, 1.0), (0.05, 0.8), (PATIENCE_S - 0.01, 0.4), (0.25, FINE_S)):
            throttle.saw("wire", at_s, waits_s)
            assert throttle.ask(at_s) is None

    def test_work_that_stays_late_refuses(self) -> None:
        assert a_late_one().ask(100.0) == "late"

    def test_one_fresh_datagram_says_that_the_queue_is_gone(self) -> None:
        throttle = a_late_one()
        throttle.saw("wire", 100.0, FINE_S)
        assert throttle.ask(100.0) is None

    def test_a_fast_loop_does_not_excuse_a_late_wire(self) -> None:
        throttle = a_late_one()
        throttle.saw("loop", 100.0, FINE_S)
        throttle.saw("journal", 100.0, 0.0)
        assert throttle.ask(100.0) == "late"

    def test_a_slow_commit_is_no_overload_and_a_journal_that_stays_behind_is(self) -> None:
        for waits_s, why in ((2 * TARGET_S, None), (4 * TARGET_S, "late")):
            throttle = Throttle(TARGET_S)
            for step in range(13):
                throttle.saw("journal", 100 - PATIENCE_S * (1.2 - step / 10), waits_s)
            assert throttle.ask(100.0) == why

    def test_what_was_seen_long_ago_refuses_nobody(self) -> None:
        throttle = a_late_one()
        assert throttle.ask(100.0 + 2 * MEMORY_S) is None

    def test_two_late_moments_far_apart_are_no_standing_queue(self) -> None:
        queue = Standing(TARGET_S)
        queue.saw(0.0, LATE_S)
        queue.saw(2 * MEMORY_S, LATE_S)
        assert not queue.is_late(2 * MEMORY_S)


class TestTheRate:
    def test_it_is_no_limit_until_something_was_late(self) -> None:
        throttle = Throttle(TARGET_S)
        assert all(throttle.ask(n / 200) is None for n in range(2000))

    def test_it_falls_below_what_was_let_in(self) -> None:
        throttle = Throttle(TARGET_S)
        for n in range(600):
            throttle.saw("wire", n / 200, FINE_S if n < 400 else LATE_S)
            throttle.ask(n / 200)
        assert 50 < throttle.most_per_s < 200

    def test_it_falls_once_for_one_lateness(self) -> None:
        throttle = a_late_one()
        throttle.most_per_s = 100.0
        throttle._admitted_per_s = 100.0
        throttle.ask(100.0)
        fallen = throttle.most_per_s
        throttle.saw("wire", 100.0 + SETTLE_S / 2, LATE_S)
        throttle.ask(100.0 + SETTLE_S / 2)
        assert throttle.most_per_s == fallen


Moment = tuple[float, float]
"Seconds since the last one, and how long the datagram had waited."

moments = st.lists(
    st.tuples(st.floats(0.0, 0.3), st.sampled_from((0.0, FINE_S, TARGET_S, LATE_S, 5.0))),
    max_size=150,
)


class TestPromises:
    @given(moments)
    def test_it_never_lets_in_while_late_and_never_falls_below_the_floor(
        self, given_moments: list[Moment]
    ) -> None:
        throttle, now_s = Throttle(TARGET_S), 0.0
        standing_since_s: float | None = None
        seen_s = 0.0
        for passed_s, waits_s in given_moments:
            now_s += passed_s
            if waits_s <= TARGET_S:
                standing_since_s = None
            elif standing_since_s is None or now_s - seen_s > MEMORY_S:
                standing_since_s = now_s
            seen_s = now_s
            throttle.saw("wire", now_s, waits_s)
            why = throttle.ask(now_s)
            late = standing_since_s is not None and now_s - standing_since_s >= PATIENCE_S
            assert (why == "late") == late
            assert LEAST_PER_S <= throttle.most_per_s <= MOST_PER_S

    @settings(max_examples=25)
    @given(moments, st.integers(1, 100))
    def test_it_recovers_within_a_minute(self, given_moments: list[Moment], rate: int) -> None:
        throttle, now_s = Throttle(TARGET_S), 0.0
        for passed_s, waits_s in given_moments:
            now_s += passed_s
            throttle.saw("wire", now_s, waits_s)
            throttle.ask(now_s)
        refused_at_s = [
            at_s
            for n in range(rate * 90)
            if throttle.ask(at_s := now_s + MEMORY_S + n / rate) is not None
        ]
        assert all(at_s - now_s < 60 for at_s in refused_at_s)

    @given(moments)
    def test_once_nothing_is_late_some_come_in(self, given_moments: list[Moment]) -> None:
        throttle, now_s = Throttle(TARGET_S), 0.0
        for passed_s, waits_s in given_moments:
            now_s += passed_s
            throttle.saw("wire", now_s, waits_s)
            throttle.ask(now_s)
        throttle.saw("wire", now_s, FINE_S)
        admitted = sum(throttle.ask(now_s + n / 100) is None for n in range(200))
        assert admitted >= LEAST_PER_S


class Day(NamedTuple):
    """What a simulated house went through, in its later part."""

    admitted_per_s: float
    longest_wait_s: float
    waits_s: list[float]


def a_day(offered_per_s: float, *, able_per_s: float = 100.0, seconds: float = 60.0) -> Day:
    """A house whose one worker needs three pieces of work for a call, a second apart.

    A refusal costs a hundredth of a call, as in the real one.
    """
    throttle = Throttle(TARGET_S)
    piece_s, refusal_s = 1 / able_per_s / 3, 0.01 / able_per_s
    order = itertools.count()
    arrivals = [(n / offered_per_s, next(order), 1) for n in range(int(seconds * offered_per_s))]
    heapq.heapify(arrivals)
    free_s, admitted, waits_s = 0.0, 0, list[float]()
    looked_s, worked_s = 0.0, 0.0
    while arrivals:
        at_s, _, piece = heapq.heappop(arrivals)
        begins_s = max(at_s, free_s)
        if begins_s - looked_s > 0.2:
            throttle.saw_busy(min(1.0, worked_s / (begins_s - looked_s)))
            looked_s, worked_s = begins_s, 0.0
        throttle.saw("wire", begins_s, begins_s - at_s)
        later = at_s > seconds / 4
        if later:
            waits_s.append(begins_s - at_s)
        if piece == 1 and throttle.ask(begins_s) is not None:
            free_s = begins_s + refusal_s
            worked_s += refusal_s
            continue
        admitted += piece == 1 and later
        free_s = begins_s + piece_s
        worked_s += piece_s
        if piece < 3:
            heapq.heappush(arrivals, (free_s + 1.0, next(order), piece + 1))
    return Day(admitted / (seconds * 0.75), max(waits_s), sorted(waits_s))


class TestABusyHouse:
    @pytest.mark.parametrize("offered", [20, 60, 95])
    def test_what_it_can_serve_it_serves(self, offered: int) -> None:
        day = a_day(offered)
        assert day.admitted_per_s == pytest.approx(offered, rel=0.02)
        assert day.longest_wait_s < TARGET_S

    @pytest.mark.parametrize("offered", [120, 200, 400, 1000])
    def test_overload_is_served_at_most_of_its_strength_and_stays_quick(self, offered: int) -> None:
        day = a_day(offered)
        assert 70 < day.admitted_per_s < 101
        assert day.longest_wait_s < 0.5, "somebody would send again"
        assert day.waits_s[len(day.waits_s) // 2] < TARGET_S
