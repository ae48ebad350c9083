"""The control interface's commands: what a program orders of lines becomes orders to calls.

The mediator of the board-card design (INT-03): programs name lines and know nothing of what
carries them; what is below calls can be exchanged without them. Every refusal says what to do
instead and stands in the line log as an error.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from cordboard.calls import CallCommands, LineCommands, TapCommands
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import CallId, Ids
from cordboard.kit.turns import Turn, Turns
from cordboard.lines.commands import (
    COMMANDS,
    AnswerCall,
    CallOut,
    Command,
    Conference,
    FindOutTelByLevel,
    HangUp,
    InitSystem,
    Listen,
    MakeCallOut,
    Mute,
    PlayVoc,
    StopPlay,
)
from cordboard.lines.errors import BadCommandError, LineBusyError, NoSuchLineError
from cordboard.lines.model import Cycle, Line, Seizure
from cordboard.lines.state import CONNECTED, WAIT_HANG_UP

from .lines import LineList

_TALKED = (CONNECTED, WAIT_HANG_UP)
Result = dict[str, Any]


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What commands act through."""

    calls: CallCommands
    dialling: LineCommands
    taps: TapCommands
    adopt: Callable[[CallId], object]
    "Give a call that was begun here its owner."

    missing_items: Callable[[tuple[str, ...]], tuple[str, ...]]
    "Which of these prompts do not exist."


class Control:
    """Carries out commands.

    Args:
        lines: The line list.
        exchange: What commands act through.
        turns: Runs them.
        ids: Makes ids of calls and plays.
        now_ms: UTC milliseconds, for refusals.
    """

    def __init__(
        self,
        lines: LineList,
        exchange: Exchange,
        turns: Turns,
        ids: Ids,
        now_ms: Callable[[], int],
    ) -> None:
        self.lines = lines
        self._exchange = exchange
        self._turns = turns
        self._ids = ids
        self._now_ms = now_ms

    async def run(self, user_id: str, name: str, parameters: object) -> Result:
        """Carry out one command; returns when it is stored and its orders are out.

        Raises:
            DomainError: If it is refused; the detail says what to do.
        """
        try:
            command = _parsed(name, parameters)
            result: Result = {}
            work = partial(self._carry_out, command, user_id, result)
            await self._turns.take(work)
        except DomainError as error:
            channel = str(parameters.get("line", "")) if isinstance(parameters, dict) else ""
            code = self._carry_out.__code__
            text = f"{name if name in COMMANDS else 'command'}: {error.code}"
            self.lines.refused(self._now_ms(), code, channel, text)
            raise
        return result

    def _carry_out(self, command: Command, user_id: str, result: Result, turn: Turn) -> None:
        result |= _ACTS[type(command)](self, turn, command, user_id) or {}

    def _init(self, turn: Turn, command: InitSystem, user_id: str) -> Result:
        return {"lines": [view_of(line) for line in self.lines.list_lines()]}

    def _answer(self, turn: Turn, command: AnswerCall, user_id: str) -> Result:
        caller = self._caller(command.trunk_line)
        if command.telephone not in ("", caller.number):
            raise LineBusyError(
                f"another caller is on line {command.trunk_line} now: leave telephone empty, or "
                "take the number from OnOutCallCome"
            )
        if caller.stage in _TALKED:
            raise LineBusyError(
                f"line {command.trunk_line} is connected: use Conference for one more"
            )
        line = self._idle(command.user_line) if command.user_line else self._first_idle()
        self._exchange.dialling.ring_inner(turn, caller.call_id, line.id)
        return {"callId": caller.call_id, "userLine": line.id}

    def _make_call_out(self, turn: Turn, command: MakeCallOut, user_id: str) -> Result:
        return self._dial(turn, command.user_line, command.callee_code)

    def _call_out(self, turn: Turn, command: CallOut, user_id: str) -> Result:
        return self._dial(turn, command.inner_no, command.caller_no)

    def _dial(self, turn: Turn, inner: str, number: str) -> Result:
        line = self._idle(inner)
        call_id = CallId(self._ids.new("c"))
        self._exchange.dialling.call_out(turn, call_id, line.id, number)
        self._exchange.adopt(call_id)
        return {"callId": call_id, "userLine": line.id}

    def _play(self, turn: Turn, command: PlayVoc, user_id: str) -> Result:
        caller = self._caller(command.line)
        items = tuple(one if ":" in one else f"file:{one}" for one in command.files)
        missing = self._exchange.missing_items(items)
        if missing or not items:
            what = ", ".join(missing) or "nothing"
            raise BadCommandError(f"cannot play {what}: put the file into the prompts folder")
        play_id = self._ids.new("p")
        self._exchange.calls.answer(turn, caller.call_id)
        self._exchange.calls.play(turn, caller.call_id, play_id, items, loop=command.loop)
        return {"callId": caller.call_id, "playId": play_id}

    def _stop(self, turn: Turn, command: StopPlay, user_id: str) -> None:
        self._exchange.calls.stop(turn, self._caller(command.line).call_id)

    def _mute(self, turn: Turn, command: Mute, user_id: str) -> None:
        on = self._on(command.line)
        self._exchange.dialling.mute_leg(turn, on.call_id, on.leg_id, is_muted=command.on)

    def _listen(self, turn: Turn, command: Listen, user_id: str) -> Result:
        call_id = self._talk(command.line).call_id
        extension = self._idle(command.user_line).id
        self._exchange.taps.supervise(
            turn, call_id, user_id=user_id, extension=extension, mode="listen"
        )
        return {"callId": call_id, "userLine": extension}

    def _join(self, turn: Turn, command: Conference, user_id: str) -> Result:
        call_id = self._talk(command.line).call_id
        extension = self._idle(command.user_line).id
        self._exchange.dialling.ring_inner(turn, call_id, extension)
        return {"callId": call_id, "userLine": extension}

    def _hang_up(self, turn: Turn, command: HangUp, user_id: str) -> None:
        for one in list(self._line(command.line).seizures.values()):
            self._exchange.calls.hang_up_leg(turn, one.call_id, one.leg_id)

    def _find(self, turn: Turn, command: FindOutTelByLevel, user_id: str) -> Result:
        return {"callInTel": self._call_in_tel(str(command.level))}

    def _call_in_tel(self, level: str) -> Result | None:
        found = self.lines.find_waiting(level)
        if found is None:
            return None
        return {
            "callId": found.call_id,
            "trunkLine": found.line_id,
            "number": found.caller_number,
            "level": found.level,
            "callTimeMs": found.arrived_at_ms,
            "waitedMs": self._now_ms() - found.arrived_at_ms,
            "connected": False,
            "stage": found.stage.number,
        }

    # Lines by number

    def _line(self, number: str) -> Line:
        line = self.lines.book.lines.get(number)
        if line is None:
            raise NoSuchLineError(f"there is no line {number!r}: InitSystem lists them")
        return line

    def _on(self, number: str) -> Seizure:
        """The one call on a line."""
        line = self._line(number)
        for one in line.seizures.values():
            return one
        raise LineBusyError(f"line {number} is idle: no call is on it")

    def _caller(self, number: str) -> Seizure:
        one = self._on(number)
        if one.cycle is not Cycle.INBOUND_OUTER:
            raise LineBusyError(f"no call from outside is on line {number}")
        return one

    def _talk(self, number: str) -> Seizure:
        one = self._on(number)
        if one.stage != CONNECTED:
            raise LineBusyError(f"line {number} is {one.stage.state}: wait until it is connected")
        return one

    def _idle(self, number: str) -> Line:
        line = self._line(number)
        if line.kind != "inner":
            raise LineBusyError(f"line {number} is no inner line")
        for one in line.seizures.values():
            raise LineBusyError(
                f"inner line {number} is {one.stage.state}: choose another, or hang it up"
            )
        return line

    def _first_idle(self) -> Line:
        for line in self.lines.list_lines():
            if line.kind == "inner" and line.in_service and not line.seizures:
                return line
        raise LineBusyError("no inner line is idle: try again when OnLineState says so")


def view_of(line: Line) -> Result:
    """A line as programs and screens see it."""
    one = next(iter(line.seizures.values()), None)
    stage = one.stage if one is not None else line.rest
    state = str(stage.state) if line.in_service or one is not None else "out_of_service"
    return {
        "line": line.id,
        "kind": line.kind,
        "name": line.name,
        "trunk_id": line.trunk_id,
        "direction": line.direction,
        "cycle": ("inbound" if one.cycle.is_inbound else "outbound") if one is not None else None,
        "number": stage.number,
        "state": state,
        "since_ms": one.since_ms if one is not None else line.since_ms,
        "party": one.number if one is not None else None,
        "call_id": one.call_id if one is not None else None,
        "calls": len(line.seizures),
    }


def _parsed(name: str, parameters: object) -> Command:
    kind = COMMANDS.get(name)
    if kind is None:
        known = ", ".join(COMMANDS)
        raise BadCommandError(f"there is no command {name!r}; there are {known}")
    try:
        return msgspec.convert(parameters, kind)
    except msgspec.ValidationError as error:
        raise BadCommandError(f"{name}: {error}") from error


_ACTS: dict[type[Command], Callable[[Control, Turn, Any, str], Result | None]] = {
    InitSystem: Control._init,
    AnswerCall: Control._answer,
    MakeCallOut: Control._make_call_out,
    CallOut: Control._call_out,
    PlayVoc: Control._play,
    StopPlay: Control._stop,
    Mute: Control._mute,
    Listen: Control._listen,
    Conference: Control._join,
    HangUp: Control._hang_up,
    FindOutTelByLevel: Control._find,
}
