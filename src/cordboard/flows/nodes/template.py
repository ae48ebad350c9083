"""Templates: text with `{variable}` in it, and nothing else; no code, no format words."""

import re
from collections.abc import Iterator, Mapping

from cordboard.flows.model import Fault, Scope

MAX_VALUE_CHARS = 256
"A value is cut here, so that `{x}{x}` in a loop cannot grow without end."

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_HOLE = re.compile(r"\{([^{}]*)\}")


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in, cut at MAX_VALUE_CHARS; unknown ones are empty."""
    return _HOLE.sub(lambda hole: values.get(hole[1], ""), text)[:MAX_VALUE_CHARS]


def names(text: str) -> tuple[str, ...]:
    """The variables that the text asks for, in order."""
    return tuple(_HOLE.findall(text))


def template_faults(path: str, text: str, scope: Scope) -> Iterator[Fault]:
    """What is wrong with a template: stray braces, unknown variables."""
    rest = _HOLE.sub("", text)
    if "{" in rest or "}" in rest:
        yield Fault(path, "bad-template", "braces may only stand around a variable: {name}")
    for name in names(text):
        if name not in scope.variables:
            yield Fault(path, "unknown-variable", f"there is no variable {name!r}")
