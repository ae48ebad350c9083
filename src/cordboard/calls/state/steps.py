"""What each fact changes in a call: one step a fact.

`apply` is the only function that changes a Call, so a call rebuilt from its facts equals the one
that lived. A step that moves the call asks the tables first. Pure: no I/O, no clock.
"""

from collections.abc import Callable
from typing import Any

from cordboard.calls.errors import IllegalTransitionError
from cordboard.calls.events import (
    AgentConnected,
    BackFromFlow,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallFact,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallResumed,
    CallRouted,
    CallTransferred,
    ConsultAlternated,
    ConsultAnswered,
    ConsultEnded,
    ConsultStarted,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    LegMediaLost,
    LegMediaReported,
    LegMoved,
    LegMuted,
    PartiesConnected,
    PartyJoined,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
    SentToFlow,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
    TransferFailed,
)
from cordboard.calls.model import CallState, LegPurpose, Party, Place, Route
from cordboard.kit.facts import Fact
from cordboard.kit.ids import LegId, QueueId

from .call import Call, Consultation, Leg, LegState, Tap
from .table import CONSULT_TRANSITIONS, TRANSITIONS


def begin(fact: CallArrived, default_language: str) -> Call:
    """The call as it is after its first fact."""
    party: Party = "customer" if fact.direction == "inbound" else "agent"
    call = Call(
        id=fact.call_id,
        direction=fact.direction,
        first_leg=fact.leg_id,
        subject_leg=fact.leg_id,
        service_number=fact.service_number,
        data={
            "caller_number": fact.caller_number,
            "called_number": fact.called_number,
            "service_number": fact.service_number,
            "language": default_language,
        },
    )
    call.legs[fact.leg_id] = Leg(fact.leg_id, party, fact.caller_number, agent_id=fact.agent_id)
    return call


def apply(call: Call, fact: Fact) -> None:
    """Change the call as the fact says; facts of one call come in the order of the wire.

    Raises:
        IllegalTransitionError: If a table has no such step for a fact that moves the call.
    """
    step = _STEPS.get(type(fact))
    if step is not None:
        step(call, fact)


def _move(call: Call, fact: CallFact) -> None:
    try:
        call.state = TRANSITIONS[call.state][type(fact)]
    except KeyError:
        raise IllegalTransitionError(
            f"{call.state} cannot take {type(fact).__name__}", call_id=call.id
        ) from None


def _move_consult(call: Call, fact: CallFact) -> Consultation:
    consult = call.consult
    state = CONSULT_TRANSITIONS[consult.state].get(type(fact)) if consult else None
    if consult is None or state is None:
        at = consult.state if consult else "none"
        raise IllegalTransitionError(
            f"consultation {at} cannot take {type(fact).__name__}", call_id=call.id
        )
    consult.state = state
    return consult


# Legs


def _leg_dialled(call: Call, fact: LegDialled) -> None:
    purpose: LegPurpose = fact.purpose or ("offer" if fact.offer_id else "party")
    call.legs[fact.leg_id] = Leg(
        fact.leg_id,
        fact.party,
        fact.number,
        agent_id=fact.agent_id,
        offer_id=fact.offer_id,
        purpose=purpose,
        outer_line=fact.outer_line,
    )
    if fact.party == "customer":
        call.subject_leg = fact.leg_id
    if purpose in ("transfer", "pick_up"):
        call.transfer_leg = fact.leg_id


def _leg_joined(call: Call, fact: LegJoined) -> None:
    call.legs[fact.leg_id] = Leg(
        fact.leg_id, fact.party, fact.number, agent_id=fact.agent_id, purpose=fact.purpose
    )
    call.transfer_leg = fact.leg_id


def _leg_moved(call: Call, fact: LegMoved) -> None:
    leg = call.legs[fact.leg_id]
    leg.state = LegState.ENDED
    leg.place = Place.APART
    leg.is_reported = True


def _leg_answered(call: Call, fact: LegAnswered) -> None:
    leg = call.legs[fact.leg_id]
    leg.state = LegState.ANSWERED
    leg.was_answered = True
    if fact.leg_id == call.first_leg and call.state is CallState.RINGING:
        _move(call, fact)


def _leg_ended(call: Call, fact: LegEnded) -> None:
    leg = call.legs[fact.leg_id]
    leg.state = LegState.ENDED
    leg.place = Place.APART
    leg.is_reported = leg.is_reported or not leg.was_answered
    if call.transfer_leg == leg.id:
        call.transfer_leg = None
    for tapped in call.legs.values():
        if tapped.tap is not None and tapped.tap.target == leg.id:
            tapped.tap.target = None


def _leg_reported(call: Call, fact: LegMediaReported | LegMediaLost) -> None:
    call.legs[fact.leg_id].is_reported = True


def _muted(call: Call, fact: LegMuted) -> None:
    call.legs[fact.leg_id].is_muted = fact.is_muted


# Talking


def _talk(call: Call, leg_id: LegId) -> None:
    leg = call.legs[leg_id]
    leg.place = Place.TALK
    if call.transfer_leg == leg_id:
        call.transfer_leg = None
    for tapped in call.legs.values():
        if tapped.tap is not None and tapped.tap.target is None and leg.party != "customer":
            tapped.tap.target = leg_id


def _agent_connected(call: Call, fact: AgentConnected) -> None:
    _move(call, fact)
    _talk(call, fact.leg_id)
    call.subject.place = Place.TALK
    call.slot = None


def _parties_connected(call: Call, fact: PartiesConnected) -> None:
    _move(call, fact)
    _talk(call, fact.leg_id)
    _talk(call, fact.other_leg_id)
    call.slot = None


def _party_joined(call: Call, fact: PartyJoined) -> None:
    _move(call, fact)
    _talk(call, fact.leg_id)


def _held(call: Call, fact: CallHeld) -> None:
    _move(call, fact)
    call.legs[fact.held_leg_id or call.first_leg].place = Place.HELD
    call.held_by = fact.leg_id


def _resumed(call: Call, fact: CallResumed) -> None:
    held = call.held
    _move(call, fact)
    if held is not None:
        held.place = Place.TALK
    call.held_by = None


def _sent_to_flow(call: Call, fact: SentToFlow) -> None:
    _move(call, fact)
    call.lent = "flow" if fact.flow_id else "prompt"
    call.subject.place = Place.APART
    call.held_by = fact.leg_id


def _back_from_flow(call: Call, fact: BackFromFlow) -> None:
    _move(call, fact)
    call.lent = None
    call.subject.place = Place.HELD


# Consulting


def _consult_started(call: Call, fact: ConsultStarted) -> None:
    call.consult = Consultation(by=fact.leg_id, leg=fact.consult_leg_id)
    call.legs[fact.leg_id].place = Place.CONSULT


def _consult_answered(call: Call, fact: ConsultAnswered) -> None:
    call.legs[_move_consult(call, fact).leg].place = Place.CONSULT


def _consult_alternated(call: Call, fact: ConsultAlternated) -> None:
    consult = _move_consult(call, fact)
    to_customer = fact.to == "customer"
    call.legs[consult.by].place = Place.TALK if to_customer else Place.CONSULT
    call.legs[consult.leg].place = Place.HELD if to_customer else Place.CONSULT


def _consult_ended(call: Call, fact: ConsultEnded) -> None:
    consult = _move_consult(call, fact)
    call.consult = None
    call.legs[consult.leg].place = Place.APART
    by = call.legs[consult.by]
    by.place = Place.APART if by.state is LegState.ENDED else Place.TALK


# Passing on


def _transferred(call: Call, fact: CallTransferred) -> None:
    stays = call.counterpart(fact.leg_id) or call.subject
    _move(call, fact)
    call.subject_leg = stays.id
    stays.place = Place.APART
    for leg in call.at(Place.TALK):
        leg.place = Place.APART
    call.held_by = None
    call.slot = None
    call.transfer_leg = fact.to_leg_id
    call.transferred_by = fact.agent_id


def _transfer_failed(call: Call, fact: TransferFailed) -> None:
    call.transfer_leg = None


def _parked(call: Call, fact: CallParked) -> None:
    stays = call.counterpart(fact.leg_id) or call.subject
    _move(call, fact)
    for leg in call.at(Place.TALK):
        leg.place = Place.APART
    stays.place = Place.HELD
    call.subject_leg = stays.id
    call.held_by = None
    call.slot = fact.slot
    call.transferred_by = fact.agent_id


# Supervision


def _supervised(call: Call, fact: SupervisionStarted) -> None:
    leg = call.legs[fact.leg_id]
    leg.place = Place.TAP
    leg.tap = Tap(fact.mode, fact.target_leg_id)


def _supervision_changed(call: Call, fact: SupervisionChanged) -> None:
    tap = call.legs[fact.leg_id].tap
    if tap is not None:
        tap.mode = fact.mode


def _supervision_ended(call: Call, fact: SupervisionEnded) -> None:
    leg = call.legs[fact.leg_id]
    leg.tap = None
    leg.place = Place.APART


def _intercepted(call: Call, fact: CallIntercepted) -> None:
    _move(call, fact)
    call.legs[fact.from_leg_id].place = Place.APART
    call.held_by = None


# The rest


def _ended(call: Call, fact: CallEnded) -> None:
    _move(call, fact)
    call.consult = None
    call.held_by = None
    call.lent = None
    call.transfer_leg = None
    for leg in call.legs.values():
        leg.place = Place.APART
        leg.tap = None


def _routed(call: Call, fact: CallRouted) -> None:
    call.route = Route(fact.kind, fact.target)
    if fact.kind == "queue":
        call.last_queue = QueueId(fact.target)


def _data_set(call: Call, fact: CallDataSet) -> None:
    call.data[fact.name] = fact.value


def _recording_started(call: Call, fact: RecordingStarted) -> None:
    call.open_recordings.add(fact.recording_id)


def _recording_over(call: Call, fact: RecordingClosed | RecordingFailed) -> None:
    call.open_recordings.discard(fact.recording_id)


_STEPS: dict[type[Fact], Callable[[Call, Any], None]] = {
    LegDialled: _leg_dialled,
    LegJoined: _leg_joined,
    LegMoved: _leg_moved,
    LegAnswered: _leg_answered,
    LegEnded: _leg_ended,
    LegMediaReported: _leg_reported,
    LegMediaLost: _leg_reported,
    LegMuted: _muted,
    CallRouted: _routed,
    AgentConnected: _agent_connected,
    PartiesConnected: _parties_connected,
    PartyJoined: _party_joined,
    CallHeld: _held,
    SentToFlow: _sent_to_flow,
    BackFromFlow: _back_from_flow,
    CallResumed: _resumed,
    ConsultStarted: _consult_started,
    ConsultAnswered: _consult_answered,
    ConsultAlternated: _consult_alternated,
    ConsultEnded: _consult_ended,
    CallTransferred: _transferred,
    TransferFailed: _transfer_failed,
    CallParked: _parked,
    SupervisionStarted: _supervised,
    SupervisionChanged: _supervision_changed,
    SupervisionEnded: _supervision_ended,
    CallIntercepted: _intercepted,
    CallEnded: _ended,
    CallDataSet: _data_set,
    RecordingStarted: _recording_started,
    RecordingClosed: _recording_over,
    RecordingFailed: _recording_over,
}
