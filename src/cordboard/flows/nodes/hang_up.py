"""Hang up: a last word, and the end of the call."""

from typing import Annotated, ClassVar

from msgspec import Meta
from typing_extensions import override

from cordboard.calls import PromptEnded
from cordboard.flows.model import HangUp, Play, Report, Scene
from cordboard.flows.nodes.node import Items, SpeakingNode, Steps
from cordboard.flows.nodes.prompts import heard


class HangUpNode(SpeakingNode, frozen=True, kw_only=True):
    """Plays its prompts, if any, and ends the call; no exit."""

    KIND: ClassVar[str] = "hang_up"

    items: Items = ()
    cause: Annotated[int, Meta(ge=1, le=127)] = 16
    "Q.850 cause."

    @override
    def exit_names(self) -> tuple[str, ...]:
        """Nothing comes after it."""
        return ()

    @override
    def prompt_fields(self) -> dict[str, tuple[str, ...]]:
        """The goodbye."""
        return {"items": self.items}

    @override
    def enter(self, scene: Scene) -> Steps:
        """Say goodbye, or end at once."""
        items = heard(scene, self.language, *self.items)
        return (Play(items),) if items else (HangUp(self.cause),)

    @override
    def on_prompt(self, scene: Scene, ended: PromptEnded) -> Steps:
        """End."""
        if ended.reason == "failed":
            return (Report(f"prompt: {ended.detail}"), HangUp(self.cause))
        return (HangUp(self.cause),)
