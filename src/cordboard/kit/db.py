"""The database: one set of tables, one way in for reading and one for changing.

SQLite (default) runs in WAL mode, so readers never wait for the writer; PostgreSQL is spoken to by
psycopg. Only repositories, tables and the journal import this file. Projection rows of a turn do
not come this way: they are `Write`s and go with the facts through `kit.journal`.
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
import psycopg
from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cordboard.kit.errors import DomainError

__all__ = [
    "Database",
    "DatabaseAwayError",
    "Write",
    "engine_of",
    "is_away",
    "is_read_only",
    "metadata",
    "plain",
    "url_of",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"Every room's tables; the names of constraints are the same on all databases."

BUSY_TIMEOUT_MS = 5_000
"How long SQLite waits for another writer before it gives up."

CONNECT_TIMEOUT_S = 3

_AWAY_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
}

_LAWFUL: set[tuple[str, ...]] = set()
"Table and columns of rows that were found lawful: looked at once, not once a row."

_MOST_SHAPES = 1_000
_COLUMNS: dict[Table, tuple[frozenset[str], frozenset[str]]] = {}


_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,  # the texts of errors reach logs
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


class DatabaseAwayError(DomainError):
    """The database cannot be reached or takes nothing now; calls go on meanwhile."""

    code = "database-away"
    status = 503


class Write(msgspec.Struct, frozen=True, gc=False):
    """A projection row to store with a turn: the whole row, put in place of one with its key.

    Columns left out get their scalar default or NULL, also where the row stood before. The row
    belongs to the journal from now on: nobody changes it any more.

    Raises:
        ValueError: If a column is unknown or a key column is missing.
    """

    table: Table
    row: dict[str, Any]

    def __post_init__(self) -> None:
        shape = (self.table.name, *self.row)
        if shape in _LAWFUL:
            return
        known, keys = _COLUMNS.get(self.table) or _learn(self.table)
        if not (keys <= self.row.keys() <= known):
            wrong = sorted((self.row.keys() - known) | (keys - self.row.keys()))
            raise ValueError(f"row of {self.table.name}: unknown or missing {', '.join(wrong)}")
        if len(_LAWFUL) < _MOST_SHAPES:
            _LAWFUL.add(shape)


def _learn(table: Table) -> tuple[frozenset[str], frozenset[str]]:
    known = frozenset(column.name for column in table.columns)
    keys = frozenset(column.name for column in table.primary_key)
    if not keys:
        raise ValueError(f"table {table.name} has no primary key")
    _COLUMNS[table] = known, keys
    return known, keys


def url_of(url: str) -> URL:
    """The URL with our drivers in it.

    Args:
        url: `sqlite:///path`, `postgresql://...` or `postgresql+psycopg://...`.

    Raises:
        ValueError: If it is another database, or a SQLite database in memory (the journal's thread
            and the readers are connections of their own and would each see another one).
    """
    parsed = make_url(url)
    backend = parsed.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"no such database: {backend}; use sqlite:///path or postgresql://...")
    if parsed.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file: sqlite:///path")
    return parsed.set(drivername="sqlite")


def engine_of(url: str, **options: Any) -> Engine:
    """A blocking engine for threads of our own (journal, migrations)."""
    engine = create_engine(url_of(url), **_OPTIONS, **options)
    if engine.dialect.name == "sqlite":
        _tune(engine, "BEGIN IMMEDIATE")
    return engine


def _tune(engine: Engine, begin: str, *, query_only: bool = False) -> None:
    """Set SQLite's pragmas and let us, not the driver, begin transactions.

    Writers begin IMMEDIATE: a deferred transaction that turns into a writer cannot wait for its
    turn and fails at once when another has written meanwhile.
    """

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", start)


def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row's columns under plain text: SQLAlchemy's own names are no `str` to msgspec."""
    return {str(name): value for name, value in row.items()}


class Database:
    """Connections for repositories on the event loop.

    Args:
        url: As `url_of` takes it.
        pool_size: Connections kept for reading; as many again may be opened under load.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url_of(url).render_as_string(hide_password=False)
        self.is_sqlite = self.url.startswith("sqlite")
        self._reader, self._writer = (
            _sqlite_pair(self.url, pool_size)
            if self.is_sqlite
            else _postgres_pair(self.url, pool_size)
        )

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that sees one moment of the database and can change nothing."""
        return self._transaction(self._reader)

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection in a transaction: committed at the end, rolled back by an exception."""
        return self._transaction(self._writer)

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.begin() as connection:
                yield connection
        except (DBAPIError, TimeoutError) as error:
            if not is_away(error.orig if isinstance(error, DBAPIError) else error):
                raise
            raise DatabaseAwayError("The database cannot be reached.", retry_after_s=5) from error

    async def close(self) -> None:
        """Give all connections back."""
        await self._reader.dispose()
        await self._writer.dispose()


def is_away(error: BaseException | None) -> bool:
    """Whether waiting can help: it is the connection, the server or its disk, not the rows."""
    if isinstance(error, sqlite3.Error):
        code: int = getattr(error, "sqlite_errorcode", 0)
        return code & 0xFF in _AWAY_SQLITE
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return False
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | TimeoutError)


def is_read_only(connection: Connection) -> bool:
    """Whether this database can be read and not written: its file, or a standby server."""
    if connection.dialect.name == "sqlite":  # opens such a file in silence, and fails at a write
        return not os.access(str(connection.engine.url.database), os.W_OK)
    return bool(connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on")


def _sqlite_pair(url: str, pool_size: int) -> tuple[AsyncEngine, AsyncEngine]:
    asynchronous = make_url(url).set(drivername="sqlite+aiosqlite")
    reader = create_async_engine(
        asynchronous, pool_size=pool_size, max_overflow=pool_size, **_OPTIONS
    )
    writer = create_async_engine(asynchronous, pool_size=1, max_overflow=0, **_OPTIONS)
    _tune(reader.sync_engine, "BEGIN", query_only=True)
    _tune(writer.sync_engine, "BEGIN IMMEDIATE")
    return reader, writer


def _postgres_pair(url: str, pool_size: int) -> tuple[AsyncEngine, AsyncEngine]:
    writer = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        **_OPTIONS,
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reader, writer
