"""Compare: the flow branches on a variable, two ways or many."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.flows.model import Fault, Leave, Scene, Scope
from cordboard.flows.nodes.digit_map import expand, matches
from cordboard.flows.nodes.node import Name, Node, Steps, Text
from cordboard.flows.nodes.numbers import number
from cordboard.flows.nodes.template import render, template_faults

Test = Literal["eq", "ne", "lt", "le", "gt", "ge", "starts_with", "matches", "in"]


def _below(left: str, right: str, *, equal: bool) -> bool:
    a, b = number(left), number(right)
    if a is None or b is None:
        return False
    return a <= b if equal else a < b


TESTS: dict[Test, Callable[[str, str], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: _below(left, right, equal=False),
    "le": lambda left, right: _below(left, right, equal=True),
    "gt": lambda left, right: _below(right, left, equal=False),
    "ge": lambda left, right: _below(right, left, equal=True),
    "starts_with": lambda left, right: left.startswith(right),
    "matches": lambda left, right: matches(right, left),
    "in": lambda left, right: left in (part.strip() for part in right.split(",")),
}
"""`eq` and `ne` compare text (007 is not 7); `lt` to `ge` numbers, false for what is none;
`matches` a digit map; `in` a list with commas."""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One branch of many."""

    op: Test = "eq"
    value: Text
    exit: Name


class CompareNode(Node, frozen=True, kw_only=True):
    """Branches two ways by `op` and `value` (exits `true`, `false`), or many by `cases`.

    The first case that holds names the exit; `else` is for none.
    """

    KIND: ClassVar[str] = "compare"
    WAITS: ClassVar[bool] = False

    variable: Name
    op: Test = "eq"
    value: Text = ""
    "Template that the variable is compared with."

    cases: Annotated[tuple[Case, ...], Meta(max_length=64)] = ()

    @override
    def exit_names(self) -> tuple[str, ...]:
        """By the form it is used in."""
        if not self.cases:
            return ("true", "false")
        return (*dict.fromkeys(case.exit for case in self.cases), "else")

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """Unknown variables, broken patterns, both forms at once."""
        if self.variable not in scope.variables:
            yield Fault("variable", "unknown-variable", f"there is no variable {self.variable!r}")
        if self.cases and (self.value or self.op != "eq"):
            yield Fault("cases", "two-forms", "give either op and value, or cases")
        yield from _test_faults("value", self.op, self.value, scope)
        for index, case in enumerate(self.cases):
            yield from _test_faults(f"cases.{index}.value", case.op, case.value, scope)

    @override
    def enter(self, scene: Scene) -> Steps:
        """Leave by what holds."""
        left = scene.values.get(self.variable, "")
        if not self.cases:
            return (Leave("true" if _holds(self.op, left, self.value, scene.values) else "false"),)
        for case in self.cases:
            if _holds(case.op, left, case.value, scene.values):
                return (Leave(case.exit),)
        return (Leave("else"),)


def _holds(op: Test, left: str, right: str, values: Mapping[str, str]) -> bool:
    return TESTS[op](left, render(right, values))


def _test_faults(path: str, op: Test, value: str, scope: Scope) -> Iterator[Fault]:
    yield from template_faults(path, value, scope)
    if op == "matches" and expand(value) is None:
        yield Fault(path, "bad-pattern", "not a digit map: digits, X, Z, N, [1-5], |")
