"""A call's record as a fold of its facts.

Rules for editors: STEPS names what each fact changes; nobody else changes a record. A step says
what happened to legs, visits, offers and handlings; the customer's phase follows from them by
`customer_phase` alone, and `advance` cuts the timeline where the phase changes. So the timeline
has no gap and no overlap by construction, and segments of no length do not exist. Facts of one turn
have one time, also those told behind the CallEnded that caused them. Pure: no I/O, no clock.

Source: REC-01, REC-05; glossary sections 4 and 6.
"""

from collections.abc import Callable
from typing import Any

from cordboard.acd import (
    OfferAccepted,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from cordboard.agents import (
    AgentAlerted,
    AgentDialled,
    AgentNotReady,
    AgentRang,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.calls import (
    AgentConnected,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallResumed,
    CallTransferred,
    ConsultAlternated,
    ConsultEnded,
    ConsultStarted,
    DigitPressed,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    LegMediaLost,
    LegMediaReported,
    LegMoved,
    PartiesConnected,
    PartyJoined,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
    TransferFailed,
)
from cordboard.flows import FlowEnded, FlowStarted, NodeEntered, NodeLeft
from cordboard.kit.facts import Fact
from cordboard.queues import PositionAnnounced, QueueEntered, QueueLeft
from cordboard.records.events import RecordingMissed, RecordingRemoved
from cordboard.records.model import CallRecord, Leg

from . import files, taps, waiting, wire, work
from .timeline import advance, is_moved

__all__ = ["STEPS", "apply", "begin"]


def begin(fact: CallArrived) -> CallRecord:
    """The record as it is after the call's first fact."""
    inbound = fact.direction == "inbound"
    leg = Leg(
        id=fact.leg_id,
        party="customer" if inbound else "agent",
        number=fact.caller_number,
        agent_id=fact.agent_id,
        started_at_ms=fact.at_ms,
    )
    return CallRecord(
        id=fact.call_id,
        direction=fact.direction,
        origin=fact.origin,
        line_id=fact.line_id,
        caller_number=fact.caller_number,
        called_number=fact.called_number,
        service_number=fact.service_number,
        sip_call_id=fact.sip_call_id,
        is_test=fact.is_test,
        arrived_at_ms=fact.at_ms,
        first_leg_id=fact.leg_id,
        phase="flow" if inbound else "dial",
        phase_since_ms=fact.at_ms,
        legs=(leg,),
    )


def apply(record: CallRecord, fact: Fact) -> CallRecord:
    """The record as it is after the fact.

    Args:
        record: The record before.
        fact: A fact of this call, or one of an agent who works on it; others change nothing.
    """
    step = STEPS.get(type(fact))
    if step is None:
        return record
    after = step(record, fact)
    return advance(after, fact.at_ms) if is_moved(record, after) else after


STEPS: dict[type[Fact], Callable[[CallRecord, Any], CallRecord]] = {
    LegDialled: wire.leg_dialled,
    LegAnswered: wire.leg_answered,
    LegEnded: wire.leg_ended,
    LegMediaReported: wire.leg_reported,
    LegMediaLost: wire.leg_media_lost,
    FlowStarted: wire.flow_started,
    NodeEntered: wire.node_entered,
    NodeLeft: wire.node_left,
    FlowEnded: wire.flow_ended,
    DigitPressed: wire.digit_pressed,
    CallDataSet: wire.data_set,
    QueueEntered: waiting.queue_entered,
    QueueLeft: waiting.queue_left,
    PositionAnnounced: waiting.position_announced,
    OfferMade: waiting.offer_made,
    OfferAccepted: waiting.offer_step("accepted"),
    OfferRefused: waiting.offer_step("refused"),
    OfferTimedOut: waiting.offer_step("missed"),
    OfferWithdrawn: waiting.offer_step("withdrawn"),
    OfferFailed: waiting.offer_step("failed"),
    AgentConnected: work.agent_connected,
    PartiesConnected: work.parties_connected,
    CallHeld: work.held,
    CallResumed: work.resumed,
    PartyJoined: work.party_joined,
    ConsultStarted: work.consult_started,
    ConsultAlternated: work.consult_alternated,
    ConsultEnded: work.consult_ended,
    CallTransferred: work.transferred,
    TransferFailed: work.transfer_failed,
    CallParked: work.parked,
    CallIntercepted: work.intercepted,
    SupervisionStarted: taps.started,
    SupervisionChanged: taps.changed,
    SupervisionEnded: taps.end_supervision,
    LegJoined: wire.leg_dialled,
    LegMoved: wire.leg_moved,
    WrapUpStarted: work.wrap_up_started,
    WrapUpEnded: work.work_ended,
    AgentSignedIn: work.agent_moved_on,
    AgentSignedOut: work.agent_moved_on,
    AgentReady: work.agent_moved_on,
    AgentNotReady: work.agent_moved_on,
    AgentRang: work.agent_moved_on,
    AgentAlerted: work.agent_moved_on,
    AgentDialled: work.agent_moved_on,
    RecordingStarted: files.recording_started,
    RecordingClosed: files.recording_closed,
    RecordingFailed: files.recording_failed,
    RecordingMissed: files.recording_missed,
    RecordingRemoved: files.recording_removed,
    CallEnded: work.call_ended,
}
"Facts that change a record; the others (LegRang, CallRouted, agents' states) leave it as it is."
