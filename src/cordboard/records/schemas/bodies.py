"""Bodies of what the web door shows of records. Times are RFC 3339 in UTC with milliseconds."""

from typing import Any, Literal

from pydantic import BaseModel

from cordboard.calls import CallEnder, Direction, Party
from cordboard.queues import VisitOutcome
from cordboard.records.model import OfferResult, Phase, RecordingState, Result, SegmentKind


class CallRow(BaseModel):
    """A call in a list."""

    id: str
    direction: Direction
    arrived_at: str
    ended_at: str | None
    caller_number: str
    called_number: str
    service_number: str
    queue_id: str | None
    queue_name: str | None
    agent_id: str | None
    agent_name: str | None
    phase: Phase
    result: Result | None
    ended_by: CallEnder | None
    total_wait_ms: int
    talk_ms: int
    hold_ms: int
    wrap_up_ms: int
    duration_ms: int
    "From arrival to the end, or to now."

    has_recording: bool


class Totals(BaseModel):
    """Sums over all calls that match, not only those of the page."""

    talk_ms: int
    wait_ms: int


class CallList(BaseModel):
    """A page of calls, newest first."""

    items: list[CallRow]
    next_cursor: str | None
    total: int
    totals: Totals


class SegmentView(BaseModel):
    """One stretch on one timeline; the party is the agent, for the agent's."""

    timeline: Literal["customer", "agent"]
    party_id: str | None
    party_name: str | None
    kind: SegmentKind
    started_at: str
    ended_at: str | None


class KeyView(BaseModel):
    """One key."""

    at: str
    digit: str
    node: str | None
    method: str


class StepView(BaseModel):
    """One node on the way."""

    at: str
    node_id: str
    node_kind: str
    label: str
    exit: str | None


class VisitView(BaseModel):
    """One stay in a queue."""

    queue_id: str
    queue_name: str | None
    entered_at: str
    left_at: str | None
    outcome: VisitOutcome | None
    wait_ms: int | None
    position_announced: list[int]


class CandidateView(BaseModel):
    """An agent who stood in line for a call; `level` is the sum over the needed skills."""

    agent_id: str
    name: str
    idle_ms: int
    level: int
    chosen: bool


class PassedOverView(BaseModel):
    """An agent with the skills who did not stand in line, and the word that says why."""

    agent_id: str
    name: str
    why: str


class ReasonView(BaseModel):
    """Why this agent: the rule, what the call needs, and who was there.

    What an older fact does not tell is empty.
    """

    rule: str = ""
    need: dict[str, int] = {}
    candidates: list[CandidateView] = []
    passed_over: list[PassedOverView] = []
    qualified: int = 0
    idle: int = 0


class OfferView(BaseModel):
    """One offer with why."""

    id: str
    agent_id: str
    agent_name: str | None
    agent_number: str | None
    made_at: str
    ended_at: str | None
    result: OfferResult | None
    reason: ReasonView


class RecordingView(BaseModel):
    """One recording."""

    id: str
    started_at: str
    duration_ms: int | None
    bytes: int | None
    sha256: str | None
    state: RecordingState
    gap_count: int
    reason: str | None
    missing_since: str | None
    removed_at: str | None


class LegView(BaseModel):
    """One party's connection."""

    id: str
    party: Party
    number: str
    started_at: str
    answered_at: str | None
    ended_at: str | None
    ended_by: Literal["party", "us", "network"] | None
    hangup_cause: int | None
    codec: str
    loss: float | None
    jitter_ms: float | None
    mos: float | None


class CallDetail(CallRow):
    """A call with everything that is known of it."""

    language: str | None
    call_data: dict[str, str]
    segments: list[SegmentView]
    keys: list[KeyView]
    path: list[StepView]
    visits: list[VisitView]
    offers: list[OfferView]
    recordings: list[RecordingView]
    legs: list[LegView]


class FactView(BaseModel):
    """One fact of the journal."""

    id: int
    at: str
    kind: str
    data: dict[str, Any]


class FactList(BaseModel):
    """The facts of a call, in order."""

    items: list[FactView]


class WaveformView(BaseModel):
    """Peaks, 0 to 1: what the customer said and what the customer heard."""

    duration_ms: int
    said: list[float]
    heard: list[float]
