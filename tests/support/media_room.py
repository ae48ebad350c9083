"""A media process with its control, and parties that speak a tone and keep what they hear."""

import asyncio
import json
import os
import socket
import struct
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cordboard.media import (
    CreateLeg,
    LegCreated,
    MediaClient,
    MediaSpec,
    ProcessReport,
    Refused,
    Reply,
    SetRemote,
    Supervisor,
)
from cordboard.media.codecs import decode, encode
from cordboard.media.commands import Command
from cordboard.media.dtmf import event_frames
from cordboard.media.tones import chord

E = TypeVar("E")
HEAD = struct.Struct(">BBHII")


def pitch(sound: np.ndarray) -> int:
    """The strongest frequency, to 10 Hz; 0 for silence."""
    if len(sound) < 400 or abs(sound.astype(int)).max() < 200:
        return 0
    spectrum = abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return round(float(spectrum.argmax()) * 8000 / len(sound) / 10) * 10


def strength(sound: np.ndarray, hertz: int) -> float:
    """Amplitude of one frequency (one bin of a Fourier sum, as Goertzel has it)."""
    if len(sound) < 800:
        return 0.0
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / 8000) * np.hanning(len(sound))
    return float(4 * abs((sound * turn).sum()) / len(sound))


class Phone:
    """A party: speaks a tone, keeps what it hears."""

    def __init__(self, hertz: int = 0, codec: str = "PCMA", host: str = "127.0.0.1") -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.setblocking(False)
        self.host, self.port = self.sock.getsockname()
        self.codec = codec
        self.payload_type = 8 if codec == "PCMA" else 0
        self.sound = encode(chord((hertz,) if hertz else (), 1000, 0.3), codec)
        self.target = ("", 0)
        self.sent = 0
        self.ssrc = self.port
        self.heard: list[bytes] = []

    def send(self, payload: bytes, payload_type: int, ts: int, *, marker: bool = False) -> None:
        self.sent += 1
        marked = payload_type | (0x80 if marker else 0)
        head = HEAD.pack(0x80, marked, self.sent & 0xFFFF, ts & 0xFFFFFFFF, self.ssrc)
        self.sock.sendto(head + payload, self.target)

    def speak(self) -> None:
        if not self.target[0]:
            return
        at = self.sent * 160 % 8000
        self.send(self.sound[at : at + 160], self.payload_type, self.sent * 160)

    def press(self, digit: str) -> None:
        ts = self.sent * 160
        for entry in event_frames(digit, 100):
            for _ in range(entry.copies):
                self.send(entry.payload, 101, ts, marker=entry.first)

    def listen(self) -> None:
        while True:
            try:
                self.heard.append(self.sock.recv(2048))
            except OSError:
                return

    def sound_heard(self) -> np.ndarray:
        payloads = [data[12:] for data in self.heard if data[1] & 0x7F == self.payload_type]
        return decode(b"".join(payloads), self.codec)

    def events_heard(self) -> list[tuple[int, bytes]]:
        return [
            (HEAD.unpack_from(data)[3], data[12:]) for data in self.heard if data[1] & 0x7F == 101
        ]

    def headers(self) -> list[tuple[int, ...]]:
        return [HEAD.unpack_from(data) for data in self.heard]


async def talk(seconds: float, *phones: Phone) -> None:
    """Let phones speak and hear for so long."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for step in range(int(seconds * 50)):
        for phone in phones:
            phone.speak()
        await asyncio.sleep(max(0.0, began + (step + 1) * 0.02 - loop.time()))
        for phone in phones:
            phone.listen()


async def until(holds: Callable[[], bool], wait_s: float = 15) -> None:
    """Look until something holds that nobody tells."""
    async with asyncio.timeout(wait_s):
        while not holds():  # noqa: ASYNC110 - a process or file has no event to wait for
            await asyncio.sleep(0.02)


class Room:
    """A media process with its control."""

    def __init__(self, folder: Path, config: dict[str, object]) -> None:
        self.folder = folder
        self.path = str(folder / "m.sock")
        self.facts: list[object] = []
        self.reports: list[ProcessReport] = []
        self.news = asyncio.Event()
        base = {"first_port": 21000, "last_port": 29000, "lonely_s": 20.0}
        self.spec = MediaSpec(self.path, json.dumps(base | config))
        self.supervisor = Supervisor([self.spec], self.reports.append)
        self.client = self.new_client()

    def new_client(self, **known: Any) -> MediaClient:
        return MediaClient(os.urandom(4).hex(), events=self.note, **known)

    def note(self, fact: object) -> None:
        self.facts.append(fact)
        self.news.set()

    async def order(self, command: Command) -> Reply:
        reply = await self.client.send(command)
        assert not isinstance(reply, Refused), reply
        return reply

    async def told(
        self, kind: type[E], wanted: Callable[[E], bool] = lambda _: True, wait_s: float = 15
    ) -> E:
        async with asyncio.timeout(wait_s):
            while True:
                for fact in self.facts:
                    if isinstance(fact, kind) and wanted(fact):
                        return fact
                self.news.clear()
                await self.news.wait()

    async def leg(self, name: str, phone: Phone, **wish: Any) -> LegCreated:
        orphan = {key: wish.pop(key) for key in ("orphan", "orphan_s") if key in wish}
        made = await self.order(CreateLeg(name, f"tag-{name}", **orphan))
        assert isinstance(made, LegCreated)
        phone.target = (made.local_host, made.rtp_port)
        terms: dict[str, Any] = {
            "codec": phone.codec,
            "payload_type": phone.payload_type,
            "telephone_event_pt": 101,
        }
        await self.order(SetRemote(name, phone.host, phone.port, **(terms | wish)))
        return made

    @property
    def pid(self) -> int:
        return self.supervisor.pids()[self.path]


@asynccontextmanager
async def a_room(**config: object) -> AsyncIterator[Room]:
    with tempfile.TemporaryDirectory(prefix="cb") as folder:
        room = Room(Path(folder), config)
        room.supervisor.start()
        await room.client.connect(room.path)
        try:
            yield room
        finally:
            room.client.close()
            await room.supervisor.terminate()


def channels(path: str) -> tuple[np.ndarray, np.ndarray]:
    """What the party said, and what it heard."""
    data = Path(path).read_bytes()
    assert data[:4] == b"RIFF"
    return decode(data[58::2], "PCMA"), decode(data[59::2], "PCMA")
