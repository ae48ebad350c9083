"""Calls that inner lines make and take by order: dialling out, other lines, ringing a phone.

The outbound life cycle of the board-card design: the inner line rings first and has a limit for
going off-hook; then an outer line is taken and the number dialled; a line that fails gives way to
the next. Source: S002-BOARD 49 to 61; telephony.md section 4.
"""

from functools import partial

from cordboard.calls.errors import NoSuchTargetError, NotOnCallError, VerbRefusedError
from cordboard.calls.events import CallArrived, LegMuted
from cordboard.calls.model import CallState, Direction, HandlingRole, Place, Route, Target
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.ids import AgentId, CallId, LegId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns
from cordboard.telephony import events as wire
from cordboard.telephony.lines import clean_number
from cordboard.telephony.ports import DialTarget

from .calls import Calls

_CAUSE_NO_ANSWER = 19
_CAUSE_TIMER = 102
"Q.850 causes."

MIN_OUTSIDE = 5
"Digits below which a number that nobody has here is no outside number."

_TAKES_MORE = (CallState.RINGING, CallState.ANSWERED, CallState.TALKING)
_DIRECT: HandlingRole = "direct"


class Dialling:
    """Dialling by inner lines.

    Args:
        calls: The calls.
        turns: Runs the turns of timers.
        timers: Key `calls/<call_id>/off_hook`.
    """

    def __init__(self, calls: Calls, turns: Turns, timers: Timers) -> None:
        self._calls = calls
        self._turns = turns
        self._timers = timers

    # Dialling out

    def call_out(
        self,
        turn: Turn,
        call_id: CallId,
        extension: str,
        number: str,
        agent_id: AgentId | None = None,
    ) -> None:
        """Ring an inner line, then call a number for it.

        Args:
            turn: The turn.
            call_id: Of the new call.
            extension: The inner line.
            number: As on a phone, outside numbers with their prefix; or as written, if it is not
                an inner one.
            agent_id: Who sits there, if anybody.

        Raises:
            NoSuchTargetError: If there is no such inner line.
            VerbRefusedError: If the number cannot be called from there.
        """
        if not self._calls.addresses.has_target("extension", extension):
            raise NoSuchTargetError(f"there is no inner line {extension}")
        target = self.read_number(number)
        value = target.value
        if target.kind not in ("extension", "outside"):
            raise VerbRefusedError("this number is one of our own services")
        if value == extension:
            raise VerbRefusedError("this is your own phone")
        direction: Direction = "internal" if target.kind == "extension" else "outbound"
        leg_id = LegId(self._calls.ids.new("l"))
        self._calls.adopt(
            turn,
            CallArrived(
                at_ms=turn.at_ms,
                call_id=call_id,
                leg_id=leg_id,
                direction=direction,
                origin="agent",
                line_id=extension,
                caller_number=extension,
                called_number=value,
                agent_id=agent_id or self._calls.addresses.agent_at(extension),
            ),
        )
        route = Route("extension" if target.kind == "extension" else "outside", value)
        by = f"agent:{agent_id}" if agent_id else f"line:{extension}"
        self._calls.route(turn, call_id, route, by=by, entry_kind="direct")
        call = self._calls.get(call_id)
        self._calls.call_up(turn, call, leg_id, DialTarget(extension=extension), None)
        self.take_up(call)

    def read_number(self, number: str) -> Target:
        """Whom a dialled number means.

        Raises:
            NoSuchTargetError: If it is no number that could be dialled.
            VerbRefusedError: If it is a number of a program: for callers from outside.
        """
        dialled = clean_number(number)
        found = self._calls.plan.find(dialled, "phone")
        if found is None:
            if len(dialled) < MIN_OUTSIDE:
                raise NoSuchTargetError(f"nobody has the number {dialled}")
            return Target("outside", dialled)
        kind = found.kind
        if kind == "control":
            raise VerbRefusedError("this number is one of our own services")
        return Target(kind, found.target)

    def take_up(self, call: Call) -> None:
        """Let an inner line that is rung to dial out have its limit; also after a restart."""
        first = call.legs[call.first_leg]
        dialled_out = call.direction != "inbound" and call.party_leg is None
        if call.state is CallState.RINGING and dialled_out and first.state is LegState.RINGING:
            act = partial(self._turns.post, partial(self._off_hook_limit, call.id))
            self._timers.set(_timer(call), self._calls.settings.off_hook_s, act)

    def _off_hook_limit(self, call_id: CallId, turn: Turn) -> None:
        self._calls.end(turn, call_id, cause=_CAUSE_NO_ANSWER, reason="off-hook-limit")

    def off_hook(self, call: Call) -> None:
        """The inner line was lifted, or the call is over."""
        self._timers.drop(_timer(call))

    def try_another(self, turn: Turn, call: Call, leg: Leg, event: wire.LegEnded) -> bool:
        """The other party could not be called on this outer line: take the next one.

        Never after busy or a wrong number: those are answers, of whichever line.

        Returns:
            Whether another line is tried.
        """
        if leg.purpose != "party" or leg.was_answered or not leg.outer_line:
            return False
        by_line = event.sip_status == 408 or 500 <= event.sip_status < 600
        by_line |= event.sip_status == 0 and event.hangup_cause == _CAUSE_TIMER
        if not by_line or event.by == "us" or call.state is CallState.ENDED:
            return False
        leg_id = LegId(self._calls.ids.new("l"))
        chosen = self._calls.choose(turn, call, leg_id, leg.number)
        if chosen is None:
            return False
        self._calls.dial(
            turn,
            call,
            DialTarget(number=leg.number),
            party=leg.party,
            purpose="party",
            leg_id=leg_id,
            chosen=chosen,
        )
        self._calls.bring_sound(turn, call)
        return True

    # What programs order of lines

    def ring_inner(self, turn: Turn, call_id: CallId, extension: str) -> LegId:
        """Ring an inner line for a call; who picks up talks with it, or joins the talk.

        Raises:
            NoSuchCallError: If there is no such call.
            NoSuchTargetError: If there is no such inner line.
            VerbRefusedError: If the call takes nobody now, or the line is on it.
        """
        call = self._calls.get(call_id)
        if not self._calls.addresses.has_target("extension", extension):
            raise NoSuchTargetError(f"there is no inner line {extension}")
        if call.state not in _TAKES_MORE:
            raise VerbRefusedError(f"the call is {call.state}")
        if any(leg.number == extension for leg in call.living()):
            raise VerbRefusedError("this inner line is on the call already")
        return self._calls.dial(
            turn,
            call,
            DialTarget(extension=extension),
            party="agent",
            purpose="line",
            agent_id=self._calls.addresses.agent_at(extension),
        )

    def inner_answered(self, turn: Turn, call: Call, leg: Leg) -> None:
        """An inner line that was rung for a call is off-hook."""
        if call.state is CallState.RINGING:
            turn.then(partial(self._calls.telephony.answer, call.first_leg))
        elif call.state in _TAKES_MORE:
            self._calls.connect_leg(turn, call, leg, _DIRECT)
        else:
            self._calls.hang_up_leg(turn, call.id, leg.id)

    def first_answered(self, turn: Turn, call: Call) -> None:
        """The caller is up: an inner line that is off-hook for it already talks with it."""
        for leg in call.legs.values():
            is_waiting = leg.state is LegState.ANSWERED and leg.place is Place.APART
            if leg.purpose == "line" and is_waiting and call.state in _TAKES_MORE:
                self._calls.connect_leg(turn, call, leg, _DIRECT)

    def mute_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, is_muted: bool) -> None:
        """Let nobody hear a party, or everybody again.

        Raises:
            NoSuchCallError: If there is no such call.
            NotOnCallError: If there is no such leg in it.
        """
        call = self._calls.get(call_id)
        leg = call.legs.get(leg_id)
        if leg is None or leg.state is not LegState.ANSWERED:
            raise NotOnCallError("this line is not on the call", call_id=call_id)
        self.mute(turn, call, leg, is_muted=is_muted)

    def mute(self, turn: Turn, call: Call, leg: Leg, *, is_muted: bool) -> None:
        """Let nobody hear a leg, or everybody again; nothing if it is so already."""
        if leg.is_muted is is_muted:
            return
        fact = LegMuted(
            at_ms=turn.at_ms,
            call_id=call.id,
            leg_id=leg.id,
            is_muted=is_muted,
            agent_id=leg.agent_id,
        )
        self._calls.tell(turn, call, fact)
        self._calls.bring_sound(turn, call)


def _timer(call: Call) -> str:
    return f"calls/{call.id}/off_hook"
