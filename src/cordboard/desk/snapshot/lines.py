"""Trunks and phones: their state, and which legs are on them."""

from typing import Literal

from cordboard.desk.model import Line, LineState, LiveState, Path
from cordboard.kit.ids import LegId


def change_line(
    state: LiveState,
    line_id: str,
    *,
    kind: Literal["trunk", "phone"],
    to: LineState,
    at_ms: int,
    name: str = "",
    number: str | None = None,
) -> set[Path]:
    """A trunk came up or went down, a phone registered or went away."""
    line = state.lines.get(line_id)
    if line is None:
        line = Line(line_id, kind, name or line_id, number, to, at_ms)
        state.lines[line_id] = line
    elif line.state != to:
        line.state, line.since_ms = to, at_ms
    elif name in ("", line.name) and number in (None, line.number):
        return set()
    line.name, line.number = name or line.name, number or line.number
    if line.number:
        state.line_of_number[line.number] = line_id
    return {("lines", line_id)}


def occupy(state: LiveState, line_id: str | None, leg_id: LegId, at_ms: int) -> set[Path]:
    """A leg is on a line, if the line is known."""
    line = state.lines.get(line_id) if line_id else None
    if line is None:
        return set()
    if not line.legs:
        line.busy_since_ms = at_ms
    line.legs.add(leg_id)
    state.line_of_leg[leg_id] = line.id
    return {("lines", line.id)}


def free(state: LiveState, leg_id: LegId) -> set[Path]:
    """A leg is over."""
    line_id = state.line_of_leg.pop(leg_id, None)
    line = state.lines.get(line_id) if line_id else None
    if line is None:
        return set()
    line.legs.discard(leg_id)
    return {("lines", line.id)}
