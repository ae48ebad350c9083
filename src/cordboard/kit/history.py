"""Reading the journal back, and forgetting what is older than it need be kept.

A stored fact that cannot be read any more is never skipped in silence: it becomes a dead letter
with its place in the journal, is logged and counted, and the reader goes on.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from cordboard.kit.clock import Clock
from cordboard.kit.db import Database
from cordboard.kit.facts import Fact, decode
from cordboard.kit.store import dead_letters, facts

Numbered = list[tuple[int, Fact]]
"(seq, fact), in order of seq."

_CHUNK_ROWS = 500
_CHUNK_STREAMS = 200
_log = structlog.get_logger(__name__)


class History:
    """The journal's past.

    Args:
        database: Where it lies.
        clock: For the pauses of pruning.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.unreadable = 0
        "Stored facts met that no class could take."

    async def read_stream(self, stream: str) -> Numbered:
        """All facts of one stream, for example `call/<id>`."""
        return await self._decode(await self._rows(_all().where(facts.c.stream == stream)))

    async def read_streams(self, streams: Sequence[str]) -> Numbered:
        """All facts of these streams, in the one order of the journal."""
        found: Numbered = []
        for start in range(0, len(streams), _CHUNK_STREAMS):
            part = streams[start : start + _CHUNK_STREAMS]
            found += await self._decode(await self._rows(_all().where(facts.c.stream.in_(part))))
        found.sort(key=lambda numbered: numbered[0])
        return found

    async def read_after(self, seq: int, limit: int) -> Numbered:
        """The next facts behind a place, at most `limit`; empty only at the journal's end."""
        while True:
            rows = await self._rows(_all().where(facts.c.seq > seq).limit(limit))
            found = await self._decode(rows)
            if found or not rows:
                return found
            seq = rows[-1][0]  # none of these could be read; the next ones may

    async def count_forgotten(self) -> int:
        """How many facts were told once and are not kept any more: every seq has had its row."""
        query = select(func.coalesce(func.max(facts.c.seq), 0) - func.count())
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        async with self._database.read() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return rows

    async def _decode(self, rows: Iterable[Row[Any]]) -> Numbered:
        found: Numbered = []
        letters: list[dict[str, Any]] = []
        for row in rows:
            seq, at_ms, stream, kind, format, body = tuple(row)
            try:
                found.append((seq, decode(kind, format, body)))
            except (LookupError, msgspec.MsgspecError, TypeError, ValueError) as error:
                letters.append(
                    {
                        "id": f"read-{seq}",
                        "at_ms": at_ms,
                        "seq": seq,
                        "stream": stream,
                        "kind": kind,
                        "body": body,
                        "listener": "journal.read",
                        "error": repr(error)[:2_000],
                    }
                )
        if letters:
            await self._bury(letters)
        return found

    async def _bury(self, letters: list[dict[str, Any]]) -> None:
        self.unreadable += len(letters)
        _log.error(
            "journal.unreadable", seqs=[letter["seq"] for letter in letters[:20]], n=len(letters)
        )
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        async with self._database.begin() as connection:
            await connection.execute(insert(dead_letters).on_conflict_do_nothing(), letters)

    async def prune(
        self,
        before_ms: int,
        *,
        is_open: Callable[[str], bool] = lambda stream: False,
        endless: Collection[str] = ("agent/", "line/"),
        pause_s: float = 0.02,
    ) -> int:
        """Forget facts older than a moment, a few hundred at a time.

        A stream goes as a whole once its newest fact is older, so that no call is left without its
        beginning. Of streams that never end, older facts go and the newest one stays. The newest
        fact of the journal stays in any case: the next seq is counted from it.

        Args:
            before_ms: UTC milliseconds; younger facts stay.
            is_open: Whether a stream is of a call in progress; nothing of it is touched.
            endless: Beginnings of the names of streams that never end.
            pause_s: Between two transactions, so that live turns go first.

        Returns:
            The number of facts forgotten.
        """
        place, forgotten = 0, 0
        while True:
            async with self._database.read() as connection:
                query = select(facts.c.seq, facts.c.stream, facts.c.at_ms)
                query = query.where(facts.c.seq > place).order_by(facts.c.seq).limit(_CHUNK_ROWS)
                rows = (await connection.execute(query)).all()
            old = {row.stream for row in rows if row.at_ms < before_ms and not is_open(row.stream)}
            if old:
                forgotten += await self._forget(sorted(old), before_ms, tuple(endless))
            if not rows or rows[-1].at_ms >= before_ms:
                return forgotten
            place = rows[-1].seq
            await self._clock.sleep(pause_s)

    async def _forget(self, streams: list[str], before_ms: int, endless: tuple[str, ...]) -> int:
        newest = (
            select(facts.c.stream, func.max(facts.c.seq), func.max(facts.c.at_ms))
            .where(facts.c.stream.in_(streams))
            .group_by(facts.c.stream)
        )
        async with self._database.begin() as connection:
            top = (await connection.execute(select(func.max(facts.c.seq)))).scalar_one()
            ended: list[str] = []
            parts: list[ColumnElement[bool]] = []
            for stream, last_seq, last_at_ms in (await connection.execute(newest)).all():
                if stream.startswith(endless):
                    older = and_(facts.c.at_ms < before_ms, facts.c.seq < last_seq)
                    parts.append(and_(facts.c.stream == stream, older))
                elif last_at_ms < before_ms:
                    ended.append(stream)
            parts.append(facts.c.stream.in_(ended))
            result = await connection.execute(delete(facts).where(facts.c.seq < top, or_(*parts)))
        return result.rowcount


def _all() -> Select[Any]:
    return select(facts).order_by(facts.c.seq)
