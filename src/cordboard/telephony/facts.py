"""Facts about lines, and the service that tells them.

Heard from the adapters as LineChanged; the line list and the floor are folds of these facts.
"""

from typing import Literal

from typing_extensions import override

from cordboard.kit.facts import Fact
from cordboard.kit.turns import Turns

from .events import LineChanged, TelephonyEvent


class LineStateChanged(Fact, frozen=True, kw_only=True, gc=False):
    """A trunk came up or went down; a phone registered or went away."""

    line_id: str
    line_kind: Literal["trunk", "phone"]
    state: Literal["up", "down", "registered", "unregistered"]
    detail: str = ""

    @property
    @override
    def stream(self) -> str:
        """`line/<id>`."""
        return f"line/{self.line_id}"


class LineWatch:
    """Tells a fact for each change of a line, and none for a mere refresh.

    Args:
        turns: Runs turns.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.states: dict[str, str] = {}
        "Line id -> last state told."

    def hear(self, event: TelephonyEvent) -> None:
        """Take an event from the telephones; of legs others hear."""
        if not isinstance(event, LineChanged) or self.states.get(event.line_id) == event.state:
            return
        self.states[event.line_id] = event.state
        fact = LineStateChanged(
            at_ms=event.at_ms,
            line_id=event.line_id,
            line_kind=event.line_kind,
            state=event.state,
            detail=event.detail,
        )
        self._turns.post(lambda turn: turn.tell(fact))
