"""Write a revision of the database from the rooms' tables.

    python tools/new_revision.py "Say what changes"      the next revision
    python tools/new_revision.py --initial               the first one anew, before any release

Compares the tables with a database that has all revisions so far. Read what it wrote: renamed
columns look like one that went and one that came.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text
from sqlalchemy.dialects import postgresql, sqlite

from cordboard.app.migrations import HERE, all_tables, config_of, migrate
from cordboard.kit.db import engine_of

VERSIONS = HERE / "versions"
DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}


def spell_out(tables: MetaData) -> None:
    """Write the condition of each partial index in its own dialect; Alembic would use ours."""
    for table in tables.tables.values():
        for index in table.indexes:
            for name, dialect in DIALECTS.items():
                where = index.dialect_options[name].get("where")
                if where is not None:
                    words = where.compile(
                        dialect=dialect,
                        compile_kwargs={"literal_binds": True, "include_table": False},
                    )
                    index.dialect_options[name]["where"] = text(str(words))
                    index.dialect_kwargs[f"{name}_where"] = text(str(words))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="Make all tables")
    parser.add_argument("--initial", action="store_true", help="replace all revisions by one")
    given = parser.parse_args()
    VERSIONS.mkdir(exist_ok=True)
    spell_out(all_tables())
    if given.initial:
        for old in VERSIONS.glob("*.py"):
            old.unlink()
        shutil.rmtree(VERSIONS / "__pycache__", ignore_errors=True)
    number = len(list(VERSIONS.glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        if number > 1:
            migrate(url)
        engine = engine_of(url)
        with engine.begin() as connection:
            if not compare_metadata(MigrationContext.configure(connection), all_tables()):
                print("tables and revisions agree: nothing to write")
                return 0
            written = command.revision(
                config_of(connection),
                given.message,
                autogenerate=True,
                rev_id=f"{number:04}",
            )
        engine.dispose()
    path = Path(str(written.path))  # type: ignore[union-attr]  # one revision was asked for
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
