"""A story whose logs name a person fails, and one whose logs name a call passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import small_tree

pytestmark = pytest.mark.arch

STORY = """
import pytest
import structlog

pytestmark = pytest.mark.story
log = structlog.get_logger()


def test_somebody_calls() -> None:
    log.info("call.began", {says})
"""


@pytest.mark.parametrize(
    ("says", "passes"), [("call_id='c-01jdabc'", True), ("caller_number='13800138000'", False)]
)
def test_a_story_watches_its_logs(says: str, passes: bool, tmp_path: Path) -> None:
    tree = small_tree(tmp_path)
    (tree / "tests" / "test_one.py").write_text(STORY.replace("{says}", says))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode == 0) is passes, done.stdout
