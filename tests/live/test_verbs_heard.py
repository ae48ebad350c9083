"""Verbs on a real server with scripted telephones: who hears whom, told by tones in every ear.

Each party says a tone of its own; an ear is read for half a second after each verb, and must have
exactly the tones that the verb promises.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cordboard.app.demo.softphone import PhoneCall, Softphone
from cordboard.media.codecs import decode, encode
from tests.support.server import DIRECT, Desk, Seat, ServerProcess, a_site

pytestmark = pytest.mark.live

TONES_HZ = {"customer": 440, "8001": 700, "8002": 1000, "8003": 1500}
"Party -> its tone; none is near a multiple of another."


def tone(hertz: float) -> Callable[[int], bytes]:
    """What a telephone says: a steady tone in A-law, one second over and over."""
    pcm = (6000 * np.sin(2 * np.pi * hertz * np.arange(8000) / 8000)).astype(np.int16)
    coded = encode(pcm, "PCMA")
    return lambda number: coded[number % 50 * 160 : number % 50 * 160 + 160]


def tones_in(heard: bytes) -> set[str]:
    """Whose tones these are: each within 20 dB of the loudest, and no whisper of nothing."""
    pcm = decode(heard, "PCMA").astype(float)
    power = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)))) ** 2
    at_hz = np.fft.rfftfreq(len(pcm), 1 / 8000)
    loud = {who: power[np.abs(at_hz - hz) < 10].max() for who, hz in TONES_HZ.items()}
    floor = power.sum() / len(pcm)
    least = max(max(loud.values()) / 100, 40 * floor)
    return {who for who, level in loud.items() if level > least} if pcm.std() > 200 else set()


class Stage:
    """A server, a customer, two agents' telephones and a supervisor's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.phones: dict[str, Softphone] = {}
        self.rings: dict[str, asyncio.Queue[PhoneCall]] = {}
        self.ears: dict[str, PhoneCall] = {}
        self.server: ServerProcess

    async def open(self, stack: AsyncExitStack) -> None:
        """Start everything; both agents sign in."""
        for number in ("customer", "8001", "8002", "8003"):
            rings: asyncio.Queue[PhoneCall] = asyncio.Queue()
            name = "13871562043" if number == "customer" else number
            phone = Softphone(name, on_call=rings.put_nowait)
            await phone.start()
            stack.push_async_callback(phone.close)
            self.phones[number], self.rings[number] = phone, rings
        seats = [
            Seat("8012", "8001", self.phones["8001"].contact),
            Seat("8017", "8002", self.phones["8002"].contact, skills={"other": 1}),
            Seat("8019", "8003", self.phones["8003"].contact, skills={"other": 1}),
        ]
        site = a_site(seats, wrap_up_s=1, ring_limit_s=20)
        self.server = stack.enter_context(ServerProcess(self._folder, site))
        for number in ("8012", "8017"):
            self.server.desk(f"agent{number}").post("agents/me/sign_in")

    async def talk(self) -> str:
        """The customer reaches agent 8012; the call's id."""
        call = await self.phones["customer"].call(DIRECT, self.server.hop)
        self._speaks("customer", call)
        await self.pick_up("8001")
        await self.hear({"customer": {"8001"}, "8001": {"customer"}})
        state = self.server.desk().snapshot()
        [call_id] = state["calls"]
        return str(call_id)

    async def pick_up(self, number: str) -> None:
        """This phone rings, and is answered."""
        call = await asyncio.wait_for(self.rings[number].get(), 10)
        self._speaks(number, call)
        call.pick_up()

    def _speaks(self, who: str, call: PhoneCall) -> None:
        call.says = tone(TONES_HZ[who])
        self.ears[who] = call

    async def hear(self, wanted: dict[str, set[str]]) -> None:
        """Each of these ears has exactly these tones, soon."""
        found: dict[str, set[str]] = {}
        for _ in range(8):
            for who in wanted:
                self.ears[who].heard.clear()
            await asyncio.sleep(0.5)
            found = {
                who: tones_in(bytes(self.ears[who].heard)) if self.ears[who].heard else set()
                for who in wanted
            }
            if found == wanted:
                return
        assert found == wanted


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        stage = Stage(tmp_path)
        await stage.open(stack)
        yield stage


class Buttons:
    """Somebody's buttons for one call."""

    def __init__(self, desk: Desk, call_id: str) -> None:
        self._desk = desk
        self._call_id = call_id

    async def press(self, verb: str, body: Any = None) -> dict[str, Any]:
        """The call as it stands then."""
        path = f"calls/{self._call_id}/{verb}"
        answer: dict[str, Any] = await asyncio.to_thread(self._desk.post, path, body)
        return answer


NONE: set[str] = set()


async def test_an_agents_day_with_one_customer(stage: Stage) -> None:
    call_id = await stage.talk()
    me = Buttons(stage.server.desk("agent8012"), call_id)

    await me.press("hold")
    await stage.hear({"customer": NONE, "8001": NONE})
    await me.press("retrieve")
    await stage.hear({"customer": {"8001"}, "8001": {"customer"}})
    await me.press("mute")
    await stage.hear({"customer": NONE, "8001": {"customer"}})
    await me.press("mute", {"is_muted": False})

    await me.press("consult", {"number": "8002"})
    await stage.pick_up("8002")
    await stage.hear({"customer": NONE, "8001": {"8002"}, "8002": {"8001"}})
    await me.press("alternate")
    await stage.hear({"customer": {"8001"}, "8001": {"customer"}, "8002": NONE})
    await me.press("conference")
    await stage.hear(
        {
            "customer": {"8001", "8002"},
            "8001": {"customer", "8002"},
            "8002": {"customer", "8001"},
        }
    )
    await me.press("hang_up")
    await stage.hear({"customer": {"8002"}, "8002": {"customer"}})
    other = Buttons(stage.server.desk("agent8017"), call_id)
    await other.press("transfer", {"kind": "queue", "value": "repair"})
    await stage.pick_up("8001")
    await stage.hear({"customer": {"8001"}, "8001": {"customer"}})
    stage.ears["customer"].hang_up()
    await stage.server.until_quiet(a8012="idle", a8017="idle")

    record = stage.server.last_call()
    kinds = [one["kind"] for one in record["segments"] if one["timeline"] == "customer"]
    assert [kind for kind in kinds if kind not in ("queue", "ring")] == [
        "talk", "hold", "talk", "hold", "talk", "talk",
    ]  # fmt: skip
    [recording] = record["recordings"]
    assert recording["state"] == "closed"


async def test_a_supervisor_on_a_live_call(stage: Stage) -> None:
    call_id = await stage.talk()
    boss = Buttons(stage.server.desk(), call_id)
    me = Buttons(stage.server.desk("agent8012"), call_id)

    await boss.press("supervise", {"mode": "listen", "extension": "8003"})
    await stage.pick_up("8003")
    await stage.hear({"8003": {"customer", "8001"}, "customer": {"8001"}, "8001": {"customer"}})
    await boss.press("supervise", {"mode": "whisper", "extension": "8003"})
    await stage.hear({"customer": {"8001"}, "8001": {"customer", "8003"}})
    await boss.press("supervise", {"mode": "barge", "extension": "8003"})
    await stage.hear({"customer": {"8001", "8003"}, "8001": {"customer", "8003"}})
    await boss.press("supervise", {"mode": "listen", "extension": "8003"})

    await me.press("consult", {"number": "8002"})
    await stage.pick_up("8002")
    await stage.hear({"8003": {"8001", "8002"}, "customer": NONE})
    await me.press("complete")
    await stage.hear({"8003": {"customer", "8002"}, "customer": {"8002"}, "8002": {"customer"}})

    await boss.press("intercept?extension=8003")
    await stage.hear({"customer": {"8003"}, "8003": {"customer"}})
    await boss.press("release")
    await stage.server.until_quiet(a8012="idle", a8017="idle")
    record = stage.server.last_call()
    assert (record["ended_by"], record["result"]) == ("supervisor", "answered")


async def test_the_transfer_keys_of_a_phone(stage: Stage) -> None:
    await stage.talk()
    first = stage.ears["8001"]
    first.hold(held=True)
    await stage.hear({"customer": NONE})
    aside = await stage.phones["8001"].call("8002", stage.server.hop)
    aside.says = tone(TONES_HZ["8001"])
    await stage.pick_up("8002")
    await asyncio.wait_for(aside.answered.wait(), 10)
    await stage.hear({"8002": {"8001"}, "customer": NONE})
    first.transfer("8002", aside)
    await stage.hear({"customer": {"8002"}, "8002": {"customer"}})
    assert first.transfer_told[-1] == 200
    stage.ears["customer"].hang_up()
    await stage.server.until_quiet(a8012="idle", a8017="idle")


async def test_a_click_dials_and_a_parked_call_is_picked_up(stage: Stage) -> None:
    await stage.talk()
    desk = stage.server.desk("agent8012")
    [call_id] = stage.server.desk().snapshot()["calls"]
    me = Buttons(desk, call_id)
    assert (await me.press("park"))["slot"] == "701"
    await stage.hear({"customer": NONE})
    other = stage.server.desk("agent8017").client
    answer = await asyncio.to_thread(other.post, "/api/parked/701/pick_up")
    assert answer.status_code == 202
    await stage.pick_up("8002")
    await stage.hear({"customer": {"8002"}, "8002": {"customer"}})
    stage.ears["customer"].hang_up()
    await stage.server.until_quiet(a8012="idle", a8017="idle")

    answer = await asyncio.to_thread(desk.client.post, "/api/calls", json={"number": "8002"})
    assert answer.status_code == 202
    await stage.pick_up("8001")
    await stage.pick_up("8002")
    await stage.hear({"8001": {"8002"}, "8002": {"8001"}})
    stage.ears["8001"].hang_up()
    await stage.server.until_quiet(a8012="idle", a8017="idle")
