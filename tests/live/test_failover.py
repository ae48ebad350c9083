"""A call attempt goes on to the next target, found by SRV at a name server of our own."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from cordboard.app.demo.softphone import Softphone
from cordboard.kit.clock import SystemClock
from cordboard.kit.ids import LegId
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.resolver import DnsResolver, TrunkWatch
from cordboard.telephony.lines import Lines, SipPolicy, Trunk
from cordboard.telephony.ports import DialTarget
from tests.support.exchanges import EmbeddedWorld, seen

pytestmark = pytest.mark.live
LEG = LegId("l-out")


class NameServer(asyncio.DatagramProtocol):
    """Answers every question with these ports of localhost, best first; silent at first if told."""

    def __init__(self, ports: list[int], *, loses: int = 0) -> None:
        self._ports = ports
        self._loses = loses

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._loses:
            self._loses -= 1
            return
        out = data[:2] + struct.pack("!5H", 0x8180, 1, len(self._ports), 0, 0) + data[12:]
        for priority, port in enumerate(self._ports):
            record = struct.pack("!3H", priority, 0, port) + b"\x09localhost\x00"
            out += b"\xc0\x0c" + struct.pack("!HHIH", 33, 1, 60, len(record)) + record
        self._transport.sendto(out, addr)  # type: ignore[attr-defined]


@contextlib.asynccontextmanager
async def name_server(ports: list[int], *, loses: int = 0) -> AsyncIterator[tuple[str, int]]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NameServer(ports, loses=loses), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[EmbeddedWorld]:
    built = EmbeddedWorld(tmp_path)
    await built.start()
    yield built
    await built.close()


async def dial(world: EmbeddedWorld, ports: list[int], loses: int = 0) -> None:
    """Call a number on a trunk whose SRV records name these ports, in this order."""
    policy = SipPolicy(uses_srv=True, patience_s=0.5)
    trunk = Trunk(id="t", name="", hosts=("example.org",), latch="nat", sip=policy)
    world._book.load(Lines(trunks=(trunk,)))
    async with name_server(ports, loses=loses) as server:
        watch = TrunkWatch(DnsResolver([server]), SystemClock(), world._book.learn)
        await watch.look(trunk)
    world.telephony.dial(LEG, DialTarget(number="139"), shown_number="96510", headers={})


@contextlib.asynccontextmanager
async def a_silent_port() -> AsyncIterator[int]:
    """Takes datagrams and says nothing."""
    with socket.socket(type=socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield deaf.getsockname()[1]


def port_of(phone: Softphone) -> int:
    return int(phone.contact.partition(":")[2])


async def picked_up(world: EmbeddedWorld) -> None:
    party = await world.rung()
    party.pick_up()
    answered = await seen(world, wire.LegAnswered)
    assert answered.leg_id == LEG
    assert not [e for e in world.events if isinstance(e, wire.LegEnded)]
    world.telephony.hang_up(LEG)
    await party.until_ended()


async def test_a_silent_target_gives_way(world: EmbeddedWorld) -> None:
    async with a_silent_port() as silent:
        await dial(world, [silent, port_of(world.agent)])
        await picked_up(world)


async def test_a_lost_dns_answer_is_asked_for_again(world: EmbeddedWorld) -> None:
    await dial(world, [port_of(world.agent)], loses=1)
    await picked_up(world)


async def test_a_telephone_that_has_rung_is_an_answer(world: EmbeddedWorld) -> None:
    broken = Softphone("broken", on_call=lambda call: call.reject(503))  # after its 180
    await broken.start()
    await dial(world, [port_of(broken), port_of(world.agent)])
    ended = await seen(world, wire.LegEnded)
    assert (ended.sip_status, ended.by) == (503, "network")
    await broken.close()


async def test_503_at_once_gives_way(world: EmbeddedWorld) -> None:
    async with a_refusing_port("503 Service Unavailable") as broken:
        await dial(world, [broken, port_of(world.agent)])
        await picked_up(world)


@pytest.mark.parametrize("says", ["486 Busy Here", "404 Not Found", "603 Decline"])
async def test_an_answer_of_the_party_stands(world: EmbeddedWorld, says: str) -> None:
    async with a_refusing_port(says) as port:
        await dial(world, [port, port_of(world.agent)])
        ended = await seen(world, wire.LegEnded)
    assert ended.sip_status == int(says[:3])
    assert not world.agent.calls


class Refuser(asyncio.DatagramProtocol):
    """Answers each INVITE with one status."""

    def __init__(self, says: str) -> None:
        self._says = says

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"INVITE"):
            return
        kept = (b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:")
        lines = [line for line in data.split(b"\r\n") if line.startswith(kept)]
        head = [f"SIP/2.0 {self._says}".encode(), *lines, b"Content-Length: 0", b"", b""]
        self._transport.sendto(b"\r\n".join(head), addr)  # type: ignore[attr-defined]


@contextlib.asynccontextmanager
async def a_refusing_port(says: str) -> AsyncIterator[int]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Refuser(says), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
