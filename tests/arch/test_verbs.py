"""The verbs of the house: CI uses them and nothing else, and they say plainly what is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT
from tools import postgres, suite

pytestmark = pytest.mark.arch

MAKEFILE = (ROOT / "Makefile").read_text()
VERBS = ["run", "ring", "test", "quick", "check", "bench", "fuzz", "draw", "api", "clean", "help"]


@pytest.fixture
def bare_tree(tmp_path: Path) -> Path:
    """A tree as a newcomer has it: sources, no environment."""
    for name in ("tools/prepare.py", "pyproject.toml", "requirements.lock", "web/package.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def prepare(tree: Path, *, path: Path) -> subprocess.CompletedProcess[str]:
    """Run tools/prepare.py there, as somebody who may install nothing, with this PATH."""
    return subprocess.run(
        [sys.executable, "tools/prepare.py", "run"],
        cwd=tree,
        env={"PATH": str(path), "HOME": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_ci_calls_make_test_and_nothing_else() -> None:
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text().splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    assert re.search(rf"(?m)^{verb}:.*## \w", MAKEFILE)


def test_a_machine_without_python_3_11_is_told_what_to_install(bare_tree: Path) -> None:
    empty = bare_tree / "bin"
    empty.mkdir()

    done = prepare(bare_tree, path=empty)

    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("says", "expected"), [(None, "there is none here"), ("v18.19.0", "it is 18.19.0 here")]
)
def test_a_machine_without_the_right_node_is_told_what_to_install(
    bare_tree: Path, says: str | None, expected: str
) -> None:
    programs = bare_tree / "bin"
    programs.mkdir()
    if says:
        (programs / "node").write_text(f"#!/bin/sh\necho {says}\n")
        (programs / "node").chmod(0o755)
    script = (
        "import sys; sys.path.insert(0, 'tools'); import prepare\n"
        "try: prepare.install_web()\n"
        "except prepare.MissingError as error: print(error)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=bare_tree,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert expected in done.stdout
    assert "Node.js" in done.stdout


def test_the_last_line_counts_all_parts(tmp_path: Path) -> None:
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for name, attributes in {"a": 'tests="7" failures="1" errors="1"', "b": 'tests="3"'}.items():
        file = tmp_path / name
        file.write_text(f'<testsuites><testsuite {attributes} skipped="2"/></testsuites>')
        suite.count(file, totals)

    assert totals == {"passed": 4, "failed": 2, "skipped": 4}


def test_a_closed_port_is_no_database() -> None:
    assert not postgres.lets_in("postgresql://postgres@127.0.0.1:1/postgres")
