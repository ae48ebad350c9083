"""The only SQL statements of this room; rows become models here and nowhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import delete, insert, select

from cordboard.kit.db import Database, Write, plain

from .model import Agent, AgentDay, AgentState, AgentView
from .state import begin
from .tables import AGENT_DAYS, AGENT_STATES, AGENTS


def state_row(view: AgentView) -> Write:
    """The agent's row of `agent_states`."""
    return Write(
        AGENT_STATES,
        {
            "agent_id": view.id,
            "extension": view.extension,
            "state": view.state.value,
            "reason": view.reason,
            "since_at_ms": view.since_ms,
            "idle_since_at_ms": view.idle_since_ms,
            "call_id": view.call_id,
            "offer_id": view.offer_id,
            "queue_id": view.queue_id,
            "wrap_up_ends_at_ms": view.wrap_up_ends_at_ms,
            "pending_state": view.pending_state,
            "pending_reason": view.pending_reason,
            "wrap_up_s": view.wrap_up_s,
            "handled_since_at_ms": view.handled_since_ms,
        },
    )


def day_row(day: AgentDay) -> Write:
    """The agent's row of `agent_days`."""
    return Write(AGENT_DAYS, msgspec.structs.asdict(day))


class AgentRepository:
    """Agents in the database.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_agents(self) -> Sequence[Agent]:
        """All agents as configured, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(AGENTS).order_by(AGENTS.c.id))
            return [msgspec.convert(plain(row), Agent) for row in rows.mappings()]

    async def save_agent(self, agent: Agent) -> None:
        """Store an agent in place of one with its id."""
        async with self._database.begin() as connection:
            await connection.execute(delete(AGENTS).where(AGENTS.c.id == agent.id))
            await connection.execute(insert(AGENTS).values(msgspec.structs.asdict(agent)))

    async def list_views(self) -> Sequence[AgentView]:
        """Agents that ever signed in, as they were at the last committed turn, by id."""
        agents = {agent.id: agent for agent in await self.list_agents()}
        async with self._database.read() as connection:
            rows = await connection.execute(select(AGENT_STATES).order_by(AGENT_STATES.c.agent_id))
            return [
                _view(agents[row["agent_id"]], plain(row))
                for row in rows.mappings()
                if row["agent_id"] in agents
            ]

    async def list_days(self, since: str) -> Sequence[AgentDay]:
        """What agents did from this local date on.

        Args:
            since: `2026-03-02`.
        """
        query = select(AGENT_DAYS).where(AGENT_DAYS.c.day >= since)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [msgspec.convert(plain(row), AgentDay) for row in rows.mappings()]


def _view(agent: Agent, row: Mapping[str, Any]) -> AgentView:
    return replace(
        begin(agent),
        extension=row["extension"],
        state=AgentState(row["state"]),
        reason=row["reason"],
        since_ms=row["since_at_ms"],
        idle_since_ms=row["idle_since_at_ms"],
        call_id=row["call_id"],
        offer_id=row["offer_id"],
        queue_id=row["queue_id"],
        wrap_up_ends_at_ms=row["wrap_up_ends_at_ms"],
        pending_state=row["pending_state"],
        pending_reason=row["pending_reason"],
        wrap_up_s=row["wrap_up_s"],
        handled_since_ms=row["handled_since_at_ms"],
    )
