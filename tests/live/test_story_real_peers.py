"""The first story with real peers: keys, queue, offer, talk, recording, record, live screen.

The agent's telephone is baresip, registered with digest; callers are a scripted telephone and
SIPp. On both databases.
"""

import asyncio
import contextlib
import io
import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cordboard.app.demo.softphone import Softphone
from cordboard.media.codecs import encode
from tests.support.baresip import Baresip
from tests.support.server import HOTLINE, Screen, Seat, ServerProcess, a_database, a_site, until
from tests.support.sipp import Sipp

pytestmark = pytest.mark.live

CALLER_HZ, AGENT_HZ = 440, 1000
SEAT = Seat("8012", "8001")
Sound = np.ndarray[Any, np.dtype[np.int16]]


def tone(hertz: float) -> Callable[[int], bytes]:
    """What a scripted telephone says: a steady tone in A-law, one second over and over."""
    pcm = (8000 * np.sin(2 * np.pi * hertz * np.arange(8000) / 8000)).astype(np.int16)
    coded = encode(pcm, "PCMA")
    return lambda number: coded[number % 50 * 160 : number % 50 * 160 + 160]


def share(pcm: Sound, hertz: float) -> float:
    """How much of the sound's power lies within 20 Hz of a tone, 0 to 1."""
    power = np.abs(np.fft.rfft(pcm.astype(float))) ** 2
    at_hz = np.fft.rfftfreq(len(pcm), 1 / 8000)
    return float(power[np.abs(at_hz - hertz) < 20].sum() / max(power.sum(), 1.0))


def channels(sound: bytes) -> tuple[Sound, Sound]:
    """What the customer said and what the customer heard."""
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 2, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return pcm[0::2], pcm[1::2]


async def entered(screen: Screen, node: str) -> None:
    """Wait until the live screen shows the caller at a node of the flow."""
    await until(
        lambda: any(
            fact["kind"] == "NodeEntered" and fact["node_id"] == node for fact in screen.facts
        ),
        12,
        screen.kinds,
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_caller_is_led_to_an_agent_and_the_pages_tell_it_all(
    tmp_path: Path, kind: str
) -> None:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(a_database()) if kind == "postgresql" else ""
        site = a_site([SEAT], wrap_up_s=1, ring_limit_s=20)
        site["queues"][0]["announce_agent_number"] = True
        environment = {"CORDBOARD_CORE_DATABASE": database} if database else {}
        server = stack.enter_context(ServerProcess(tmp_path, site, environment))
        phone = Baresip(
            tmp_path / "baresip", "8001", SEAT.phone_password, server.sip_port, hertz=AGENT_HZ
        )
        caller = Softphone("13871562043")
        await caller.start()
        async with phone, server.desk().watch() as screen:
            await until(lambda: line_state(server) == "registered")
            call = await caller.call(HOTLINE, server.hop)
            call.says = tone(CALLER_HZ)
            for node, keys in (
                ("language", "1"),
                ("matter", "1"),
                ("account", "3308#"),
                ("confirm", "1"),
            ):
                await entered(screen, node)
                await asyncio.sleep(0.3)
                call.press(keys)
            await until(lambda: screen.phases[-1:] == ["queue"], 12, lambda: screen.phases)
            server.desk("agent8012").post("agents/me/sign_in")
            await phone.until("CALL_INCOMING")
            await phone.order("accept")
            await until(lambda: screen.phases[-1:] == ["talk"], 12, lambda: screen.phases)
            await asyncio.sleep(2)
            call.heard.clear()
            await asyncio.sleep(0.5)
            hears = bytes(call.heard)
            call.hang_up()
            await phone.until("CALL_CLOSED")
            await asyncio.sleep(1)  # "a second later"

            tell_it_all(server)
            await server.until_quiet(a8012="idle")
            assert screen.phases == ["flow", "queue", "ring", "talk"]
            assert screen.states["8012"] == ["ringing", "talking", "wrap_up", "idle"]
        await caller.close()
        assert len(hears) > 2000
        said = phone.heard()
        assert share(said[-8000:], CALLER_HZ) > 0.9


def line_state(server: ServerProcess) -> str:
    """How the agent's telephone stands on the board."""
    state: str = server.desk().snapshot()["lines"]["8001"]["state"]
    return state


def tell_it_all(server: ServerProcess) -> None:
    """The record on REST: keys, way, segments, offer, and the recording with both voices."""
    record = server.last_call()
    assert (record["ended_by"], record["result"]) == ("customer", "answered")
    assert "".join(key["digit"] for key in record["keys"]) == "113308#1"
    assert {key["method"] for key in record["keys"]} == {"rfc4733"}
    assert [step["node_id"] for step in record["path"]][:5] == [
        "language",
        "matter",
        "account",
        "repeat",
        "confirm",
    ]
    assert record["call_data"]["account"] == "3308"
    customer = [one["kind"] for one in record["segments"] if one["timeline"] == "customer"]
    assert customer == ["flow", "queue", "ring", "talk"]
    agent = [one["kind"] for one in record["segments"] if one["timeline"] == "agent"]
    assert agent[:2] == ["ring", "talk"]
    [offer] = record["offers"]
    assert (offer["agent_number"], offer["result"]) == ("8012", "accepted")
    assert offer["reason"]["rule"] == "longest_idle"
    [visit] = record["visits"]
    assert visit["outcome"] == "answered"
    [recording] = record["recordings"]
    assert recording["state"] == "closed"
    said, heard = channels(server.desk().sound(recording["id"]))
    assert abs(len(said) / 8 - record["duration_ms"]) < 500
    talk = slice(-12_000, -1_600)  # of the talk, without its last moment
    assert share(said[talk], CALLER_HZ) > 0.9
    assert share(heard[talk], AGENT_HZ) > 0.9
    prompt = heard[8_000:16_000].astype(float)
    assert np.sqrt((prompt**2).mean()) > 300, "the greeting is not on the recording"


async def test_sipp_presses_keys_in_sound_and_the_agent_hangs_up(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("SIPp plays DTMF through raw sockets, which root alone may open")
    with ServerProcess(tmp_path, a_site([SEAT], ring_limit_s=20)) as server:
        phone = Baresip(
            tmp_path / "baresip", "8001", SEAT.phone_password, server.sip_port, answers=True
        )
        async with phone:
            await until(lambda: line_state(server) == "registered")
            server.desk("agent8012").post("agents/me/sign_in")
            remote = ("127.0.0.1", server.sip_port)
            async with Sipp(
                "house_caller_keys_in_sound", tmp_path, remote, service=HOTLINE
            ) as caller:
                await phone.until("CALL_ESTABLISHED", 25)
                await until(lambda: server.agent_states()["8012"] == "talking")
                await asyncio.sleep(0.5)
                await phone.order("hangup")
                await caller.passed()

            await server.until_quiet(a8012="idle")
            record = server.last_call()
            assert (record["ended_by"], record["result"]) == ("agent", "answered")
            assert "".join(key["digit"] for key in record["keys"]) == "10"
            assert {key["method"] for key in record["keys"]} == {"rfc4733"}
