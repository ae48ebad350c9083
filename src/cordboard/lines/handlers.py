"""The fact door of lines: calls, and the state of trunks and phones."""

from cordboard.calls import CallFact, PromptEnded, PromptOrdered
from cordboard.kit.bus import Bus
from cordboard.telephony.facts import LineStateChanged

from .service import LineList


def subscribe(bus: Bus, lines: LineList) -> None:
    """Let the room hear calls and lines."""
    bus.subscribe(CallFact, lines.hear)
    bus.subscribe(PromptOrdered, lines.hear)
    bus.subscribe(PromptEnded, lines.hear)
    bus.subscribe(LineStateChanged, lines.line_changed)
