"""An agent whose telephone is a page of a real Chromium: tones both ways, a reload, a lost tab."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from cordboard.app.demo.softphone import Softphone
from cordboard.app.web import pages_dir
from cordboard.media.codecs import decode
from tests.live.test_story_real_peers import share, tone
from tests.support.baresip import write_tone
from tests.support.browser import walk
from tests.support.server import PASSWORD, PATIENT, Seat, ServerProcess, a_site, until

pytestmark = pytest.mark.live

SEAT = Seat("8012", "8001", skills={"repair": 3, "billing": 3})
CALLER_HZ, AGENT_HZ = 440, 1000


async def test_a_page_is_a_telephone_through_a_reload_and_the_loss_of_its_tab(
    tmp_path: Path,
) -> None:
    if pages_dir() is None:
        pytest.skip("the web pages are not built: make build")
    write_tone(tmp_path / "said.wav", AGENT_HZ, 10)
    said: list[str] = []
    heard: dict[str, float] = {}

    def hear(line: str) -> None:
        """At each stage: what the caller has heard in the second before."""
        said.append(line)
        if "share" in line:
            stage = line.split(":")[0].split()[-1]
            pcm = decode(bytes(call.heard[-8000:]), "PCMA")
            heard[stage] = share(np.asarray(pcm), AGENT_HZ)

    with ServerProcess(tmp_path, a_site([SEAT], ring_limit_s=20)) as server:
        caller = Softphone("13871562043")
        await caller.start()
        settings = {
            "AGENT": f"{SEAT.name}:{PASSWORD}",
            "SOUND": str(tmp_path / "said.wav"),
            "CALLER_HZ": str(CALLER_HZ),
            "LIMIT_S": "70",
        }
        walking = asyncio.create_task(
            walk("softphone", server.url, tmp_path, settings, 80, hear)
        )  # fmt: skip
        await until(lambda: walking.done() or any("READY" in line for line in said), 40)
        assert not walking.done(), walking.exception()
        server.desk(SEAT.name).post("agents/me/sign_in")
        call = await caller.call(PATIENT, server.hop)
        call.says = tone(CALLER_HZ)

        await walking

        await server.until_quiet()
        [talked] = server.calls()
        await caller.close()
    assert heard.keys() == {"first", "reloaded", "taken"}
    assert all(part > 0.6 for part in heard.values()), heard
    assert talked["ended_by"] == "agent"
