"""The line list at work: hears calls, keeps the book, tells programs and the log, chooses lines.

Refuses to know agents, queues and flows, and the telephones themselves: it sees lines only through
what calls tell, and moves them only through what calls take (INT-03).
"""

from collections.abc import Callable
from functools import partial
from random import Random
from types import CodeType

from cordboard.calls import (
    CallArrived,
    CallEnded,
    CallRouted,
    Chosen,
    DigitPressed,
    OutsideCall,
    PromptEnded,
)
from cordboard.kit.facts import News
from cordboard.kit.ids import CallId
from cordboard.kit.turns import Turn
from cordboard.lines.effects import LineLog
from cordboard.lines.model import (
    Change,
    Cycle,
    Line,
    LineEvent,
    LineSignal,
    LineState,
    LogLevel,
    LogLine,
    WaitingCall,
)
from cordboard.lines.state import CONNECTED, WAIT_HANG_UP, LineBook
from cordboard.telephony.facts import LineStateChanged
from cordboard.telephony.lines import Lines
from cordboard.telephony.pools import choose, number_as_sent, pool_of
from cordboard.telephony.ports import DialTarget

from .steps import STEPS

Hear = Callable[[LineEvent], None]
_TALKED = (CONNECTED, WAIT_HANG_UP)


class LineList:
    """Lines now. Implements `OuterLines` for calls.

    Args:
        lines: As configured.
        log: The six-field log.
        random: For the strategy of this name.
        outside_trunk_id: Trunk that calls outside take if no pool says otherwise; None: any.
    """

    def __init__(
        self, lines: Lines, log: LineLog, random: Random, outside_trunk_id: str | None = None
    ) -> None:
        self.book = LineBook(lines)
        self._plan = lines.plan
        self._log = log
        self._random = random
        self._trunk_id = outside_trunk_id
        self._last: dict[str, str] = {}
        "Pool -> the line that it took last."

        self._levels: dict[CallId, str] = {}
        self._arrived: dict[CallId, CallArrived] = {}
        self._ears: list[Hear] = []
        self._chosen: list[Change] = []
        self._calling: dict[CallId, tuple[str, str]] = {}
        "Calls out that reached nobody yet -> inner line and number."

    # What programs see

    def watch(self, hear: Hear) -> Callable[[], None]:
        """Tell `hear` every event from now on, after its commit; what it returns ends that."""
        self._ears.append(hear)
        return lambda: self._ears.remove(hear)

    def list_lines(self) -> list[Line]:
        """All lines: outer ones first, each kind in the order of the configuration."""
        return sorted(self.book.lines.values(), key=lambda line: line.kind != "outer")

    def find_waiting(self, level: str) -> WaitingCall | None:
        """The call from outside that has waited longest in this flow, and talks with nobody."""
        for call_id, arrived in self._arrived.items():
            if self._levels.get(call_id) != level:
                continue
            for one in self.book.on_call(call_id):
                if one.cycle is Cycle.INBOUND_OUTER and one.stage not in _TALKED:
                    return WaitingCall(
                        call_id=call_id,
                        line_id=one.line_id,
                        caller_number=arrived.caller_number,
                        level=level,
                        arrived_at_ms=arrived.at_ms,
                        stage=one.stage,
                    )
        return None

    # What calls ask

    def admit(self, trunk_id: str) -> str | None:
        """The line of a call that comes in on this trunk; None if all are taken."""
        return self.book.find_free(trunk_id)

    def choose(self, call: OutsideCall) -> Chosen | None:
        """The line for a call to the outside, seized at once; None if none is free."""
        numbers = self.book.outer_numbers()
        pool, shown = pool_of(self._plan, call.extension, numbers)
        line_id = choose(
            pool,
            lambda line: line not in call.tried and self._may_dial(line, by_default=not pool.id),
            last=self._last.get(pool.id, ""),
            used={line.id: line.used for line in self.book.lines.values()},
            chance=self._random.random(),
        )
        if line_id is None:
            return None
        self._last[pool.id] = line_id
        cycle = Cycle.OUTBOUND_OUTER
        self._chosen += self.book.seize(
            line_id, call.leg_id, call.call_id, cycle, call.number, call.at_ms
        )
        target = DialTarget(
            number=number_as_sent(call.number, self._plan.number_rules),
            trunk_id=self.book.trunk_of_line(line_id),
            shown_number=shown,
        )
        return Chosen(line_id=line_id, target=target)

    def _may_dial(self, line_id: str, *, by_default: bool) -> bool:
        is_ours = self._trunk_id in (None, self.book.trunk_of_line(line_id))
        return self.book.is_free(line_id, "out") and (is_ours or not by_default)

    # What it hears

    def hear(self, turn: Turn, news: News) -> None:
        """News of a call: the lines move, and who watches is told after the commit."""
        changes, self._chosen = self._chosen + self._fold(news), []
        step = STEPS.get(type(news))
        for change in changes:
            self._tell(turn, change, step.__code__ if step else self.hear.__code__)
        if isinstance(news, DigitPressed):
            self._pressed(turn, news)
        elif isinstance(news, PromptEnded):
            self._played(turn, news)
        elif isinstance(news, CallEnded):
            self._failed(turn, news)
            self._forget(news.call_id)

    def replay(self, news: News) -> None:
        """Change memory as a stored fact says."""
        self._fold(news)
        if isinstance(news, CallEnded):
            self._forget(news.call_id)

    def _forget(self, call_id: CallId) -> None:
        for memory in (self._arrived, self._levels, self._calling):
            memory.pop(call_id, None)

    def _fold(self, news: News) -> list[Change]:
        if isinstance(news, CallArrived) and news.outer_line:
            self._arrived[news.call_id] = news
        elif isinstance(news, CallRouted) and news.kind in ("flow", "control"):
            self._levels[news.call_id] = news.target
        step = STEPS.get(type(news))
        changes = step(self.book, news) if step is not None else []
        for change in changes:
            if change.cycle is not Cycle.OUTBOUND_INNER:
                continue
            if change.signal in (LineSignal.SEIZED, LineSignal.OFF_HOOK):
                self._calling[change.call_id] = change.line_id, change.number
            elif change.signal is LineSignal.CONNECTED:
                self._calling.pop(change.call_id, None)
        return changes

    def line_changed(self, turn: Turn, fact: LineStateChanged) -> None:
        """A trunk or a phone came or went."""
        up = fact.state in ("up", "registered")
        for line in self.book.set_service(fact.line_id, in_service=up):
            line.since_ms = turn.at_ms
            state = LineState.IDLE if up else LineState.OUT_OF_SERVICE
            code = self.line_changed.__code__
            text = f"{fact.line_kind} {fact.state}"
            self.note(turn, code, line.id, text, signal=fact.state, state=state)
            self._event(turn, "OnLineState", line=line.id, kind=line.kind, state=str(state))

    # What it tells

    def _tell(self, turn: Turn, change: Change, code: CodeType) -> None:
        way = "inbound" if change.cycle.is_inbound else "outbound"
        text = f"call {change.call_id}: {way} {change.before.number} to {change.after.number}"
        state = str(change.after.number)
        self.note(turn, code, change.line_id, text, signal=change.signal, state=state)
        self._event(
            turn,
            "OnLineState",
            line=change.line_id,
            kind=change.kind,
            cycle=way,
            before=change.before.number,
            number=change.after.number,
            state=str(change.after.state),
            callId=change.call_id,
        )
        self._tell_by_name(turn, change)

    def _tell_by_name(self, turn: Turn, change: Change) -> None:
        """The events that the design names, and those that it lacks."""
        cycle, signal, line = change.cycle, change.signal, change.line_id
        common = {"callId": change.call_id}
        if signal is LineSignal.SEIZED and cycle is Cycle.INBOUND_OUTER:
            arrived = self._arrived[change.call_id]
            self._event(
                turn,
                "OnOutCallCome",
                strComeNumber=change.number,
                strTrunkNo=line,
                calleeNo=arrived.called_number,
                message="",
                **common,
            )
        elif signal is LineSignal.CONNECTED and cycle is Cycle.OUTBOUND_OUTER:
            inner = self._inner_of(change.call_id)
            self._event(
                turn,
                "OnCallOutSuccess",
                strComeNumber=change.number,
                strInnerNo=inner,
                message="",
                strTrunkNo=line,
                **common,
            )
        elif signal is LineSignal.CONNECTED and cycle is Cycle.INBOUND_INNER:
            self._event(turn, "OnCallAnswered", userLine=line, number=change.number, **common)
        elif signal is LineSignal.HUNG_UP:
            self._event(turn, "OnHangUp", line=line, kind=change.kind, **common)

    def _inner_of(self, call_id: CallId) -> str:
        for one in self.book.on_call(call_id):
            if one.cycle in (Cycle.OUTBOUND_INNER, Cycle.INBOUND_INNER):
                return one.line_id
        return ""

    def _failed(self, turn: Turn, fact: CallEnded) -> None:
        """A call out that reached nobody."""
        inner, number = self._calling.get(fact.call_id, ("", ""))
        if not inner:
            return
        reason = fact.reason or f"cause-{fact.hangup_cause}"
        code, text = self._failed.__code__, f"call {fact.call_id} failed: {reason}"
        self.note(turn, code, inner, text, level="error", signal="failed")
        self._event(
            turn,
            "OnCallOutFailure",
            strComeNumber=number,
            strInnerNo=inner,
            message=reason,
            callId=fact.call_id,
        )

    def _pressed(self, turn: Turn, fact: DigitPressed) -> None:
        one = self.book.find(fact.leg_id)
        if one is not None:
            text = f"call {fact.call_id}: a key"
            code = self._pressed.__code__
            state = str(one.stage.number)
            self.note(turn, code, one.line_id, text, signal="key", state=state)
            self._event(
                turn,
                "OnPushKey",
                number=one.line_id,
                key=fact.digit,
                port="",
                message=fact.method,
                callId=fact.call_id,
            )

    def _played(self, turn: Turn, signal: PromptEnded) -> None:
        for one in self.book.on_call(signal.call_id):
            if one.cycle is not Cycle.INBOUND_OUTER:
                continue
            level: LogLevel = "error" if signal.reason == "failed" else "information"
            text = f"call {signal.call_id}: play {signal.reason} {signal.detail}".rstrip()
            code = self._played.__code__
            state = str(one.stage.number)
            self.note(turn, code, one.line_id, text, level=level, signal="play_ended", state=state)
            self._event(
                turn,
                "OnPlayVocEnd",
                Oneline=one.line_id,
                Message=signal.reason,
                playId=signal.play_id,
                callId=signal.call_id,
            )

    def note(
        self,
        turn: Turn,
        code: CodeType,
        channel: str,
        text: str,
        *,
        level: LogLevel = "information",
        signal: str = "",
        state: str = "",
    ) -> None:
        """One line of the log, after the commit.

        Args:
            turn: The turn.
            code: What in the source took the event; its file and line are in the log.
            channel: The line's number.
            text: What happened; no person's number.
            level: Mark.
            signal: What came.
            state: Where the line stands then.
        """
        file, number = source_of(code)
        line = LogLine(
            at_ms=turn.at_ms,
            level=level,
            file=file,
            line=number,
            channel=channel,
            signal=signal,
            state=state,
            text=text,
        )
        turn.then(partial(self._log.write, line), hurries=False)

    def refused(self, at_ms: int, code: CodeType, channel: str, text: str) -> None:
        """One error line at once: what a program ordered was not done."""
        file, number = source_of(code)
        line = LogLine(
            at_ms=at_ms,
            level="error",
            file=file,
            line=number,
            channel=channel,
            signal="refused",
            text=text,
        )
        self._log.write(line)

    def _event(self, turn: Turn, event: str, **parameters: object) -> None:
        if self._ears:
            news = LineEvent(event=event, at_ms=turn.at_ms, parameters=parameters)
            turn.then(partial(self._emit, news))

    def _emit(self, news: LineEvent) -> None:
        for hear in list(self._ears):
            hear(news)


def source_of(code: CodeType) -> tuple[str, int]:
    """File below the package, and line, of a function."""
    return code.co_filename.rpartition("cordboard/")[2], code.co_firstlineno
