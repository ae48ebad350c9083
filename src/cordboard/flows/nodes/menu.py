"""Menu: choices by key (IVR-01), among them the language of all that follows (IVR-07)."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.calls import DigitsCollected
from cordboard.flows.model import Fault, Keep, Leave, Read, Scene, Scope
from cordboard.flows.nodes.asking import AskingNode, nothing_keyed
from cordboard.flows.nodes.node import Items, Name, Steps, Text
from cordboard.flows.nodes.set import value_faults
from cordboard.flows.nodes.template import render

KEYS = frozenset("0123456789*#")


class MenuNode(AskingNode, frozen=True, kw_only=True):
    """Reads one key; each key has its exit, and `no_input` and `invalid` have theirs."""

    KIND: ClassVar[str] = "menu"

    items: Annotated[Items, Meta(min_length=1)]
    keys: Annotated[dict[str, Name], Meta(min_length=1, max_length=12)]
    "Key -> name of an exit; several keys may share one."

    sets: dict[str, dict[str, Text]] = msgspec.field(default_factory=dict)
    'Key -> variables that it sets: `{"2": {"language": "en"}}`.'

    timeout_s: Annotated[int, Meta(ge=1, le=60)] = 6
    "Silence after the prompt before it asks again."

    @override
    def exit_names(self) -> tuple[str, ...]:
        """One per choice, and two for callers who do not choose."""
        return (*dict.fromkeys(self.keys.values()), "no_input", "invalid")

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """Keys that no telephone has, and values that cannot be set."""
        yield from super().faults(scope)
        for key in self.keys:
            if key not in KEYS:
                yield Fault(f"keys.{key}", "bad-key", "a key is one of 0123456789*#")
        for key, values in self.sets.items():
            if key not in self.keys:
                yield Fault(f"sets.{key}", "bad-key", "this key is no choice of the menu")
            for name, text in values.items():
                yield from value_faults(f"sets.{key}.{name}", name, text, scope)

    @override
    def reading(self) -> Read:
        """One key, any key."""
        return Read(items=(), max_digits=1, min_digits=1, first_ms=self.timeout_s * 1000)

    @override
    def on_digits(self, scene: Scene, collected: DigitsCollected) -> Steps:
        """Leave by the key's exit, or refuse."""
        if nothing_keyed(collected):
            return self.refuse(scene, "no_input", collected)
        key = collected.digits or collected.terminator
        if key not in self.keys:
            return self.refuse(scene, "invalid", collected)
        values = self.sets.get(key, {})
        keeps = (Keep(name, render(text, scene.values)) for name, text in values.items())
        return (*keeps, Leave(self.keys[key], key))
