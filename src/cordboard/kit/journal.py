"""The journal in the database: facts, projection rows and dead letters, in commit order.

`append` numbers the turn and returns at once; a thread of its own commits turns that came close to
each other together (group commit, `kit.batches`); `done` is called on the event loop, in order. No
fact is ever dropped: when the database cannot keep up, `waits_s` tells the edge to refuse new
calls; when it is away, turns go to a spool on the local disk (see `kit.writer`).
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import structlog

from cordboard.kit.batches import Batches
from cordboard.kit.clock import Clock, busy_s
from cordboard.kit.db import Database
from cordboard.kit.history import History, Numbered
from cordboard.kit.store import AwayError
from cordboard.kit.tasks import attempt
from cordboard.kit.turns import Turn
from cordboard.kit.writer import Entry, State, Writer, WriterSettings

__all__ = ["AwayError", "SqlJournal", "WriterSettings"]

CLOSE_TIMEOUT_S = 30.0

SWITCH_INTERVAL_S = 0.0005
"How long a busy thread may keep the interpreter; Python's own 5 ms is long beside a commit."

MIND_S = 0.01
WAY_S = 0.005
FULL = 0.75
"""When to make way for the journal's thread.

A saturated event loop gives the interpreter up at each system call and has it back before the
waiting thread is awake, so that commits take over a second just when the most depends on them
(bench/micro/journal.py, full loop). While turns wait, the loop therefore looks every MIND_S how
full it is; above FULL it really waits for the next commit, WAY_S at most.
"""

Committed = Callable[[int, int, float], None]
"`(turns, facts, seconds the first of them waited)` of each commit."

_log = structlog.get_logger(__name__)


class SqlJournal:
    """Implements `kit.turns.Journal` on SQLite and PostgreSQL.

    Args:
        database: Where the tables are; read through it, written beside it.
        clock: Time; asked from the journal's thread too, so not a virtual one.
        spool_path: File where turns wait while the database is away.
        settings: Patience.
        on_commit: Told of each commit, for metrics.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        spool_path: Path,
        settings: WriterSettings | None = None,
        on_commit: Committed | None = None,
    ) -> None:
        self.history = History(database, clock)
        self._clock = clock
        self._on_commit = on_commit
        self._waiting: deque[float] = deque()
        self._next_seq = 1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._mind: asyncio.TimerHandle | None = None
        self._seen_s = (0.0, 0.0)
        settings = settings or WriterSettings()
        self._writer = Writer(database.url, spool_path, self._report, clock.now_s, settings)
        self._batches: Batches[Entry] = Batches(
            self._hand_over,
            clock.now_s,
            size=settings.batch_turns,
            pause_s=settings.pause_s,
            calm_s=settings.calm_s,
        )

    async def start(self) -> int:
        """Open the journal, store what an earlier process left in the spool; the last seq.

        Raises:
            AwayError: If the database does not answer, has no tables, or another process holds it.
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL_S))
        self._loop = asyncio.get_running_loop()
        self._writer.start()
        last = await asyncio.wrap_future(self._writer.last_seq)
        self._next_seq = last + 1
        return last

    async def close(self) -> None:
        """Store what was appended, call its `done`, and let go of the database."""
        if self._loop is None:
            return
        if self._mind is not None:
            self._mind.cancel()
        self._batches.flush()
        self._writer.stop()
        await asyncio.to_thread(self._writer.join, CLOSE_TIMEOUT_S)

    def append(self, turn: Turn, done: Callable[[int], None]) -> None:
        """Store the turn's facts, writes and dead letters in one transaction (of many turns).

        Args:
            turn: The settled turn; it belongs to the journal from now on.
            done: Called on the event loop after the commit with the `seq` of the first fact.
        """
        if self._loop is None:
            raise RuntimeError("the journal is not started")
        first_seq = self._next_seq
        self._next_seq += len(turn.facts)
        if not (self._waiting or turn.facts or turn.writes or turn.dead):
            self._loop.call_soon(done, first_seq)  # nothing to store and nobody to wait for
            return
        self._waiting.append(self._clock.now_s())
        self._batches.add((first_seq, turn, done), hurries=turn.hurries)
        if self._mind is None:
            self._look_again()

    def _hand_over(self, entries: Sequence[Entry]) -> None:
        self._writer.inbox.put(entries)

    def _look_again(self) -> None:
        assert self._loop is not None
        self._seen_s = self._clock.now_s(), busy_s()
        self._mind = self._loop.call_later(MIND_S, self._make_way)

    def _make_way(self) -> None:
        """Let the journal's thread have the interpreter if the loop would keep it from it."""
        self._mind = None
        if not self._waiting:
            return
        passed_s, used_s = self._clock.now_s() - self._seen_s[0], busy_s() - self._seen_s[1]
        is_old = self._clock.now_s() - self._waiting[0] > MIND_S
        if is_old and used_s > FULL * passed_s and self._writer.state == "ok":
            if self._batches.is_idle:
                self._batches.flush()
            self._writer.wait_for_commit(WAY_S)
        self._look_again()

    def _report(self, entries: Sequence[Entry]) -> None:
        """Hand a stored batch over to the event loop; called on the journal's thread."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._committed, entries)
        except RuntimeError:  # the loop was closed before the journal
            _log.error("journal.nobody_waits", turns=len(entries))

    def _committed(self, entries: Sequence[Entry]) -> None:
        waited_s = self._clock.now_s() - self._waiting[0]
        n_facts = 0
        for first_seq, turn, done in entries:
            self._waiting.popleft()
            n_facts += len(turn.facts)
            attempt(done, first_seq)
        self._batches.stored()
        if self._on_commit is not None:
            self._on_commit(len(entries), n_facts, waited_s)

    @property
    def state(self) -> State:
        """`ok`; `spooling` while turns go to the local disk; `away` while they can go nowhere."""
        return self._writer.state

    @property
    def last_seq(self) -> int:
        """The seq of the last fact appended."""
        return self._next_seq - 1

    @property
    def backlog(self) -> int:
        """Turns appended and not yet safe."""
        return len(self._waiting)

    @property
    def waits_s(self) -> float:
        """How long the oldest turn waits to be safe."""
        return self._clock.now_s() - self._waiting[0] if self._waiting else 0.0

    @property
    def refused_rows(self) -> int:
        """Projection rows that the database refused; each is a dead letter."""
        return self._writer.refused_rows

    async def read_stream(self, stream: str) -> Numbered:
        """All facts of one stream, as (seq, fact)."""
        return await self.history.read_stream(stream)

    async def read_streams(self, streams: Sequence[str]) -> Numbered:
        """All facts of these streams in the one order of the journal."""
        return await self.history.read_streams(streams)

    async def read_after(self, seq: int, limit: int) -> Numbered:
        """The next facts behind a place."""
        return await self.history.read_after(seq, limit)

    async def prune(
        self,
        before_ms: int,
        *,
        is_open: Callable[[str], bool] = lambda stream: False,
        endless: Collection[str] = ("agent/", "line/"),
    ) -> int:
        """Forget facts older than a moment, as `History.prune`; the number forgotten."""
        return await self.history.prune(before_ms, is_open=is_open, endless=endless)
