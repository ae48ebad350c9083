"""The sums that must agree for any period, over random lawful facts."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings

from cordboard.calls import CallArrived
from cordboard.records import CallRecord
from cordboard.records.fold import apply, begin
from cordboard.records.state import header, is_open, open_segments, result
from tests.unit.records.facts import Told
from tests.unit.records.streams import streams

pytestmark = pytest.mark.unit


def folded(told: Told) -> CallRecord:
    first, *rest = told.facts
    assert isinstance(first, CallArrived)
    record = begin(first)
    for fact in rest:
        record = apply(record, fact)
    return record


@given(streams())
@settings(max_examples=150)
def test_calls_add_up_over_their_results(calls: list[Told]) -> None:
    records = [folded(told) for told in calls]
    results = Counter(result(record) for record in records)

    assert sum(results.values()) == len(records)
    assert results[None] == sum(record.ended_at_ms is None and not record.handlings
                                for record in records)  # fmt: skip


@given(streams())
@settings(max_examples=150)
def test_requests_are_answered_lost_or_open(calls: list[Told]) -> None:
    asked = [record for record in map(folded, calls) if record.visits]
    answered = sum(result(record) == "answered" for record in asked)
    lost = sum(result(record) not in ("answered", None) for record in asked)
    waiting = sum(result(record) is None for record in asked)

    assert len(asked) == answered + lost + waiting
    assert all(header(record).agent_requested for record in asked)


@given(streams())
@settings(max_examples=150)
def test_entries_are_outcomes_or_still_open(calls: list[Told]) -> None:
    for record in map(folded, calls):
        waiting = [visit for visit in record.visits if visit.outcome is None]

        assert len(waiting) <= (record.ended_at_ms is None)
        assert all(visit.wait_ms is not None and visit.wait_ms >= 0
                   for visit in record.visits if visit.outcome)  # fmt: skip


@given(streams())
@settings(max_examples=150)
def test_customers_timeline_has_no_gap_no_overlap_and_the_length_of_the_call(
    calls: list[Told],
) -> None:
    for record in map(folded, calls):
        place = record.arrived_at_ms
        for one in (*record.segments, *open_segments(record)):
            if one.timeline == "customer":
                assert one.started_at_ms == place
                place = one.ended_at_ms or place
        if record.ended_at_ms is not None:
            assert place == record.ended_at_ms


@given(streams())
@settings(max_examples=150)
def test_wait_of_a_visit_is_its_queue_and_ring_segments(calls: list[Told]) -> None:
    for record in map(folded, calls):
        for visit in record.visits:
            if visit.outcome is not None:
                parts = [one for one in record.segments if one.visit_id == visit.id]

                assert {one.kind for one in parts} <= {"queue", "ring"}
                assert visit.wait_ms == sum((one.ended_at_ms or 0) - one.started_at_ms
                                            for one in parts)  # fmt: skip


@given(streams())
@settings(max_examples=150)
def test_agents_timeline_is_in_order_and_adds_up_to_the_handling(calls: list[Told]) -> None:
    for record in map(folded, calls):
        for handling in record.handlings:
            parts = [one for one in record.segments if one.handling_id == handling.id]
            sums = Counter[str]()
            for one in parts:
                sums[one.kind] += (one.ended_at_ms or 0) - one.started_at_ms

            assert all(first.ended_at_ms == then.started_at_ms
                       for first, then in pairwise(parts))  # fmt: skip
            assert (sums["talk"], sums["hold"], sums["wrap_up"]) == (
                handling.talk_ms, handling.hold_ms, handling.wrap_up_ms,
            )  # fmt: skip


@given(streams())
@settings(max_examples=150)
def test_offers_have_one_end_or_are_open(calls: list[Told]) -> None:
    for record in map(folded, calls):
        still_open = [offer for offer in record.offers if offer.result is None]

        assert len(still_open) <= (record.phase == "ring")
        assert all((offer.ended_at_ms or 0) >= offer.made_at_ms
                   for offer in record.offers if offer.result)  # fmt: skip


@given(streams())
@settings(max_examples=100)
def test_a_call_with_its_recording_closed_and_its_work_done_is_closed(calls: list[Told]) -> None:
    for told in calls:
        record = folded(told.close_recording(10_000))

        assert is_open(record) == (record.ended_at_ms is None)
