"""baresip, a telephone that somebody else wrote: registered with digest, no audio hardware.

It is steered over its control port (module ctrl_tcp: JSON in netstrings) and tells its events
there. It says a tone and writes what it hears into a file.
"""

import asyncio
import contextlib
import json
import shutil
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from cordboard.media.wav import read_format
from tests.support.server import free_port

_CONFIG = """\
sip_listen 127.0.0.1:{sip_port}
audio_path {folder}
audio_source aufile,{folder}/said.wav
snd_path {folder}
rtp_ports {rtp_port}-{last_rtp_port}
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
module srtp.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
module_tmp uuid.so
ctrl_tcp_listen 127.0.0.1:{control_port}
"""
_MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")


def write_tone(path: Path, hertz: float, seconds: float) -> None:
    """Leave a 16-bit mono WAV file of a tone."""
    time_s = np.arange(int(8000 * seconds)) / 8000
    pcm = (8000 * np.sin(2 * np.pi * hertz * time_s)).astype("<i2").tobytes()
    head = b"RIFF" + (36 + len(pcm)).to_bytes(4, "little") + b"WAVEfmt "
    head += bytes.fromhex("10000000 0100 0100 401f0000 803e0000 0200 1000")
    path.write_bytes(head + b"data" + len(pcm).to_bytes(4, "little") + pcm)


class Baresip:
    """One telephone. Use with `async with`.

    Args:
        folder: For its configuration; made.
        extension: Its user.
        password: For digest.
        server_port: Of the server on 127.0.0.1.
        answers: Whether it picks up by itself.
        hertz: Of the tone that it says.
        transport: `udp`, `tcp` or `tls`.
        encrypts: Whether it offers and takes SRTP (SDES) alone.
    """

    def __init__(
        self,
        folder: Path,
        extension: str,
        password: str,
        server_port: int,
        *,
        answers: bool = False,
        hertz: float = 1000,
        transport: str = "udp",
        encrypts: bool = False,
    ) -> None:
        self.folder = folder
        self.events: list[dict[str, Any]] = []
        self._hertz = hertz
        self._control_port = free_port()
        self._account = (
            f"<sip:{extension}@127.0.0.1:{server_port};transport={transport}>;"
            f"auth_user={extension};auth_pass={password};regint=600;"
            f"answermode={'auto' if answers else 'manual'};audio_codecs=PCMA"
            f"{';mediaenc=srtp-mand' if encrypts else ''}\n"
        )
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        program = shutil.which("baresip")
        if program is None:
            pytest.skip("baresip is not installed")
        self._write_files()
        self._process = await asyncio.create_subprocess_exec(
            program, "-f", str(self.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._tasks.append(asyncio.create_task(self._process.stdout.read()))
        reader, self._writer = await self._connect()
        self._tasks.append(asyncio.create_task(self._read(reader)))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with contextlib.suppress(OSError):
            await self.order("quit")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 3)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._writer is not None:
            self._writer.close()
        await asyncio.wait(self._tasks, timeout=2)

    def _write_files(self) -> None:
        self.folder.mkdir(parents=True)
        rtp_port = 30_000 + 2 * (self._control_port % 1000)
        config = _CONFIG.format(
            folder=self.folder,
            sip_port=free_port(),
            rtp_port=rtp_port,
            last_rtp_port=rtp_port + 20,
            modules=next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0]),
            control_port=self._control_port,
        )
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(self._account)
        (self.folder / "contacts").write_text("")
        write_tone(self.folder / "said.wav", self._hertz, 60)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(10):
            while True:
                try:
                    return await asyncio.open_connection("127.0.0.1", self._control_port)
                except OSError:
                    await asyncio.sleep(0.05)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, ValueError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                said = json.loads((await reader.readexactly(length + 1))[:-1])
                if said.get("event"):
                    self.events.append(said)

    async def order(self, command: str, parameters: str = "") -> None:
        """Give a command of its menu: `accept`, `hangup`, `dial`, `hold`, `resume`, ..."""
        assert self._writer is not None
        text = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(b"%d:%b," % (len(text), text))
        await self._writer.drain()

    async def until(self, kind: str, limit_s: float = 10) -> dict[str, Any]:
        """Wait for an event of this type: REGISTER_OK, CALL_INCOMING, CALL_CLOSED, ..."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    for event in self.events:
                        if event["type"] == kind:
                            return event
                    await asyncio.sleep(0.02)
        except TimeoutError:
            told = [event["type"] for event in self.events]
            raise AssertionError(f"no {kind} within {limit_s} s, only {told}") from None

    def heard(self) -> "np.ndarray[Any, np.dtype[np.int16]]":
        """What it heard, 16-bit samples at 8 000 Hz; whole after the call's end."""
        data = max(self.folder.glob("dump-*-dec.wav")).read_bytes()
        offset = read_format(data, len(data)).data_offset
        return np.frombuffer(data[offset : offset + (len(data) - offset) // 2 * 2], dtype="<i2")
