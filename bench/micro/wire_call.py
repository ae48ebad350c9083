"""CPU of whole two-leg calls from datagram to leg events and back: SIP core, driver, memory, legs.

The exchange answers a caller, dials a phone, bridges and records the two, and hangs up after
them, as rooms would; media orders are answered at once by nobody. Sockets are left out: what
would be sent is handed to the two parties, whose own CPU is not counted.
Prints the best of a few rounds, never asserts. Run from the root: python bench/micro/wire_call.py
"""

import asyncio
import itertools
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import uvloop

from cordboard import media
from cordboard.kit.clock import SystemClock
from cordboard.kit.ids import Ids, LegId, RecordingId
from cordboard.sip import Flow, InviteReceived, SipCore, SipDriver, SipSettings
from cordboard.sip.datagrams import Datagrams
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone, Trunk
from cordboard.telephony.ports import DialTarget
from tests.unit.sip.exchange import ANSWER, OFFER, Party

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
CALLER, HERE, PHONE = "10.0.0.1", "10.0.0.2", "10.0.0.3"


class NullMedia:
    """Does every order at once."""

    def __init__(self) -> None:
        self._ports = itertools.count(10_000, 2)

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        future: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
        if isinstance(command, media.CreateLeg):
            port = next(self._ports)
            future.set_result(media.LegCreated(command.leg, port, port + 1, HERE))
        else:
            future.set_result(media.Ok())
        return future


class Wires(asyncio.DatagramTransport):
    """Where the driver believes its socket to be."""

    def __init__(self) -> None:
        super().__init__({"sockname": (HERE, 5060), "socket": self})
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def setsockopt(self, *_: int) -> None:
        """As a socket."""

    def fileno(self) -> int:
        return -1

    def get_write_buffer_size(self) -> int:
        return 0

    def sendto(self, data: object, addr: object = None) -> None:
        self.sent.append((data, addr))  # type: ignore[arg-type]


class Bench:
    """The exchange between two parties."""

    def __init__(self, folder: Path) -> None:
        self.a, self.b = Party("a", CALLER), Party("b", PHONE)
        self.parties = {CALLER: self.a, PHONE: self.b}
        clock = SystemClock()
        ids = Ids(clock.now_ms, Random(1))
        memory = SipMemory(folder / "sip.memory")
        lines = Lines(
            trunks=(Trunk(id="t", name="", hosts=(CALLER,), checks_health=False),),
            phones=(Phone(extension="8001", contact=f"{PHONE}:5060"),),
        )
        book = LineBook(lines, memory, clock, lambda _: None)
        settings = SipSettings(realm="x", advertised={"udp": (HERE, 5060)}, trusted=book.trusts)
        numbers = itertools.count(1)
        core = SipCore(settings, token=lambda: f"{next(numbers):016x}", credentials=book.secret_of)
        self.telephony = EmbeddedTelephony(
            core, NullMedia(), book, memory, clock, ids,
            EmbeddedSettings(media_host=HERE, sip_host=HERE, recordings_dir="/r"), lambda _: [],
        )  # fmt: skip
        self.driver = SipDriver(core, self.telephony.on_sip, listen=())
        self.telephony.attach(self.driver)
        self.telephony.listen(self.hear)
        self.wires = Wires()
        # in the socket's place
        self.datagrams = Datagrams(self.driver._received, lambda _: None)
        self.datagrams.connection_made(self.wires)
        self.driver._sockets.append(self.datagrams)
        self.peer: dict[LegId, LegId] = {}
        self.spent_s = 0.0
        self.messages = 0

    def hear(self, event: wire.TelephonyEvent) -> None:
        """What rooms do of a call."""
        house = self.telephony
        if isinstance(event, wire.LegArrived):
            house.answer(event.leg_id)
            second = LegId("p" + event.leg_id)
            self.peer[event.leg_id], self.peer[second] = second, event.leg_id
            house.dial(
                second, DialTarget(extension="8001"), shown_number=event.caller_number,
                headers={"X-Call": event.leg_id}, like=event.leg_id,
            )  # fmt: skip
        elif isinstance(event, wire.LegAnswered) and event.leg_id[0] == "p":
            first = self.peer[event.leg_id]
            house.bridge(first, event.leg_id)
            house.start_recording(first, RecordingId("r"), "x")
        elif isinstance(event, wire.LegEnded):
            other = self.peer.pop(event.leg_id, None)
            if other in self.peer:
                house.hang_up(other)

    async def carry(self) -> None:
        """Carry messages until nobody has any."""
        while True:
            start_s = time.thread_time()
            for _ in range(3):  # callbacks of media replies
                await asyncio.sleep(0)
            self.spent_s += time.thread_time() - start_s
            arriving = [
                (out.data, (host, 5060))
                for host, party in self.parties.items()
                for out in party.core.outputs()
            ]
            for data, source in arriving:
                self.messages += 1
                start_s = time.thread_time()
                self.datagrams.datagram_received(data, source)
                self.spent_s += time.thread_time() - start_s
            sent, self.wires.sent = self.wires.sent, []
            for data, address in sent:
                party = self.parties[address[0]]
                party.core.receive(data, Flow("udp", (address[0], 5060), (HERE, 5060)), 1.0)
                self.react(party)
            if not arriving and not sent:
                return

    def react(self, party: Party) -> None:
        for event in party.core.events():
            if isinstance(event, InviteReceived):
                party.core.progress(event.session, 180, now_s=1.0)
                party.core.answer(event.session, ANSWER, 1.0)

    async def call(self, name: str) -> None:
        """One whole call."""
        self.a.core.invite(
            name, request_uri=f"sip:95001@{HERE}", from_=f"sip:13800000000@{CALLER}",
            to=f"sip:95001@{HERE}", sdp=OFFER, now_s=1.0,
        )  # fmt: skip
        await self.carry()
        self.a.core.hang_up(name, 1.0)
        await self.carry()
        assert not self.peer, "a leg lives on"


async def main() -> None:
    """All rounds."""
    best_ms = 1e9
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder))
            for n in range(CALLS):
                await bench.call(f"s{n}")
            best_ms = min(best_ms, bench.spent_s / CALLS * 1000)
    print(f"{CALLS} two-leg calls, {bench.messages / CALLS:.0f} messages in per call")
    print(f"{best_ms:.3f} ms CPU per call, best of {ROUNDS}")


if __name__ == "__main__":
    uvloop.run(main())
