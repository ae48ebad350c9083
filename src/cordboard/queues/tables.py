"""This room's SQL tables: the queues as configured, and their handle times by base interval."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, String, Table

from cordboard.kit.db import metadata

QUEUES = Table(
    "queues",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("strategy", String(32), nullable=False),
    Column("needs", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("hold_music", String(200), nullable=False),
    Column("welcome", JSON, nullable=False),
    Column("announce_every_s", Integer, nullable=False),
    Column("ring_limit_s", Integer, nullable=False),
    Column("wrap_up_s", Integer, nullable=False),
    Column("max_wait_s", Integer, nullable=False),
    Column("overflow_queue_id", String(64)),
    Column("max_length", Integer, nullable=False),
    Column("refuse_without_agents", Boolean, nullable=False),
    Column("announce_agent_number", Boolean, nullable=False),
    Column("service_level_s", Integer, nullable=False),
    Column("short_abandon_s", Integer, nullable=False),
    Column("record", Boolean, nullable=False),
)

QUEUE_HANDLE_TIMES = Table(
    "queue_handle_times",
    metadata,
    Column("queue_id", String(64), primary_key=True),
    Column("interval_at_ms", BigInteger, primary_key=True),
    Column("handlings", Integer, nullable=False),
    Column("handle_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
