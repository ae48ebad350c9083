"""One turn: a stimulus, all that follows from it, one commit, then its effects.

A wire event, a timer or a web command is worked off synchronously: rooms change their state, tell
facts, hear one another's, and note effects. Nothing else runs in between, so rooms need no lock.
Then the facts and the projection writes of the turn are committed together, and only after the
commit do the effects (a SIP message, an order to the media) leave the house, in commit order.
See docs/decisions/0002-one-turn-one-commit.md.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from cordboard.kit.bus import Bus, Listener
from cordboard.kit.clock import Clock
from cordboard.kit.facts import Fact, News
from cordboard.kit.tasks import attempt

Effect = Callable[[], None]
Committed = Callable[[Sequence[tuple[int, Fact]]], None]


class Write(Protocol):
    """A projection row to store with the turn: `kit.db.Write`, opaque to all but the journal."""

    @property
    def table(self) -> Any:
        """Where it goes."""
        ...

    @property
    def row(self) -> dict[str, Any]:
        """Column name -> value."""
        ...


class DeadLetter(Exception):  # noqa: N818 - a letter, not a failure class of its own
    """A listener failed on a piece of news; kept with the news so that nothing is skipped."""

    def __init__(self, news: News, listener: str, error: Exception) -> None:
        super().__init__(f"{listener} could not take {type(news).__name__}: {error!r}")
        self.news = news
        self.listener = listener
        self.error = error


Done = Callable[[DeadLetter | None], None]


class Turn:
    """What one stimulus brought about so far.

    Args:
        at_ms: UTC milliseconds of the stimulus; the `at_ms` of all facts told in it.
        bus: Who hears.
    """

    __slots__ = ("_bus", "_pending", "at_ms", "dead", "effects", "facts", "hurries", "writes")

    def __init__(self, at_ms: int, bus: Bus) -> None:
        self.at_ms = at_ms
        self.facts: list[Fact] = []
        self.writes: list[Write] = []
        self.effects: list[Effect] = []
        self.dead: list[DeadLetter] = []
        self.hurries = False
        "Whether somebody outside waits for an effect, so that the commit should be soon."

        self._bus = bus
        self._pending: deque[News] = deque()

    def tell(self, news: News) -> None:
        """Tell news to all rooms; a fact is stored, a signal is not."""
        if isinstance(news, Fact):
            self.facts.append(news)
        self._pending.append(news)

    def then(self, effect: Effect, *, hurries: bool = True) -> None:
        """Do this after the commit.

        Args:
            effect: What to do.
            hurries: False if nobody outside waits for it.
        """
        self.effects.append(effect)
        self.hurries |= hurries

    def write(self, write: Write) -> None:
        """Store this projection row in the same transaction."""
        self.writes.append(write)

    def settle(self) -> None:
        """Deliver what was told until nobody has more to say.

        A listener that raises does not keep the news from the others: the news becomes a dead
        letter of the turn.
        """
        while self._pending:
            news = self._pending.popleft()
            for hear in self._bus.listeners(type(news)):
                error = attempt(hear, self, news)
                if error is not None:
                    self.dead.append(DeadLetter(news, _name(hear), error))


class Journal(Protocol):
    """Where turns are stored. Appends return at once; `done` is called in order of appending."""

    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        """Store the turn's facts, writes and dead letters in one transaction (of many turns).

        Args:
            turn: The settled turn.
            done: Called on the event loop after the commit with the `seq` of the first fact.
        """
        ...


class Turns:
    """Runs turns one after the other and their effects after their commit.

    Args:
        clock: Time.
        bus: Who hears.
        journal: Where facts go.
    """

    def __init__(self, clock: Clock, bus: Bus, journal: Journal) -> None:
        self._clock = clock
        self._bus = bus
        self._journal = journal
        self._watchers: list[Committed] = []
        self.failed_effects = 0
        self.dead_letters = 0

    def watch(self, committed: Committed) -> None:
        """Let `committed([(seq, fact), ...])` see every stored fact, after its commit, in order."""
        self._watchers.append(committed)

    def take(
        self, work: Callable[[Turn], object], *, at_ms: int | None = None
    ) -> "asyncio.Future[None]":
        """Run one turn now; the future is done when it is committed and its effects are out.

        Errors of `work` itself are raised at once; dead letters are raised by the future.
        """
        finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.post(work, partial(_finish, finished), at_ms=at_ms)
        return finished

    def post(
        self,
        work: Callable[[Turn], object],
        done: Done | None = None,
        *,
        at_ms: int | None = None,
    ) -> None:
        """Run one turn now; errors of `work` itself are raised at once.

        What it had told by then is handed to the journal all the same: memory and journal must not
        differ.

        Args:
            work: What to do.
            done: Called when the turn is committed and its effects are out, with its first dead
                letter if it has one.
            at_ms: UTC milliseconds of the stimulus, if not now.
        """
        turn = Turn(self._clock.now_ms() if at_ms is None else at_ms, self._bus)
        try:
            work(turn)
        finally:
            turn.settle()
            self.dead_letters += len(turn.dead)
            self._journal.append(turn, partial(self._after, turn, done))

    def _after(self, turn: Turn, done: Done | None, first_seq: int) -> None:
        if turn.facts:
            numbered = list(enumerate(turn.facts, first_seq))
            for watch in self._watchers:
                if attempt(watch, numbered) is not None:
                    self.failed_effects += 1
        for effect in turn.effects:
            if attempt(effect) is not None:
                self.failed_effects += 1
        if done is not None:
            done(turn.dead[0] if turn.dead else None)


def _finish(finished: "asyncio.Future[None]", letter: DeadLetter | None) -> None:
    if finished.done():
        return
    if letter is None:
        finished.set_result(None)
    else:
        finished.set_exception(letter)
        finished.exception()  # retrieved: who does not await it has the dead letter stored


def _name(listener: Listener) -> str:
    owner = getattr(listener, "__self__", None)
    prefix = f"{type(owner).__module__}." if owner is not None else ""
    return prefix + getattr(listener, "__qualname__", repr(listener))


class MemoryJournal:
    """A journal in memory that commits at once; for stories and replays.

    `facts` holds (seq, fact) in order; `writes` every projection row, `dead` every dead letter.
    """

    state = "ok"
    backlog = 0
    waits_s = 0.0

    def __init__(self) -> None:
        self.facts: list[tuple[int, Fact]] = []
        self.writes: list[Write] = []
        self.dead: list[DeadLetter] = []

    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        """Keep the turn and report it stored."""
        first = len(self.facts) + 1
        self.facts.extend(enumerate(turn.facts, first))
        self.writes.extend(turn.writes)
        self.dead.extend(turn.dead)
        asyncio.get_running_loop().call_soon(done, first)

    @property
    def last_seq(self) -> int:
        """The seq of the last fact appended."""
        return len(self.facts)

    async def start(self) -> int:
        """Return the last seq, as `SqlJournal.start` does."""
        return self.last_seq

    async def close(self) -> None:
        """Nothing to let go of."""

    async def read_stream(self, stream: str) -> list[tuple[int, Fact]]:
        """All facts of one stream, as (seq, fact)."""
        return [numbered for numbered in self.facts if numbered[1].stream == stream]

    async def read_streams(self, streams: Sequence[str]) -> list[tuple[int, Fact]]:
        """All facts of these streams in the one order of the journal."""
        return [numbered for numbered in self.facts if numbered[1].stream in streams]

    async def read_after(self, seq: int, limit: int) -> list[tuple[int, Fact]]:
        """The next facts behind a place."""
        return self.facts[seq : seq + limit]
