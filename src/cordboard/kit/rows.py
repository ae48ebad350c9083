"""Projection rows outside of turns: dropped and made again when nothing else writes.

While a server runs, rows go with their turn through the journal; this is for rebuilding.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from cordboard.kit.db import Database, Write


async def clear(database: Database, tables: Iterable[Table]) -> None:
    """Drop every row of these tables, in one transaction."""
    async with database.begin() as connection:
        for table in tables:
            await connection.execute(delete(table))


async def store(database: Database, writes: Sequence[Write]) -> None:
    """Put whole rows in place of those with their keys, in one transaction; the last one counts."""
    rows: dict[Table, dict[object, dict[str, object]]] = {}
    for write in writes:
        key = tuple(write.row[column.name] for column in write.table.primary_key)
        rows.setdefault(write.table, {})[key] = write.row
    if not rows:
        return
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    async with database.begin() as connection:
        for table in sorted(rows, key=lambda table: table.name):
            keys = [column.name for column in table.primary_key]
            statement = insert(table)
            rest = {
                column.name: statement.excluded[column.name]
                for column in table.columns
                if column.name not in keys
            }
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
            await connection.execute(statement, list(rows[table].values()))


async def count(database: Database, table: Table) -> int:
    """How many rows the table holds."""
    async with database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)
