"""The last facts, in order, for a control process that comes back.

Pure. The sequence never has a gap while the ring still holds what was missed; what fell out is
told as a gap, so nobody believes a hole to be silence.
"""

from collections import deque

from .events import Event
from .protocol import Told


class FactRing:
    """A bounded memory of facts, numbered from 1."""

    def __init__(self, size: int) -> None:
        self._held: deque[Told] = deque(maxlen=size)
        self.seq = 0
        "Number of the newest fact, 0 before the first."

    def add(self, event: Event) -> Told:
        """Number a fact and keep it; the oldest falls out when the ring is full."""
        self.seq += 1
        told = Told(self.seq, event)
        self._held.append(told)
        return told

    def since(self, last_seq: int) -> tuple[bool, list[Told]]:
        """What came after `last_seq`.

        Returns:
            Whether facts in between are lost, and those that are held.
        """
        oldest = self.seq - len(self._held) + 1
        if last_seq > self.seq:
            return True, list(self._held)
        skip = max(0, last_seq + 1 - oldest)
        return last_seq + 1 < oldest, [told for n, told in enumerate(self._held) if n >= skip]
