"""The pages in a real browser while a real call goes through: board, record, sound, buttons."""

import shlex
from pathlib import Path

import pytest

from cordboard.app.web import pages_dir
from tests.support.browser import walk
from tests.support.server import PROGRAM, ServerProcess

pytestmark = pytest.mark.live


async def test_a_supervisor_and_an_agent_see_a_call_from_its_ring_to_its_recording(
    tmp_path: Path,
) -> None:
    if pages_dir() is None:
        pytest.skip("the web pages are not built: make build")
    with ServerProcess(tmp_path, verb=("demo", "--quiet")) as server:
        settings = {
            key: value for key, value in server.environment.items() if key.startswith("CORDBOARD_")
        }
        ring = " ".join(
            [*(f"{key}={shlex.quote(value)}" for key, value in settings.items()), PROGRAM, "ring"]
        )

        said = await walk("first-call", server.url, tmp_path, {"RING": ring, "LIMIT_S": "85"}, 95)

    for seen in ("board: talk", "board: gone", "recording: plays", "not ready, with a reason"):
        assert seen in said
    assert said.count("language:") == 2
