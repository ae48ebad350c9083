"""Set: variables take a value, or count."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.flows.model import READ_ONLY_VARIABLES, Fault, Keep, Leave, Scene, Scope
from cordboard.flows.nodes.node import Node, Steps, Text
from cordboard.flows.nodes.numbers import add
from cordboard.flows.nodes.template import render, template_faults


def value_faults(path: str, name: str, text: str, scope: Scope) -> Iterator[Fault]:
    """Why this variable cannot take this value."""
    if name not in scope.variables:
        yield Fault(path, "unknown-variable", f"there is no variable {name!r}")
    elif name in READ_ONLY_VARIABLES:
        yield Fault(path, "read-only", f"{name!r} cannot be set")
    elif name == "language" and text not in scope.languages:
        yield Fault(path, "bad-language", f"the flow speaks {', '.join(scope.languages)}")
    else:
        yield from template_faults(path, text, scope)


class SetNode(Node, frozen=True, kw_only=True):
    """Sets variables one after another, so a later one may use an earlier; exit `done`."""

    KIND: ClassVar[str] = "set"
    WAITS: ClassVar[bool] = False

    values: Annotated[dict[str, Text], Meta(max_length=32)] = msgspec.field(default_factory=dict)
    "Variable -> template."

    add: Annotated[dict[str, Annotated[int, Meta(ge=-1000, le=1000)]], Meta(max_length=32)] = (
        msgspec.field(default_factory=dict)
    )
    "Counter -> by how much; after `values`."

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """Variables that cannot be set."""
        for name, text in self.values.items():
            yield from value_faults(f"values.{name}", name, text, scope)
        for name in self.add:
            if name == "language":
                yield Fault("add.language", "bad-language", "a language cannot be counted")
            else:
                yield from value_faults(f"add.{name}", name, "", scope)

    @override
    def enter(self, scene: Scene) -> Steps:
        """Keep all, then on."""
        values = dict(scene.values)
        for name, text in self.values.items():
            values[name] = render(text, values)
        for name, amount in self.add.items():
            values[name] = add(values.get(name, ""), amount)
        changed = dict.fromkeys((*self.values, *self.add))
        return (*(Keep(name, values[name]) for name in changed), Leave("done"))
