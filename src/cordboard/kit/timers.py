"""Timers as data: one deadline per key, kept by the house, lost with the process.

A room that sets a timer can name it again (to move or drop it) and re-sets it from its state after
a restart; no task sleeps on behalf of a call.
"""

import asyncio
from collections.abc import Callable

from cordboard.kit.tasks import attempt


class Timers:
    """Deadlines by key on the running loop."""

    def __init__(self) -> None:
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self._held: dict[str, Callable[[], object]] | None = None

    def set(self, key: str, delay_s: float, act: Callable[[], object]) -> None:
        """Call `act` in `delay_s` seconds; an earlier timer of this key is dropped."""
        self.drop(key)
        loop = asyncio.get_running_loop()
        self._handles[key] = loop.call_later(max(0.0, delay_s), self._fire, key, act)

    def drop(self, key: str) -> None:
        """Forget this timer; nothing happens if there is none."""
        if self._held is not None:
            self._held.pop(key, None)
        handle = self._handles.pop(key, None)
        if handle is not None:
            handle.cancel()

    def _fire(self, key: str, act: Callable[[], object]) -> None:
        self._handles.pop(key, None)
        if self._held is not None:
            self._held[key] = act
        else:
            attempt(act)

    def hold(self) -> None:
        """Let what is due wait for `release`: at a start, until all rooms know their past."""
        self._held = {}

    def release(self) -> None:
        """Act on what came due meanwhile, in order, and on time from now on."""
        held, self._held = self._held or {}, None
        for act in held.values():
            attempt(act)

    def __len__(self) -> int:
        return len(self._handles)

    def close(self) -> None:
        """Drop all."""
        for key in list(self._handles):
            self.drop(key)
