"""Few statements for many rows."""

from typing import Any

import pytest
from sqlalchemy import Column, Dialect, MetaData, String, Table
from sqlalchemy.dialects import postgresql, sqlite

from cordboard.kit.upsert import Upsert
from tests.support.journals import a_rows_table

pytestmark = pytest.mark.unit


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"{n}", "n": n, "word": "w", "is_good": True, "data": None} for n in range(count)
    ]


@pytest.fixture
def upsert() -> Upsert:
    return Upsert(a_rows_table(MetaData()), sqlite.dialect())


def test_a_row_is_put_in_place_of_the_one_with_its_key(upsert: Upsert) -> None:
    ((text, values),) = upsert.replace(rows(1))

    assert text == (
        "INSERT INTO test_rows (id, n, word, is_good, data) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET n = excluded.n, word = excluded.word,"
        " is_good = excluded.is_good, data = excluded.data"
    )
    assert list(values) == ["0", 0, "w", 1, "null"]


def test_marks_are_numbered_through_for_postgresql() -> None:
    dialect: Dialect = postgresql.psycopg.PGDialect_psycopg()  # type: ignore[no-untyped-call]
    upsert = Upsert(a_rows_table(MetaData()), dialect)
    ((text, _),) = upsert.insert([("a", 1, "w", True, None)] * 4, "keep")

    assert "($1, $2, $3, $4, $5), ($6, $7" in text
    assert "$20) ON CONFLICT (id) DO NOTHING" in text


@pytest.mark.parametrize("count", [0, 1, 3, 16, 17, 63, 64, 65, 200])
def test_all_rows_go_in_their_order_in_few_sizes(upsert: Upsert, count: int) -> None:
    statements = list(upsert.replace(rows(count)))

    assert [value for _, values in statements for value in list(values)[1::5]] == list(range(count))
    assert {len(values) // 5 for _, values in statements} <= {*range(1, 17), 64}
    assert len(statements) <= count // 64 + 4


def test_columns_left_out_get_their_default(upsert: Upsert) -> None:
    ((_, values),) = upsert.replace([{"id": "x", "n": 1}])

    assert list(values) == ["x", 1, "none", 0, "null"]


def test_a_table_that_is_all_key_has_nothing_to_replace() -> None:
    table = Table("pairs", MetaData(), Column("a", String, primary_key=True))
    ((text, values),) = Upsert(table, sqlite.dialect()).replace([{"a": "x"}])

    assert text.endswith("ON CONFLICT (a) DO NOTHING")
    assert list(values) == ["x"]
