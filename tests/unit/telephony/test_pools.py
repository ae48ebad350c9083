"""Which outer line a call takes, and what is put before its number."""

import pytest

from cordboard.telephony.lines import Lines, Phone, Trunk, problems
from cordboard.telephony.pools import (
    LinePlan,
    LinePool,
    LineStrategy,
    NumberRule,
    OutboundRule,
    OuterLine,
    choose,
    number_as_sent,
    pool_of,
)

pytestmark = pytest.mark.unit

CHANNELS = ("101", "102", "103", "104")
OUTER = tuple(OuterLine(number=number, trunk_id="t") for number in (*CHANNELS, "105"))


def chosen(strategy: LineStrategy, busy: set[str] = frozenset(), **known: object) -> list[str]:  # type: ignore[assignment]
    """Lines of eight calls one after the other, none of them busy for longer."""
    pool = LinePool(id="p", lines=CHANNELS, strategy=strategy)
    used: dict[str, int] = {}
    last, found = "", []
    for number in range(8):
        line = choose(
            pool,
            lambda line: line not in busy,
            last=last,
            used=used,
            chance=float(known.get("chance", number / 8)),  # type: ignore[arg-type]
        )
        assert line is not None
        used[line] = used.get(line, 0) + 1
        last = line
        found.append(line)
    return found


def test_eight_calls_fit_each_strategy() -> None:
    assert chosen("sequential") == ["101"] * 8
    assert chosen("round_robin") == [*CHANNELS, *CHANNELS]
    assert chosen("least_used") == [*CHANNELS, *CHANNELS]
    assert chosen("random") == ["101", "101", "102", "102", "103", "103", "104", "104"]


def test_busy_lines_are_passed_over_and_the_cycle_goes_on_behind_them() -> None:
    assert chosen("sequential", {"101"}) == ["102"] * 8
    assert chosen("round_robin", {"102"})[:4] == ["101", "103", "104", "101"]
    assert chosen("random", {"101", "102"}, chance=0.999) == ["104"] * 8


def test_none_is_free() -> None:
    pool = LinePool(id="p", lines=CHANNELS)
    assert choose(pool, lambda line: False, last="", used={}, chance=0.0) is None


def test_lines_of_a_rule_are_for_its_members_alone() -> None:
    plan = LinePlan(
        outer_lines=OUTER,
        pools=(LinePool(id="sales", lines=CHANNELS, strategy="random"),),
        outbound_rules=(
            OutboundRule(id="r", extensions=("8001",), pool_id="sales", shown_number="4008"),
        ),
    )
    everything = [line.number for line in OUTER]

    pool, shown = pool_of(plan, "8001", everything)
    assert (pool.lines, shown) == (CHANNELS, "4008")
    pool, shown = pool_of(plan, "8002", everything)
    assert (pool.lines, shown) == (("105",), "")


def test_the_longest_leading_digits_say_what_is_put_before_a_number() -> None:
    rules = (NumberRule(leading="0", prefix="17909"), NumberRule(leading="00", prefix="17900"))

    assert number_as_sent("02787654321", rules) == "1790902787654321"
    assert number_as_sent("0049301", rules) == "179000049301"
    assert number_as_sent("87654321", rules) == "87654321"


def test_a_plan_that_does_not_hold_is_told_whole() -> None:
    plan = LinePlan(
        outer_lines=(
            OuterLine(number="101", trunk_id="t"),
            OuterLine(number="101", trunk_id="gone"),
            OuterLine(number="8001", trunk_id="t"),
        ),
        pools=(LinePool(id="p", lines=("109",)),),
        outbound_rules=(OutboundRule(id="r", extensions=("8009",), pool_id="q"),),
    )
    lines = Lines(
        trunks=(Trunk(id="t", name="T", hosts=("192.0.2.1",)),),
        phones=(Phone(extension="8001", contact="192.0.2.2:5060"),),
        plan=plan,
    )

    assert sorted(problems(lines)) == [
        "line pool p: there is no outer line 109",
        "outbound rule r: there is no line pool q",
        "outbound rule r: there is no phone 8009",
        "outer line 101: stands there twice",
        "outer line 101: there is no trunk gone",
        "outer line 8001: an extension has this number",
    ]
