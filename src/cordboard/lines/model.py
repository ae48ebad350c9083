"""Words of the room: what a line is, where it stands, and what moves it.

Source: S002-BOARD 5.2, 5.3 (life cycles) and 5.6 (log); glossary `line`, `line_state`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import msgspec
from typing_extensions import override

from cordboard.kit.ids import CallId, LegId

LineKind = Literal["outer", "inner"]
LogLevel = Literal["information", "error"]


class LineState(StrEnum):
    """Where a line stands; the words of the design."""

    IDLE = "idle"
    WAIT_ANSWER = "wait_answer"
    WAIT_PLAY = "wait_play"
    PLAYING = "playing"
    RESERVED = "reserved"
    SELECTED = "selected"
    WAIT_OFF_HOOK = "wait_off_hook"
    CALLING = "calling"
    CONNECTED = "connected"
    WAIT_HANG_UP = "wait_hang_up"
    OUT_OF_SERVICE = "out_of_service"


class Stage(msgspec.Struct, frozen=True):
    """A place in a life cycle: its number in the design's picture, and its word."""

    number: int
    state: LineState

    @override
    def __str__(self) -> str:
        return f"{self.state}_{self.number}"


class Cycle(StrEnum):
    """Which life cycle a line runs through: the call's direction, and the line's kind."""

    INBOUND_OUTER = "inbound_outer"
    INBOUND_INNER = "inbound_inner"
    OUTBOUND_INNER = "outbound_inner"
    OUTBOUND_OUTER = "outbound_outer"

    @property
    def is_inbound(self) -> bool:
        """LE001 of the design; else LE002."""
        return self in (Cycle.INBOUND_OUTER, Cycle.INBOUND_INNER)


class LineSignal(StrEnum):
    """What moves a line."""

    SEIZED = "seized"
    "It rings from outside, or was chosen for a call."

    OFF_HOOK = "off_hook"
    "Its telephone began a call by itself (hard dialling)."

    RANG = "rang"
    ANSWERED = "answered"
    PLAYED = "played"
    "An application wants it to hear something."

    CONNECTED = "connected"
    RELEASED = "released"
    "Whom it talked with passed it on."

    CALL_OVER = "call_over"
    HUNG_UP = "hung_up"


@dataclass(slots=True)
class Seizure:
    """One call on a line."""

    line_id: str
    leg_id: LegId
    call_id: CallId
    cycle: Cycle
    stage: Stage
    since_ms: int
    number: str
    "Of the other party."

    was_answered: bool = False


@dataclass(slots=True)
class Line:
    """One line: a channel of a trunk, or a telephone of the house."""

    id: str
    "Its number in the list."

    kind: LineKind
    name: str
    rest: Stage
    since_ms: int = 0
    trunk_id: str = ""
    direction: Literal["both", "in", "out"] = "both"
    max_calls: int = 1
    in_service: bool = True
    seizures: dict[LegId, Seizure] = field(default_factory=dict)
    used: int = 0
    "How often it was chosen for a call out."

    @property
    def is_full(self) -> bool:
        """Whether it takes no further call."""
        return not self.in_service or len(self.seizures) >= self.max_calls


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A line went from one stage to another."""

    line_id: str
    kind: LineKind
    leg_id: LegId
    call_id: CallId
    cycle: Cycle
    signal: LineSignal
    before: Stage
    after: Stage
    number: str


class LineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """News for programs at the control interface, with the design's names."""

    event: str
    at_ms: int
    parameters: dict[str, Any]


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """The six fields of the line log."""

    at_ms: int
    level: LogLevel
    file: str
    line: int
    channel: str
    signal: str = ""
    state: str = ""
    text: str = ""


class WaitingCall(msgspec.Struct, frozen=True, kw_only=True):
    """CallInTel of the design: a call from outside that nobody talks with yet."""

    call_id: CallId
    line_id: str
    caller_number: str
    level: str
    "Flow, or word of the service number, that it waits in."

    arrived_at_ms: int
    stage: Stage
