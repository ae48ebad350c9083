"""The SQL of flows."""

from typing import Protocol

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cordboard.kit.db import Database

from .errors import BadFlowError, FlowVersionTakenError
from .graph import Flow, check
from .tables import flows

_log = structlog.get_logger(__name__)


class Flows(Protocol):
    """Where published flows are kept."""

    async def load_live(self) -> list[Flow]:
        """The live version of every flow, by id."""
        ...

    async def publish(self, flow: Flow, published_at_ms: int) -> None:
        """Store a new version and make it the live one.

        Raises:
            FlowVersionTakenError: If this version or a later one is there.
        """
        ...


class FlowRepository:
    """Flows in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_live(self) -> list[Flow]:
        """The live version of every flow, by id; one that no longer holds is logged and left."""
        query = select(flows.c.id, flows.c.document).where(flows.c.is_live).order_by(flows.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = []
        for row in rows:
            try:
                found.append(check(row.document))
            except BadFlowError as error:
                _log.error("flow.unusable", flow_id=row.id, problems=error.details["problems"])
        return found

    async def publish(self, flow: Flow, published_at_ms: int) -> None:
        """Store a new version and make it the live one, in one transaction.

        Raises:
            FlowVersionTakenError: If this version or a later one is there.
        """
        newest = select(func.max(flows.c.version)).where(flows.c.id == flow.id)
        row = {
            "id": flow.id,
            "version": flow.version,
            "is_live": True,
            "document": flow.document,
            "published_at_ms": published_at_ms,
        }
        taken = FlowVersionTakenError(
            f"Version {flow.version} is not above the newest one.", version=flow.version
        )
        try:
            async with self._database.begin() as connection:
                if ((await connection.execute(newest)).scalar() or 0) >= flow.version:
                    raise taken
                old = update(flows).where(flows.c.id == flow.id).values(is_live=False)
                await connection.execute(old)
                await connection.execute(insert(flows).values(row))
        except IntegrityError:
            raise taken from None
