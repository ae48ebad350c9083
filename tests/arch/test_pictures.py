"""docs/rooms is what the code says today."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT
from tools.draw import picture

pytestmark = pytest.mark.arch


def test_the_pages_of_the_rooms_are_fresh(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tools.draw", str(tmp_path)], cwd=ROOT, check=True)

    drawn = {path.name: path.read_text() for path in tmp_path.glob("*.md")}
    kept = {path.name: path.read_text() for path in (ROOT / "docs" / "rooms").glob("*.md")}
    stale = sorted(name for name in drawn | kept if drawn.get(name) != kept.get(name))
    assert stale == [], "run `make draw` and commit docs/rooms"


def test_arrows_of_one_pair_of_states_share_a_line_and_a_last_state_ends() -> None:
    table = {"ringing": {"Answered": "talking", "Joined": "talking"}, "talking": {}}

    assert picture("States", table).splitlines()[2:] == [
        "```mermaid",
        "stateDiagram-v2",
        "    ringing --> talking: Answered, Joined",
        "    talking --> [*]",
        "```",
    ]
