"""Transfers by the keys of a phone itself (REFER), made of the same steps as those at the desk.

A phone that transfers after speaking first has two calls: the customer on one line, the colleague
on the other. The colleague's leg moves to the customer's call, and the other call is over.

Source: RFC 5589 (call transfer), RFC 3891 (Replaces).
"""

from functools import partial

from cordboard.calls.errors import NoSuchTargetError, VerbRefusedError
from cordboard.calls.events import LegAnswered, LegJoined, LegMoved
from cordboard.calls.model import CallState, Party, Place
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.ids import LegId
from cordboard.kit.turns import Turn

from .calls import Calls
from .dialling import Dialling
from .passing import Passing

_DONE = 200
_NO_SUCH_NUMBER = 1
_REJECTED = 21
"Q.850 causes."


class PhoneTransfers:
    """Hears what phones ask.

    Args:
        calls: The calls.
        passing: How a call changes hands.
        dialling: Reads dialled numbers.
    """

    def __init__(self, calls: Calls, passing: Passing, dialling: Dialling) -> None:
        self._calls = calls
        self._passing = passing
        self._dialling = dialling

    def asked(self, turn: Turn, call: Call, leg: Leg, number: str, other: LegId | None) -> None:
        """A phone wants whom it talks with to be connected to somebody else."""
        cause = self._pass_on(turn, call, leg, number, other)
        telephony = self._calls.telephony
        if cause:
            turn.then(partial(telephony.refuse_transfer, leg.id, cause))

    def _pass_on(self, turn: Turn, call: Call, leg: Leg, number: str, other: LegId | None) -> int:
        """Do it; the cause for which it cannot be done, or 0."""
        if not _may_pass_on(call, leg):
            return _REJECTED
        if other is not None:
            return self._join(turn, call, leg, other)
        try:
            target = self._dialling.read_number(number)
            self._passing.find(target)
        except (NoSuchTargetError, VerbRefusedError):
            return _NO_SUCH_NUMBER
        self._accept(turn, leg)
        self._passing.transfer(turn, call, leg, target)
        return 0

    def _accept(self, turn: Turn, leg: Leg) -> None:
        telephony = self._calls.telephony
        turn.then(partial(telephony.accept_transfer, leg.id))
        turn.then(partial(telephony.tell_transfer, leg.id, _DONE))

    def _join(self, turn: Turn, call: Call, leg: Leg, other: LegId) -> int:
        aside_id = self._calls.call_of_leg(other)
        aside = self._calls.find_living(aside_id) if aside_id is not None else None
        own = aside.legs[other] if aside is not None else None
        if aside is None or own is None or aside is call or not _may_pass_on(aside, own):
            return _REJECTED
        self._accept(turn, leg)
        if call.customer is None and aside.direction == "inbound":
            call, aside, leg, own = aside, call, own, leg  # asked on the line of the colleague
        third = aside.counterpart(own.id)
        assert third is not None
        moved = self._move(turn, aside, third, call)
        self._passing.complete_with(turn, call, leg, moved)
        self._calls.end(turn, aside.id, by="agent", reason="transferred")
        return 0

    def _move(self, turn: Turn, aside: Call, leg: Leg, call: Call) -> Leg:
        at_ms, party = turn.at_ms, leg.party
        joins: Party = "outside" if party == "customer" else party
        turn.then(partial(self._calls.telephony.stop_recording, leg.id))
        self._calls.tell(
            turn,
            aside,
            LegMoved(at_ms=at_ms, call_id=aside.id, leg_id=leg.id, to_call_id=call.id),
        )
        self._calls.tell(
            turn,
            call,
            LegJoined(
                at_ms=at_ms,
                call_id=call.id,
                leg_id=leg.id,
                party=joins,
                number=leg.number,
                agent_id=leg.agent_id,
                purpose="transfer",
            ),
        )
        self._calls.tell(turn, call, LegAnswered(at_ms=at_ms, call_id=call.id, leg_id=leg.id))
        return call.legs[leg.id]


def _may_pass_on(call: Call, leg: Leg) -> bool:
    """Whether this phone has somebody on the line, and nobody else is concerned."""
    other = call.counterpart(leg.id)
    return (
        call.state in (CallState.TALKING, CallState.HELD)
        and call.consult is None
        and not call.is_conference
        and leg.place is Place.TALK
        and leg is not call.customer
        and other is not None
        and other.state is LegState.ANSWERED
    )
