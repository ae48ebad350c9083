"""The life of a visit, as a table; and what each way of leaving is called.

Every rule about what a visit may be next is in TRANSITIONS and nowhere else; `make draw` makes its
picture from this very table. An offer never touches the place. Pure: no I/O, no clock.

Source: glossary, section 6 (queue visit and its outcomes); ACD-05.
"""

from enum import StrEnum

from msgspec.structs import replace

from cordboard.calls import CallEnder, CallRouted
from cordboard.kit.ids import VisitId

from .errors import IllegalVisitError
from .events import CallWaiting, QueueEntered, QueueLeft, VisitOutcome
from .model import Queue, Visit, VisitState, Waiting


class Step(StrEnum):
    """What can happen to a visit."""

    OFFER_OPENED = "offer_opened"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_ENDED = "offer_ended"
    LEFT = "left"


TRANSITIONS: dict[VisitState, dict[Step, VisitState]] = {
    VisitState.WAITING: {
        Step.OFFER_OPENED: VisitState.OFFERED,
        Step.LEFT: VisitState.LEFT,
    },
    VisitState.OFFERED: {
        Step.OFFER_ACCEPTED: VisitState.CONNECTING,
        Step.OFFER_ENDED: VisitState.WAITING,
        Step.LEFT: VisitState.LEFT,
    },
    VisitState.CONNECTING: {
        Step.OFFER_ENDED: VisitState.WAITING,
        Step.LEFT: VisitState.LEFT,
    },
    VisitState.LEFT: {},
}

IS_ENTERTAINED = frozenset({VisitState.WAITING, VisitState.OFFERED})
"States in which the caller hears music and announcements; an open offer interrupts neither."

OUTCOME_BY_ENDER: dict[CallEnder, VisitOutcome] = {
    "customer": "abandoned",
    "supervisor": "pulled",
    "agent": "failed",
    "system": "failed",
    "network": "failed",
}
"""Outcome of a visit whose call ended. The line that drops and the crash are no abandon: nobody
gave up."""


def apply(visit: Visit, step: Step) -> Visit:
    """The visit as it is after the step.

    Raises:
        IllegalVisitError: If TRANSITIONS has no such step.
    """
    state = TRANSITIONS[visit.state].get(step)
    if state is None:
        raise IllegalVisitError(
            f"a visit that is {visit.state} cannot take {step}", call_id=visit.waiting.call_id
        )
    return replace(
        visit,
        state=state,
        waiting=replace(
            visit.waiting, offered=state in (VisitState.OFFERED, VisitState.CONNECTING)
        ),
    )


def outcome_of_route(fact: CallRouted) -> VisitOutcome:
    """What it is called when a waiting call is routed on by somebody else.

    The customer's own choice leads to a flow (a key, a menu, the mailbox); everything else was
    taken out of the queue.
    """
    by_choice = fact.kind == "flow" and fact.entry_kind != "pulled"
    return "exited" if by_choice else "pulled"


def merge_needs(queue: Queue, own: dict[str, int]) -> dict[str, int]:
    """What an agent must have for this call in this queue: of each skill the higher level."""
    return {
        skill: max(queue.needs.get(skill, 0), own.get(skill, 0))
        for skill in sorted(queue.needs.keys() | own.keys())
    }


def enter(
    queue: Queue, fact: CallRouted, visit_id: VisitId, *, at_ms: int, place: int
) -> QueueEntered:
    """The entry of a routed call; thresholds are copied, so that a later setting changes no past.

    Args:
        queue: The queue.
        fact: How the call came.
        visit_id: Of the new visit.
        at_ms: The moment.
        place: Calls served before it, plus one.
    """
    return QueueEntered(
        at_ms=at_ms,
        call_id=fact.call_id,
        visit_id=visit_id,
        queue_id=queue.id,
        entry_kind=fact.entry_kind,
        priority=queue.priority + fact.priority,
        needs=merge_needs(queue, fact.needs),
        service_level_ms=queue.service_level_s * 1000,
        short_abandon_ms=queue.short_abandon_s * 1000,
        place=place,
        call_priority=fact.priority,
        call_needs=fact.needs,
    )


def leave(visit: Visit, outcome: VisitOutcome, at_ms: int) -> QueueLeft:
    """The end of a visit; a wait is never negative."""
    waiting = visit.waiting
    return QueueLeft(
        at_ms=at_ms,
        call_id=waiting.call_id,
        visit_id=waiting.visit_id,
        queue_id=waiting.queue_id,
        outcome=outcome,
        wait_ms=max(0, at_ms - waiting.entered_at_ms),
    )


def waits(waiting: Waiting, at_ms: int) -> CallWaiting:
    """The news that this call may be offered."""
    return CallWaiting(
        at_ms=at_ms,
        call_id=waiting.call_id,
        visit_id=waiting.visit_id,
        queue_id=waiting.queue_id,
    )


def closed_because(queue: Queue, *, length: int, signed_in: int) -> str | None:
    """Why the door is shut: `full`, `no_agents`, or None if it is open.

    Args:
        queue: The queue.
        length: Visits open now.
        signed_in: Agents signed in with the queue's skills.
    """
    if queue.max_length and length >= queue.max_length:
        return "full"
    if queue.refuse_without_agents and not signed_in:
        return "no_agents"
    return None
