"""The life of one call, as a table and one step.

Every rule about what a call may be next is in TRANSITIONS and nowhere else; `make draw` makes its
picture from this very table. Pure: no I/O, no clock. `apply` is the only function that changes a
Call, so a call rebuilt from its facts equals the one that lived.

Source: RFC 3261 §12 and §15 (dialogs, BYE); RFC 3264 §8.4 (hold); glossary `call_state`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, RecordingId

from .errors import IllegalTransitionError
from .events import (
    AgentConnected,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallFact,
    CallHeld,
    CallResumed,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegMediaLost,
    LegMediaReported,
    PartiesConnected,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from .model import CallState, Direction, Party

TRANSITIONS: dict[CallState, dict[type[CallFact], CallState]] = {
    CallState.RINGING: {
        LegAnswered: CallState.ANSWERED,
        CallEnded: CallState.ENDED,
    },
    CallState.ANSWERED: {
        AgentConnected: CallState.TALKING,
        PartiesConnected: CallState.TALKING,
        CallEnded: CallState.ENDED,
    },
    CallState.TALKING: {CallHeld: CallState.HELD, CallEnded: CallState.ENDED},
    CallState.HELD: {CallResumed: CallState.TALKING, CallEnded: CallState.ENDED},
    CallState.ENDED: {},
}
"LegAnswered counts here for the first leg only; the answer of a dialled leg changes no call."


class LegState(StrEnum):
    """Where one leg stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class Leg:
    """One party's connection."""

    id: LegId
    party: Party
    number: str
    state: LegState = LegState.RINGING
    agent_id: AgentId | None = None
    offer_id: OfferId | None = None
    was_answered: bool = False
    is_reported: bool = False
    "Its media figures are in, can no longer come, or it never had media."


@dataclass(slots=True)
class Call:
    """What is known of one call now. Changed by `apply` alone."""

    id: CallId
    direction: Direction
    first_leg: LegId
    "The leg that began the call: the customer's, or the dialling phone's."

    service_number: str
    data: dict[str, str]
    state: CallState = CallState.RINGING
    legs: dict[LegId, Leg] = field(default_factory=dict)
    peer_leg: LegId | None = None
    "Whom the first leg talks with."

    open_recordings: set[RecordingId] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Nothing more can come: ended, every leg over and reported, every recording closed."""
        return (
            self.state is CallState.ENDED
            and not self.open_recordings
            and all(leg.state is LegState.ENDED and leg.is_reported for leg in self.legs.values())
        )

    def living(self) -> list[Leg]:
        """Legs that are not over."""
        return [leg for leg in self.legs.values() if leg.state is not LegState.ENDED]


def begin(fact: CallArrived, default_language: str) -> Call:
    """The call as it is after its first fact."""
    party: Party = "customer" if fact.direction == "inbound" else "agent"
    call = Call(
        id=fact.call_id,
        direction=fact.direction,
        first_leg=fact.leg_id,
        service_number=fact.service_number,
        data={
            "caller_number": fact.caller_number,
            "called_number": fact.called_number,
            "service_number": fact.service_number,
            "language": default_language,
        },
    )
    call.legs[fact.leg_id] = Leg(fact.leg_id, party, fact.caller_number)
    return call


def apply(call: Call, fact: Fact) -> None:
    """Change the call as the fact says; facts of one call come in the order of the wire.

    Raises:
        IllegalTransitionError: If TRANSITIONS has no such step for a fact that moves the call.
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


def _leg_dialled(call: Call, fact: LegDialled) -> None:
    call.legs[fact.leg_id] = Leg(
        fact.leg_id, fact.party, fact.number, agent_id=fact.agent_id, offer_id=fact.offer_id
    )


def _leg_answered(call: Call, fact: LegAnswered) -> None:
    leg = call.legs[fact.leg_id]
    leg.state = LegState.ANSWERED
    leg.was_answered = True
    if fact.leg_id == call.first_leg and call.state is CallState.RINGING:
        _move(call, fact)


def _leg_ended(call: Call, fact: LegEnded) -> None:
    leg = call.legs[fact.leg_id]
    leg.state = LegState.ENDED
    leg.is_reported = leg.is_reported or not leg.was_answered
    if call.peer_leg == fact.leg_id:
        call.peer_leg = None


def _leg_reported(call: Call, fact: LegMediaReported | LegMediaLost) -> None:
    call.legs[fact.leg_id].is_reported = True


def _agent_connected(call: Call, fact: AgentConnected) -> None:
    _move(call, fact)
    call.peer_leg = fact.leg_id


def _parties_connected(call: Call, fact: PartiesConnected) -> None:
    _move(call, fact)
    call.peer_leg = fact.other_leg_id


def _data_set(call: Call, fact: CallDataSet) -> None:
    call.data[fact.name] = fact.value


def _recording_started(call: Call, fact: RecordingStarted) -> None:
    call.open_recordings.add(fact.recording_id)


def _recording_over(call: Call, fact: RecordingClosed | RecordingFailed) -> None:
    call.open_recordings.discard(fact.recording_id)


_STEPS: dict[type[Fact], Callable[[Call, Any], None]] = {
    LegDialled: _leg_dialled,
    LegAnswered: _leg_answered,
    LegEnded: _leg_ended,
    LegMediaReported: _leg_reported,
    LegMediaLost: _leg_reported,
    AgentConnected: _agent_connected,
    PartiesConnected: _parties_connected,
    CallHeld: _move,
    CallResumed: _move,
    CallEnded: _move,
    CallDataSet: _data_set,
    RecordingStarted: _recording_started,
    RecordingClosed: _recording_over,
    RecordingFailed: _recording_over,
}
