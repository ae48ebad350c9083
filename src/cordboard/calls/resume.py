"""After a restart: what the journal says of a call, and how its legs stand now, brought together.

The sound and the SIP sessions outlived us; what they told meanwhile is lost, and so is what was
ordered after the last commit and before the end. So each leg is looked at: what it must have told
is told now, what it must have been ordered is ordered again, and what stands is left alone.

Source: telephony.md section 5 (control process, kill -9).
"""

from collections.abc import Mapping
from functools import partial

from cordboard.kit.ids import LegId
from cordboard.kit.turns import Turn
from cordboard.telephony import events as wire
from cordboard.telephony.ports import LegNow

from .handlers import WireHandlers
from .model import CallState
from .service import Calls, Dialling, Passing
from .state import Call, Leg, LegState

LOST = 41
"Q.850 cause of a leg that did not survive: temporary failure."

CRASH = "crash"
"Reason of what a crash ended."


class Resumption:
    """Takes calls up again.

    Args:
        calls: The room's service, after replay.
        passing: How a call changes hands.
        wire: What an event of a leg means.
        dialling: Calls that inner lines make.
    """

    def __init__(
        self, calls: Calls, passing: Passing, wire: WireHandlers, dialling: Dialling
    ) -> None:
        self._calls = calls
        self._passing = passing
        self._wire = wire
        self._dialling = dialling

    def list_lost(self, legs: Mapping[LegId, LegNow], at_ms: int) -> list[wire.LegEnded]:
        """What legs that are no longer there would have told; for their calls' owners."""
        return [
            wire.LegEnded(at_ms=at_ms, leg_id=leg.id, by="network", hangup_cause=LOST, reason=CRASH)
            for call in self._calls.calls.values()
            for leg in call.living()
            if leg.id not in legs
        ]

    def take_up(self, turn: Turn, legs: Mapping[LegId, LegNow]) -> None:
        """Bring every call and its legs together.

        Args:
            turn: The one turn of the restart.
            legs: From `Telephony.survey`.
        """
        for call in list(self._calls.calls.values()):
            for leg in call.living():
                now = legs.get(leg.id)
                if now is not None:
                    self._catch_up(turn, call, leg, now)
            if call.state is not CallState.ENDED:
                self._order_again(turn, call, legs)

    def _catch_up(self, turn: Turn, call: Call, leg: Leg, now: LegNow) -> None:
        """Hear from a leg what it told nobody."""
        if call.state is CallState.ENDED:
            turn.then(partial(self._calls.telephony.hang_up, leg.id))
            return
        if leg.state is LegState.RINGING and now.state == "up":
            answered = wire.LegAnswered(at_ms=turn.at_ms, leg_id=leg.id, codec=now.codec)
            self._wire.hear(turn, call.id, answered)
        if now.recording_id is not None and now.recording_id not in call.open_recordings:
            started = wire.RecordingStarted(
                at_ms=turn.at_ms,
                leg_id=leg.id,
                recording_id=now.recording_id,
                path=now.recording_path,
            )
            self._wire.hear(turn, call.id, started)

    def _order_again(self, turn: Turn, call: Call, legs: Mapping[LegId, LegNow]) -> None:
        """Order what may never have left, if the legs do not show that it did."""
        telephony = self._calls.telephony
        self._passing.take_up(turn, call)
        self._dialling.take_up(call)
        if call.state is CallState.RINGING:
            if any(leg.id != call.first_leg for leg in call.living()):
                turn.then(partial(telephony.ring, call.first_leg))
            return
        subject = legs.get(call.subject.id)
        if subject is None:
            return
        if subject.recording_id is None and not call.open_recordings:
            self._wire.record(turn, call)
        waiting = subject.play_id.removeprefix("connect/")
        if waiting != subject.play_id and waiting in call.legs:
            self._calls.announcing[call.id] = LegId(waiting)
        self._calls.renew_sound(turn, call, legs)
