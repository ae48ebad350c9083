"""Timers as data: things with a deadline, and the one heap that knows which is next.

An item says when it wants to be woken; moving a deadline later costs nothing, because the heap
notices when the old entry comes up. This file knows no clock: `now_s` is given.

Source: RFC 3261 §17 (timers A–K are such deadlines).
"""

import heapq
import itertools
from typing import Protocol

NEVER = float("inf")


class Timed(Protocol):
    """Anything that waits for a time."""

    deadline: float
    "Monotonic seconds, or NEVER."

    queued_at: float
    "The agenda's note of its earliest heap entry; NEVER to begin with."

    def fire(self, now_s: float) -> None:
        """Do what is due; set the next deadline."""
        ...


class Agenda:
    """All deadlines of one core."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed]] = []
        self._count = itertools.count()

    def schedule(self, item: Timed) -> None:
        """Note the item's deadline; call it after each change that makes it earlier."""
        if item.deadline < item.queued_at:
            item.queued_at = item.deadline
            heapq.heappush(self._heap, (item.deadline, next(self._count), item))

    def next_deadline(self) -> float | None:
        """When something may be due, or None. May be early, never late."""
        return self._heap[0][0] if self._heap else None

    def run(self, now_s: float) -> None:
        """Fire everything that is due."""
        heap = self._heap
        while heap and heap[0][0] <= now_s:
            at, _, item = heapq.heappop(heap)
            if at != item.queued_at:
                continue  # an earlier entry already served it
            item.queued_at = NEVER
            if item.deadline <= now_s:
                item.fire(now_s)
            self.schedule(item)
