"""What the end of one leg means for the rest of its call. Pure.

Rules for editors: `ending` is asked before the leg's end is applied, and names one consequence;
the service carries it out. Every hang-up order of every state is told in
tests/story/test_hang_ups.py. What is not named here does not happen.
"""

from enum import StrEnum

from cordboard.calls.model import CallState, ConsultState, Place

from .call import Call, Leg


class Ending(StrEnum):
    """What follows from the end of a leg."""

    END_CALL = "end_call"
    "Nobody is left to talk with, or the customer is gone."

    GO_ON = "go_on"
    "The others talk on, or it was nobody that counts."

    RESUME = "resume"
    "Who held the customer is gone; the other talk parties take the customer back."

    COMPLETE = "complete"
    "The agent left in a consultation: the consulted party has the customer."

    BREAK_CONSULT = "break_consult"
    "The agent left in a consultation beside a conference: the others talk on."

    GIVE_BACK = "give_back"
    "Nobody has the customer: back to the head of the queue, or the end where there was none."

    CONSULT_FAILED = "consult_failed"
    "The third party did not answer, or left: the customer is held and can be retrieved."

    TRANSFER_FAILED = "transfer_failed"
    "Whom the call was passed to did not take it."

    TAP_OVER = "tap_over"


_UNREACHED = frozenset({CallState.RINGING, CallState.ANSWERED})
"States in which a direct call has not reached its other party."


def ending(call: Call, leg: Leg) -> Ending:
    """What the end of this leg, which is not over yet, means."""
    if call.state is CallState.ENDED:
        return Ending.GO_ON
    if leg.tap is not None:
        return Ending.TAP_OVER
    if leg is call.subject and (leg.party == "customer" or leg.place is Place.APART):
        return Ending.END_CALL
    if call.consult is not None and leg.id in (call.consult.by, call.consult.leg):
        return _of_consultation(call, leg)
    if leg.id == call.transfer_leg:
        return Ending.TRANSFER_FAILED
    if leg.place is Place.TALK:
        return _of_talk(call, leg)
    if leg.place is Place.HELD:
        return Ending.END_CALL
    began = leg.purpose == "party" or leg.id == call.first_leg
    return Ending.END_CALL if began and call.state in _UNREACHED else Ending.GO_ON


def _of_consultation(call: Call, leg: Leg) -> Ending:
    assert call.consult is not None
    if leg.id == call.consult.leg:
        return Ending.CONSULT_FAILED
    if len([other for other in call.at(Place.TALK) if other is not leg]) >= 2:
        return Ending.BREAK_CONSULT
    if call.consult.state is ConsultState.RINGING:
        return Ending.GIVE_BACK
    return Ending.COMPLETE


def _of_talk(call: Call, leg: Leg) -> Ending:
    others = [other for other in call.at(Place.TALK) if other is not leg]
    if call.lent is not None:
        return Ending.GO_ON  # what the customer passes ends by itself, and then looks for somebody
    if call.held is not None and others:
        return Ending.RESUME if leg.id == call.held_by else Ending.GO_ON
    return Ending.GO_ON if len(others) >= 2 else Ending.END_CALL
