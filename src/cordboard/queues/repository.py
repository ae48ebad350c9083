"""The only SQL statements of this room; rows become models here and nowhere else."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert, select

from cordboard.kit.db import Database, Write, plain
from cordboard.kit.ids import QueueId

from .model import Queue
from .tables import QUEUE_HANDLE_TIMES, QUEUES


def handle_times_row(
    queue_id: QueueId, interval_at_ms: int, handlings: int, handle_ms: int
) -> Write:
    """The row of one base interval of one queue."""
    return Write(
        QUEUE_HANDLE_TIMES,
        {
            "queue_id": queue_id,
            "interval_at_ms": interval_at_ms,
            "handlings": handlings,
            "handle_ms": handle_ms,
        },
    )


class QueueRepository:
    """Queues in the database.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_queues(self) -> Sequence[Queue]:
        """All queues, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(QUEUES).order_by(QUEUES.c.id))
            return [msgspec.convert(plain(row), Queue) for row in rows.mappings()]

    async def save_queue(self, queue: Queue) -> None:
        """Store a queue in place of one with its id."""
        row = msgspec.structs.asdict(queue) | {"welcome": list(queue.welcome)}
        async with self._database.begin() as connection:
            await connection.execute(delete(QUEUES).where(QUEUES.c.id == queue.id))
            await connection.execute(insert(QUEUES).values(row))

    async def list_handle_times(self, since_ms: int) -> Sequence[tuple[QueueId, int, int, int]]:
        """Rows (queue, start of interval, handlings, sum in ms) of intervals from this one on."""
        table = QUEUE_HANDLE_TIMES
        query = select(table).where(table.c.interval_at_ms >= since_ms)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [(QueueId(row[0]), row[1], row[2], row[3]) for row in rows]
