"""A test module that declares no category, or two, is not collected and fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import small_tree

pytestmark = pytest.mark.arch


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree of its own."""
    return small_tree(tmp_path)


def collect(tree: Path, first_line: str) -> subprocess.CompletedProcess[str]:
    """Let pytest collect one module that begins with `first_line`."""
    body = f"import pytest\n\n{first_line}\n\n\ndef test_nothing() -> None:\n    pass\n"
    (tree / "tests" / "test_one.py").write_text(body)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_module_with_one_category_is_collected(tree: Path) -> None:
    assert collect(tree, "pytestmark = pytest.mark.unit").returncode == 0


def test_a_module_without_a_category_fails_the_run(tree: Path) -> None:
    done = collect(tree, "NOTHING = 0")

    assert done.returncode != 0
    assert "test_one.py declares no category" in done.stdout


def test_a_module_with_two_categories_fails_the_run(tree: Path) -> None:
    done = collect(tree, "pytestmark = [pytest.mark.unit, pytest.mark.live]")

    assert done.returncode != 0
    assert "test_one.py declares unit and live" in done.stdout
