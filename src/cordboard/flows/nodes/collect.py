"""Collect: the caller keys in a number, and it is kept as a variable (IVR-15)."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta
from typing_extensions import override

from cordboard.calls import DigitsCollected
from cordboard.flows.model import READ_ONLY_VARIABLES, Fault, Keep, Leave, Read, Scene, Scope
from cordboard.flows.nodes.asking import AskingNode, Milliseconds, nothing_keyed
from cordboard.flows.nodes.digit_map import expand, matches
from cordboard.flows.nodes.node import Name, Steps


class CollectNode(AskingNode, frozen=True, kw_only=True):
    """Reads several keys; exits `collected`, `no_input`, `invalid`."""

    KIND: ClassVar[str] = "collect"

    variable: Name
    max_digits: Annotated[int, Meta(ge=1, le=64)] = 20
    min_digits: Annotated[int, Meta(ge=0, le=64)] = 1
    terminators: Annotated[str, Meta(max_length=12, pattern=r"^[0-9*#]*\Z")] = "#"
    first_ms: Milliseconds = 6000
    inter_ms: Milliseconds = 4000
    pattern: Annotated[str, Meta(max_length=256)] = ""
    "Digit map that the entry must match; reading ends as soon as it does."

    @override
    def exit_names(self) -> tuple[str, ...]:
        """Always these three."""
        return ("collected", "no_input", "invalid")

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """A variable that cannot be set, lengths upside down, a broken pattern."""
        yield from super().faults(scope)
        if self.variable not in scope.variables:
            yield Fault("variable", "unknown-variable", f"there is no variable {self.variable!r}")
        elif self.variable in READ_ONLY_VARIABLES or self.variable == "language":
            yield Fault("variable", "read-only", f"{self.variable!r} cannot be keyed in")
        if self.min_digits > self.max_digits:
            yield Fault("min_digits", "bad-length", "min_digits is above max_digits")
        if self.pattern and expand(self.pattern) is None:
            yield Fault("pattern", "bad-pattern", "not a digit map: digits, X, Z, N, [1-5], |")

    @override
    def reading(self) -> Read:
        """Digits until there are enough, the last key comes, or time is out."""
        return Read(
            items=(),
            max_digits=self.max_digits,
            min_digits=self.min_digits,
            terminators=self.terminators,
            first_ms=self.first_ms,
            inter_ms=self.inter_ms,
            patterns=(expand(self.pattern) or ()) if self.pattern else (),
        )

    @override
    def on_digits(self, scene: Scene, collected: DigitsCollected) -> Steps:
        """Keep what fits; refuse the rest."""
        if nothing_keyed(collected):
            return self.refuse(scene, "no_input", collected)
        digits = collected.digits
        is_short = len(digits) < self.min_digits
        if is_short or (self.pattern and not matches(self.pattern, digits)):
            return self.refuse(scene, "invalid", collected)
        return (Keep(self.variable, digits), Leave("collected", digits + collected.terminator))
