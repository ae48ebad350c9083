"""Everybody who waits now: the lines in order of place, and the hall they stand in. Pure.

A place is (priority, the higher first; time of entry; ordinal). It never changes while the visit
lasts. Entering, leaving and asking for a position are bisections, so 5,000 waiting calls cost a
memory move of 40 kB at most and no walk.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from cordboard.calls import CallEnded, CallRouted
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId, QueueId, VisitId

from .events import QueueEntered, QueueLeft
from .model import Visit, Waiting

Place = tuple[int, int, int]


def place_of(waiting: Waiting) -> Place:
    """The key by which a line is ordered."""
    return (-waiting.priority, waiting.entered_at_ms, waiting.ordinal)


class _Row:
    """Waiting calls by place, keys and calls side by side."""

    __slots__ = ("calls", "places")

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.calls: list[Waiting] = []

    def add(self, waiting: Waiting) -> None:
        place = place_of(waiting)
        index = bisect_left(self.places, place)
        self.places.insert(index, place)
        self.calls.insert(index, waiting)

    def remove(self, waiting: Waiting) -> None:
        index = bisect_left(self.places, place_of(waiting))
        del self.places[index]
        del self.calls[index]


class Line:
    """Everybody who waits in one queue, and of them those without an open offer."""

    def __init__(self) -> None:
        self._all = _Row()
        self._free = _Row()

    def add(self, waiting: Waiting) -> None:
        """Let a call in at its place."""
        self._all.add(waiting)
        if not waiting.offered:
            self._free.add(waiting)

    def remove(self, waiting: Waiting) -> None:
        """Let a call out, as it was added or last replaced."""
        self._all.remove(waiting)
        if not waiting.offered:
            self._free.remove(waiting)

    def position(self, place: Place) -> int:
        """Calls served before this place, plus one; offered ones are still before."""
        return bisect_left(self._all.places, place) + 1

    def list_free(self) -> Sequence[Waiting]:
        """Who has no open offer, in order of place; the line's own list."""
        return self._free.calls

    def list_all(self) -> Sequence[Waiting]:
        """Everybody, in order of place; the line's own list."""
        return self._all.calls

    def __len__(self) -> int:
        return len(self._all.calls)


class Hall:
    """Open visits by call, and the lines they stand in."""

    def __init__(self) -> None:
        self.visits: dict[CallId, Visit] = {}
        self.farewells: dict[CallId, VisitId] = {}
        "Calls that hear why they were not served, and end after it."

        self.turned_away: dict[CallId, set[QueueId]] = {}
        "Queues whose door sent a call on by overflow; it is sent back to none of them."

        self._lines: defaultdict[QueueId, Line] = defaultdict(Line)
        self._entries = 0

    def apply(self, fact: Fact) -> None:
        """Change memory as the fact says."""
        if isinstance(fact, QueueEntered):
            self._entries += 1
            self._put(begin(fact, self._entries))
        elif isinstance(fact, QueueLeft):
            self._remove(fact)
        elif isinstance(fact, CallRouted):
            self.farewells.pop(fact.call_id, None)
        elif isinstance(fact, CallEnded):
            self.farewells.pop(fact.call_id, None)
            self.turned_away.pop(fact.call_id, None)

    def replace(self, after: Visit) -> None:
        """Take an open visit as it is after a step; its place is the same."""
        before = self.visits[after.waiting.call_id].waiting
        self._lines[before.queue_id].remove(before)
        self._put(after)

    def find_visit(self, call_id: CallId, visit_id: VisitId) -> Visit | None:
        """This very visit, if it is open."""
        visit = self.visits.get(call_id)
        return visit if visit is not None and visit.waiting.visit_id == visit_id else None

    def position(self, waiting: Waiting) -> int:
        """Those served before, plus one."""
        return self._lines[waiting.queue_id].position(place_of(waiting))

    def next_position(self, queue_id: QueueId, priority: int, at_ms: int) -> int:
        """The position of a call that enters now."""
        return self._lines[queue_id].position((-priority, at_ms, self._entries + 1))

    def length(self, queue_id: QueueId) -> int:
        """Open visits of a queue."""
        return len(self._lines[queue_id])

    def list_free(self, queue_id: QueueId) -> Sequence[Waiting]:
        """Who waits without an open offer, in order of place."""
        return self._lines[queue_id].list_free()

    def list_all(self, queue_id: QueueId) -> Sequence[Waiting]:
        """Who waits, in order of place."""
        return self._lines[queue_id].list_all()

    def _put(self, visit: Visit) -> None:
        self.visits[visit.waiting.call_id] = visit
        self._lines[visit.waiting.queue_id].add(visit.waiting)

    def _remove(self, fact: QueueLeft) -> None:
        waiting = self.visits.pop(fact.call_id).waiting
        self._lines[waiting.queue_id].remove(waiting)
        if fact.outcome == "overflowed" and fact.wait_ms == 0:
            self.turned_away.setdefault(fact.call_id, set()).add(fact.queue_id)
        else:
            self.turned_away.pop(fact.call_id, None)
        if fact.outcome in ("refused", "timed_out"):
            self.farewells[fact.call_id] = fact.visit_id


def begin(fact: QueueEntered, ordinal: int) -> Visit:
    """The visit as it is at its entry.

    Args:
        fact: The entry.
        ordinal: Number of this entry among all entries of the house.
    """
    waiting = Waiting(
        call_id=fact.call_id,
        visit_id=fact.visit_id,
        queue_id=fact.queue_id,
        entered_at_ms=fact.at_ms,
        priority=fact.priority,
        needs=fact.needs,
        ordinal=ordinal,
    )
    return Visit(waiting=waiting, call_priority=fact.call_priority, call_needs=fact.call_needs)
