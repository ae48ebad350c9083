"""Steps of talking: connection, hold, the end, and the agent's wrap-up."""

from typing import Any

from msgspec.structs import replace

from cordboard.agents import WrapUpEnded, WrapUpStarted
from cordboard.calls import AgentConnected, CallEnded, CallHeld, CallResumed, PartiesConnected
from cordboard.kit.ids import AgentId
from cordboard.records.model import CallRecord, Handling, HandlingPhase

from .timeline import agent_segment, find, find_id, turn_handling


def agent_connected(record: CallRecord, fact: AgentConnected) -> CallRecord:
    """The wait is over and a handling begins; its ring segment is known now."""
    offer = find(record.offers, lambda one: one.leg_id == fact.leg_id)
    handling = Handling(
        id=fact.leg_id,
        agent_id=fact.agent_id,
        queue_id=offer.queue_id if offer else None,
        role="queue" if offer else "direct",
        started_at_ms=fact.at_ms,
        phase_since_ms=fact.at_ms,
    )
    segments = record.segments
    if offer is not None and fact.at_ms > offer.made_at_ms:
        rang = agent_segment(handling, "ring", offer.made_at_ms, fact.at_ms)
        segments = (*segments, rang)
    return replace(
        record,
        handlings=(*record.handlings, handling),
        segments=segments,
        agent_answered_at_ms=record.agent_answered_at_ms or fact.at_ms,
    )


def parties_connected(record: CallRecord, fact: PartiesConnected) -> CallRecord:
    """Two parties talk without an offer."""
    other = fact.other_leg_id if fact.leg_id == record.first_leg_id else fact.leg_id
    leg = find_id(record.legs, other)
    return replace(
        record,
        peer_leg_id=other,
        peer_party=leg.party if leg else "outside",
        peer_held=False,
        agent_answered_at_ms=record.agent_answered_at_ms or fact.at_ms,
    )


def held(record: CallRecord, fact: CallHeld) -> CallRecord:
    """The customer hears music."""
    return _hold(record, fact, "hold")


def resumed(record: CallRecord, fact: CallResumed) -> CallRecord:
    """The customer was taken back."""
    return _hold(record, fact, "talk")


def _hold(record: CallRecord, fact: CallHeld | CallResumed, phase: HandlingPhase) -> CallRecord:
    handling = find_id(record.handlings, fact.leg_id)
    if handling is None:
        return replace(record, peer_held=phase == "hold")
    if handling.phase not in ("talk", "hold"):
        return record
    return turn_handling(record, handling, phase, fact.at_ms)


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
    if handling is None or handling.phase in ("talk", "hold"):
        return record
    return work_ended(record, fact)


def call_ended(record: CallRecord, fact: CallEnded) -> CallRecord:
    """The call is over, once; who still talked stopped now."""
    if record.ended_at_ms is not None:
        return record
    for handling in record.handlings:
        if handling.phase in ("talk", "hold"):
            record = turn_handling(record, handling, "after", fact.at_ms, end_reason=fact.by)
    return replace(
        record,
        ended_at_ms=max(fact.at_ms, record.phase_since_ms),
        ended_by=fact.by,
        hangup_cause=fact.hangup_cause,
        end_reason=fact.reason,
        served=record.served or fact.served,
        peer_leg_id=None,
    )
