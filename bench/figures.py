"""Percentiles, marks, the table and the file: all that is arithmetic and text."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; not a number if there are no values.

    Args:
        values: In any order.
        share: 0.99 for p99.
    """
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Histogram:
    """Counts in steps of equal width, so that millions of packets take bounded memory.

    Args:
        step: Width of a step, in the unit of the values.
        steps: How many; larger values count in the last, and in `over`.
    """

    def __init__(self, step: float, steps: int) -> None:
        self.step = step
        self.counts = [0] * steps
        self.over = 0
        self.largest = 0.0

    def add(self, value: float) -> None:
        """Count a value of at least zero."""
        at = int(value / self.step)
        if at >= len(self.counts):
            self.over += 1
            at = -1
        self.counts[at] += 1
        self.largest = max(self.largest, value)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts)

    def percentile(self, share: float) -> float:
        """The upper edge of the step that holds the nearest rank; not a number if empty."""
        rank = max(1, math.ceil(share * self.total))
        seen = 0
        for at, count in enumerate(self.counts):
            seen += count
            if count and seen >= rank:
                beyond = at == len(self.counts) - 1 and self.over
                return self.largest if beyond else (at + 1) * self.step
        return math.nan


class Mark(NamedTuple):
    """One measured figure beside its reference."""

    mark: str
    value: float | None
    "None: could not be measured; `conditions` says why."

    unit: str
    reference: float | None
    "Measured in the same run on the same machine, in the same unit."

    conditions: str
    reference_is: str = ""
    target: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Value by reference."""
        if self.value is None or not self.reference:
            return None
        return self.value / self.reference

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without target or value."""
        if self.value is None or self.target is None or math.isnan(self.value):
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target


def short(value: float | None) -> str:
    """A number with three or four figures, or a dash."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}"


_HEADINGS = ("mark", "value", "unit", "reference", "ratio", "target", "met")


def table(marks: Iterable[Mark]) -> str:
    """The table to print: a line per mark, and beneath it what it was measured under."""
    marks = list(marks)
    rows = [_HEADINGS, *(_row(mark) for mark in marks)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = []
    for index, row in enumerate(rows):
        cells = [
            cell.ljust(width) if column in (0, 2) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if index:
            mark = marks[index - 1]
            said = f"; reference: {mark.reference_is}" if mark.reference_is else ""
            lines.append(f"    {mark.conditions}{said}")
    return "\n".join(lines)


def _row(mark: Mark) -> tuple[str, ...]:
    target = ""
    if mark.target is not None:
        target = (">= " if mark.more_is_better else "<= ") + short(mark.target)
    met = {True: "yes", False: "NO", None: ""}[mark.is_met]
    return (
        mark.mark, short(mark.value), mark.unit, short(mark.reference), short(mark.ratio),
        target, met,
    )  # fmt: skip


def document(marks: Iterable[Mark], about: dict[str, Any]) -> str:
    """`bench/results/latest.json`: `marks`, and `about` the machine and the run."""
    return json.dumps(
        {"about": about, "marks": [_entry(mark) for mark in marks]}, ensure_ascii=False, indent=1
    )


def _entry(mark: Mark) -> dict[str, Any]:
    said = f"; reference: {mark.reference_is}" if mark.reference_is else ""
    return {
        "mark": mark.mark,
        "value": _number(mark.value),
        "unit": mark.unit,
        "reference": _number(mark.reference),
        "ratio": _number(mark.ratio),
        "target": mark.target,
        "met": mark.is_met,
        "conditions": mark.conditions + said,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 4)
