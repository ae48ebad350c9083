"""The toll brake at the adapter: who pays for a call to outside, and what too much sounds like."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from cordboard import media
from cordboard.kit.clock import LoopClock
from cordboard.kit.ids import Ids, LegId
from cordboard.sip import Flow, SipCore, SipSettings
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone, Trunk
from cordboard.telephony.ports import DialTarget
from cordboard.telephony.tolls import TollSettings
from tests.unit.sip.exchange import OFFER, request, tokens

pytestmark = pytest.mark.unit
HERE, PHONE, TRUNK = "10.0.0.2", "10.0.0.1", "10.0.0.9"


class Media:
    """Has a port for everybody."""

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        future: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
        created = isinstance(command, media.CreateLeg)
        future.set_result(media.LegCreated("", 4000, 4001, HERE) if created else media.Ok())
        return future


class House:
    """An adapter with one phone and one trunk."""

    def __init__(self, folder: Path, tolls: TollSettings) -> None:
        clock, memory = LoopClock(), SipMemory(folder / "memory")
        lines = Lines(
            trunks=(Trunk(id="t", name="", hosts=(TRUNK,), checks_health=False),),
            phones=(Phone(extension="8001", contact=f"{PHONE}:5060"),),
        )
        book = LineBook(lines, memory, clock, lambda _: None)
        self.core = SipCore(
            SipSettings(realm="x", advertised={"udp": (HERE, 5060)}, trusted=book.trusts),
            token=tokens("t"),
            credentials=lambda *_: None,
        )
        settings = EmbeddedSettings(
            media_host=HERE,
            sip_host=HERE,
            recordings_dir=str(folder),
            tolls=tolls,
        )
        self.telephony = EmbeddedTelephony(
            self.core,
            Media(),
            book,
            memory,
            clock,
            Ids(clock.now_ms, Random(1)),
            settings,
            lambda _: [],
        )
        self.telephony.attach(self)
        self.told: list[wire.TelephonyEvent] = []
        self.telephony.listen(self.told.append)

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def kick(self) -> None:
        self.core.outputs()
        for event in self.core.events():
            self.telephony.on_sip(event)

    def arrives(self, host: str) -> LegId:
        """A call comes in from there; its leg."""
        data = request("INVITE", host=host, body=OFFER, call_id=f"c-{host}")
        self.core.receive(data, Flow("udp", (HERE, 5060), (host, 5060)), self.now_s())
        self.kick()
        return [e for e in self.told if isinstance(e, wire.LegArrived)][-1].leg_id

    def dials_out(self, leg_id: str, beside: LegId) -> int:
        """Dial an outside number beside a leg; the status that refused it, or 0."""
        self.telephony.dial(
            LegId(leg_id), DialTarget(number="13800"), shown_number="1", headers={}, like=beside
        )
        ended = [e for e in self.told if isinstance(e, wire.LegEnded) and e.leg_id == leg_id]
        return ended[0].sip_status if ended else 0


async def test_a_phone_that_dials_out_too_often_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path, TollSettings(phone_per_min=2))
    phone = house.arrives(PHONE)

    assert [house.dials_out(f"l{n}", phone) for n in range(3)] == [0, 0, 403]
    assert house.telephony.toll_refused == {"rate": 1, "concurrent": 0, "costly": 0}


async def test_calls_at_once_count_until_they_end(tmp_path: Path) -> None:
    house = House(tmp_path, TollSettings(phone_at_once=1))
    phone = house.arrives(PHONE)

    assert [house.dials_out("l1", phone), house.dials_out("l2", phone)] == [0, 403]
    house.telephony.hang_up(LegId("l1"))
    assert house.dials_out("l3", phone) == 0


async def test_a_call_that_is_passed_on_is_its_trunks(tmp_path: Path) -> None:
    house = House(tmp_path, TollSettings(phone_per_min=1, trunk_per_min=2))
    trunk, phone = house.arrives(TRUNK), house.arrives(PHONE)

    assert [house.dials_out(f"t{n}", trunk) for n in range(3)] == [0, 0, 403]
    assert house.dials_out("p", phone) == 0
