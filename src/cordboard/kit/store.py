"""Batches of packed turns into the database, each batch in one transaction.

The tables of the journal and its own connection: raw, because SQLAlchemy's way to a cursor costs
more than the rows. One process at a time may hold it (a file lock beside SQLite, an advisory lock
in PostgreSQL). Used by the journal's thread alone; blocking.
"""

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import psycopg
from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text
from sqlalchemy.exc import DBAPIError

from cordboard.kit.db import CONNECT_TIMEOUT_S, engine_of, is_away, metadata
from cordboard.kit.packing import Packed, refused_write
from cordboard.kit.upsert import Statement, Upsert

facts = Table(
    "facts",
    metadata,
    # An INTEGER primary key is SQLite's row id: no second index.
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("at_ms", BigInteger, nullable=False),
    Column("stream", String(120), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
)
Index("ix_facts_stream_seq", facts.c.stream, facts.c.seq)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("seq", BigInteger),
    Column("stream", String(120), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("body", Text, nullable=False),
    Column("listener", String(200), nullable=False),
    Column("error", Text, nullable=False),
)

ADVISORY_LOCK = 0x636F7264
"PostgreSQL's name for `this process writes the journal`."


PREPARED = 512
"Statements kept prepared: those of each table for each number of rows."


class AwayError(Exception):
    """The database cannot be written now: unreachable, locked, full, read-only or not ours."""


class RefusedError(Exception):
    """The database will never take these rows: they break a rule of a table."""


class Store:
    """The journal's own connection; made, used and closed on one thread.

    Args:
        url: As `kit.db.url_of` takes it.
    """

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        options = (
            {"cached_statements": PREPARED}
            if self._is_sqlite
            else {"connect_timeout": CONNECT_TIMEOUT_S}
        )
        self._engine = engine_of(url, connect_args=options)
        self._upserts: dict[str, Upsert] = {}
        self._order: dict[str, int] = {}
        self._connection: Any = None
        self._lock: IO[bytes] | None = None

    def open(self) -> int:
        """Connect, become the one writer, and return the last seq (0 in an empty journal).

        Raises:
            AwayError: If the database cannot be reached or another process writes the journal.
        """
        try:
            self._connect()
            rows = self._connection.execute("SELECT coalesce(max(seq), 0) FROM facts")
            return int(rows.fetchone()[0])
        except (DBAPIError, sqlite3.Error, psycopg.Error, OSError) as error:
            self.close()
            raise AwayError(str(error)) from error

    def close(self) -> None:
        """Let go of connection and lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error, psycopg.Error):
                connection.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _connect(self) -> None:
        self.close()
        if self._is_sqlite:
            self._lock = _file_lock(f"{self._engine.url.database}.lock")
        pooled = self._engine.raw_connection()
        self._connection = pooled.driver_connection
        pooled.detach()
        if not self._is_sqlite:
            self._connection.autocommit = True
            self._connection.prepared_max = PREPARED
            lock = "SELECT pg_try_advisory_lock(%s)"
            if not self._connection.execute(lock, (ADVISORY_LOCK,)).fetchone()[0]:
                self.close()
                raise AwayError("another process writes this journal")

    def write(self, batch: Sequence[Packed], *, again: bool = False) -> None:
        """Store the turns in one transaction.

        Args:
            batch: Turns in order.
            again: They may be stored already (spool, or a commit whose answer was lost).

        Raises:
            AwayError: If it is not known that they are stored; try once more with `again`.
            RefusedError: If nothing was stored because a row breaks a rule.
        """
        self._transact(batch, "COMMIT", again)

    def write_what_goes(self, packed: Packed) -> int:
        """Store one turn without the rows that the database refuses; those become dead letters.

        Returns:
            The number of refused rows.

        Raises:
            AwayError: As `write`.
        """
        at_ms = packed.facts[0][1] if packed.facts else 0
        kept = Packed(packed.first_seq, packed.facts, [], list(packed.dead))
        for name, row in packed.writes:
            trial = Packed(packed.first_seq, [], [*kept.writes, (name, row)], [])
            try:
                self._transact([trial], "ROLLBACK", again=False)
                kept.writes.append((name, row))
            except RefusedError as error:
                kept.dead.append(refused_write(at_ms, packed.first_seq, name, row, error))
        try:
            self.write([kept], again=True)
        except RefusedError as error:
            raise AwayError(f"the journal refuses: {error}") from error
        return len(kept.dead) - len(packed.dead)

    def _transact(self, batch: Sequence[Packed], end: str, again: bool) -> None:
        if self._connection is None:
            self.open()
        try:
            statements = [
                ("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN", ()),
                *self._statements(batch, again),
                (end, ()),
            ]
            if self._is_sqlite:
                self._run_sqlite(statements)
            else:
                self._run_postgres(statements)
        except (sqlite3.Error, psycopg.Error) as error:
            raise self._failure(error, is_away(error) or _is_not_of_rows(error)) from error
        except (LookupError, TypeError, ValueError) as error:
            raise self._failure(error, False) from error

    def _failure(self, error: Exception, away: bool) -> Exception:
        if not away:
            return RefusedError(repr(error))
        self.close()
        return AwayError(str(error))

    def _run_sqlite(self, statements: Iterable[Statement]) -> None:
        execute = self._connection.execute
        try:
            for text, values in statements:
                execute(text, values)
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _run_postgres(self, statements: Iterable[Statement]) -> None:
        """All statements in one journey there and back (pipeline mode).

        Raw: reading `%s` marks out of a long statement costs psycopg more than sending it.
        """
        connection = self._connection
        try:
            with connection.pipeline(), psycopg.RawCursor(connection) as cursor:
                for text, values in statements:
                    cursor.execute(text, values)
        except psycopg.Error:
            # psycopg now believes in prepared statements that an aborted pipeline never made.
            connection.prepare_threshold = None
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            raise

    def _statements(self, batch: Sequence[Packed], again: bool) -> Iterator[Statement]:
        rows = [row for packed in batch for row in packed.facts]
        if rows:
            yield from self._upsert("facts").insert(rows, "keep" if again else "fail")
        last: dict[str, dict[object, dict[str, Any]]] = {}
        for packed in batch:
            for name, row in packed.writes:
                upsert = self._upserts.get(name) or self._upsert(name)
                last.setdefault(name, {})[upsert.key(row)] = row
        for name in sorted(last, key=self._order.__getitem__) if len(last) > 1 else last:
            yield from self._upserts[name].replace(list(last[name].values()))
        letters = [row for packed in batch for row in packed.dead]
        if letters:
            yield from self._upsert("dead_letters").insert(letters, "keep")

    def _upsert(self, name: str) -> Upsert:
        upsert = self._upserts.get(name)
        if upsert is None:
            upsert = Upsert(metadata.tables[name], self._engine.dialect)
            self._upserts[name] = upsert
            # Rows that others refer to go first.
            self._order = {table.name: i for i, table in enumerate(metadata.sorted_tables)}
        return upsert


def _is_not_of_rows(error: Exception) -> bool:
    """Errors of the database's state or of this connection that say nothing about the rows.

    A standby, a fail-over under way, a file system that was mounted anew after an error; or a
    prepared statement that is gone, which a new connection mends.
    """
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return isinstance(
        error, psycopg.errors.ReadOnlySqlTransaction | psycopg.errors.InvalidSqlStatementName
    )


def _file_lock(path: str) -> IO[bytes]:
    file = Path(path).open("ab")  # noqa: SIM115 - held as long as the journal is open
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AwayError("another process writes this journal") from None
    return file
