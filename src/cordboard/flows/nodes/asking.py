"""What menu and collect share: ask, ask again, and leave by `no_input` or `invalid`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.calls import DigitsCollected
from cordboard.flows.model import Leave, Read, Report, Retry, Scene
from cordboard.flows.nodes.node import Items, SpeakingNode, Steps
from cordboard.flows.nodes.prompts import heard

Milliseconds = Annotated[int, Meta(ge=100, le=120_000)]


class AskingNode(SpeakingNode, frozen=True, kw_only=True):
    """A node that reads keys, as often as `retries` allows."""

    items: Items = ()
    retries: Annotated[int, Meta(ge=0, le=9)] = 2
    "How often it asks again, for silence and wrong keys together."

    no_input_items: Items = ()
    "Heard before the question when nothing was keyed."

    invalid_items: Items = ()
    "Heard before the question when what was keyed does not fit."

    @override
    def prompt_fields(self) -> dict[str, tuple[str, ...]]:
        """The question and what goes before its repetition."""
        return {
            "items": self.items,
            "no_input_items": self.no_input_items,
            "invalid_items": self.invalid_items,
        }

    def reading(self) -> Read:
        """How keys are read; the items are filled in."""
        raise NotImplementedError(self.KIND)

    @override
    def enter(self, scene: Scene) -> Steps:
        """Ask."""
        return (self._ask(scene),)

    def refuse(
        self, scene: Scene, reason: Literal["no_input", "invalid"], collected: DigitsCollected
    ) -> Steps:
        """Ask again, or leave by the exit of this name.

        A question that could not be put at all is not put again: it would fail again.
        """
        keyed = collected.digits + collected.terminator if reason == "invalid" else ""
        if collected.reason == "failed":
            return (Report("prompt"), Leave("no_input"))
        if scene.attempt >= self.retries:
            return (Leave(reason, keyed),)
        before = self.no_input_items if reason == "no_input" else self.invalid_items
        return (Retry(reason, keyed), self._ask(scene, before))

    def _ask(self, scene: Scene, before: tuple[str, ...] = ()) -> Read:
        items = heard(scene, self.language, *before) + heard(scene, self.language, *self.items)
        return msgspec.structs.replace(self.reading(), items=items)


def nothing_keyed(collected: DigitsCollected) -> bool:
    """Whether the caller kept silent, or never had the chance."""
    return collected.reason in ("no_input", "failed") or not (
        collected.digits or collected.terminator
    )
