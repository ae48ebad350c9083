"""This room's SQL tables: who the agents are, what they are doing now, what they did each day."""

from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table

from cordboard.kit.db import metadata

AGENTS = Table(
    "agents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("agent_number", String(32), nullable=False, unique=True),
    Column("extension", String(32), nullable=False, default=""),
    Column("skills", JSON, nullable=False),
)

AGENT_STATES = Table(
    "agent_states",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("extension", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    Column("since_at_ms", BigInteger, nullable=False),
    Column("idle_since_at_ms", BigInteger, nullable=False),
    Column("call_id", String(64)),
    Column("offer_id", String(64)),
    Column("queue_id", String(64)),
    Column("wrap_up_ends_at_ms", BigInteger),
    Column("pending_state", String(16)),
    Column("pending_reason", String(32)),
    Column("wrap_up_s", Integer, nullable=False, default=0),
    Column("handled_since_at_ms", BigInteger),
    sqlite_with_rowid=False,
)

AGENT_DAYS = Table(
    "agent_days",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("answered", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("wrap_up_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
