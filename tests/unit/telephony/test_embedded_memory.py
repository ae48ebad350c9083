"""What the adapter remembers of a leg stands in its memory before the message is on the wire."""

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from cordboard import media
from cordboard.kit.clock import LoopClock
from cordboard.kit.ids import Ids
from cordboard.sip import Flow, SipCore, SipSettings
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Trunk
from tests.unit.sip.exchange import OFFER, Party, tokens

pytestmark = pytest.mark.unit

CALLER, HERE = "10.0.0.1", "10.0.0.2"


class Media:
    """Has a port for everybody."""

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        future: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
        created = isinstance(command, media.CreateLeg)
        future.set_result(media.LegCreated("", 4000, 4001, HERE) if created else media.Ok())
        return future


class Wire:
    """A driver that reads the file whenever messages leave."""

    def __init__(self, core: SipCore, path: Path) -> None:
        self.core, self.path = core, path
        self.left: dict[str, str] = {}

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def kick(self) -> None:
        for outgoing in self.core.outputs():
            last = self.path.read_bytes().rstrip(b"\0").splitlines()[-1]
            self.left[outgoing.data[:11].decode()] = json.loads(last)[1]["moment"]


async def test_the_memory_is_written_before_the_answer_leaves(tmp_path: Path) -> None:
    clock = LoopClock()
    path = tmp_path / "sip.memory"
    memory = SipMemory(path)
    lines = Lines(trunks=(Trunk(id="t", name="", hosts=(CALLER,), checks_health=False),))
    book = LineBook(lines, memory, clock, lambda _: None)
    core = SipCore(
        SipSettings(realm="x", advertised={"udp": (HERE, 5060)}, trusted=book.trusts),
        token=tokens("t"),
        credentials=book.secret_of,
    )
    telephony = EmbeddedTelephony(
        core, Media(), book, memory, clock, Ids(clock.now_ms, Random(1)),
        EmbeddedSettings(media_host=HERE, sip_host=HERE, recordings_dir="/r"), lambda _: [],
    )  # fmt: skip
    driver = Wire(core, path)
    telephony.attach(driver)
    told: list[wire.TelephonyEvent] = []
    telephony.listen(told.append)
    caller = Party("a", CALLER)
    caller.core.invite(
        "s", request_uri=f"sip:9@{HERE}", from_="sip:1@x", to="sip:9@x", sdp=OFFER, now_s=0.0
    )

    [invite] = caller.core.outputs()
    core.receive(invite.data, Flow("udp", (HERE, 5060), (CALLER, 5060)), driver.now_s())
    for event in core.events():
        telephony.on_sip(event)
    [arrived] = told
    assert isinstance(arrived, wire.LegArrived)
    telephony.answer(arrived.leg_id)
    await asyncio.sleep(0.1)

    assert driver.left["SIP/2.0 200"] == "up"
