"""Addresses of databases, and rows that fit their table."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from cordboard.kit.db import Write, is_away, url_of
from tests.support.journals import a_rows_table

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///var/x.db", "sqlite"),
        ("sqlite+aiosqlite:///var/x.db", "sqlite"),
        ("postgresql://u:p@h/x", "postgresql+psycopg"),
        ("postgres://h/x", "postgresql+psycopg"),
        ("postgresql+psycopg://h/x", "postgresql+psycopg"),
    ],
)
def test_our_own_drivers_are_taken(given: str, driver: str) -> None:
    assert url_of(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://h/x", "sqlite://", "sqlite:///:memory:"])
def test_what_cannot_work_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"no such database|needs a file"):
        url_of(given)


def test_a_row_names_its_key_and_known_columns_only() -> None:
    table = a_rows_table(MetaData())

    Write(table, {"id": "x", "n": 1})
    with pytest.raises(ValueError, match="test_rows: unknown or missing colour"):
        Write(table, {"id": "x", "colour": "red"})
    with pytest.raises(ValueError, match="test_rows: unknown or missing id"):
        Write(table, {"n": 1})


def test_a_table_without_key_takes_no_rows() -> None:
    table = Table("keyless", MetaData(), Column("n", Integer))
    with pytest.raises(ValueError, match="no primary key"):
        Write(table, {"n": 1})


def test_a_lost_line_is_worth_waiting_for_and_a_bad_row_is_not() -> None:
    full, bad = sqlite3.OperationalError("full"), sqlite3.OperationalError("no such table")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    bad.sqlite_errorcode = sqlite3.SQLITE_ERROR

    assert is_away(full)
    assert is_away(psycopg.OperationalError("the connection is lost"))
    assert not is_away(bad)
    assert not is_away(psycopg.errors.UniqueViolation("twice"))
    assert not is_away(None)
