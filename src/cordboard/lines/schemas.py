"""Shapes of responses."""

from typing import Literal

from pydantic import BaseModel

from .model import Line
from .service import view_of


class LineOut(BaseModel):
    """One line of the list, and where it stands."""

    line: str
    kind: Literal["outer", "inner"]
    name: str
    trunk_id: str
    direction: Literal["both", "in", "out"]
    cycle: Literal["inbound", "outbound"] | None
    number: int
    "Of the state, in the picture of its life cycle."

    state: str
    since_ms: int
    party: str | None
    call_id: str | None
    calls: int

    @staticmethod
    def of(line: Line) -> "LineOut":
        """From the book."""
        return LineOut(**view_of(line))


class LineListOut(BaseModel):
    """All lines, outer ones first."""

    items: list[LineOut]


class LineLogOut(BaseModel):
    """The last lines of the line log, the newest last."""

    items: list[str]
