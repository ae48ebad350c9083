"""Many rows into one table with few statements.

Rows go in multi-row statements of few sizes, so that the driver keeps each statement prepared
and gives up the interpreter's lock once per statement, not once per row: with a busy event loop
each return of that lock can cost a whole switch interval (5 ms).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Statement = tuple[str, Sequence[Any]]
"SQL text in the driver's own style and its values in order."

OnConflict = Literal["fail", "keep", "replace"]

FEW, MANY = 16, 64
"Rows per statement: up to FEW as they are, so that a commit has one statement a table; or MANY."


class Upsert:
    """Statements for one table.

    Args:
        table: Where the rows go.
        dialect: Of an engine that has connected once.
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        quote = dialect.identifier_preparer.quote
        columns = list(table.columns)
        names = [column.name for column in columns]
        keys = [column.name for column in table.primary_key]
        self._numbered = dialect.name == "postgresql"
        self._names = names
        self._key = itemgetter(*keys)
        self._values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        self._defaults = {column.name: _default(column) for column in columns}
        self._processors = list(_processors(columns, dialect))
        self._head = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))}) VALUES "  # noqa: S608 - names of our own tables
        self._texts: dict[tuple[OnConflict, int], str] = {}
        target = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO "
        rest = [quote(name) for name in names if name not in keys]
        sets = ", ".join(f"{name} = excluded.{name}" for name in rest)
        self._tails: dict[OnConflict, str] = {
            "fail": "",
            "keep": f"{target}NOTHING",
            "replace": f"{target}UPDATE SET {sets}" if rest else f"{target}NOTHING",
        }

    def key(self, row: Mapping[str, Any]) -> object:
        """The row's primary key."""
        return self._key(row)

    def replace(self, rows: Sequence[dict[str, Any]]) -> Iterator[Statement]:
        """Put whole rows in place of those with their keys; keys must be distinct."""
        return self.insert([self._prepare(row) for row in rows], "replace")

    def insert(self, values: Sequence[Sequence[Any]], on: OnConflict) -> Iterator[Statement]:
        """Insert rows whose values are in the order of the table's columns."""
        start, left = 0, len(values)
        while left:
            size = MANY if left >= MANY else min(left, FEW)
            part = values[start : start + size]
            yield self._text(on, size), list(chain.from_iterable(part))
            start, left = start + size, left - size

    def _prepare(self, row: dict[str, Any]) -> Sequence[Any]:
        if len(row) < len(self._names):
            row = {**self._defaults, **row}
        values = self._values(row)
        if not self._processors:
            return values
        changed = list(values)
        for place, process in self._processors:
            changed[place] = process(changed[place])
        return changed

    def _text(self, on: OnConflict, size: int) -> str:
        text = self._texts.get((on, size))
        if text is None:
            text = self._head + ", ".join(self._groups(size)) + self._tails[on]
            self._texts[on, size] = text
        return text

    def _groups(self, size: int) -> Iterator[str]:
        width = len(self._names)
        for row in range(size):
            first = row * width + 1
            marks = (
                (f"${n}" for n in range(first, first + width)) if self._numbered else "?" * width
            )
            yield f"({', '.join(marks)})"


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


def _processors(
    columns: Sequence[Column[Any]], dialect: Dialect
) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    for place, column in enumerate(columns):
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            yield place, process
