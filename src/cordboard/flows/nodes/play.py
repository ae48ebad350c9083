"""Play: the caller hears something, and the flow goes on."""

from typing import Annotated, ClassVar

from msgspec import Meta
from typing_extensions import override

from cordboard.calls import DigitsCollected, PromptEnded
from cordboard.flows.model import Leave, Play, Read, Report, Scene
from cordboard.flows.nodes.node import Items, SpeakingNode, Steps
from cordboard.flows.nodes.prompts import heard


class PlayNode(SpeakingNode, frozen=True, kw_only=True):
    """Plays prompts one after another; exit `done`, also when a prompt is missing."""

    KIND: ClassVar[str] = "play"

    items: Annotated[Items, Meta(min_length=1)]
    interruptible: bool = False
    "A key ends the prompts; it is not kept for the next node."

    @override
    def prompt_fields(self) -> dict[str, tuple[str, ...]]:
        """The one list."""
        return {"items": self.items}

    @override
    def enter(self, scene: Scene) -> Steps:
        """Play, or read a key that means nothing but enough."""
        items = heard(scene, self.language, *self.items)
        if not items:
            return (Leave("done"),)
        if self.interruptible:
            return (Read(items=items, first_ms=0, inter_ms=0),)
        return (Play(items),)

    @override
    def on_prompt(self, scene: Scene, ended: PromptEnded) -> Steps:
        """On."""
        if ended.reason == "failed":
            return (Report(f"prompt: {ended.detail}"), Leave("done"))
        return (Leave("done"),)

    @override
    def on_digits(self, scene: Scene, collected: DigitsCollected) -> Steps:
        """On, keyed or not."""
        if collected.reason == "failed":
            return (Report("prompt"), Leave("done", collected.digits))
        return (Leave("done", collected.digits),)
