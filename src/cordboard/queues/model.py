"""Words of the room: what a queue is, and who waits in it."""

from enum import StrEnum

import msgspec

from cordboard.kit.ids import CallId, QueueId, VisitId

__all__ = ["Queue", "QueueId", "Visit", "VisitId", "VisitState", "Waiting"]


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting line as it is configured."""

    id: QueueId
    name: str
    name_en: str = ""
    strategy: str = "longest_idle"
    needs: dict[str, int] = msgspec.field(default_factory=dict)
    "Skill name -> lowest level that an agent must have."

    priority: int = 0
    hold_music: str = "moh:default"
    welcome: tuple[str, ...] = ()
    "Prompt names without language, played once on entry: `file:queue/wait`."

    announce_every_s: int = 30
    "Seconds between announcements of position and estimated wait; 0: never."

    ring_limit_s: int = 15
    wrap_up_s: int = 20
    "Longest wrap-up; 0: none."

    max_wait_s: int = 0
    "Overflow after this; 0: never."

    overflow_queue_id: QueueId | None = None
    "Where to after max_wait_s; None: say sorry and hang up."

    max_length: int = 0
    "Refuse entries above it; 0: no limit."

    refuse_without_agents: bool = False
    "Refuse entries while no agent with the queue's skills is signed in."

    announce_agent_number: bool = False
    service_level_s: int = 20
    short_abandon_s: int = 5
    record: bool = True


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One call that waits."""

    call_id: CallId
    visit_id: VisitId
    queue_id: QueueId
    entered_at_ms: int
    priority: int
    needs: dict[str, int]
    ordinal: int
    "Breaks ties of priority and time."

    offered: bool = False
    "An offer is open: keeps the place, is not offered twice."


class VisitState(StrEnum):
    """Where a visit stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    "An agent's phone is being dialled or rings."

    CONNECTING = "connecting"
    "An agent picked up; the announcement before the talk runs."

    LEFT = "left"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One stay of one call in one queue."""

    waiting: Waiting
    state: VisitState = VisitState.WAITING
    call_priority: int = 0
    "The call's own, without the queue's; it goes along on overflow."

    call_needs: dict[str, int] = msgspec.field(default_factory=dict)
    "The call's own, without the queue's; they go along on overflow."
