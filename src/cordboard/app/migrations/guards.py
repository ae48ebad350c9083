"""Triggers that hold what tables promise: rows of an append-only table stay as they were written.

A table says so in its `info`: `{"append_only": True}`. Set anew after each migration, so that a
rebuilt table cannot lose them.
"""

from sqlalchemy import Connection, MetaData, text

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_POSTGRES = (
    """
CREATE OR REPLACE FUNCTION cordboard_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
""",
    "DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
    """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION cordboard_append_only()
""",
)


def guard(connection: Connection, tables: MetaData) -> None:
    """Set the triggers of all tables that want them."""
    for table in tables.sorted_tables:
        if not table.info.get("append_only"):
            continue
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.execute(text(_SQLITE.format(table=table.name, verb=verb)))
        else:
            for statement in _POSTGRES:
                connection.execute(text(statement.format(table=table.name)))
