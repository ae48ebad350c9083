"""Outer lines, and which of them a call to the outside takes: pools, strategies, rules, prefixes.

Pure: no I/O, no chance; a random number is an argument. Knows what is configured; which lines are
free is told by whoever asks.

Sources: S002-RULE 24 to 31 (outbound rules, three strategies), S002-XF 12 and 32 (all lines in
turn; 17909 before a 0), S002-BOARD 57 (random); LIN-14, LIN-15.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal

import msgspec

LineStrategy = Literal["sequential", "round_robin", "random", "least_used"]


class OuterLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel of a trunk, by number."""

    number: str
    trunk_id: str
    name: str = ""
    direction: Literal["both", "in", "out"] = "both"
    max_calls: int = 1
    "Calls at once."


class LinePool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outer lines used together for dialling out."""

    id: str
    name: str = ""
    lines: tuple[str, ...]
    "Numbers of outer lines, in order."

    strategy: LineStrategy = "sequential"


class OutboundRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may dial out on a pool; lines of a pool with a rule are for its members alone."""

    id: str
    name: str = ""
    extensions: tuple[str, ...]
    "Numbers of inner lines."

    pool_id: str
    shown_number: str = ""
    "What the called person sees, in place of the trunk's own."


class NumberRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Digits put before an outside number that begins in some way; the longest one counts."""

    leading: str
    prefix: str


class LinePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about outer lines that a site configures; empty: trunks have as many as they take.

    A trunk without lines of its own has one for each call, made when it is needed.
    """

    outer_lines: tuple[OuterLine, ...] = ()
    pools: tuple[LinePool, ...] = ()
    outbound_rules: tuple[OutboundRule, ...] = ()
    number_rules: tuple[NumberRule, ...] = ()


def number_as_sent(number: str, rules: Sequence[NumberRule]) -> str:
    """An outside number with the digits that its rule puts before it.

    The outside prefix is taken off before, so 9-0571… is sent as 17909-0571….
    """
    fitting = [rule for rule in rules if number.startswith(rule.leading)]
    if not fitting:
        return number
    return max(fitting, key=lambda rule: len(rule.leading)).prefix + number


def pool_of(plan: LinePlan, extension: str, trunk_lines: Sequence[str]) -> tuple[LinePool, str]:
    """The lines that an inner line may dial out on, and the number to show.

    Args:
        plan: As configured.
        extension: Who dials; empty: nobody of the house in particular.
        trunk_lines: All outer lines in order, those that trunks made for themselves too.
    """
    pools = {pool.id: pool for pool in plan.pools}
    for rule in plan.outbound_rules:
        if extension in rule.extensions and rule.pool_id in pools:
            return pools[rule.pool_id], rule.shown_number
    kept = {line for rule in plan.outbound_rules for line in pools[rule.pool_id].lines}
    free = tuple(line for line in trunk_lines if line not in kept)
    return LinePool(id="", lines=free, strategy="sequential"), ""


def choose(
    pool: LinePool,
    is_free: Callable[[str], bool],
    *,
    last: str,
    used: Mapping[str, int],
    chance: float,
) -> str | None:
    """The line that the pool's strategy takes, or None if none is free.

    Args:
        pool: In what order.
        is_free: Whether a line can be taken now.
        last: The line that this pool took last; empty if none yet.
        used: Line -> how often it was taken.
        chance: At least 0, below 1.
    """
    lines: Sequence[str] = pool.lines
    if pool.strategy == "round_robin" and last in lines:
        behind = lines.index(last) + 1
        lines = (*lines[behind:], *lines[:behind])
    free = [line for line in lines if is_free(line)]
    if not free:
        return None
    if pool.strategy == "random":
        return free[int(chance * len(free))]
    if pool.strategy == "least_used":
        return min(free, key=lambda line: used.get(line, 0))
    return free[0]


def plan_problems(
    plan: LinePlan, trunk_ids: Collection[str], extensions: Collection[str]
) -> list[str]:
    """Everything that is wrong with a plan, in sentences; empty if it holds."""
    numbers = {line.number for line in plan.outer_lines}
    pools = {pool.id for pool in plan.pools}
    found = [
        f"outer line {line.number}: there is no trunk {line.trunk_id}"
        for line in plan.outer_lines
        if line.trunk_id not in trunk_ids
    ]
    found += [
        f"outer line {line.number}: an extension has this number"
        for line in plan.outer_lines
        if line.number in extensions
    ]
    found += [
        f"line pool {pool.id}: there is no outer line {line}"
        for pool in plan.pools
        for line in pool.lines
        if line not in numbers
    ]
    for rule in plan.outbound_rules:
        if rule.pool_id not in pools:
            found.append(f"outbound rule {rule.id}: there is no line pool {rule.pool_id}")
        found += [
            f"outbound rule {rule.id}: there is no phone {extension}"
            for extension in rule.extensions
            if extension not in extensions
        ]
    return found
