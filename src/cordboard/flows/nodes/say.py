"""Say: a value is spoken in the caller's language (IVR-07)."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta
from typing_extensions import override

from cordboard.calls import PromptEnded
from cordboard.flows.model import Fault, Leave, Play, Report, Scene, Scope
from cordboard.flows.nodes.node import Items, SpeakingNode, Steps
from cordboard.flows.nodes.prompts import SayForm, heard, say
from cordboard.flows.nodes.template import template_faults


class SayNode(SpeakingNode, frozen=True, kw_only=True):
    """Speaks a value between prompts; exit `done`. A value that cannot be spoken is left out."""

    KIND: ClassVar[str] = "say"

    value: Annotated[str, Meta(min_length=1, max_length=128)]
    "Template: `{account}`, `120`."

    form: SayForm = "digits"
    before: Items = ()
    after: Items = ()

    @override
    def prompt_fields(self) -> dict[str, tuple[str, ...]]:
        """Lead-in and follow-up."""
        return {"before": self.before, "after": self.after}

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """Bad prompts and unknown variables."""
        yield from super().faults(scope)
        yield from template_faults("value", self.value, scope)

    @override
    def enter(self, scene: Scene) -> Steps:
        """Speak."""
        spoken = say(self.form, self.value)
        items = heard(scene, self.language, *self.before, spoken, *self.after)
        return (Play(items),) if items else (Leave("done"),)

    @override
    def on_prompt(self, scene: Scene, ended: PromptEnded) -> Steps:
        """On."""
        if ended.reason == "failed":
            return (Report(f"prompt: {ended.detail}"), Leave("done"))
        return (Leave("done"),)
