"""The life cycles, walked from end to end and hung up at every stage."""

import pytest

from cordboard.kit.ids import CallId, LegId
from cordboard.lines.model import Cycle, LineSignal, LineState
from cordboard.lines.state import STARTS, TABLES, LineBook
from cordboard.telephony.lines import Lines, Phone, Trunk
from cordboard.telephony.pools import LinePlan, OuterLine

pytestmark = pytest.mark.unit

_S = LineSignal
WALKS = {
    Cycle.INBOUND_OUTER: [_S.SEIZED, _S.PLAYED, _S.ANSWERED, _S.CONNECTED, _S.CALL_OVER],
    Cycle.INBOUND_INNER: [_S.SEIZED, _S.RANG, _S.CONNECTED],
    Cycle.OUTBOUND_INNER: [_S.SEIZED, _S.RANG, _S.ANSWERED, _S.CONNECTED, _S.CALL_OVER],
    Cycle.OUTBOUND_OUTER: [_S.SEIZED, _S.RANG, _S.CONNECTED, _S.CALL_OVER],
}
NUMBERS = {
    Cycle.INBOUND_OUTER: [2, 3, 4, 8, 9, 10],
    Cycle.INBOUND_INNER: [6, 7, 8, 1],
    Cycle.OUTBOUND_INNER: [2, 3, 4, 8, 9, 1],
    Cycle.OUTBOUND_OUTER: [6, 7, 8, 9, 10],
}
CALL, LEG = CallId("c"), LegId("l")


def a_book(*, max_calls: int = 0, plan: LinePlan | None = None) -> LineBook:
    trunk = Trunk(id="carrier", name="Carrier", hosts=("192.0.2.1",), max_calls=max_calls)
    phone = Phone(extension="8001", contact="192.0.2.2:5060")
    return LineBook(Lines(trunks=(trunk,), phones=(phone,), plan=plan or LinePlan()))


@pytest.mark.parametrize("cycle", list(Cycle))
def test_a_call_walks_through_the_stages_of_the_design(cycle: Cycle) -> None:
    book = a_book()
    line = "8001" if "inner" in cycle else "carrier/1"
    first, *others = WALKS[cycle]
    changes = book.seize(line, LEG, CALL, cycle, "139", 1, first)
    for signal in [*others, _S.HUNG_UP]:
        changes += book.move(LEG, signal, 2)

    assert [change.after.number for change in changes] == NUMBERS[cycle]
    assert book.on_call(CALL) == []


@pytest.mark.parametrize("cycle", list(Cycle))
def test_a_hang_up_at_any_stage_leaves_the_line_idle(cycle: Cycle) -> None:
    for stage, row in TABLES[cycle].items():
        if row and stage != STARTS[cycle]:
            assert row[_S.HUNG_UP].state is LineState.IDLE, stage
            talked = stage.number in (8, 9)
            assert (row[_S.HUNG_UP] == STARTS[cycle]) is not talked or "outbound_inner" in cycle


def test_a_trunk_without_lines_makes_one_for_each_call_up_to_its_limit() -> None:
    book = a_book(max_calls=2)
    for number in (1, 2):
        line = book.find_free("carrier")
        assert line == f"carrier/{number}"
        book.seize(line, LegId(f"l{number}"), CALL, Cycle.INBOUND_OUTER, "139", 0)
    assert book.find_free("carrier") is None

    book.move(LegId("l1"), _S.HUNG_UP, 1)

    assert book.find_free("carrier") == "carrier/1"


def test_a_line_takes_calls_of_its_direction_and_none_while_its_trunk_is_down() -> None:
    outer = (
        OuterLine(number="101", trunk_id="carrier", direction="in"),
        OuterLine(number="102", trunk_id="carrier", direction="out"),
    )
    book = a_book(plan=LinePlan(outer_lines=outer))

    assert [book.is_free(x, "in") for x in ("101", "102")] == [True, False]
    assert [book.is_free(x, "out") for x in ("101", "102")] == [False, True]
    assert [line.id for line in book.set_service("carrier", in_service=False)] == ["101", "102"]
    assert not book.is_free("102", "out")


def test_a_leg_that_goes_on_in_another_call_takes_its_line_along() -> None:
    book, other = a_book(), CallId("c2")
    book.seize("carrier/1", LEG, CALL, Cycle.INBOUND_OUTER, "139", 1)

    book.give(LEG, other)

    assert book.on_call(CALL) == []
    assert [one.leg_id for one in book.on_call(other)] == [LEG]
    book.move(LEG, _S.HUNG_UP, 2)
    assert book.on_call(other) == []
