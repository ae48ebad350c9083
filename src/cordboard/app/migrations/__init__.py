"""The database's shape: brought up to date at each start, by one process at a time.

`migrate` is all that the rest of the house calls. Revisions are written by
`tools/new_revision.py` from the rooms' tables; a test holds tables and revisions together.
"""

import contextlib
import fcntl
import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, event, text
from sqlalchemy.exc import DBAPIError

import cordboard
from cordboard.app.migrations.guards import guard
from cordboard.kit.db import engine_of, is_away, is_read_only, metadata
from cordboard.kit.errors import DomainError
from cordboard.kit.store import facts

HERE = Path(__file__).parent
ADVISORY_LOCK = 0x6D696772
"PostgreSQL's name for `somebody migrates`."

_log = structlog.get_logger(__name__)


class DatabaseTooNewError(DomainError):
    """The database was last used by a newer version of Cordboard."""

    code = "database-too-new"
    status = 500


class DatabaseUnreachableError(DomainError):
    """There is no database at the address of the settings."""

    code = "database-unreachable"
    status = 500


class DatabaseReadOnlyError(DomainError):
    """The database answers and takes nothing."""

    code = "database-read-only"
    status = 500


def migrate(url: str) -> None:
    """Bring the database up to date; nothing happens if it is.

    Waits while another process does it. A revision is applied as a whole or not at all.

    Args:
        url: As `kit.db.url_of` takes it.

    Raises:
        DatabaseUnreachableError: If it cannot be opened.
        DatabaseReadOnlyError: If it cannot be written.
        DatabaseTooNewError: If it has revisions that this version does not know.
    """
    engine = engine_of(url)
    try:
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _let_children_be)
        with _alone(engine), engine.begin() as connection:
            if is_read_only(connection):
                raise _read_only(engine)
            _upgrade(connection)
    except OSError as error:
        raise DatabaseUnreachableError(f"the database's place: {error}") from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
            raise _read_only(engine) from error
        if not is_away(error.orig):
            raise
        raise DatabaseUnreachableError(f"the database does not answer: {error.orig}") from error
    finally:
        engine.dispose()


def _read_only(engine: Engine) -> DatabaseReadOnlyError:
    name = engine.url.render_as_string(hide_password=True)
    return DatabaseReadOnlyError(
        f"the database {name} can be read and not written: nothing was done. Give file and "
        "directory to the user that runs cordboard, or make the server writable; see: "
        "cordboard doctor"
    )


def _upgrade(connection: Connection) -> None:
    config = config_of(connection)
    head = ScriptDirectory.from_config(config).get_current_head()
    before = revision_of(connection)
    if before != head:
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseTooNewError(
                f"the database is at revision {before}, which this version does not know: "
                "install the newer version again, or restore the backup made before it"
            ) from error
        _log.info("database.migrated", before=before, after=head)
    guard(connection, all_tables())


def config_of(connection: Connection) -> Config:
    """Alembic's settings for this connection."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at; None if it is empty."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def all_tables() -> MetaData:
    """The tables of all rooms and of the journal."""
    assert facts.metadata is metadata
    for room in pkgutil.iter_modules(cordboard.__path__):
        name = f"cordboard.{room.name}.tables"
        if room.ispkg and importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    return metadata


@contextlib.contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One migrating process at a time."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.with_name(f"{file.name}.migrating").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        yield


def _let_children_be(connection: object, _record: object) -> None:
    """A table that is rebuilt must not take the rows with it that refer to it."""
    connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]
