"""Steps of what the wire and a flow tell: legs, nodes, keys, call data."""

from typing import Any

from msgspec.structs import replace

from cordboard.calls import (
    CallDataSet,
    DigitPressed,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    LegMediaLost,
    LegMediaReported,
    LegMoved,
)
from cordboard.flows import FlowEnded, FlowStarted, NodeEntered, NodeLeft
from cordboard.kit.ids import LegId
from cordboard.records.model import IN_TALK, CallRecord, Key, Leg, Step

from .taps import end_supervision
from .timeline import find_id, swap, turn_handling


def leg_dialled(record: CallRecord, fact: LegDialled | LegJoined) -> CallRecord:
    """A leg began."""
    leg = Leg(
        id=fact.leg_id,
        party=fact.party,
        number=fact.number,
        agent_id=fact.agent_id,
        started_at_ms=fact.at_ms,
    )
    return replace(record, legs=(*record.legs, leg))


def _change_leg(record: CallRecord, leg_id: LegId, **changes: Any) -> CallRecord:
    leg = find_id(record.legs, leg_id)
    if leg is None:
        return record
    return replace(record, legs=swap(record.legs, leg, replace(leg, **changes)))


def leg_answered(record: CallRecord, fact: LegAnswered) -> CallRecord:
    """A leg was picked up; the first one is the line."""
    record = _change_leg(record, fact.leg_id, answered_at_ms=fact.at_ms, codec=fact.codec)
    if fact.leg_id == record.first_leg_id and record.line_answered_at_ms is None:
        return replace(record, line_answered_at_ms=fact.at_ms)
    return record


def leg_ended(record: CallRecord, fact: LegEnded) -> CallRecord:
    """A leg is over; an agent's talk ends with it."""
    record = _change_leg(
        record,
        fact.leg_id,
        ended_at_ms=fact.at_ms,
        ended_by=fact.by,
        hangup_cause=fact.hangup_cause,
        sip_status=fact.sip_status,
    )
    if record.peer_leg_id == fact.leg_id:
        record = replace(record, peer_leg_id=None)
    record = end_supervision(record, fact)
    handling = find_id(record.handlings, fact.leg_id)
    if handling is None or handling.phase not in IN_TALK:
        return record
    reason = {"party": "agent", "us": "system", "network": "network"}[fact.by]
    return turn_handling(record, handling, "after", fact.at_ms, end_reason=reason)


def leg_moved(record: CallRecord, fact: LegMoved) -> CallRecord:
    """The leg goes on in another call."""
    gone = record.peer_leg_id == fact.leg_id
    record = replace(record, peer_leg_id=None if gone else record.peer_leg_id)
    return _change_leg(record, fact.leg_id, ended_at_ms=fact.at_ms)


def leg_reported(record: CallRecord, fact: LegMediaReported) -> CallRecord:
    """Media figures came in; `loss` is the share of packets that should have come."""
    expected = fact.packets_in + fact.lost
    return _change_leg(
        record,
        fact.leg_id,
        loss=fact.lost / expected if expected > 0 else None,
        jitter_ms=fact.jitter_ms,
        rtt_ms=fact.rtt_ms,
        mos=fact.mos,
    )


def leg_media_lost(record: CallRecord, fact: LegMediaLost) -> CallRecord:
    """Media figures will not come in."""
    return _change_leg(record, fact.leg_id, has_lost_media=True)


def flow_started(record: CallRecord, fact: FlowStarted) -> CallRecord:
    """A flow runs."""
    return replace(record, flow_outcome="")


def node_entered(record: CallRecord, fact: NodeEntered) -> CallRecord:
    """The caller is at a node."""
    step = Step(
        at_ms=fact.at_ms,
        flow_id=fact.flow_id,
        node_id=fact.node_id,
        node_kind=fact.node_kind,
        label=fact.label,
    )
    return replace(record, path=(*record.path, step))


def node_left(record: CallRecord, fact: NodeLeft) -> CallRecord:
    """The caller left the node by an exit."""
    step = record.path[-1] if record.path else None
    if step is None or step.node_id != fact.node_id:
        return record
    return replace(record, path=(*record.path[:-1], replace(step, exit=fact.exit)))


def flow_ended(record: CallRecord, fact: FlowEnded) -> CallRecord:
    """The flow is over; `served` stays once it was said."""
    return replace(record, flow_outcome=fact.outcome, served=record.served or fact.served)


def digit_pressed(record: CallRecord, fact: DigitPressed) -> CallRecord:
    """The customer pressed a key at the node where it stands."""
    if fact.party != "customer":
        return record
    step = record.path[-1] if record.path and record.path[-1].exit is None else None
    key = Key(
        at_ms=fact.at_ms,
        digit=fact.digit,
        method=fact.method,
        node_id=step.node_id if step else None,
    )
    return replace(record, keys=(*record.keys, key))


def data_set(record: CallRecord, fact: CallDataSet) -> CallRecord:
    """A named value joined the call."""
    if fact.name == "language":
        return replace(record, language=fact.value)
    return replace(record, call_data={**record.call_data, fact.name: fact.value})
