"""Where things lie in the tree, and what git would show of it."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "cordboard"
_SKIPPED = {".git", ".venv", "node_modules", "dist", "static", "var", "build", "__pycache__"}


def tracked_files() -> list[Path]:
    """All files that git knows; in a tree without git, all that a build does not make."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False
    )
    if done.returncode == 0:
        names = done.stdout.decode().split("\0")
        return [path for name in names if name and (path := ROOT / name).is_file()]
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not _SKIPPED & set(path.relative_to(ROOT).parts)
    ]


def rooms() -> list[Path]:
    """The folders of the rooms, in alphabetical order."""
    return sorted(path.parent for path in HOUSE.glob("*/__init__.py"))


def modules(folder: Path = HOUSE) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file under `folder` with its syntax tree."""
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text(), filename=str(path))
