"""The thread that stores turns: takes a batch of them, and commits it.

Batches are made on the event loop (`kit.batches`). While the database is away, turns wait in
memory for a moment, then on the local disk (`kit.spool`), and go to the database in their order
when it is back. A turn is reported only when it is safe in one of the two, and never before an
earlier one.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

import msgspec
import structlog
from typing_extensions import override

from cordboard.kit.packing import Packed, pack
from cordboard.kit.spool import Spool
from cordboard.kit.store import AwayError, RefusedError, Store
from cordboard.kit.tasks import attempt
from cordboard.kit.turns import Turn

State = Literal["ok", "spooling", "away"]
Entry = tuple[int, Turn, Callable[[int], None]]
"Seq of the first fact, the turn, and whom to tell with it."

_log = structlog.get_logger(__name__)


class WriterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the journal is."""

    batch_turns: int = 256
    "At most so many turns in one transaction; keeps each call of the event loop short."

    pause_s: float = 0.002
    calm_s: float = 0.008
    """Least time from one commit's begin to the next's: with a turn whose effects somebody waits
    for, and without. After a quiet moment a turn is stored at once; under load turns wait so long
    at most and share a commit: half as many commits at 50 calls a second."""

    spool_after_s: float = 2.0
    "The database is away this long: turns go to the spool."

    retry_first_s: float = 0.05
    retry_last_s: float = 5.0
    "Waits between two tries double from the first to the last."

    start_timeout_s: float = 30.0
    "How long a start waits for the database, or for an earlier process to let go of it."

    close_tries: int = 3
    "When closing: tries of database and spool before turns are given up."


class Writer(threading.Thread):
    """Stores turns one batch after the other.

    Args:
        url: The database.
        spool_path: Where turns wait when it is away.
        report: Called on this thread with each batch that is safe, in order.
        now_s: Monotonic seconds, asked from this thread.
        settings: Patience.
    """

    def __init__(
        self,
        url: str,
        spool_path: Path,
        report: Callable[[Sequence[Entry]], None],
        now_s: Callable[[], float],
        settings: WriterSettings,
    ) -> None:
        super().__init__(name="journal", daemon=True)
        self.inbox: SimpleQueue[Sequence[Entry] | None] = SimpleQueue()
        self.last_seq: Future[int] = Future()
        "The seq of the last fact stored before this start; or why there was no start."

        self.state: State = "ok"
        self.refused_rows = 0
        self.commits = 0
        self.lost_turns = 0
        self._url = url
        self._spool_path = spool_path
        self._report = report
        self._now_s = now_s
        self._settings = settings
        self._closing = threading.Event()
        self._committed = threading.Event()
        self._next_try_s = 0.0
        self._wait_s = settings.retry_first_s

    def wait_for_commit(self, limit_s: float) -> None:
        """Block the calling thread until the next batch is safe, or for so long."""
        self._committed.clear()
        self._committed.wait(limit_s)

    def stop(self) -> None:
        """Store what was given so far, then end; callable from any thread."""
        self._closing.set()
        self.inbox.put(None)

    @override
    def run(self) -> None:
        """Open, store until stopped, close; a bug leaves the journal `away`, never half alive."""
        error = attempt(self._serve)
        if error is not None:
            self.state = "away"
            if not self.last_seq.done():
                self.last_seq.set_exception(error)

    def _serve(self) -> None:
        self._store = Store(self._url)
        try:
            self._spool = Spool(self._spool_path)
            last = self._start()
        except (AwayError, OSError) as error:
            self._store.close()
            self.last_seq.set_exception(error)
            return
        self.last_seq.set_result(last)
        while (entries := self._next()) is not None:
            if entries:
                self._keep(entries)
            if self._spool:
                self._drain()
        self._spool.close()
        self._store.close()

    def _start(self) -> int:
        deadline_s = self._now_s() + self._settings.start_timeout_s
        while True:
            try:
                last = max(self._store.open(), self._spool.last_seq)
                while self._spool:
                    self._drain_chunk()
                return last
            except AwayError:
                if self._now_s() > deadline_s or self._closing.wait(0.1):
                    raise

    def _next(self) -> Sequence[Entry] | None:
        """The next batch, an empty one when the spool is due, or None at the end."""
        patience_s = max(0.0, self._next_try_s - self._now_s()) if self._spool else None
        try:
            return self.inbox.get(timeout=patience_s)
        except Empty:
            return ()

    def _keep(self, entries: Sequence[Entry]) -> None:
        packed = [pack(turn, first_seq) for first_seq, turn, _ in entries]
        full = [turn for turn in packed if turn.facts or turn.writes or turn.dead]
        if not full or self._save(full):
            self._report(entries)
            self._committed.set()
        else:
            self.lost_turns += len(entries)
            _log.critical("journal.lost", turns=len(entries), first_seq=entries[0][0])

    def _save(self, batch: list[Packed]) -> bool:
        """Bring the batch to the database or the spool; False only if closing and neither can."""
        started_s, again, tries, wait_s = self._now_s(), False, 0, self._settings.retry_first_s
        while True:
            if not self._spool and self._try(batch, again):
                return True
            again = True
            tries += 1
            patient = self._now_s() - started_s < self._settings.spool_after_s
            if (self._spool or not patient or self._closing.is_set()) and self._append(batch):
                return True
            self._become("away")
            if self._closing.wait(wait_s) and tries >= self._settings.close_tries:
                return False
            wait_s = min(2 * wait_s, 1.0)

    def _try(self, batch: list[Packed], again: bool) -> bool:
        try:
            self._write(batch, again)
        except AwayError as error:
            if not again:
                _log.error("journal.database_away", error=str(error))
            return False
        self._become("ok")
        return True

    def _append(self, batch: list[Packed]) -> bool:
        try:
            self._spool.append(batch)
        except OSError as error:
            _log.critical("journal.spool_failed", error=str(error))
            return False
        if self.state != "spooling":
            self._put_off()
            self._become("spooling")
        return True

    def _drain(self) -> None:
        if self._now_s() < self._next_try_s:
            return
        try:
            self._drain_chunk()
        except AwayError:
            self._put_off()
            return
        self._wait_s = self._settings.retry_first_s
        if not self._spool:
            self._become("ok")

    def _drain_chunk(self) -> None:
        batch, place = self._spool.read(self._settings.batch_turns)
        self._write(batch, again=True)
        self._spool.take(len(batch), place)

    def _put_off(self) -> None:
        self._next_try_s = self._now_s() + self._wait_s
        self._wait_s = min(2 * self._wait_s, self._settings.retry_last_s)

    def _write(self, batch: Sequence[Packed], again: bool) -> None:
        """Store; a row that the database refuses takes no other turn down with it."""
        try:
            self._store.write(batch, again=again)
            self.commits += 1
        except RefusedError as error:
            if len(batch) == 1:
                _log.error("journal.row_refused", first_seq=batch[0].first_seq, error=str(error))
                self.refused_rows += self._store.write_what_goes(batch[0])
                return
            middle = len(batch) // 2
            self._write(batch[:middle], again)
            self._write(batch[middle:], again)

    def _become(self, state: State) -> None:
        if state != self.state:
            _log.warning("journal.state_changed", before=self.state, after=state)
            self.state = state
