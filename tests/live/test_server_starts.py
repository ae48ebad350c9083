"""What a start says when something is amiss: one clear line, exit code 1, nothing lost."""

import asyncio
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cordboard.app.demo.softphone import Softphone
from tests.support.server import HOTLINE, PROGRAM, Seat, ServerProcess, a_site, free_port, until

pytestmark = pytest.mark.live

SEATS = [Seat("8012", "8001")]


def refused_start(server: ServerProcess) -> str:
    """What `cordboard serve` says before it ends with exit code 1."""
    started = time.monotonic()
    done = server.run("serve", limit_s=40)
    assert done.returncode == 1, done.stderr + done.stdout
    assert time.monotonic() - started < 30
    assert "Traceback" not in done.stderr, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("cordboard: "), done.stderr
    return last


@pytest.mark.parametrize("which", ["sip", "http"])
def test_a_busy_port_is_named(tmp_path: Path, which: str) -> None:
    server = ServerProcess(tmp_path)
    port = server.sip_port if which == "sip" else server.http_port
    kind = socket.SOCK_DGRAM if which == "sip" else socket.SOCK_STREAM
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()

        said = refused_start(server)

    server.close()
    assert str(port) in said
    assert "in use" in said


def test_a_second_server_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, a_site(SEATS)) as server:
        other = ServerProcess(tmp_path)
        assert "another cordboard" in refused_start(other)
        assert server.readiness()["telephony"]


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/cordboard"
    server = ServerProcess(tmp_path, environment={"CORDBOARD_CORE_DATABASE": url})

    said = refused_start(server)

    assert "database" in said.lower()
    assert "secret" not in said


def test_a_database_file_that_is_none_is_named(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.data_dir.mkdir()
    (server.data_dir / "cordboard.db").write_bytes(b"this is no database " * 500)

    assert "database" in refused_start(server).lower()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.data_dir.write_text("a file stands where the directory should be")

    said = refused_start(server)

    assert "data" in said


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    environment = {"CORDBOARD_SIP_PORT": "many", "CORDBOARD_CORE_TIME_ZONE": "Mars/Olympus"}
    said = refused_start(ServerProcess(tmp_path, environment=environment))

    assert "sip" in said.lower()


async def test_a_prompt_that_is_not_there_is_a_fact_and_the_caller_is_led_on(
    tmp_path: Path,
) -> None:
    site = a_site(SEATS)
    site["flows"][0]["nodes"]["language"]["items"] = ["menus/hello"]
    hello = [tmp_path / f"prompts/{language}/menus/hello.alaw" for language in ("zh", "en")]
    for prompt in hello:
        prompt.parent.mkdir(parents=True)
        prompt.write_bytes(b"\xd5" * 8000)
    environment = {"CORDBOARD_MEDIA_PROMPTS_DIR": str(tmp_path / "prompts")}
    with ServerProcess(tmp_path, site, environment) as server:
        for prompt in hello:
            prompt.unlink()
        caller = Softphone("13871562043")
        await caller.start()
        call = await caller.call(HOTLINE, server.hop)
        await asyncio.wait_for(call.answered.wait(), 5)
        await until(lambda: len(server.last_call()["path"]) == 2)
        call.hang_up()
        await server.until_quiet()
        await caller.close()

        record = server.last_call()
        assert [step["node_id"] for step in record["path"]] == ["language", "matter"]
        failed = [f for f in server.facts_of(record["id"]) if f["kind"] == "NodeFailed"]
        assert [fact["data"]["node_id"] for fact in failed] == ["language"]


def test_a_site_that_asks_for_a_missing_prompt_is_refused_and_nothing_is_installed(
    tmp_path: Path,
) -> None:
    site = a_site(SEATS)
    site["flows"][0]["nodes"]["language"]["items"] = ["menus/nobody_recorded_this"]
    site["queues"][0]["hold_music"] = "moh:nobody_played_this"
    document = tmp_path / "site.json"
    document.write_text(json.dumps(site))
    server = ServerProcess(tmp_path)

    done = server.run("load", str(document))

    assert done.returncode == 1
    for item in (
        "file:zh/menus/nobody_recorded_this",
        "file:en/menus/nobody_recorded_this",
        "moh:nobody_played_this",
        "CORDBOARD_MEDIA_PROMPTS_DIR",
    ):
        assert item in done.stderr
    assert not (server.data_dir / "cordboard.db").exists()


def test_a_site_with_a_broken_flow_is_refused_and_nothing_is_installed(tmp_path: Path) -> None:
    site = a_site(SEATS)
    site["flows"][0]["start"] = "nowhere"
    document = tmp_path / "site.json"
    document.write_text(json.dumps(site))
    server = ServerProcess(tmp_path)

    done = server.run("load", str(document))

    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert not (server.data_dir / "cordboard.db").exists()


def test_the_command_line_says_its_version() -> None:
    assert shutil.which(PROGRAM)
    said = subprocess.run([PROGRAM, "version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip().count(".") == 2
