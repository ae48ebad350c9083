"""What does not happen daily: a caller who never ACKs, signalling by TCP, a stubborn database."""

import asyncio
import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
from itertools import product
from pathlib import Path

import pytest

from cordboard.app.demo.show import ROBOT_PORT, voice
from cordboard.app.demo.softphone import PhoneCall, Softphone
from tests.support.server import (
    DIRECT,
    PATIENT,
    PROGRAM,
    Seat,
    ServerProcess,
    a_site,
    free_port,
    until,
)
from tests.support.sipp import Sipp

pytestmark = pytest.mark.live

NO_ACK_S = 32
"64*T1 (RFC 3261, 13.3.1.4)."


async def test_a_caller_who_never_acks_is_sent_off_and_the_record_says_why(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path, a_site([Seat("8012", "8001")])) as server:
        remote, limit_s = ("127.0.0.1", server.sip_port), NO_ACK_S + 15
        async with Sipp(
            "house_caller_never_acks", tmp_path, remote, service=PATIENT, limit_s=limit_s
        ) as caller:
            await caller.passed(limit_s)

        await server.until_quiet()
        call = server.last_call()
        assert call["ended_by"] == "network"
        facts = {fact["kind"]: fact["data"] for fact in server.facts_of(call["id"])}
        assert facts["CallEnded"]["reason"] == "no ACK"
        assert facts["QueueLeft"]["outcome"] == "failed"
        assert [recording["state"] for recording in call["recordings"]] == ["closed"]


@pytest.mark.parametrize("transports", [*product(("tcp", "udp"), repeat=2)], ids="-".join)
async def test_a_call_over_any_pair_of_transports_is_talked_and_recorded(
    tmp_path: Path, transports: tuple[str, str]
) -> None:
    rings: asyncio.Queue[PhoneCall] = asyncio.Queue()
    phone = Softphone("8001", port=free_port(), transport=transports[1], on_call=rings.put_nowait)
    caller = Softphone("13871562043", transport=transports[0])
    seat = Seat("8012", "8001", phone.contact, transports[1])
    with ServerProcess(tmp_path, a_site([seat])) as server:
        await phone.start()
        await caller.start()
        server.desk("agent8012").post("agents/me/sign_in")
        server.desk("agent8012").post("agents/me/ready")
        call = await caller.call(DIRECT, ("127.0.0.1", server.sip_port, transports[0]))
        agent = await asyncio.wait_for(rings.get(), 8)
        agent.pick_up()
        await asyncio.wait_for(call.answered.wait(), 5)
        call.says = voice("zh", ("account/confirm",))
        agent.says = voice("en", ("account/confirm",))

        before = len(call.heard)
        await until(lambda: is_voice(call.heard[before:]) and is_voice(agent.heard))
        agent.hang_up()
        await asyncio.wait_for(call.ended.wait(), 5)
        await server.until_quiet(a8012="idle")
        record = server.last_call()
        await caller.close()
        await phone.close()

        assert (record["ended_by"], record["result"]) == ("agent", "answered")
        [recording] = record["recordings"]
        assert recording["state"] == "closed"
        assert len(server.desk().sound(recording["id"])) > 8000


def is_voice(heard: bytes | bytearray) -> bool:
    """Whether this is a voice: half a second at least, and neither silence nor one note."""
    return len(heard) > 4000 and len(set(heard)) > 40


async def test_a_call_while_the_database_takes_nothing_is_stored_when_it_does_again(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path, a_site([Seat("8012", "8001")])) as server:
        server.desk()
        caller = Softphone("13871562043")
        await caller.start()
        other = sqlite3.connect(server.data_dir / "cordboard.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        call = await caller.call(PATIENT, server.hop)
        await asyncio.wait_for(call.answered.wait(), 25)
        await until(lambda: not server.readiness()["journal"])
        await until(lambda: call.packets_in > 50)
        call.hang_up()
        other.execute("ROLLBACK")
        other.close()

        await until(lambda: server.readiness()["journal"], 25)
        await server.until_quiet(15)
        await caller.close()
        record = server.last_call()
        assert (record["ended_by"], record["result"]) == ("customer", "abandoned_in_queue")
        kinds = [fact["kind"] for fact in server.facts_of(record["id"])]
        assert kinds[0] == "CallArrived"
        assert {"QueueEntered", "QueueLeft", "RecordingClosed", "CallEnded"} <= set(kinds)


def test_the_demo_s_agent_finds_a_port_where_another_has_its_own(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):  # another demo has it: as well
            other.bind(("127.0.0.1", ROBOT_PORT))
        server = stack.enter_context(ServerProcess(tmp_path, verb=("demo", "--quiet")))

        done = server.run("ring", limit_s=90)

        assert done.returncode == 0, done.stderr
        facts = sqlite3.connect(server.data_dir / "cordboard.db").execute(
            "SELECT body FROM facts WHERE kind = 'AgentConnected'"
        )
        assert len(facts.fetchall()) == 1


@pytest.mark.parametrize("what", ["file", "directory"])
def test_a_database_that_cannot_be_written_is_named_and_left_alone(
    tmp_path: Path, what: str
) -> None:
    server = ServerProcess(tmp_path)
    assert server.run("migrate").returncode == 0
    database = server.data_dir / "cordboard.db"
    before = database.read_bytes()
    locked = database if what == "file" else server.data_dir
    locked.chmod(0o444 if what == "file" else 0o555)
    try:
        demo = Path(__file__).parents[2] / "src/cordboard/app/demo/site.json"
        served, loaded, checked = (
            run_without_privilege(server, *words)
            for words in (("serve",), ("load", str(demo)), ("doctor",))
        )
    finally:
        locked.chmod(0o755)

    for done in (served, loaded):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("cordboard: ")
        assert str(server.data_dir) in last
        assert "doctor" in last
    assert checked.returncode == 1
    assert any(
        line.startswith("BAD ") and "database" in line and "not written" in line
        for line in checked.stdout.splitlines()
    )
    assert database.read_bytes() == before


def run_without_privilege(server: ServerProcess, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb; root without its right to write what is read-only."""
    first: list[str] = []
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root, and no setpriv")
        first = [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]
    return subprocess.run(
        [*first, PROGRAM, *words],
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
