"""What a session waits for besides its transactions: a PRACK of the peer, the next refresh.

Values made only for sessions that need them; they let go of the session when it is over. This file
sends nothing.

Source: RFC 3262 §3, RFC 4028 §10.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .agenda import NEVER

SWEEP_S = 5.0
"Session timers are looked at this often; RFC 4028 leaves far more room than that."

Pairs = list[tuple[str, str]] | tuple[tuple[str, str], ...]


@dataclass(slots=True)
class SessionTimer:
    """What two sides agreed on; one per talk that has it."""

    act: Callable[[bool, float], None] | None
    "(whether the talk is over, now_s): refreshes it, or ends it."

    interval_s: int
    ours: bool
    "We refresh; else the peer does."

    by_update: bool
    "The peer allows UPDATE."

    ends_at_s: float = NEVER
    due_at_s: float = NEVER

    def start(self, now_s: float) -> None:
        """Begin the interval anew; half of it is the refresher's."""
        grace_s = min(32.0, self.interval_s / 3)
        self.ends_at_s = now_s + self.interval_s - grace_s
        self.due_at_s = now_s + self.interval_s / 2 if self.ours else self.ends_at_s

    def close(self) -> None:
        """The talk is over."""
        self.act = None

    def fire(self, now_s: float) -> None:
        """Refresh, or end the talk."""
        over = now_s >= self.ends_at_s
        self.due_at_s = NEVER if over else self.ends_at_s
        if self.act is not None:
            self.act(over, now_s)

    def paper(self) -> list[object]:
        """As plain JSON values."""
        return [self.interval_s, self.ours, self.by_update]


class Sweep:
    """Looks at all session timers now and then.

    A deadline of its own for each would lie in the heap for a quarter of an hour after most calls
    are over; so one look every few seconds costs less, and lets go of what has ended.
    """

    __slots__ = ("deadline", "queued_at", "timers")

    def __init__(self) -> None:
        self.timers: list[SessionTimer] = []
        self.deadline = NEVER
        self.queued_at = NEVER

    def fire(self, now_s: float) -> None:
        """Look."""
        living, self.timers = [timer for timer in self.timers if timer.act is not None], []
        for timer in living:
            if timer.due_at_s <= now_s:
                timer.fire(now_s)
        self.timers += living
        self.deadline = now_s + SWEEP_S if self.timers else NEVER


@dataclass(slots=True)
class ReliableSide:
    """Our reliable provisionals of one inbound call; made with the first."""

    act: Callable[["ReliableSide", float], None] | None
    "Repeats, or gives up."

    rseq: int
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)
    "Status and description of those that wait for the PRACK before them."

    unacked: bool = False
    with_sdp: bool = False
    "The one that waits for its PRACK carries a description."

    agreed: bool = False
    "A description of ours was PRACKed: the 2xx carries none."

    answer: tuple[bytes | None, Pairs] | None = None
    "A 2xx that waits for a PRACK."

    interval_s: float = 0.5
    give_up_at_s: float = NEVER
    deadline: float = NEVER
    queued_at: float = NEVER

    def fire(self, now_s: float) -> None:
        """Repeat, or give up."""
        self.deadline = NEVER
        if self.act is not None:
            self.act(self, now_s)

    def stop(self) -> None:
        """Nothing is repeated any more."""
        self.deadline, self.unacked = NEVER, False

    def close(self) -> None:
        """The session is over."""
        self.act = None
