"""When turns go to the journal's thread: gathered on the event loop, handed over in batches.

Each commit wakes the thread, writes the same pages once more and wakes the loop, so turns share
one where nobody is kept waiting by it. After a quiet moment a turn is handed over at once, behind
whatever else this round of the loop brings. The next batch goes when the one before is stored, not
sooner after it than `pause_s` if somebody outside waits for an effect, than `calm_s` if not.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batches(Generic[T]):
    """Gathers and hands over; on one event loop.

    Args:
        hand_over: Takes a batch in order; `stored` is called for each.
        now_s: Monotonic seconds.
        size: Most entries of a batch.
        pause_s: Least time from one hand-over to the next.
        calm_s: The same while nothing hurries.
    """

    def __init__(
        self,
        hand_over: Callable[[Sequence[T]], None],
        now_s: Callable[[], float],
        *,
        size: int,
        pause_s: float,
        calm_s: float,
    ) -> None:
        self._hand_over = hand_over
        self._now_s = now_s
        self._size = size
        self._pause_s = pause_s
        self._calm_s = calm_s
        self._gathered: list[T] = []
        self._away = 0
        "Batches handed over and not yet stored."

        self._hurries = False
        self._begun_s = -calm_s
        self._timer: asyncio.Handle | None = None

    def add(self, entry: T, *, hurries: bool) -> None:
        """Gather one more.

        Args:
            entry: What to hand over, behind those before it.
            hurries: Whether somebody outside waits for it.
        """
        self._gathered.append(entry)
        news = hurries and not self._hurries
        self._hurries |= hurries
        if not self._away and (news or self._timer is None):
            self._plan()

    def stored(self) -> None:
        """A batch is safe; the next one may go."""
        self._away -= 1
        if self._gathered and not self._away:
            self._plan()

    def flush(self) -> None:
        """Hand over what there is, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathered, self._hurries = self._gathered, [], False
        if gathered:
            self._begun_s = self._now_s()
        for start in range(0, len(gathered), self._size):
            self._away += 1
            self._hand_over(gathered[start : start + self._size])

    @property
    def is_idle(self) -> bool:
        """Whether nothing was handed over that is not stored."""
        return not self._away

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = self._begun_s + (self._pause_s if self._hurries else self._calm_s) - self._now_s()
        loop = asyncio.get_running_loop()
        self._timer = (
            loop.call_later(wait_s, self.flush) if wait_s > 0 else loop.call_soon(self.flush)
        )
