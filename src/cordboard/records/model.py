"""Words of the room: a call's record and its parts, as the facts so far make them.

Times are UTC milliseconds since 1970, durations integer milliseconds. Everything is frozen: a
record is replaced by its successor, so a reader may keep one as long as it likes.
"""

from typing import Literal

import msgspec

from cordboard.acd import Reason
from cordboard.calls import CallEnder, Direction, HandlingRole, Party, SuperviseMode
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, RecordingId, VisitId
from cordboard.queues import VisitOutcome

__all__ = [
    "CallFilter",
    "CallHeader",
    "CallPage",
    "CallRecord",
    "DayCounts",
    "EndReason",
    "Handling",
    "HandlingPhase",
    "Key",
    "Leg",
    "Offer",
    "OfferResult",
    "Phase",
    "Recording",
    "RecordingState",
    "Result",
    "Segment",
    "Step",
    "StoredRecording",
    "Supervision",
    "Unrecorded",
    "Visit",
    "VisitCounts",
]

Phase = Literal["flow", "queue", "ring", "dial", "talk", "hold", "ended"]
"What the customer is in now: the kind of the open segment (glossary, section 4)."

Result = Literal[
    "answered",
    "diverted",
    "callback_taken",
    "voicemail",
    "self_served",
    "abandoned_in_queue",
    "timed_out",
    "closed",
    "refused",
    "not_reached",
    "failed",
    "abandoned_in_flow",
]
OfferResult = Literal["accepted", "refused", "missed", "withdrawn", "failed"]
HandlingPhase = Literal["talk", "hold", "consult", "after", "wrap_up", "done"]
"`after`: the talk is over and nothing was heard of a wrap-up yet."

EndReason = Literal[
    "customer", "agent", "supervisor", "system", "network", "transferred", "intercepted", "parked"
]
"Who ended an agent's part, or how the call went on without the agent."

RecordingState = Literal["recording", "closed", "failed"]
SegmentKind = Literal[
    "flow", "queue", "ring", "dial", "talk", "hold", "consult", "wrap_up", "ended"
]
IN_TALK = ("talk", "hold", "consult")
"Phases of a handling in which the agent is on the call."


class _Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base: a part of a record."""


class Segment(_Part, frozen=True, kw_only=True, gc=False):
    """One stretch of one kind on one timeline; never of no length."""

    timeline: Literal["customer", "agent"]
    kind: SegmentKind
    started_at_ms: int
    ended_at_ms: int | None
    agent_id: AgentId | None = None
    visit_id: VisitId | None = None
    handling_id: LegId | None = None


class Leg(_Part, frozen=True, kw_only=True, gc=False):
    """One party's connection, with its media figures."""

    id: LegId
    party: Party
    number: str
    started_at_ms: int
    agent_id: AgentId | None = None
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    ended_by: Literal["party", "us", "network"] | None = None
    hangup_cause: int | None = None
    sip_status: int = 0
    codec: str = ""
    loss: float | None = None
    "Share of packets lost, 0 to 1."

    jitter_ms: float | None = None
    rtt_ms: float | None = None
    mos: float | None = None
    has_lost_media: bool = False
    "Its media process died, and the figures with it."


class Key(_Part, frozen=True, kw_only=True, gc=False):
    """One key that the customer pressed, and where in the flow."""

    at_ms: int
    digit: str
    method: str
    node_id: str | None


class Step(_Part, frozen=True, kw_only=True, gc=False):
    """One node on the way through a flow; no exit while the caller is in it."""

    at_ms: int
    flow_id: str
    node_id: str
    node_kind: str
    label: str
    exit: str | None = None


class Visit(_Part, frozen=True, kw_only=True, gc=False):
    """One stay in one queue."""

    id: VisitId
    queue_id: QueueId
    queue_kind: str
    entry_kind: str
    entered_at_ms: int
    service_level_ms: int
    short_abandon_ms: int
    left_at_ms: int | None = None
    outcome: VisitOutcome | None = None
    positions: tuple[int, ...] = ()
    "Positions that the caller was told, in order."

    @property
    def wait_ms(self) -> int | None:
        """From entry to leaving; None while it waits."""
        return None if self.left_at_ms is None else self.left_at_ms - self.entered_at_ms


class Offer(_Part, frozen=True, kw_only=True, gc=False):
    """One proposal to one agent, with why and with its end."""

    id: OfferId
    agent_id: AgentId
    visit_id: VisitId
    queue_id: QueueId
    leg_id: LegId
    made_at_ms: int
    reason: Reason = Reason()
    ended_at_ms: int | None = None
    result: OfferResult | None = None


class Handling(_Part, frozen=True, kw_only=True, gc=False):
    """One agent's part in the call; its id is that of the agent's leg."""

    id: LegId
    agent_id: AgentId
    queue_id: QueueId | None
    role: HandlingRole
    started_at_ms: int
    phase: HandlingPhase = "talk"
    phase_since_ms: int
    talk_ms: int = 0
    hold_ms: int = 0
    consult_ms: int = 0
    wrap_up_ms: int = 0
    dial_ms: int = 0
    "Of an outbound call: from its begin to the customer's answer."

    end_reason: EndReason | None = None
    ended_at_ms: int | None = None
    "End of the wrap-up."


class Supervision(_Part, frozen=True, kw_only=True, gc=False):
    """One stretch in which a supervisor tapped the call in one mode. No segment (measures)."""

    leg_id: LegId
    user_id: str
    mode: SuperviseMode
    started_at_ms: int
    ended_at_ms: int | None = None


class Recording(_Part, frozen=True, kw_only=True, gc=False):
    """One sound file, or why there is none."""

    id: RecordingId
    leg_id: LegId
    path: str
    started_at_ms: int
    state: RecordingState = "recording"
    ended_at_ms: int | None = None
    duration_ms: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    gap_count: int = 0
    gap_ms: int = 0
    reason: str | None = None
    missing_since_ms: int | None = None
    "A check did not find the file."

    removed_at_ms: int | None = None
    "Deleted at the end of its retention."


class CallRecord(_Part, frozen=True, kw_only=True, gc=False):
    """A call, as its facts so far make it. Stored whole as the `detail` of its row."""

    id: CallId
    direction: Direction
    origin: str
    line_id: str
    caller_number: str
    called_number: str
    service_number: str
    sip_call_id: str
    is_test: bool
    arrived_at_ms: int
    first_leg_id: LegId
    "Leg that began the call: the customer's if inbound."

    phase: Phase
    phase_since_ms: int
    phase_visit_id: VisitId | None = None
    line_answered_at_ms: int | None = None
    agent_answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    ended_by: CallEnder | None = None
    hangup_cause: int | None = None
    end_reason: str = ""
    peer_leg_id: LegId | None = None
    "Whom the first leg talks with in a call without an agent's handling."

    peer_held: bool = False
    peer_party: Party | None = None
    "Who that is or was; set at the connection and kept."

    is_passed: bool = False
    "Passed on to a person whose phone rings."

    is_parked: bool = False
    flow_outcome: str | None = None
    "Of the last flow that ended; empty while one runs, None if none ran."

    served: bool = False
    language: str | None = None
    call_data: dict[str, str] = {}
    segments: tuple[Segment, ...] = ()
    "Closed ones of both timelines, in order of closing."

    keys: tuple[Key, ...] = ()
    path: tuple[Step, ...] = ()
    visits: tuple[Visit, ...] = ()
    offers: tuple[Offer, ...] = ()
    handlings: tuple[Handling, ...] = ()
    supervisions: tuple[Supervision, ...] = ()
    legs: tuple[Leg, ...] = ()
    recordings: tuple[Recording, ...] = ()


class CallHeader(_Part, frozen=True, kw_only=True, gc=False):
    """What a list shows and a filter asks of a call: its row without the detail."""

    call_id: CallId
    direction: Direction
    origin: str
    is_test: bool
    caller_number: str
    called_number: str
    service_number: str
    language: str | None
    queue_id: QueueId | None
    "Queue of the last visit."

    agent_id: AgentId | None
    "Agent of the last handling."

    phase: Phase
    result: Result | None
    ended_by: CallEnder | None
    agent_requested: bool
    arrived_at_ms: int
    line_answered_at_ms: int | None
    agent_answered_at_ms: int | None
    ended_at_ms: int | None
    total_wait_ms: int
    talk_ms: int
    hold_ms: int
    wrap_up_ms: int
    has_recording: bool
    is_open: bool
    "News may still come: the call goes on, an agent wraps up, a recording is not closed."


class CallFilter(_Part, frozen=True, kw_only=True, gc=False):
    """What a list of calls is asked for; None asks nothing."""

    from_ms: int | None = None
    "Arrived at or after."

    to_ms: int | None = None
    "Arrived before."

    number: str | None = None
    "Part of the caller's or the called number."

    caller_number: str | None = None
    "The caller's number as a whole."

    direction: str | None = None
    result: str | None = None
    queue_id: str | None = None
    "Visited it."

    agent_id: str | None = None
    "Handled by."


class CallPage(_Part, frozen=True, kw_only=True, gc=False):
    """One page of a list of calls, newest first."""

    headers: tuple[CallHeader, ...]
    next_cursor: tuple[int, str] | None
    "Arrival and id of the last one shown, if there are more."

    total: int
    talk_ms: int
    wait_ms: int


class StoredRecording(_Part, frozen=True, kw_only=True, gc=False):
    """A recording with its call, as it is stored."""

    call_id: CallId
    recording: Recording


class Unrecorded(_Part, frozen=True, kw_only=True, gc=False):
    """An answered call without a recording and without a word why."""

    call_id: CallId
    arrived_at_ms: int
    why: Literal["no-recording", "file-missing"]


class VisitCounts(_Part, frozen=True, kw_only=True, gc=False):
    """Sums over closed visits; the names are those of the measures."""

    answered: int = 0
    abandoned: int = 0
    "Without short ones."

    level_good: int = 0
    "Numerator of the service level."

    level_all: int = 0
    "Its denominator."

    counted: int = 0
    "With an outcome, without short abandons."

    wait_ms: int = 0
    "Of the counted ones."


class DayCounts(_Part, frozen=True, kw_only=True, gc=False):
    """Sums since a moment over calls that are closed: what a board starts its day with."""

    calls_inbound: int = 0
    calls_answered: int = 0
    queues: dict[QueueId, VisitCounts] = {}
    answered_by_agent: dict[AgentId, int] = {}
    missed_by_agent: dict[AgentId, int] = {}
