"""This room's tables: lines and numbers as configured."""

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table

from cordboard.kit.db import metadata

trunks = Table(
    "trunks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("port", Integer, nullable=False, default=5060),
    Column("transport", String(8), nullable=False, default="udp"),
    Column("username", String(120), nullable=False, default=""),
    Column("password", String(120), nullable=False, default=""),
    Column("shown_number", String(40), nullable=False, default=""),
    Column("latch", String(8), nullable=False, default="strict"),
    Column("max_calls", Integer, nullable=False, default=0),
    Column("checks_health", Boolean, nullable=False, default=True),
    Column("sip", JSON, nullable=False, default=dict),
)

phones = Table(
    "phones",
    metadata,
    Column("extension", String(40), primary_key=True),
    Column("name", String(120), nullable=False, default=""),
    Column("ha1_md5", String(32), nullable=False, default=""),
    Column("ha1_sha256", String(64), nullable=False, default=""),
    Column("contact", String(120), nullable=False, default=""),
    Column("transport", String(8), nullable=False, default="udp"),
)

line_plan = Table(
    "line_plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", JSON, nullable=False),
)
"One row: outer lines, pools and rules are changed together and checked as a whole."

service_numbers = Table(
    "service_numbers",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", String(64), nullable=False),
)
