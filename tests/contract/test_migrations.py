"""The database has the shape of the rooms' tables, whichever revision and database it came from."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, inspect, text
from sqlalchemy.exc import DBAPIError

from cordboard.app.migrations import (
    DatabaseTooNewError,
    DatabaseUnreachableError,
    all_tables,
    config_of,
    migrate,
)
from cordboard.kit.db import engine_of
from tests.support.databases import KINDS, a_database, a_migrated_database

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_database(request.param, tmp_path) as url:
        yield url


def differences(url: str, tables: MetaData) -> list[Any]:
    """What Alembic would change."""
    engine = engine_of(url)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        found = list(compare_metadata(context, tables))
    engine.dispose()
    return found


def test_tables_and_revisions_agree(empty: str) -> None:
    """If this fails: `python tools/new_revision.py "Say what changes"`."""
    migrate(empty)

    assert differences(empty, all_tables()) == []


def test_this_rule_bites(empty: str) -> None:
    migrate(empty)
    tables = MetaData()
    for table in all_tables().sorted_tables:
        table.to_metadata(tables)
    Table("forgotten", tables, Column("id", Integer, primary_key=True))

    assert [change[0] for change in differences(empty, tables)] == ["add_table"]


def test_partial_indexes_are_partial(empty: str) -> None:
    migrate(empty)
    engine = engine_of(empty)
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'uq_flows_live'",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_flows_live'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        assert "WHERE" in connection.execute(text(query)).scalar_one()
    engine.dispose()


def test_small_tables_are_one_tree_in_sqlite(tmp_path: Path) -> None:
    """What Alembic does not compare."""
    with a_database("sqlite", tmp_path) as url:
        migrate(url)
        engine = engine_of(url)
        query = text(
            "SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type='table'"
        )
        with engine.connect() as connection:
            made = {str(name): bool(alone) for name, alone in connection.execute(query)}
        engine.dispose()

    meant = {
        table.name: table.dialect_options["sqlite"]["with_rowid"] is False
        for table in all_tables().sorted_tables
    }
    assert sum(meant.values()) > 0
    assert {name: alone for name, alone in made.items() if name in meant} == meant


def test_migrating_again_changes_nothing(empty: str) -> None:
    migrate(empty)
    engine = engine_of(empty)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO agents VALUES ('a', 'u', 'n', '1', '', '{}')"))

    migrate(empty)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM agents")).scalar_one() == 1
    engine.dispose()


def test_rows_of_small_tables_outlive_their_being_made_anew(empty: str) -> None:
    engine = engine_of(empty)
    with engine.begin() as connection:
        command.upgrade(config_of(connection), "0002")
        row = "INSERT INTO offers VALUES ('o', 'c', 'v', 'q', 'a', 1, 2, 'missed')"
        connection.execute(text(row))

    migrate(empty)

    with engine.connect() as connection:
        (row_now,) = connection.execute(text("SELECT * FROM offers"))
    assert tuple(row_now) == ("o", "c", "v", "q", "a", 1, 2, "missed", None)
    engine.dispose()


async def test_several_processes_may_start_at_once(empty: str) -> None:
    start = [sys.executable, "-c", f"from cordboard.app.migrations import *; migrate({empty!r})"]
    children = [
        await asyncio.create_subprocess_exec(*start, cwd=ROOT, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]

    assert [await child.wait() for child in children] == [0, 0, 0]
    assert differences(empty, all_tables()) == []


def test_a_revision_is_applied_as_a_whole_or_not_at_all(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: object, tables: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr("cordboard.app.migrations.guard", fail)
        with pytest.raises(RuntimeError, match="in the middle"):
            migrate(empty)
    engine = engine_of(empty)
    assert inspect(engine).get_table_names() == []
    engine.dispose()

    migrate(empty)


def test_a_database_of_a_newer_version_is_left_alone(empty: str) -> None:
    migrate(empty)
    engine = engine_of(empty)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(DatabaseTooNewError, match="9999"):
        migrate(empty)


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/none", "sqlite:////dev/null/none/x.db"]
)
def test_a_database_that_is_not_there_is_said(url: str) -> None:
    with pytest.raises(DatabaseUnreachableError):
        migrate(url)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"]
)
def test_audit_entries_cannot_be_changed(empty: str, statement: str) -> None:
    migrate(empty)
    engine = engine_of(empty)
    with engine.begin() as connection:
        entry = "INSERT INTO audit_entries (at_ms, action, source) VALUES (1, 'login', '')"
        connection.execute(text(entry))

    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_of_a_constraint_is_ours(kind: str, tmp_path: Path) -> None:
    """A constraint that the database named cannot be dropped by a later revision."""
    with a_migrated_database(kind, tmp_path) as url:
        engine = engine_of(url)
        found = inspect(engine)
        names = [
            constraint["name"]
            for table in all_tables().sorted_tables
            for constraint in [
                found.get_pk_constraint(table.name),
                *found.get_unique_constraints(table.name),
                *found.get_foreign_keys(table.name),
            ]
        ]
        engine.dispose()
    assert [name for name in names if name is None or name[:3] not in ("pk_", "uq_", "fk_")] == []
