"""What all nodes have in common: exits, a label, and the two questions asked of them.

Rules for editors: a node is frozen, knows no call and no time, and never raises. Its fields are
its attribute form; their types and bounds are checked by graph.check before it is ever entered.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.calls import DigitsCollected, PromptEnded
from cordboard.flows.model import Fault, Language, Order, Scene, Scope, TargetKind
from cordboard.flows.nodes.prompts import SpokenIn, fixed_items, item_faults

Steps = tuple[Order, ...]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=256)]
Items = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=20)
]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a flow."""

    KIND: ClassVar[str]
    WAITS: ClassVar[bool] = True
    "Whether the caller always hears or is asked something here; a loop needs one that does."

    exits: dict[str, str] = msgspec.field(default_factory=dict)
    "Name of the exit -> id of the next node."

    label: Annotated[str, Meta(max_length=80)] = ""
    served: bool = False
    "Who comes here has settled the matter without an agent."

    def exit_names(self) -> tuple[str, ...]:
        """The exits that must lead somewhere."""
        return ("done",)

    def faults(self, scope: Scope) -> Iterator[Fault]:
        """What is wrong inside the node, beyond the types of its fields."""
        yield from ()

    def prompts(self, languages: tuple[Language, ...]) -> Iterator[str]:
        """Every sound it may ask for that is known before a call."""
        yield from ()

    def targets(self) -> tuple[tuple[TargetKind, str], ...]:
        """Where it sends calls, as far as that is known before a call."""
        return ()

    def enter(self, scene: Scene) -> Steps:
        """The call comes here."""
        raise NotImplementedError(self.KIND)

    def on_prompt(self, scene: Scene, ended: PromptEnded) -> Steps:
        """What it played is over. Only told to a node that ordered Play."""
        return ()

    def on_digits(self, scene: Scene, collected: DigitsCollected) -> Steps:
        """What it asked for is in. Only told to a node that ordered Read."""
        return ()


class SpeakingNode(Node, frozen=True, kw_only=True):
    """A node with prompts."""

    language: SpokenIn = ""

    def prompt_fields(self) -> dict[str, tuple[str, ...]]:
        """Lists of prompts by the name of their field."""
        return {}

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """Prompts that are no prompts."""
        for path, items in self.prompt_fields().items():
            yield from item_faults(path, items, scope)

    @override
    def prompts(self, languages: tuple[Language, ...]) -> Iterator[str]:
        """Every fixed sound of every list."""
        for items in self.prompt_fields().values():
            yield from fixed_items(items, self.language, languages)
