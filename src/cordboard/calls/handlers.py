"""The wire's door: what a telephony event means for its call.

One function per event, chosen by a table. They tell facts and give orders through the service;
rules about what a call may be next are in state.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

import msgspec

from cordboard.kit.ids import CallId, LegId, RecordingId
from cordboard.kit.turns import Turn
from cordboard.telephony import events as wire

from .events import (
    CallHeld,
    CallResumed,
    DigitPressed,
    DigitsCollected,
    LegAnswered,
    LegEnded,
    LegMediaLost,
    LegMediaReported,
    LegRang,
    PartiesConnected,
    PromptEnded,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from .model import CallEnder, CallState
from .service import Calls
from .state import Call, Leg, LegState


class WireHandlers:
    """Hears events about legs of known calls.

    Args:
        calls: The room's service.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def hear(self, turn: Turn, call_id: CallId, event: wire.LegEvent) -> None:
        """Something about a leg of a known call."""
        call = self._calls.calls.get(call_id)
        handler = _HANDLERS.get(type(event))
        if call is None or handler is None or event.leg_id not in call.legs:
            return
        handler(self, turn, call, call.legs[event.leg_id], event)

    def _on_ringing(self, turn: Turn, call: Call, leg: Leg, event: wire.LegRinging) -> None:
        if leg.state is LegState.RINGING:
            turn.tell(LegRang(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id))

    def _on_answered(self, turn: Turn, call: Call, leg: Leg, event: wire.LegAnswered) -> None:
        if leg.state is not LegState.RINGING:
            return
        self._calls.tell(
            turn,
            call,
            LegAnswered(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, codec=event.codec),
        )
        if call.state is CallState.ENDED:
            turn.then(partial(self._calls.telephony.hang_up, leg.id))
        elif leg.id == call.first_leg:
            self._on_first_answered(turn, call)
        elif leg.offer_id is None and leg.agent_id is None:
            turn.then(partial(self._calls.telephony.answer, call.first_leg))

    def record(self, turn: Turn, call: Call) -> None:
        """Begin the call's recording, if policy wants one."""
        if self._calls.settings.records_calls:
            recording_id = RecordingId(self._calls.ids.new("r"))
            path = recording_path(turn.at_ms, call.id)
            turn.then(
                partial(self._calls.telephony.start_recording, call.first_leg, recording_id, path)
            )

    def play_hold_music(self, turn: Turn, call: Call, leg_id: LegId) -> None:
        """Let the first leg hear music while this one holds it."""
        music = (self._calls.settings.hold_music,)
        play_id = hold_music_id(leg_id)
        turn.then(partial(self._calls.telephony.play, call.first_leg, play_id, music, loop=True))

    def _on_first_answered(self, turn: Turn, call: Call) -> None:
        self.record(turn, call)
        if call.direction == "inbound":
            return
        other = next(
            (leg for leg in call.legs.values() if leg.id != call.first_leg and leg.was_answered),
            None,
        )
        if other is not None and other.state is LegState.ANSWERED:
            turn.then(partial(self._calls.telephony.bridge, call.first_leg, other.id))
            self._calls.tell(
                turn,
                call,
                PartiesConnected(
                    at_ms=turn.at_ms,
                    call_id=call.id,
                    leg_id=call.first_leg,
                    other_leg_id=other.id,
                ),
            )

    def _on_ended(self, turn: Turn, call: Call, leg: Leg, event: wire.LegEnded) -> None:
        if leg.state is LegState.ENDED:
            return
        was_talking = call.peer_leg == leg.id
        self._calls.tell(
            turn,
            call,
            LegEnded(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                party=leg.party,
                by=event.by,
                hangup_cause=event.hangup_cause,
                sip_status=event.sip_status,
                agent_id=leg.agent_id,
                offer_id=leg.offer_id,
                was_answered=leg.was_answered,
            ),
        )
        if self._calls.announcing.get(call.id) == leg.id:
            del self._calls.announcing[call.id]
        if call.state is CallState.ENDED:
            return
        direct = leg.offer_id is None
        if leg.id == call.first_leg or was_talking or direct:
            by = _ender(leg, event.by)
            self._calls.end(turn, call.id, by=by, cause=event.hangup_cause, reason=event.reason)

    def _on_transfer_asked(
        self, turn: Turn, call: Call, leg: Leg, event: wire.LegTransferAsked
    ) -> None:
        """Nobody's telephone sends a call away by itself: transfers are ordered at the desk."""
        turn.then(partial(self._calls.telephony.refuse_transfer, leg.id))

    def _on_held(self, turn: Turn, call: Call, leg: Leg, event: wire.LegHeld) -> None:
        if call.peer_leg != leg.id or call.state is not CallState.TALKING:
            return
        self._calls.tell(
            turn,
            call,
            CallHeld(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, agent_id=leg.agent_id),
        )
        self.play_hold_music(turn, call, leg.id)

    def _on_resumed(self, turn: Turn, call: Call, leg: Leg, event: wire.LegResumed) -> None:
        if call.peer_leg != leg.id or call.state is not CallState.HELD:
            return
        self._calls.tell(
            turn,
            call,
            CallResumed(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, agent_id=leg.agent_id),
        )
        turn.then(partial(self._calls.telephony.bridge, call.first_leg, leg.id))

    def _on_digit(self, turn: Turn, call: Call, leg: Leg, event: wire.DigitPressed) -> None:
        turn.tell(
            DigitPressed(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                party=leg.party,
                digit=event.digit,
                method=event.method,
            )
        )

    def _on_play_ended(self, turn: Turn, call: Call, leg: Leg, event: wire.PlayEnded) -> None:
        waiting = self._calls.announcing.get(call.id)
        if waiting is not None and event.play_id == f"connect/{waiting}":
            del self._calls.announcing[call.id]
            self._calls.join(turn, call, call.legs[waiting])
            return
        turn.tell(
            PromptEnded(
                at_ms=turn.at_ms,
                call_id=call.id,
                play_id=event.play_id,
                reason=event.reason,
                detail=event.detail,
            )
        )

    def _on_collected(self, turn: Turn, call: Call, leg: Leg, event: wire.Collected) -> None:
        turn.tell(
            DigitsCollected(
                at_ms=turn.at_ms,
                call_id=call.id,
                collect_id=event.collect_id,
                digits=event.digits,
                reason=event.reason,
                terminator=event.terminator,
            )
        )

    def _on_recording_started(
        self, turn: Turn, call: Call, leg: Leg, event: wire.RecordingStarted
    ) -> None:
        self._calls.tell(turn, call, _same_fact(RecordingStarted, turn, call, event))

    def _on_recording_closed(
        self, turn: Turn, call: Call, leg: Leg, event: wire.RecordingClosed
    ) -> None:
        if event.recording_id in call.open_recordings:  # else told in an earlier life
            self._calls.tell(turn, call, _same_fact(RecordingClosed, turn, call, event))

    def _on_recording_failed(
        self, turn: Turn, call: Call, leg: Leg, event: wire.RecordingFailed
    ) -> None:
        self._calls.tell(turn, call, _same_fact(RecordingFailed, turn, call, event))

    def _on_media_reported(
        self, turn: Turn, call: Call, leg: Leg, event: wire.LegMediaReported
    ) -> None:
        if not leg.is_reported:
            self._calls.tell(turn, call, _same_fact(LegMediaReported, turn, call, event))

    def _on_media_lost(self, turn: Turn, call: Call, leg: Leg, event: wire.LegMediaLost) -> None:
        if not leg.is_reported:
            self._calls.tell(turn, call, _same_fact(LegMediaLost, turn, call, event))


def hold_music_id(leg_id: LegId) -> str:
    """Names the music that is played while this leg holds."""
    return f"hold/{leg_id}"


def recording_path(at_ms: int, call_id: CallId) -> str:
    """Where a recording lies under the recordings directory: `2026/11/22/<call id>`, by UTC day."""
    day = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{day:%Y/%m/%d}/{call_id}"


def _ender(leg: Leg, by: Literal["party", "us", "network"]) -> CallEnder:
    if by == "network":
        return "network"
    if by == "us":
        return "system"
    return "agent" if leg.party == "agent" else "customer"


def _same_fact(kind: type[Any], turn: Turn, call: Call, event: wire.TelephonyEvent) -> Any:
    """The fact that says of a call what a wire event of the same shape says of a leg."""
    fields = msgspec.structs.asdict(event) | {"at_ms": turn.at_ms, "call_id": call.id}
    return kind(**fields)


_Handler = Callable[[WireHandlers, Turn, Call, Leg, Any], None]
_HANDLERS: dict[type[wire.LegEvent], _Handler] = {
    wire.LegRinging: WireHandlers._on_ringing,
    wire.LegAnswered: WireHandlers._on_answered,
    wire.LegEnded: WireHandlers._on_ended,
    wire.LegTransferAsked: WireHandlers._on_transfer_asked,
    wire.LegHeld: WireHandlers._on_held,
    wire.LegResumed: WireHandlers._on_resumed,
    wire.DigitPressed: WireHandlers._on_digit,
    wire.PlayEnded: WireHandlers._on_play_ended,
    wire.Collected: WireHandlers._on_collected,
    wire.RecordingStarted: WireHandlers._on_recording_started,
    wire.RecordingClosed: WireHandlers._on_recording_closed,
    wire.RecordingFailed: WireHandlers._on_recording_failed,
    wire.LegMediaReported: WireHandlers._on_media_reported,
    wire.LegMediaLost: WireHandlers._on_media_lost,
}
