"""Sound by name and length for the fake exchange: prompts one after another, and key reading.

Times come from the running loop. Rules of collecting are those of the media process: the first
key stops the prompt, the first wait counts from the prompt's end.
"""

import asyncio
import re
from collections.abc import Callable

from cordboard.telephony.ports import CollectOrder

_CLASSES = str.maketrans({"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", "*": r"\*"})


def _regex(digit_map: str) -> str:
    return digit_map.translate(_CLASSES)


def item_ms(durations_ms: dict[str, int], item: str) -> int | None:
    """How long a prompt lasts; None for music, which has no end. One second unless told."""
    if item in durations_ms:
        return durations_ms[item]
    scheme, _, rest = item.partition(":")
    if scheme == "silence":
        return int(rest)
    return None if scheme == "moh" else 1000


class Player:
    """Plays names one after the other."""

    def __init__(
        self,
        items: tuple[str, ...],
        lasts_ms: Callable[[str], int | None],
        *,
        loop: bool,
        begun: Callable[[str], None],
        done: Callable[[], None],
        dropped: Callable[..., None],
    ) -> None:
        self._items = items
        self._lasts_ms = lasts_ms
        self._loop = loop
        self._begun = begun
        self._done = done
        self.dropped = dropped
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None
        self.current: str | None = None

    def start(self) -> None:
        """Begin the first, or the next, item."""
        if self._next >= len(self._items):
            if not self._loop or not self._items:
                self._done()
                return
            self._next = 0
        self.current = self._items[self._next]
        self._next += 1
        self._begun(self.current)
        lasts = self._lasts_ms(self.current)
        if lasts is not None:
            self._timer = asyncio.get_running_loop().call_later(lasts / 1000, self.start)

    def close(self) -> None:
        """Stop without a word."""
        if self._timer is not None:
            self._timer.cancel()


class Collecting:
    """Reads keys by an order; tells (digits, reason, terminator) once."""

    def __init__(self, order: CollectOrder, tell: Callable[[str, str, str], None]) -> None:
        self._order = order
        self._tell = tell
        self._digits = ""
        self._timer: asyncio.TimerHandle | None = None

    def prompt_over(self) -> None:
        """The prompt is over: the first wait begins."""
        self._wait(self._order.first_ms)

    def press(self, digit: str) -> None:
        """A key."""
        if digit in self._order.terminators:
            self._finish("terminator", digit)
            return
        self._digits += digit
        if any(re.fullmatch(_regex(pattern), self._digits) for pattern in self._order.patterns):
            self._finish("pattern", "")
        elif len(self._digits) >= self._order.max_digits:
            self._finish("max", "")
        else:
            self._wait(self._order.inter_ms)

    def stop(self) -> None:
        """Somebody wants something else of the leg."""
        self._finish("stopped", "")

    def close(self) -> None:
        """Stop without a word."""
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, wait_ms: int) -> None:
        self.close()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(wait_ms / 1000, self._timed_out)

    def _timed_out(self) -> None:
        self._finish("timeout" if self._digits else "no_input", "")

    def _finish(self, reason: str, terminator: str) -> None:
        self.close()
        self._tell(self._digits, reason, terminator)
