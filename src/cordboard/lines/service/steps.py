"""What each fact of a call means for the lines: one function a fact, chosen by a table.

They change the book and say what changed; telling, logging and replay are the service's.
"""

from collections.abc import Callable
from typing import Any

from cordboard.calls import (
    AgentConnected,
    CallArrived,
    CallEnded,
    CallParked,
    CallTransferred,
    ConsultAnswered,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    LegRang,
    PartiesConnected,
    PartyJoined,
    PromptOrdered,
    SupervisionStarted,
)
from cordboard.kit.facts import News
from cordboard.kit.ids import CallId, LegId
from cordboard.lines.model import Change, Cycle, LineSignal
from cordboard.lines.state import LineBook

_S = LineSignal
_OUTER = (Cycle.INBOUND_OUTER, Cycle.OUTBOUND_OUTER)


def _arrived(book: LineBook, fact: CallArrived) -> list[Change]:
    """A call began: from outside, or an inner line makes it."""
    call_id, leg_id, at_ms = fact.call_id, fact.leg_id, fact.at_ms
    if fact.outer_line:
        cycle, number = Cycle.INBOUND_OUTER, fact.caller_number
        return book.seize(fact.outer_line, leg_id, call_id, cycle, number, at_ms)
    if fact.line_id not in book.lines:
        return []
    signal = _S.OFF_HOOK if fact.sip_call_id else _S.SEIZED
    cycle, number = Cycle.OUTBOUND_INNER, fact.called_number
    return book.seize(fact.line_id, leg_id, call_id, cycle, number, at_ms, signal)


def _dialled(book: LineBook, fact: LegDialled) -> list[Change]:
    """Somebody is called into the call; an outer line for that was taken when it was chosen."""
    if fact.outer_line:
        cycle = Cycle.OUTBOUND_OUTER
        return book.seize(
            fact.outer_line, fact.leg_id, fact.call_id, cycle, fact.number, fact.at_ms
        )
    line = book.lines.get(fact.number)
    if line is None or line.kind != "inner":
        return []
    others = book.on_call(fact.call_id)
    number = others[0].number if others else ""
    cycle = Cycle.INBOUND_INNER
    return book.seize(line.id, fact.leg_id, fact.call_id, cycle, number, fact.at_ms)


def _joined(book: LineBook, fact: LegJoined) -> list[Change]:
    """A leg that has a line came over from another call."""
    book.give(fact.leg_id, fact.call_id)
    return []


def _rang(book: LineBook, fact: LegRang) -> list[Change]:
    """The far end of a leg rings."""
    return book.move(fact.leg_id, _S.RANG, fact.at_ms)


def _answered(book: LineBook, fact: LegAnswered) -> list[Change]:
    """A leg is up."""
    return book.move(fact.leg_id, _S.ANSWERED, fact.at_ms)


def _prompted(book: LineBook, signal: PromptOrdered) -> list[Change]:
    """An application wants the caller to hear something."""
    for one in book.on_call(signal.call_id):
        if one.cycle is Cycle.INBOUND_OUTER:
            return book.move(one.leg_id, _S.PLAYED, signal.at_ms)
    return []


def _agent_connected(book: LineBook, fact: AgentConnected) -> list[Change]:
    """An agent and the customer talk."""
    return _connect(book, fact.call_id, (fact.leg_id,), fact.at_ms)


def _parties_connected(book: LineBook, fact: PartiesConnected) -> list[Change]:
    """Two talk, none of them both customer and agent."""
    return _connect(book, fact.call_id, (fact.leg_id, fact.other_leg_id), fact.at_ms)


def _party_joined(book: LineBook, fact: PartyJoined) -> list[Change]:
    """One more talks."""
    return book.move(fact.leg_id, _S.CONNECTED, fact.at_ms)


def _consulted(book: LineBook, fact: ConsultAnswered) -> list[Change]:
    """The consulted party is on the line."""
    return book.move(fact.consult_leg_id, _S.CONNECTED, fact.at_ms)


def _supervised(book: LineBook, fact: SupervisionStarted) -> list[Change]:
    """A supervisor hears the call."""
    return book.move(fact.leg_id, _S.CONNECTED, fact.at_ms)


def _connect(book: LineBook, call_id: CallId, legs: tuple[LegId, ...], at_ms: int) -> list[Change]:
    """These legs, and the customer's outer line with them."""
    outer = tuple(
        one.leg_id
        for one in book.on_call(call_id)
        if one.cycle in _OUTER and one.was_answered and one.leg_id not in legs
    )
    return [each for leg in outer + legs for each in book.move(leg, _S.CONNECTED, at_ms)]


def _passed_on(book: LineBook, fact: CallTransferred | CallParked) -> list[Change]:
    """Nobody talks with the caller now."""
    return _move_all(book, fact.call_id, _S.RELEASED, fact.at_ms)


def _call_ended(book: LineBook, fact: CallEnded) -> list[Change]:
    """Whoever is still on the line is to be hung up."""
    return _move_all(book, fact.call_id, _S.CALL_OVER, fact.at_ms)


def _leg_ended(book: LineBook, fact: LegEnded) -> list[Change]:
    """A line is free."""
    return book.move(fact.leg_id, _S.HUNG_UP, fact.at_ms)


def _move_all(book: LineBook, call_id: CallId, signal: LineSignal, at_ms: int) -> list[Change]:
    return [each for one in book.on_call(call_id) for each in book.move(one.leg_id, signal, at_ms)]


Step = Callable[[LineBook, Any], list[Change]]
STEPS: dict[type[News], Step] = {
    CallArrived: _arrived,
    LegDialled: _dialled,
    LegJoined: _joined,
    LegRang: _rang,
    LegAnswered: _answered,
    PromptOrdered: _prompted,
    AgentConnected: _agent_connected,
    PartiesConnected: _parties_connected,
    PartyJoined: _party_joined,
    ConsultAnswered: _consulted,
    SupervisionStarted: _supervised,
    CallTransferred: _passed_on,
    CallParked: _passed_on,
    CallEnded: _call_ended,
    LegEnded: _leg_ended,
}
