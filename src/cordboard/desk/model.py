"""Words of the room: what a live board knows, as facts change it.

One LiveState per process, owned by the desk's service and changed by `snapshot.apply` alone, in
place: a copy per fact would cost more than the fact. Times are UTC milliseconds.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from cordboard.agents import AgentState, PendingState
from cordboard.kit.ids import AgentId, CallId, LegId, QueueId, VisitId
from cordboard.records import CallRecord

__all__ = [
    "Counts",
    "Line",
    "LineState",
    "LiveState",
    "OpenVisit",
    "Path",
    "Seat",
    "WaitingLine",
    "iso",
    "midnight_after",
    "midnight_before",
]

Path = tuple[str, ...]
"Where in the LiveState a value stands: `(calls, <id>)`, `(figures,)`."

LineState = Literal["up", "down", "registered", "unregistered"]


@dataclass(slots=True)
class OpenVisit:
    """A caller who waits."""

    call_id: CallId
    caller_number: str
    entered_at_ms: int
    priority: int
    service_level_ms: int
    short_abandon_ms: int
    is_counted: bool
    "No test, and entered today in an ACD queue: part of the day's figures."


@dataclass(slots=True)
class Counts:
    """The day's sums of a queue; the names are those of the measures."""

    answered: int = 0
    abandoned: int = 0
    level_good: int = 0
    level_all: int = 0
    counted: int = 0
    wait_ms: int = 0


@dataclass(slots=True)
class WaitingLine:
    """A queue."""

    id: QueueId
    name: str
    name_en: str = ""
    needs: dict[str, int] = field(default_factory=dict)
    visits: dict[VisitId, OpenVisit] = field(default_factory=dict)
    estimated_wait_s: int | None = None
    "As last told to a caller who waits here; None when nobody waits."

    today: Counts = field(default_factory=Counts)


@dataclass(slots=True)
class Seat:
    """An agent."""

    id: AgentId
    name: str
    agent_number: str = ""
    extension: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    state: AgentState = AgentState.SIGNED_OUT
    reason: str | None = None
    since_ms: int = 0
    call_id: CallId | None = None
    queue_id: QueueId | None = None
    wrap_up_ends_at_ms: int | None = None
    pending_state: PendingState | None = None
    pending_reason: str | None = None
    is_handling: bool = False
    "A customer has been on the line in this work: taking it back is no new answer."

    answered_today: int = 0
    missed_today: int = 0

    def serves(self, queue: WaitingLine) -> bool:
        """Whether the agent has the skills that the queue asks."""
        return all(self.skills.get(name, 0) >= level for name, level in queue.needs.items())


@dataclass(slots=True)
class Line:
    """A trunk or a phone."""

    id: str
    kind: Literal["trunk", "phone"]
    name: str
    number: str | None
    state: LineState
    since_ms: int
    legs: set[LegId] = field(default_factory=set)
    busy_since_ms: int = 0


@dataclass(slots=True)
class LiveState:
    """Everything on the board."""

    zone: tzinfo = UTC
    now_ms: int = 0
    "As of the last `advance`; what waits too long is judged by it."

    day_started_at_ms: int = 0
    day_ends_at_ms: int = 0
    seq: int = 0
    "The last fact that changed it."

    calls: dict[CallId, CallRecord] = field(default_factory=dict)
    queues: dict[QueueId, WaitingLine] = field(default_factory=dict)
    agents: dict[AgentId, Seat] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    line_of_number: dict[str, str] = field(default_factory=dict)
    line_of_leg: dict[LegId, str] = field(default_factory=dict)
    calls_today: int = 0
    answered_today: int = 0


def iso(at_ms: int) -> str:
    """The moment as RFC 3339 text in UTC with milliseconds."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def midnight_before(at_ms: int, zone: tzinfo) -> int:
    """When the day of this moment began at the site, in UTC milliseconds."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return _moment(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def midnight_after(at_ms: int, zone: tzinfo) -> int:
    """When the next day begins there; a day has 23, 24 or 25 hours."""
    local = datetime.fromtimestamp(at_ms / 1000, zone) + timedelta(days=1)
    return _moment(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def _moment(local: datetime) -> int:
    return round(local.timestamp() * 1000)
