"""Steps of talking: connection, hold, consultation, passing on, the end, and the wrap-up."""

from typing import Any

from msgspec.structs import replace

from cordboard.agents import WrapUpEnded, WrapUpStarted
from cordboard.calls import (
    AgentConnected,
    CallEnded,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallResumed,
    CallTransferred,
    ConsultAlternated,
    ConsultEnded,
    ConsultStarted,
    HandlingRole,
    PartiesConnected,
    PartyJoined,
    TransferFailed,
)
from cordboard.kit.ids import AgentId, LegId, QueueId
from cordboard.records.model import IN_TALK, CallRecord, Handling, HandlingPhase

from .timeline import agent_segment, find, find_id, turn_handling


def agent_connected(record: CallRecord, fact: AgentConnected) -> CallRecord:
    """The wait is over and a handling begins; its ring or dial segment is known now."""
    offer = find(record.offers, lambda one: one.leg_id == fact.leg_id)
    role = fact.role or ("queue" if offer else "direct")
    dials = role == "outbound"
    handling = Handling(
        id=fact.leg_id,
        agent_id=fact.agent_id,
        queue_id=offer.queue_id if offer else _last_queue(record, role),
        role=role,
        started_at_ms=record.arrived_at_ms if dials else fact.at_ms,
        dial_ms=fact.at_ms - record.arrived_at_ms if dials else 0,
        phase_since_ms=fact.at_ms,
    )
    segments = record.segments
    since = offer.made_at_ms if offer else record.arrived_at_ms if dials else fact.at_ms
    if fact.at_ms > since:
        before = agent_segment(handling, "dial" if dials else "ring", since, fact.at_ms)
        segments = (*segments, before)
    return replace(
        record,
        handlings=(*record.handlings, handling),
        segments=segments,
        agent_answered_at_ms=record.agent_answered_at_ms or fact.at_ms,
        is_passed=False,
        is_parked=False,
    )


def _last_queue(record: CallRecord, role: HandlingRole) -> QueueId | None:
    """Queue of the customer's last visit, for who gets the call from an agent."""
    inherits = role in ("transfer", "conference", "intercept") and record.visits
    return record.visits[-1].queue_id if inherits else None


def parties_connected(record: CallRecord, fact: PartiesConnected) -> CallRecord:
    """Two parties talk without an offer."""
    is_other = fact.leg_id == record.first_leg_id
    record = _with_peer(record, fact.other_leg_id if is_other else fact.leg_id)
    return replace(
        record,
        is_passed=False,
        is_parked=False,
        agent_answered_at_ms=record.agent_answered_at_ms or fact.at_ms,
    )


def party_joined(record: CallRecord, fact: PartyJoined) -> CallRecord:
    """Somebody who is no agent joined the talk, and may be left alone with the customer."""
    return _with_peer(record, fact.leg_id)


def _with_peer(record: CallRecord, leg_id: LegId) -> CallRecord:
    leg = find_id(record.legs, leg_id)
    party = leg.party if leg else "outside"
    return replace(record, peer_leg_id=leg_id, peer_party=party, peer_held=False)


def held(record: CallRecord, fact: CallHeld) -> CallRecord:
    """The customer hears music."""
    return _hold(record, fact, "talk", "hold")


def resumed(record: CallRecord, fact: CallResumed) -> CallRecord:
    """The customer was taken back."""
    return _hold(record, fact, "hold", "talk")


def _hold(
    record: CallRecord, fact: CallHeld | CallResumed, before: HandlingPhase, after: HandlingPhase
) -> CallRecord:
    """What the customer hears, every agent who talked with it, or holds it, shares."""
    for handling in record.handlings:
        if handling.phase == before:
            record = turn_handling(record, handling, after, fact.at_ms)
    return replace(record, peer_held=after == "hold" and record.peer_leg_id is not None)


def consult_started(record: CallRecord, fact: ConsultStarted) -> CallRecord:
    """The agent rings a third party."""
    return _turn(record, fact.leg_id, "consult", fact.at_ms)


def consult_alternated(record: CallRecord, fact: ConsultAlternated) -> CallRecord:
    """The agent is with the customer again, or with the third party."""
    phase: HandlingPhase = "talk" if fact.to == "customer" else "consult"
    return _turn(record, fact.leg_id, phase, fact.at_ms)


def consult_ended(record: CallRecord, fact: ConsultEnded) -> CallRecord:
    """The agent is with the customer, who is held or not."""
    return _turn(record, fact.leg_id, "hold" if fact.is_held else "talk", fact.at_ms)


def transferred(record: CallRecord, fact: CallTransferred) -> CallRecord:
    """The agent's part is over; a person's phone may ring for the customer now."""
    record = _turn(record, fact.leg_id, "after", fact.at_ms, end_reason="transferred")
    to_person = fact.target_kind not in ("queue", "flow")
    return replace(record, peer_leg_id=None, is_passed=to_person, is_parked=False)


def transfer_failed(record: CallRecord, fact: TransferFailed) -> CallRecord:
    """Nobody took it."""
    return replace(record, is_passed=False)


def parked(record: CallRecord, fact: CallParked) -> CallRecord:
    """The customer hears music in a place; the agent's part is over."""
    record = _turn(record, fact.leg_id, "after", fact.at_ms, end_reason="parked")
    return replace(record, peer_leg_id=None, is_parked=True)


def intercepted(record: CallRecord, fact: CallIntercepted) -> CallRecord:
    """A supervisor has the call; the agent's part is over."""
    gone = record.peer_leg_id == fact.from_leg_id
    record = replace(record, peer_leg_id=None if gone else record.peer_leg_id, peer_held=False)
    return _turn(record, fact.from_leg_id, "after", fact.at_ms, end_reason="intercepted")


def _turn(
    record: CallRecord, leg_id: LegId, phase: HandlingPhase, at_ms: int, **changes: Any
) -> CallRecord:
    """Let the handling of this leg go on to a phase, if it is still on the call."""
    handling = find_id(record.handlings, leg_id)
    if handling is None or handling.phase not in IN_TALK or handling.phase == phase:
        return record
    return turn_handling(record, handling, phase, at_ms, **changes)


def _work(record: CallRecord, agent_id: AgentId) -> Handling | None:
    """The agent's handling that is not done, if any."""
    return find(record.handlings, lambda one: one.agent_id == agent_id and one.phase != "done")


def wrap_up_started(record: CallRecord, fact: WrapUpStarted) -> CallRecord:
    """The talk is over, the work on it is not."""
    handling = _work(record, fact.agent_id)
    return record if handling is None else turn_handling(record, handling, "wrap_up", fact.at_ms)


def work_ended(record: CallRecord, fact: WrapUpEnded) -> CallRecord:
    """The handling is done; one that never came to wrap-up ended with its talk."""
    handling = _work(record, fact.agent_id)
    if handling is None:
        return record
    at_ms = max(fact.at_ms, handling.phase_since_ms)
    end = handling.phase_since_ms if handling.phase == "after" else at_ms
    return turn_handling(record, handling, "done", at_ms, ended_at_ms=end)


def agent_moved_on(record: CallRecord, fact: Any) -> CallRecord:
    """Whoever rings, is ready, is away or signed out works on nothing any more."""
    handling = _work(record, fact.agent_id)
    if handling is None or handling.phase in IN_TALK:
        return record
    return work_ended(record, fact)


def call_ended(record: CallRecord, fact: CallEnded) -> CallRecord:
    """The call is over, once; who still talked stopped now."""
    if record.ended_at_ms is not None:
        return record
    for handling in record.handlings:
        if handling.phase in IN_TALK:
            record = turn_handling(record, handling, "after", fact.at_ms, end_reason=fact.by)
    return replace(
        record,
        ended_at_ms=max(fact.at_ms, record.phase_since_ms),
        ended_by=fact.by,
        hangup_cause=fact.hangup_cause,
        end_reason=fact.reason,
        served=record.served or fact.served,
        peer_leg_id=None,
        is_passed=False,
        is_parked=False,
    )
