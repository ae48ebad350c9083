"""Where things lie in the tree, and what git would show of it."""

import ast
import shutil
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


def small_tree(folder: Path) -> Path:
    """A tree with the conftest and the settings of this one, for tests of the tests."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests" / "support", folder / "tests" / "support", ignore=leave)
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    return folder
