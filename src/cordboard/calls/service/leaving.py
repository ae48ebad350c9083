"""What the end of a leg brings, carried out: `state.endings` names it."""

from cordboard.calls.events import SupervisionEnded, TransferFailed
from cordboard.calls.model import CallState, Place
from cordboard.calls.state import Call, Ending, Leg
from cordboard.kit.turns import Turn

from .calls import Calls
from .passing import Passing


class Leaving:
    """Carries out what follows when a leg is over.

    Args:
        calls: The calls.
        passing: How a call changes hands.
    """

    def __init__(self, calls: Calls, passing: Passing) -> None:
        self._calls = calls
        self._passing = passing

    def follow(self, turn: Turn, call: Call, leg: Leg, what: Ending, *, cause: int) -> None:
        """Carry out what the end of a leg means; ending the call itself is the caller's."""
        match what:
            case Ending.RESUME:
                others = [one for one in call.at(Place.TALK) if one is not leg]
                self._passing.resume(turn, call, others[0])
            case Ending.COMPLETE:
                self._passing.complete(turn, call)
            case Ending.BREAK_CONSULT:
                self._passing.end_consult(turn, call, "broken")
            case Ending.GIVE_BACK:
                self._passing.end_consult(turn, call, "broken")
                self._passing.give_back(turn, call, leg)
            case Ending.CONSULT_FAILED:
                self._passing.end_consult(
                    turn, call, "left" if leg.was_answered else "failed", hang_up=False
                )
            case Ending.TRANSFER_FAILED:
                self._transfer_failed(turn, call, leg, cause)
            case Ending.TAP_OVER:
                self._calls.tell(
                    turn,
                    call,
                    SupervisionEnded(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id),
                )
            case _:
                pass
        self._calls.bring_sound(turn, call)

    def _transfer_failed(self, turn: Turn, call: Call, leg: Leg, cause: int) -> None:
        self._calls.tell(
            turn,
            call,
            TransferFailed(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, hangup_cause=cause),
        )
        if call.state in (CallState.TRANSFERRING, CallState.ANSWERED):
            self._passing.give_back(turn, call, leg)
