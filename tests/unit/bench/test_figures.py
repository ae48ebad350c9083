"""Percentiles, marks and their table."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Histogram, Mark, document, percentile, short, table

pytestmark = pytest.mark.unit


def test_percentiles_are_values_that_were_there() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


@given(st.lists(st.floats(0, 99), min_size=1), st.floats(0.01, 1))
def test_a_histogram_is_never_further_off_than_one_step(values: list[float], share: float) -> None:
    counted = Histogram(0.5, 200)
    for value in values:
        counted.add(value)
    true = percentile(values, share)
    assert true < counted.percentile(share) <= true + 0.5


def test_what_is_beyond_a_histogram_is_told_as_the_largest() -> None:
    counted = Histogram(1, 10)
    for value in (1.5, 2.5, 500.0):
        counted.add(value)
    assert counted.over == 1
    assert counted.percentile(0.99) == 500
    assert counted.percentile(0.5) == 3
    assert math.isnan(Histogram(1, 10).percentile(0.5))


def test_a_mark_knows_whether_its_target_is_met() -> None:
    assert Mark("a", 4, "ms", 2, "", target=5).is_met is True
    assert Mark("a", 6, "ms", 2, "", target=5).is_met is False
    assert Mark("a", 6, "calls/s", 2, "", target=5, more_is_better=True).is_met is True
    assert Mark("a", 6, "ms", 2, "").is_met is None
    assert Mark("a", None, "ms", 2, "", target=5).is_met is None
    assert Mark("a", math.nan, "ms", 2, "", target=5).is_met is None


def test_a_ratio_needs_both_sides() -> None:
    assert Mark("a", 6, "ms", 2, "").ratio == 3
    assert Mark("a", 6, "ms", None, "").ratio is None
    assert Mark("a", 6, "ms", 0, "").ratio is None
    assert Mark("a", None, "ms", 2, "").ratio is None


def test_the_table_shows_each_mark_with_its_conditions() -> None:
    text = table([Mark("call_cpu_ms", 6.2, "CPU-ms", 0.2, "50 a second", "bare", 5)])
    heading, row, beneath = text.splitlines()
    assert heading.split() == ["mark", "value", "unit", "reference", "ratio", "target", "met"]
    assert row.split() == ["call_cpu_ms", "6.2", "CPU-ms", "0.2", "31", "<=", "5", "NO"]
    assert beneath.strip() == "50 a second; reference: bare"


def test_numbers_are_short() -> None:
    assert [short(x) for x in (None, math.nan, 12345.6, 3.14159, 0.01234)] == [
        "-", "-", "12,346", "3.14", "0.012",
    ]  # fmt: skip


def test_the_document_is_plain_json() -> None:
    marks = [Mark("a", math.nan, "ms", None, "why not"), Mark("b", 1.23456, "ms", 2.0, "how")]
    read = json.loads(document(marks, {"cores": 2}))
    assert read["about"] == {"cores": 2}
    assert [mark["value"] for mark in read["marks"]] == [None, 1.2346]
    assert {"mark", "value", "unit", "reference", "conditions"} <= read["marks"][0].keys()
