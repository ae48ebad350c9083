"""Tables of this room: users, their sessions, failed logins, and the audit."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from cordboard.kit.db import metadata

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("name_key", String(80), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("agent_id", String(40), unique=True),
    Column("agent_number", String(20), unique=True),
    Column("extension", String(20), unique=True),
    Column("language", String(10)),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("last_login_at_ms", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(40), ForeignKey(users.c.id), nullable=False, index=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
Index("ix_login_failures_subject_at", login_failures.c.subject, login_failures.c.at_ms)

# Rows are added and read, never changed: the migrations put a trigger before both.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column(
        "id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("at_ms", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("user_id", String(40)),
    Column("subject_id", String(40)),
    Column("source", String(64), nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    info={"append_only": True},
)
Index("ix_audit_entries_at", audit_entries.c.at_ms)
Index("ix_audit_entries_user_at", audit_entries.c.user_id, audit_entries.c.at_ms)
