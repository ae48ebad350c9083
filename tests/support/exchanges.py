"""Worlds for the contract suite of `telephony.ports`: one adapter each, with parties to play.

A world offers the same words whether its telephones are in memory or on real sockets: `call_in`,
a phone that rings, parties that press, hold, hang up, and what each of them hears.
"""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from typing_extensions import override

from cordboard.app.demo.softphone import PhoneCall, Softphone
from cordboard.kit.clock import Clock, LoopClock, SystemClock
from cordboard.kit.ids import Ids
from cordboard.media import MediaClient, MediaSpec, Supervisor
from cordboard.media.codecs import decode, encode
from cordboard.media.prompt_cache import PromptCache
from cordboard.media.supervisor import find_living
from cordboard.media.tones import chord
from cordboard.sip import SipCore, SipDriver, SipSettings
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.fake import FakeTelephony
from cordboard.telephony.adapters.fake_people import FakeParty
from cordboard.telephony.adapters.media_plane import MediaPlane
from cordboard.telephony.adapters.relays import Relays, RelaysSettings
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone, Trunk
from cordboard.telephony.ports import Telephony
from tests.support.media_room import strength
from tests.support.relays import Rtpengine, a_loopback_host

EXTENSION = "8001"


def a_free_port() -> int:
    """A port of the loopback that nobody has, for UDP and TCP alike."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        ):
            udp.bind(("127.0.0.1", 0))
            port: int = udp.getsockname()[1]
            with suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                return port


class Party(Protocol):
    """Somebody at the far end."""

    async def until_ringing(self) -> None: ...
    async def until_talking(self) -> None: ...
    async def until_ended(self) -> None: ...
    def pick_up(self) -> None: ...
    def reject(self) -> None: ...
    def hang_up(self) -> None: ...
    def press(self, keys: str) -> None: ...
    def hold(self, *, held: bool) -> None: ...
    def transfer(self, number: str) -> None: ...

    @property
    def transfer_told(self) -> list[int]:
        """What it was told of its transfer, as SIP statuses."""
        ...

    @property
    def referred_to(self) -> str: ...
    async def hears_sound(self) -> bool:
        """Whether anything but silence reaches its ear within a moment."""
        ...

    async def hears_party(self) -> bool:
        """Whether the other party, and nothing else, reaches its ear within a moment."""
        ...

    async def hears_whom(self, **others: "Party") -> set[str]:
        """Which of these reach its ear within a moment, once all have said `hum`."""
        ...

    def hum(self, hertz: int) -> None:
        """Speak a tone of one's own from now on."""
        ...


class World(Protocol):
    """An adapter with people around it."""

    telephony: Telephony
    events: list[wire.TelephonyEvent]

    async def call_in(self, number: str) -> Party: ...
    async def rung(self) -> Party:
        """The next party that the phone EXTENSION is rung for."""
        ...

    def unreachable(self) -> None:
        """Let the phone be gone."""
        ...

    async def take_over(self, party: Party) -> Party:
        """Let somebody else take the place of a party in its call."""
        ...

    async def close(self) -> None: ...


E = TypeVar("E", bound=wire.TelephonyEvent)


async def seen(world: World, kind: type[E], count: int = 1) -> E:
    """Wait until this many events of a class were told; the last of them."""
    async with asyncio.timeout(10):
        while True:
            found = [event for event in world.events if isinstance(event, kind)]
            if len(found) >= count:
                return found[count - 1]
            await asyncio.sleep(0.02)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is no event of one loop
            await asyncio.sleep(0.02)


class _FakeFarEnd:
    def __init__(self, party: FakeParty) -> None:
        self._party = party

    async def until_ringing(self) -> None:
        await until(lambda: self._party.state == "ringing")

    async def until_talking(self) -> None:
        await until(lambda: self._party.state == "talking")

    async def until_ended(self) -> None:
        await until(lambda: self._party.state == "ended")

    def pick_up(self) -> None:
        self._party.pick_up()

    def reject(self) -> None:
        self._party.hang_up()

    def hang_up(self) -> None:
        self._party.hang_up()

    def press(self, keys: str) -> None:
        self._party.press(keys)

    def hold(self, *, held: bool) -> None:
        if held:
            self._party.hold()
        else:
            self._party.resume()

    def transfer(self, number: str) -> None:
        self._party.transfer(number)

    @property
    def transfer_told(self) -> list[int]:
        return self._party.transfer_told

    @property
    def referred_to(self) -> str:
        return self._party.referred_to

    async def hears_sound(self) -> bool:
        await asyncio.sleep(0.3)
        return self._party.now_hears is not None

    async def hears_party(self) -> bool:
        await asyncio.sleep(0.3)
        return (self._party.now_hears or "").startswith("party:")

    async def hears_whom(self, **others: Party) -> set[str]:
        await asyncio.sleep(0.3)
        heard = self._party.hears_parties
        return {
            name
            for name, other in others.items()
            if isinstance(other, _FakeFarEnd) and other._party.number in heard
        }

    def hum(self, hertz: int) -> None:
        self._party.number = f"{hertz}"


class FakeWorld:
    """The exchange in memory."""

    def __init__(self) -> None:
        clock = LoopClock()
        lines = Lines(phones=(Phone(extension=EXTENSION, contact="192.0.2.1:5060"),))
        self.exchange = FakeTelephony(clock, Ids(clock.now_ms, Random(1)), lines)
        self.exchange.phones[EXTENSION].answers_after_s = None
        self.exchange.durations_ms = {"tone:beep/cn": 1000}
        self.telephony: Telephony = self.exchange
        self.events: list[wire.TelephonyEvent] = []
        self.exchange.listen(self.events.append)
        self._rung = 0

    async def call_in(self, number: str) -> Party:
        return _FakeFarEnd(self.exchange.call(number))

    async def rung(self) -> Party:
        phone = self.exchange.phones[EXTENSION]
        await until(lambda: len(phone.rings) > self._rung)
        self._rung += 1
        return _FakeFarEnd(phone.rings[self._rung - 1])

    async def take_over(self, party: Party) -> Party:
        assert isinstance(party, _FakeFarEnd)
        self.exchange.taken_over(party._party.leg_id, EXTENSION)
        return party

    def unreachable(self) -> None:
        self.exchange.phones[EXTENSION].status = 480

    async def close(self) -> None:
        assert self.exchange.living_legs == []


class _SipFarEnd:
    def __init__(self, call: PhoneCall) -> None:
        self.hertz = 0
        self._call = call
        self._call.says = lambda n: bytes((0x35 + (n * 160 + i) % 7) for i in range(160))

    async def until_ringing(self) -> None:
        await asyncio.wait_for(self._call.ringing.wait(), 10)

    async def until_talking(self) -> None:
        await asyncio.wait_for(self._call.answered.wait(), 10)

    async def until_ended(self) -> None:
        await asyncio.wait_for(self._call.ended.wait(), 10)

    def pick_up(self) -> None:
        self._call.pick_up()

    def reject(self) -> None:
        self._call.reject(486)

    def hang_up(self) -> None:
        self._call.hang_up()

    def press(self, keys: str) -> None:
        self._call.press(keys)

    def hold(self, *, held: bool) -> None:
        self._call.hold(held=held)

    def transfer(self, number: str) -> None:
        self._call.transfer(number)

    @property
    def transfer_told(self) -> list[int]:
        return self._call.transfer_told

    @property
    def referred_to(self) -> str:
        return self._call.referred_to

    async def hears_sound(self) -> bool:
        await asyncio.sleep(0.2)
        self._call.heard.clear()
        await asyncio.sleep(0.4)
        loud = [byte for byte in self._call.heard if byte not in b"\xd5\x55\xff\x7f"]
        return len(loud) > 400

    async def hears_party(self) -> bool:
        await asyncio.sleep(0.3)
        self._call.heard.clear()
        await asyncio.sleep(0.4)
        spoken = [byte for byte in self._call.heard if 0x35 <= byte < 0x35 + 7]
        return len(spoken) > 0.9 * max(1, len(self._call.heard)) and len(spoken) > 400

    async def hears_whom(self, **others: Party) -> set[str]:
        await asyncio.sleep(0.3)
        self._call.heard.clear()
        await asyncio.sleep(0.4)
        sound = decode(bytes(self._call.heard), "PCMA")
        return {
            name
            for name, other in others.items()
            if isinstance(other, _SipFarEnd) and strength(sound, other.hertz) > 600
        }

    def hum(self, hertz: int) -> None:
        self.hertz = hertz
        sound = encode(chord((hertz,), 1000, 0.3), "PCMA")
        self._call.says = lambda n: sound[n * 160 % 8000 :][:160]


class EmbeddedWorld:
    """Our own SIP and media process on loopback, with scripted phones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[wire.TelephonyEvent] = []
        self._rings: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self.caller = Softphone("13800000000")
        self.agent = Softphone(EXTENSION, on_call=self._rings.put_nowait)
        self._media_path = str(folder / "media.sock")
        self._gone = False
        self.hop: tuple[str, int, str] = ("127.0.0.1", 0, "udp")

    async def start(self) -> None:
        if not self.hop[1]:
            await self.caller.start()
            await self.agent.start()
            self.hop = ("127.0.0.1", a_free_port(), "udp")
        clock = SystemClock()
        ids = Ids(clock.now_ms)
        memory = SipMemory(self.folder / "sip.memory")
        lines = Lines(
            trunks=(
                Trunk(id="trunk", name="", hosts=("127.0.0.1",), checks_health=False, latch="nat"),
            ),
            phones=(Phone(extension=EXTENSION, contact=self.agent.contact),),
        )
        self._book = LineBook(lines, memory, clock, self.events.append)
        port = self.hop[1]
        settings = SipSettings(
            realm="test",
            advertised={"udp": ("127.0.0.1", port), "tcp": ("127.0.0.1", port)},
            trusted=self._book.trusts,
        )
        core = SipCore(
            settings, token=lambda: secrets.token_hex(8), credentials=self._book.secret_of
        )
        path = self._media_path
        self._supervisor = Supervisor([MediaSpec(path, '{"lonely_s": 20}')])
        self._supervisor.start()
        self.client = MediaClient(secrets.token_hex(4))
        plane = self._plane(memory, clock)
        self.embedded = EmbeddedTelephony(
            core,
            plane,
            self._book,
            memory,
            clock,
            ids,
            EmbeddedSettings(
                media_host="127.0.0.1",
                sip_host="127.0.0.1",
                recordings_dir=str(self.folder / "recordings"),
            ),
            PromptCache([]).missing,
        )
        self.telephony: Telephony = self.embedded
        self.embedded.listen(self.events.append)
        self._driver = SipDriver(core, self.embedded.on_sip, listen=(self.hop,))
        self.embedded.attach(self._driver)
        self.embedded.adopt()
        await self._connect()
        await self._driver.start()

    def _plane(self, memory: SipMemory, clock: Clock) -> MediaPlane:
        return self.client

    async def _connect(self) -> None:
        self.client.events = self.embedded.on_media
        self.client.arrived = self.embedded.on_media_arrived
        await self.client.connect(self._media_path)

    async def call_in(self, number: str) -> Party:
        return _SipFarEnd(await self.caller.call(number, self.hop))

    async def rung(self) -> Party:
        return _SipFarEnd(await asyncio.wait_for(self._rings.get(), 10))

    async def take_over(self, party: Party) -> Party:
        assert isinstance(party, _SipFarEnd)
        return _SipFarEnd(await self.agent.call("any", self.hop, replaces=party._call))

    def unreachable(self) -> None:
        self._book.load(Lines(trunks=self._book.lines.trunks, phones=(Phone(extension="8001"),)))

    def kill_media(self) -> None:
        """kill -9 of the media process; its supervisor starts another."""
        pid = find_living(self._media_path)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    async def close(self) -> None:
        left = self.embedded.living_legs
        await self.caller.close()
        await self.agent.close()
        await self._driver.close()
        self.client.close()
        await self._supervisor.terminate()
        assert left == []


class RtpengineWorld(EmbeddedWorld):
    """The same with real rtpengines before the media process."""

    def __init__(
        self, folder: Path, instances: int = 1, after: "RtpengineWorld | None" = None
    ) -> None:
        super().__init__(folder)
        self.digits_to: tuple[str, int] = after.digits_to if after else (a_loopback_host(), 9223)
        self.relays: list[Rtpengine] = (
            after.relays if after else [Rtpengine(folder, self.digits_to) for _ in range(instances)]
        )
        self._after = after

    @override
    async def start(self) -> None:
        if self._after is None:
            for relay in self.relays:
                await relay.start()
        else:  # the same people, the same port: only our process is another one
            self.caller, self.agent = self._after.caller, self._after.agent
            self.hop = self._after.hop
        try:
            await super().start()
        except BaseException:  # the fixture never comes to its end
            for relay in self.relays:
                relay.kill()
            raise

    @override
    def _plane(self, memory: SipMemory, clock: Clock) -> MediaPlane:
        settings = RelaysSettings(
            relays=tuple(relay.settings for relay in self.relays),
            digits_host=self.digits_to[0],
            digits_port=self.digits_to[1],
            down_after_s=1.0,
        )
        self.side = Relays(settings, self.client, memory, clock)
        return self.side.plane

    @override
    async def _connect(self) -> None:
        self.side.attach(self.embedded)
        await self.side.start()
        await self.client.connect(self._media_path)

    async def die(self) -> None:
        """Leave everything as a kill -9 leaves it."""
        await self._driver.close()
        self.client.close()
        self._supervisor.leave()
        await self.side.plane.close()
        await self.side.rescue.close()
        await self.side.pool.close()
        self.side.digits.close()

    @override
    async def close(self) -> None:
        try:
            await super().close()
            await self.side.close()
        finally:
            for relay in self.relays:
                relay.kill()
