"""The line list as a fold: which lines there are, which call is on which, and where each stands.

Changed by `seize`, `move` and `set_service` alone. Pure: no I/O, no clock, no chance.
"""

from collections.abc import Iterator
from typing import Literal

from cordboard.kit.ids import CallId, LegId
from cordboard.lines.model import Change, Cycle, Line, LineSignal, Seizure
from cordboard.telephony.lines import Lines

from .table import IDLE, STARTS, TABLES


class LineBook:
    """Lines by number.

    Args:
        lines: As configured. Trunks without lines of their own get them when they are needed.
    """

    def __init__(self, lines: Lines) -> None:
        self.lines: dict[str, Line] = {}
        self._seized: dict[LegId, Seizure] = {}
        self._by_call: dict[CallId, dict[LegId, Seizure]] = {}
        "The same by call: every fact of a call asks."

        self._trunks = {trunk.id: trunk for trunk in lines.trunks}
        self._down: set[str] = set()
        for outer in lines.plan.outer_lines:
            self.lines[outer.number] = Line(
                outer.number,
                "outer",
                outer.name,
                IDLE,
                trunk_id=outer.trunk_id,
                direction=outer.direction,
                max_calls=outer.max_calls,
            )
        for phone in lines.phones:
            self.lines[phone.extension] = Line(
                phone.extension,
                "inner",
                phone.name,
                IDLE,
                max_calls=_MANY,
                in_service=bool(phone.contact),  # else until it registers
            )
        self._with_lines = {line.trunk_id for line in lines.plan.outer_lines}

    # What stands where

    def on_call(self, call_id: CallId) -> list[Seizure]:
        """What this call has seized."""
        return list(self._by_call.get(call_id, {}).values())

    def find(self, leg_id: LegId) -> Seizure | None:
        """The line of a leg."""
        return self._seized.get(leg_id)

    def outer_numbers(self) -> list[str]:
        """All outer lines in their order, and the next one of each trunk that makes its own."""
        known = [line.id for line in self.lines.values() if line.kind == "outer"]
        spare = [self._spare(trunk) for trunk in self._trunks if trunk not in self._with_lines]
        return known + [line for line in spare if line not in known]

    def is_free(self, line_id: str, direction: Literal["in", "out"]) -> bool:
        """Whether an outer line takes a call of this direction now."""
        line = self.lines.get(line_id)
        trunk_id = line.trunk_id if line is not None else trunk_of(line_id)
        trunk = self._trunks.get(trunk_id)
        if trunk is None or (trunk_id in self._down and direction == "out"):
            return False
        if trunk.max_calls and self._count(trunk_id) >= trunk.max_calls:
            return False
        return line is None or (line.direction in ("both", direction) and not line.is_full)

    def find_free(self, trunk_id: str) -> str | None:
        """The first line on which a call from this trunk can come in; empty if it has no lines."""
        if trunk_id not in self._trunks:
            return ""  # not in the plan: taken over from an earlier configuration
        own = [line.id for line in self.lines.values() if line.trunk_id == trunk_id]
        if trunk_id not in self._with_lines:
            own.append(self._spare(trunk_id))
        return next((line for line in own if self.is_free(line, "in")), None)

    def trunk_of_line(self, line_id: str) -> str:
        """The trunk that an outer line belongs to."""
        line = self.lines.get(line_id)
        return line.trunk_id if line is not None else trunk_of(line_id)

    def _count(self, trunk_id: str) -> int:
        return sum(len(x.seizures) for x in self.lines.values() if x.trunk_id == trunk_id)

    def _spare(self, trunk_id: str) -> str:
        numbers = (f"{trunk_id}/{number}" for number in _naturals())
        return next(one for one in numbers if one not in self.lines or not self._busy(one))

    def _busy(self, line_id: str) -> bool:
        return bool(self.lines[line_id].seizures)

    # What changes

    def seize(
        self,
        line_id: str,
        leg_id: LegId,
        call_id: CallId,
        cycle: Cycle,
        number: str,
        at_ms: int,
        signal: LineSignal = LineSignal.SEIZED,
    ) -> list[Change]:
        """A leg begins on a line; nothing if it is there already, or the line is unknown."""
        line = self.lines.get(line_id) or self._make(line_id)
        if line is None or leg_id in self._seized:
            return []
        seizure = Seizure(line.id, leg_id, call_id, cycle, STARTS[cycle], at_ms, number)
        self._seized[leg_id] = line.seizures[leg_id] = seizure
        self._by_call.setdefault(call_id, {})[leg_id] = seizure
        if cycle is Cycle.OUTBOUND_OUTER:
            line.used += 1
        return self.move(leg_id, signal, at_ms)

    def _make(self, line_id: str) -> Line | None:
        trunk = self._trunks.get(trunk_of(line_id))
        if trunk is None or trunk.id == line_id:
            return None
        line = Line(line_id, "outer", trunk.name, IDLE, trunk_id=trunk.id)
        line.in_service = trunk.id not in self._down
        self.lines[line_id] = line
        return line

    def move(self, leg_id: LegId, signal: LineSignal, at_ms: int) -> list[Change]:
        """Something happened to a leg; what that changes."""
        seizure = self._seized.get(leg_id)
        if seizure is None:
            return []
        before = seizure.stage
        after = TABLES[seizure.cycle][before].get(signal, before)
        line = self.lines[seizure.line_id]
        seizure.was_answered |= signal is LineSignal.ANSWERED
        if signal is LineSignal.HUNG_UP:
            del self._seized[leg_id], line.seizures[leg_id]
            self._part(seizure)
            line.rest, line.since_ms = after, at_ms
        if after == before:
            return []
        seizure.stage, seizure.since_ms = after, at_ms
        return [
            Change(
                line_id=line.id,
                kind=line.kind,
                leg_id=leg_id,
                call_id=seizure.call_id,
                cycle=seizure.cycle,
                signal=signal,
                before=before,
                after=after,
                number=seizure.number,
            )
        ]

    def give(self, leg_id: LegId, call_id: CallId) -> None:
        """A leg goes on in another call; its line stays as it is."""
        seizure = self._seized.get(leg_id)
        if seizure is not None:
            self._part(seizure)
            seizure.call_id = call_id
            self._by_call.setdefault(call_id, {})[leg_id] = seizure

    def _part(self, seizure: Seizure) -> None:
        """Take a seizure from its call."""
        others = self._by_call[seizure.call_id]
        del others[seizure.leg_id]
        if not others:
            del self._by_call[seizure.call_id]

    def set_service(self, line_id: str, *, in_service: bool) -> list[Line]:
        """A trunk or a phone came or went; the lines that this concerns."""
        if line_id in self._trunks:
            (self._down.discard if in_service else self._down.add)(line_id)
        found = [x for x in self.lines.values() if line_id in (x.trunk_id, x.id)]
        found = [line for line in found if line.in_service is not in_service]
        for line in found:
            line.in_service = in_service
        return found


_MANY = 1_000
"A telephone says itself how many calls it takes."


def _naturals() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


def trunk_of(line_id: str) -> str:
    """The trunk that made a line for itself: `carrier/3` is of `carrier`."""
    return line_id.rpartition("/")[0] or line_id
