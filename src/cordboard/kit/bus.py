"""The bus: who hears which news, in the order that the wiring lists.

Delivery is synchronous and inside one turn; a listener that tells more news queues it behind the
news being delivered, so every listener hears all news in one and the same order.
"""

from collections.abc import Callable
from typing import Any

from cordboard.kit.facts import News

Listener = Callable[[Any, Any], None]
"`listener(turn, news)`; the turn is `kit.turns.Turn`, the news the class it subscribed to."


class Bus:
    """Subscriptions by class of news; a base class is heard with all its leaves."""

    def __init__(self) -> None:
        self._listeners: list[tuple[type[News], Listener]] = []
        self._table: dict[type[News], tuple[Listener, ...]] = {}

    def subscribe(self, kind: type[News], listener: Listener) -> None:
        """Let `listener(turn, news)` hear every news of this class, behind those before it."""
        self._listeners.append((kind, listener))
        self._table.clear()

    def listeners(self, kind: type[News]) -> tuple[Listener, ...]:
        """Who hears this class, in order of subscription."""
        found = self._table.get(kind)
        if found is None:
            found = tuple(hear for cls, hear in self._listeners if issubclass(kind, cls))
            self._table[kind] = found
        return found
