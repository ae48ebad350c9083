"""What supervisors may do with a live call: listen, whisper, barge in, intercept, end it.

The supervisor's phone is rung as a leg of the call; no outer line is used, and nobody on the call
hears anything of it. A tap stays with the call through hold, transfer and conference.
"""

from cordboard.calls.errors import NotOnCallError, VerbRefusedError
from cordboard.calls.events import (
    CallIntercepted,
    SupervisionChanged,
    SupervisionEnded,
    SupervisionStarted,
)
from cordboard.calls.model import Place, SuperviseMode
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.ids import AgentId, CallId, LegId
from cordboard.kit.turns import Turn
from cordboard.telephony.ports import DialTarget

from .calls import Calls
from .passing import Passing


class Taps:
    """A supervisor's verbs.

    Args:
        calls: The calls.
        passing: How a call changes hands.
    """

    def __init__(self, calls: Calls, passing: Passing) -> None:
        self._calls = calls
        self._passing = passing
        self._wanted: dict[LegId, tuple[SuperviseMode, str]] = {}
        "Legs of supervisors that ring -> mode and user."

    def supervise(
        self,
        turn: Turn,
        call_id: CallId,
        *,
        user_id: str,
        extension: str,
        mode: SuperviseMode,
        agent_id: AgentId | None = None,
    ) -> LegId:
        """Ring the supervisor's phone, then let it hear the call; or change how it does.

        Args:
            turn: The turn.
            call_id: A call in which somebody talks.
            user_id: The supervisor.
            extension: The phone to ring.
            mode: `listen`, `whisper` or `barge`.
            agent_id: The agent that the supervisor is, if any.
        """
        call = self._calls.get(call_id)
        tap = self.find_tap(call, extension)
        if tap is not None:
            self.change(turn, call, tap, mode)
            return tap.id
        if self._target(call) is None:
            raise VerbRefusedError("nobody talks with the caller now")
        if any(leg.number == extension for leg in call.living()):
            raise VerbRefusedError("this phone is on the call already")
        leg_id = self._calls.dial(
            turn,
            call,
            DialTarget(extension=extension),
            party="supervisor",
            purpose="supervise",
            agent_id=agent_id,
        )
        self._wanted[leg_id] = mode, user_id
        return leg_id

    def answered(self, turn: Turn, call: Call, leg: Leg) -> None:
        """The supervisor's phone was picked up."""
        self._passing.stop_limit(leg)
        mode, user_id = self._wanted.pop(leg.id, ("listen", ""))
        target = self._target(call)
        if target is None:
            self._calls.hang_up_leg(turn, call.id, leg.id)
            return
        self._calls.tell(
            turn,
            call,
            SupervisionStarted(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                target_leg_id=target.id,
                mode=mode,
                user_id=user_id,
            ),
        )
        self._calls.bring_sound(turn, call)

    def change(self, turn: Turn, call: Call, leg: Leg, mode: SuperviseMode) -> None:
        """Hear and be heard in another way."""
        if leg.id in self._wanted:
            self._wanted[leg.id] = mode, self._wanted[leg.id][1]
        elif leg.tap is not None and leg.tap.mode != mode:
            self._calls.tell(
                turn,
                call,
                SupervisionChanged(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, mode=mode),
            )
            self._calls.bring_sound(turn, call)

    def stop(self, turn: Turn, call_id: CallId, extension: str) -> None:
        """End the supervision; the call goes on."""
        leg = self._own(self._calls.get(call_id), extension)
        self._calls.hang_up_leg(turn, call_id, leg.id)

    def intercept(self, turn: Turn, call_id: CallId, *, user_id: str, extension: str) -> None:
        """Take the call over from the agent, who leaves it."""
        call = self._calls.get(call_id)
        leg = self._own(call, extension)
        target = self._target(call)
        if leg.tap is None:
            raise VerbRefusedError("your phone still rings")
        if target is None or call.customer is None:
            raise VerbRefusedError("there is no customer's talk to take over")
        if call.consult is not None:
            self._passing.end_consult(turn, call, "broken")
        at_ms = turn.at_ms
        self._calls.tell(turn, call, SupervisionEnded(at_ms=at_ms, call_id=call.id, leg_id=leg.id))
        self._calls.tell(
            turn,
            call,
            CallIntercepted(
                at_ms=at_ms,
                call_id=call.id,
                leg_id=leg.id,
                from_leg_id=target.id,
                user_id=user_id,
                agent_id=target.agent_id,
            ),
        )
        self._calls.connect_leg(turn, call, leg, "intercept")
        self._calls.hang_up_leg(turn, call.id, target.id)

    def release(self, turn: Turn, call_id: CallId) -> None:
        """End the call by force."""
        self._calls.get(call_id)
        self._calls.end(turn, call_id, by="supervisor", reason="forced")

    def ended(self, leg: Leg) -> None:
        """A leg is over."""
        self._wanted.pop(leg.id, None)

    def find_tap(self, call: Call, extension: str) -> Leg | None:
        """The supervisor's leg at this phone, ringing or up."""
        for leg in call.living():
            if leg.number == extension and (leg.tap is not None or leg.id in self._wanted):
                return leg
        return None

    def _own(self, call: Call, extension: str) -> Leg:
        leg = self.find_tap(call, extension)
        if leg is None:
            raise NotOnCallError("you do not supervise this call", call_id=call.id)
        return leg

    def _target(self, call: Call) -> Leg | None:
        """The agent who talks, holds or consults."""
        places = (Place.TALK, Place.CONSULT)
        third = call.consult.leg if call.consult is not None else None
        for leg in call.legs.values():
            stands = leg.place in places and leg.state is LegState.ANSWERED
            if stands and leg is not call.customer and leg.id != third:
                return leg
        return None
