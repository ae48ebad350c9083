"""Route: the call leaves for a queue, a flow, an extension or a number (IVR-09, LIN-19)."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta
from typing_extensions import override

from cordboard.flows.model import Fault, Scene, Scope, Send, TargetKind
from cordboard.flows.nodes.node import Name, Node, Steps
from cordboard.flows.nodes.template import names, render, template_faults

_TARGET = re.compile(r"[0-9A-Za-z_.*#+-]*")
Level = Annotated[int, Meta(ge=1, le=10)]


class RouteNode(Node, frozen=True, kw_only=True):
    """Sends the call on. The only exit, `failed`, is taken when there is no such target."""

    KIND: ClassVar[str] = "route"
    WAITS: ClassVar[bool] = False

    to: TargetKind
    target: Name
    "Id of the queue or flow, extension or number; a template, so that a caller may key it."

    priority: Annotated[int, Meta(ge=0, le=100)] = 0
    needs: Annotated[dict[Name, Level], Meta(max_length=16)] = msgspec.field(default_factory=dict)
    "Skill -> lowest level, beyond what the queue asks."

    @override
    def exit_names(self) -> tuple[str, ...]:
        """The way back."""
        return ("failed",)

    @override
    def faults(self, scope: Scope) -> Iterator[Fault]:
        """A target that is no name."""
        yield from template_faults("target", self.target, scope)
        if not _TARGET.fullmatch(render(self.target, {})):
            yield Fault("target", "bad-target", "an id or extension has letters, digits and -_.")

    @override
    def targets(self) -> tuple[tuple[TargetKind, str], ...]:
        """The one target, unless callers name it."""
        return () if names(self.target) else ((self.to, self.target),)

    @override
    def enter(self, scene: Scene) -> Steps:
        """Send it."""
        target = render(self.target, scene.values)
        return (Send(kind=self.to, target=target, priority=self.priority, needs=dict(self.needs)),)
