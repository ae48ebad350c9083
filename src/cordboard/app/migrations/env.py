"""How Alembic runs here: on the connection that `migrate` opened, never on one of its own."""

from alembic import context

from cordboard.app.migrations import all_tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    compare_type=True,
    compare_server_default=True,
    transactional_ddl=True,
)
context.run_migrations()
