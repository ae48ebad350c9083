"""Keep the reasons of offers with offers, and each small table in one tree."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SMALL = (
    "agent_days",
    "agent_states",
    "handlings",
    "offers",
    "queue_handle_times",
    "queue_visits",
    "recordings",
    "segments",
)
"As of this revision; SQLite made a row id and an index of the key for each."


def upgrade() -> None:
    """One step up; rows from before keep their reasons in `call_records.detail`."""
    op.add_column("offers", sa.Column("reason", sa.JSON(), nullable=True))
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in SMALL:
        with op.batch_alter_table(
            table, recreate="always", table_kwargs={"sqlite_with_rowid": False}
        ):
            pass  # made anew as it is, without row ids
