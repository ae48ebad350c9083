"""The wire's door: what a telephony event means for its call.

One function per event, chosen by a table. They tell facts and give orders through the service;
rules about what a call may be next are in state.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Literal

import msgspec

from cordboard.kit.ids import CallId, RecordingId
from cordboard.kit.turns import Turn
from cordboard.telephony import events as wire

from .events import (
    DigitPressed,
    DigitsCollected,
    LegAnswered,
    LegEnded,
    LegMediaLost,
    LegMediaReported,
    LegRang,
    PromptEnded,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from .model import CallEnder, CallState, HandlingRole, Place
from .service import (
    Calls,
    Dialling,
    Leaving,
    Lending,
    Passing,
    PhoneTransfers,
    Taps,
    prompt_id,
)
from .state import Call, Ending, Leg, LegState, ending

_DAY_MS = 86_400_000


class WireHandlers:
    """Hears events about legs of known calls.

    Args:
        calls: The room's service.
        passing: How a call changes hands.
        taps: Supervisors on calls.
        dialling: Calls that inner lines make.
    """

    def __init__(self, calls: Calls, passing: Passing, taps: Taps, dialling: Dialling) -> None:
        self._calls = calls
        self._passing = passing
        self._leaving = Leaving(calls, passing)
        self._phones = PhoneTransfers(calls, passing, dialling)
        self._taps = taps
        self._lending = Lending(calls, passing)
        self._dialling = dialling

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
            self._passing.limit_ringing(call, leg)

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
            return
        if leg is call.subject and (leg is call.customer or call.direction == "internal"):
            self.record(turn, call)
        if leg.id == call.first_leg:
            self._on_first_answered(turn, call)
        else:
            self._on_dialled_answered(turn, call, leg)

    def record(self, turn: Turn, call: Call) -> None:
        """Whom the call is about is up: the recording begins, and follows it to its end."""
        if self._calls.settings.records_calls:
            recording_id = RecordingId(self._calls.ids.new("r"))
            path = recording_path(turn.at_ms, call.id)
            start = self._calls.telephony.start_recording
            turn.then(partial(start, call.subject.id, recording_id, path))

    def _on_first_answered(self, turn: Turn, call: Call) -> None:
        if call.direction == "inbound":
            self._dialling.first_answered(turn, call)
            return
        self._dialling.off_hook(call)
        party = call.party_leg
        if party is None:
            self._calls.dial_party(turn, call)
        elif party.state is LegState.ANSWERED:
            self._connect_direct(turn, call)

    def _on_dialled_answered(self, turn: Turn, call: Call, leg: Leg) -> None:
        if leg.id == call.transfer_leg:
            self._passing.connect_target(turn, call, leg)
        elif leg.purpose == "consult" and call.consult is not None and call.consult.leg == leg.id:
            self._passing.consult_answered(turn, call)
        elif leg.purpose == "supervise":
            self._taps.answered(turn, call, leg)
        elif leg.purpose == "party" and call.state is CallState.RINGING:
            turn.then(partial(self._calls.telephony.answer, call.first_leg))
        elif leg.purpose == "party":
            self._connect_direct(turn, call)
        elif leg.purpose == "line":
            self._dialling.inner_answered(turn, call, leg)
        elif leg.purpose != "offer":
            self._calls.hang_up_leg(turn, call.id, leg.id)

    def _connect_direct(self, turn: Turn, call: Call) -> None:
        """Both sides of a direct call are up."""
        first, party = call.legs[call.first_leg], call.party_leg
        if party is not None and call.state is CallState.ANSWERED:
            joins = first if party is call.subject else party
            role: HandlingRole = "outbound" if call.direction == "outbound" else "internal"
            self._calls.connect_leg(turn, call, joins, role)

    def _on_ended(self, turn: Turn, call: Call, leg: Leg, event: wire.LegEnded) -> None:
        if leg.state is LegState.ENDED:
            return
        what = ending(call, leg)
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
        self._taps.ended(leg)
        self._passing.stop_limit(leg)
        if what is Ending.END_CALL and self._dialling.try_another(turn, call, leg, event):
            return
        if what is Ending.END_CALL:
            by = _ender(leg, event.by)
            self._calls.end(turn, call.id, by=by, cause=event.hangup_cause, reason=event.reason)
        else:
            self._leaving.follow(turn, call, leg, what, cause=event.hangup_cause)
        if call.state is CallState.ENDED:
            self._passing.ended(call)
            self._dialling.off_hook(call)

    def _on_transfer_asked(
        self, turn: Turn, call: Call, leg: Leg, event: wire.LegTransferAsked
    ) -> None:
        self._phones.asked(turn, call, leg, event.target_number, event.other_leg_id)

    def _on_held(self, turn: Turn, call: Call, leg: Leg, event: wire.LegHeld) -> None:
        """A phone's own hold key; a customer's phone plays its own music."""
        if self._may_hold(call, leg):
            self._passing.hold(turn, call, leg)

    def _on_resumed(self, turn: Turn, call: Call, leg: Leg, event: wire.LegResumed) -> None:
        if self._may_hold(call, leg) and call.held_by == leg.id:
            self._passing.resume(turn, call, leg)

    def _may_hold(self, call: Call, leg: Leg) -> bool:
        return leg.place is Place.TALK and leg.party != "customer" and not call.is_conference

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
        if call.lent == "prompt" and event.play_id == prompt_id(call):
            self._lending.take_back(turn, call)
            return
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
        is_own = event.recording_id in call.open_recordings
        own = call if is_own else self._calls.find_recorded(event.recording_id)
        if own is not None:  # else told in an earlier life
            self._calls.tell(turn, own, _same_fact(RecordingClosed, turn, own, event))

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


def recording_path(at_ms: int, call_id: CallId) -> str:
    """Where a recording lies under the recordings directory: `2026/11/22/<call id>`, by UTC day."""
    return f"{_folder_of(at_ms // _DAY_MS)}/{call_id}"


@lru_cache(maxsize=2)  # all calls of a day see the same
def _folder_of(day: int) -> str:
    return f"{datetime.fromtimestamp(day * _DAY_MS / 1000, UTC):%Y/%m/%d}"


def _ender(leg: Leg, by: Literal["party", "us", "network"]) -> CallEnder:
    if by == "network":
        return "network"
    if by == "us":
        return "system"
    if leg.party == "supervisor":
        return "supervisor"
    return "customer" if leg.party == "customer" else "agent"


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
