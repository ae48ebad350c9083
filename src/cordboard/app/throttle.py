"""How many new calls may come in, told by how late the work is: pure, with the time given.

Two rules, each with its own speed. *A queue that stands* (CoDel): as long as work waits longer
than the target and has done so for a while, nobody comes in; a burst that drains by itself refuses
nobody. *A rate that adapts* (AIMD): each time it comes to that, the calls let in per second become
fewer; they grow again, quickly while the loop has time to spare, slowly while it has little, and
not at all while it has none. The second rule is needed because a call that is let in brings most of
its work later, with its keys, its agent and its end.

Source: RFC 8289 (CoDel); Chiu and Jain 1989 (AIMD); RFC 6357 §5 and Hilt and Widjaja 2008
(overload of SIP servers).
"""

import math
from typing import Literal

Queue = Literal["wire", "loop", "journal"]
"Where work waits: unread in the socket, for its turn on the event loop, for its commit."

Why = Literal["late", "rate"]

PATIENCE_S = 0.1
"A queue may stand so long above the target before it counts."

COMMITS = 3
"""The journal may be so many times later than the rest: it works in batches, whose age goes up and
down with the length of a commit, and one slow write of the disk is no overload."""

MEMORY_S = 1.0
"What was seen longer ago than this says nothing about now; also the window of the measured rate."

MOST_PER_S = 1_000.0
LEAST_PER_S = 5.0
DECREASE = 0.7
SETTLE_S = 2.0
"The rate falls at most once in this time: what a change does is seen no earlier."

FREE, FULL = 0.75, 0.9
"Shares of its time that the loop works: below, it has time to spare; above, it has none."

GROWTH = 0.1
LEAST_GROWTH = 4.0
"Calls per second that the rate gains each second: a share of itself, and at least this."

FREE_GROWTH = 1.0
"The same while there is time to spare."

BURST_S = 0.25
"Calls of so much time may come at once."

LEAST_BURST = 5.0


class Standing:
    """One queue: how long work waits in it, and since when that is too long.

    Args:
        target_s: It may wait so long.
    """

    def __init__(self, target_s: float) -> None:
        self._target_s = target_s
        self._since_s: float | None = None
        self._seen_s = -math.inf
        self.waits_s = 0.0
        "What was seen last."

    def saw(self, now_s: float, waits_s: float) -> None:
        """Something that was just taken out had waited so long."""
        if waits_s <= self._target_s:
            self._since_s = None
        elif self._since_s is None or now_s - self._seen_s > MEMORY_S:
            self._since_s = now_s
        self._seen_s = now_s
        self.waits_s = waits_s

    def is_late(self, now_s: float) -> bool:
        """Whether all that was seen for a while had waited too long."""
        since_s = self._since_s
        return (
            since_s is not None
            and now_s - since_s >= PATIENCE_S
            and now_s - self._seen_s <= MEMORY_S
        )


class Throttle:
    """Lets calls in.

    Args:
        target_s: Work may wait so long.
    """

    def __init__(self, target_s: float) -> None:
        self.queues: dict[Queue, Standing] = {
            "wire": Standing(target_s),
            "loop": Standing(target_s),
            "journal": Standing(COMMITS * target_s),
        }
        self.most_per_s = MOST_PER_S
        "Calls let in per second, at most."

        self.busy = 0.0
        "Share of its time that the loop worked, lately."

        self._tokens = LEAST_BURST
        self._at_s: float | None = None
        self._lowered_s = -math.inf
        self._admitted_per_s = 0.0
        self._used_per_s = 0.0
        "What was let in per second when all was well last."

    def saw(self, queue: Queue, now_s: float, waits_s: float) -> None:
        """Work had waited so long in a queue."""
        self.queues[queue].saw(now_s, waits_s)

    def saw_busy(self, share: float) -> None:
        """The loop worked for this share of its time."""
        self.busy = share

    def is_late(self, now_s: float) -> bool:
        """Whether some queue stands."""
        return any(queue.is_late(now_s) for queue in self.queues.values())

    def ask(self, now_s: float) -> Why | None:
        """None lets one call in; else why not."""
        late = self.is_late(now_s)
        self._pass_time(now_s, late)
        if late:
            return "late"
        if self._tokens < 1:
            return "rate"
        self._tokens -= 1
        self._admitted_per_s += 1 / MEMORY_S
        return None

    def _growth(self) -> float:
        """Calls per second, per second."""
        if self.busy > FULL:
            return 0.0
        share = FREE_GROWTH if self.busy < FREE else GROWTH
        return max(LEAST_GROWTH, share * self.most_per_s)

    def _pass_time(self, now_s: float, late: bool) -> None:
        passed_s = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._admitted_per_s *= math.exp(-passed_s / MEMORY_S)
        if not late:
            self._used_per_s = self._admitted_per_s
            self.most_per_s = min(MOST_PER_S, self.most_per_s + self._growth() * passed_s)
        elif now_s - self._lowered_s >= SETTLE_S:
            self._lowered_s = now_s
            self.most_per_s = max(LEAST_PER_S, DECREASE * min(self.most_per_s, self._used_per_s))
        burst = max(LEAST_BURST, self.most_per_s * BURST_S)
        self._tokens = min(burst, self._tokens + self.most_per_s * passed_s)
