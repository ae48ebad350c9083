"""The only SQL of this room: lines as configured."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cordboard.kit.db import Database, plain

from .lines import Lines, Phone, ServiceNumber, Trunk
from .pools import LinePlan
from .tables import line_plan, phones, service_numbers, trunks

_T = TypeVar("_T")


class LinesRepository:
    """Loads and stores the lines of a site.

    Args:
        database: Where they lie.
        outside_prefix: A setting of the site, not a row.
    """

    def __init__(self, database: Database, *, outside_prefix: str = "9") -> None:
        self._database = database
        self._outside_prefix = outside_prefix

    async def load(self) -> Lines:
        """All lines."""
        async with self._database.read() as connection:
            return Lines(
                trunks=tuple(await _rows(connection, trunks, Trunk)),
                phones=tuple(await _rows(connection, phones, Phone)),
                service_numbers=tuple(await _rows(connection, service_numbers, ServiceNumber)),
                outside_prefix=self._outside_prefix,
                plan=await _plan(connection),
            )

    async def save(self, lines: Lines) -> None:
        """Put these lines in place of all that stand."""
        async with self._database.begin() as connection:
            for table, items in (
                (trunks, lines.trunks),
                (phones, lines.phones),
                (service_numbers, lines.service_numbers),
            ):
                await connection.execute(delete(table))
                if items:
                    await connection.execute(insert(table), [_row(item) for item in items])
            await connection.execute(delete(line_plan))
            await connection.execute(insert(line_plan), [{"id": 1, "plan": _row(lines.plan)}])


async def _plan(connection: AsyncConnection) -> LinePlan:
    found = (await connection.execute(select(line_plan.c.plan))).scalar_one_or_none()
    return msgspec.convert(found, LinePlan) if found is not None else LinePlan()


async def _rows(connection: AsyncConnection, table: Table, kind: type[_T]) -> list[_T]:
    found = await connection.execute(select(table))
    return [msgspec.convert(plain(row), kind) for row in found.mappings()]


def _row(item: msgspec.Struct) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(item)
    return values
