"""Facts of waiting: one visit of one call in one queue, from entry to its one outcome."""

from typing import Literal

import msgspec

from cordboard.calls import CallFact
from cordboard.kit.facts import Signal
from cordboard.kit.ids import CallId, QueueId, VisitId

VisitOutcome = Literal[
    "answered",
    "abandoned",
    "overflowed",
    "timed_out",
    "exited",
    "callback_taken",
    "pulled",
    "refused",
    "failed",
]


class QueueFact(CallFact, frozen=True, kw_only=True, gc=False):
    """Base: a call in a queue. Its stream is the call's."""

    visit_id: VisitId
    queue_id: QueueId


class QueueEntered(QueueFact, frozen=True, kw_only=True, gc=False):
    """The call began to wait, or was refused at the door (a QueueLeft follows in the same turn)."""

    queue_kind: Literal["acd", "ring_group", "personal"] = "acd"
    entry_kind: Literal["flow", "rule", "overflow", "transfer", "pulled", "direct"]
    priority: int = 0
    needs: dict[str, int] = msgspec.field(default_factory=dict)
    "Skill name -> lowest level that will do: the queue's own and the call's."

    service_level_ms: int
    short_abandon_ms: int
    place: int
    "Number served before this one, plus one, at entry."

    call_priority: int = 0
    call_needs: dict[str, int] = msgspec.field(default_factory=dict)
    "What the call itself brought, without the queue's; it goes along on overflow."


class PositionAnnounced(QueueFact, frozen=True, kw_only=True, gc=False):
    """The caller was told where it stands."""

    position: int
    estimated_wait_s: int | None
    "Seconds, half up; None where it cannot be told: then the caller heard the position alone."


class QueueLeft(QueueFact, frozen=True, kw_only=True, gc=False):
    """The visit is over."""

    outcome: VisitOutcome
    wait_ms: int


class CallWaiting(Signal, frozen=True, kw_only=True, gc=False):
    """A call stands in a queue and may be offered: on entry, and again when an offer failed."""

    call_id: CallId
    visit_id: VisitId
    queue_id: QueueId
