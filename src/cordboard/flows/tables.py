"""The tables of flows: every published version of every flow, of which one at most is live."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table

from cordboard.kit.db import metadata

flows = Table(
    "flows",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("is_live", Boolean, nullable=False),
    Column("document", JSON, nullable=False),
    Column("published_at_ms", BigInteger, nullable=False),
)

Index(
    "uq_flows_live",
    flows.c.id,
    unique=True,
    sqlite_where=flows.c.is_live,
    postgresql_where=flows.c.is_live,
)
