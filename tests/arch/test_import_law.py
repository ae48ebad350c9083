"""The import law holds, and each of its contracts bites.

Each bite copies the tree, lets one file take what it must not, and expects import-linter to fail
on that contract by name.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.tree import ROOT

pytestmark = pytest.mark.arch

CONTRACTS: dict[str, str] = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}

BITES: dict[str, tuple[str, str]] = {
    "house": ("calls/model.py", "import cordboard.queues"),
    "room": ("calls/model.py", "from . import service"),
    "pure": ("calls/state/table.py", "import asyncio"),
    "sip-pure": ("sip/parser.py", "import socket"),
    "media-pure": ("media/rtp.py", "import socket"),
    "adapters": ("calls/service/calls.py", "from cordboard.telephony.adapters import fake"),
    "http": ("calls/service/calls.py", "import fastapi"),
    "sql": ("calls/service/calls.py", "import sqlalchemy"),
}
"Contract → (file of the house, the line that breaks it)."


def lint(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the house under `tree`."""
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", *chosen],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the house and its law, to be broken."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    leave = shutil.ignore_patterns("__pycache__", "static", "*.ulaw", "*.alaw", "*.wav")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=leave)
    return tmp_path


def test_the_house_keeps_its_law() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_each_contract_bites(contract: str, copy: Path) -> None:
    file, line = BITES[contract]
    path = copy / "src" / "cordboard" / file
    path.write_text(f"{path.read_text()}\n{line}\n")

    done = lint(copy, contract)

    assert done.returncode != 0
    assert f"{CONTRACTS[contract]} BROKEN" in done.stdout.replace("\n", " "), done.stdout


def test_a_stray_file_in_a_room_breaks_the_build(copy: Path) -> None:
    (copy / "src" / "cordboard" / "calls" / "utils.py").write_text('"""Odds and ends."""\n')

    done = lint(copy, "room")

    assert done.returncode != 0
    assert "utils" in done.stdout


def test_a_room_that_the_law_does_not_list_breaks_the_build(copy: Path) -> None:
    room = copy / "src" / "cordboard" / "attic"
    room.mkdir()
    (room / "__init__.py").write_text('"""A room that nobody planned."""\n')

    done = lint(copy, "house")

    assert done.returncode != 0
    assert "attic" in done.stdout
