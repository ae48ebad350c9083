"""Places in a line."""

from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cordboard.kit.ids import CallId, QueueId, VisitId
from cordboard.queues.model import Waiting
from cordboard.queues.snapshot import Line, place_of

pytestmark = pytest.mark.unit


def a_call(number: int, **details: Any) -> Waiting:
    fields: dict[str, Any] = {
        "call_id": CallId(f"c{number}"),
        "visit_id": VisitId(f"v{number}"),
        "queue_id": QueueId("q"),
        "entered_at_ms": number,
        "priority": 0,
        "needs": {},
        "ordinal": number,
    }
    return Waiting(**(fields | details))


def a_line(*calls: Waiting) -> Line:
    line = Line()
    for call in calls:
        line.add(call)
    return line


class TestPlace:
    def test_is_priority_then_time_of_entry_then_ordinal(self) -> None:
        calls = [
            a_call(4),
            a_call(5, priority=2),
            a_call(3, entered_at_ms=4),
            a_call(6, priority=2, entered_at_ms=1),
        ]
        assert [call.ordinal for call in a_line(*calls).list_all()] == [6, 5, 3, 4]

    def test_counts_from_one_and_counts_the_offered_ones_before(self) -> None:
        first, second = a_call(1, offered=True), a_call(2)
        line = a_line(second, first)
        assert line.position(place_of(first)) == 1
        assert line.position(place_of(second)) == 2
        assert list(line.list_free()) == [second]

    def test_an_offer_does_not_touch_it(self) -> None:
        calls = [a_call(number) for number in range(5)]
        line = a_line(*calls)
        line.remove(calls[2])
        line.add(replace(calls[2], offered=True))
        assert line.position(place_of(calls[2])) == 3
        assert [call.ordinal for call in line.list_free()] == [0, 1, 3, 4]
        assert len(line) == 5

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=40))
    def test_is_the_place_in_the_sorted_list_whatever_came_and_went(
        self, entries: list[tuple[int, int, bool]]
    ) -> None:
        calls = [
            a_call(number, priority=priority, entered_at_ms=at_ms)
            for number, (priority, at_ms, _) in enumerate(entries)
        ]
        line = a_line(*calls)
        for call, (_, _, leaves) in zip(calls, entries, strict=True):
            if leaves:
                line.remove(call)
        staying = sorted(
            (call for call, (_, _, leaves) in zip(calls, entries, strict=True) if not leaves),
            key=place_of,
        )
        assert list(line.list_all()) == list(line.list_free()) == staying
        assert [line.position(place_of(call)) for call in staying] == [
            number + 1 for number in range(len(staying))
        ]


def test_five_thousand_waiting_calls_do_not_hurt() -> None:
    line = a_line(*(a_call(number) for number in range(5000)))
    newcomer = a_call(2500, ordinal=9999)
    began_s = perf_counter()
    for _ in range(100):
        line.add(newcomer)
        line.position(place_of(newcomer))
        line.remove(newcomer)
    assert (perf_counter() - began_s) / 100 < 0.005
