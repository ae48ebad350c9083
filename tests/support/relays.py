"""Real rtpengines on the loopback: started, killed, started again by a test."""

import asyncio
import random
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from cordboard.telephony.adapters.relay_pool import RelaySettings

PROGRAM = shutil.which("rtpengine")
needs_rtpengine = pytest.mark.skipif(
    PROGRAM is None, reason="no rtpengine here: apt-get install rtpengine-daemon"
)


def a_loopback_host() -> str:
    """An address of the loopback that nobody else uses: every port there is free."""
    parts = [random.SystemRandom().randint(1, 254) for _ in range(3)]
    return ".".join(map(str, (127, *parts)))


class Rtpengine:
    """One instance on a loopback address of its own, without kernel module and without root.

    Args:
        folder: For its recordings and its log.
        digits_to: Where it tells keys.
        arguments: More of them.
    """

    def __init__(
        self, folder: Path, digits_to: tuple[str, int] | None = None, *arguments: str
    ) -> None:
        self.host = a_loopback_host()
        self.folder = folder / self.host
        self.folder.mkdir(parents=True)
        self._arguments = [
            PROGRAM or "rtpengine", "--config-file=none", "--table=-1", "--foreground",
            "--log-stderr", "--log-level=5", f"--interface={self.host}",
            f"--listen-ng={self.host}:22222", "--port-min=30000",
            "--port-max=39999", "--num-threads=1", "--delete-delay=0", "--timeout=3700",
            "--silent-timeout=14400", f"--recording-dir={self.folder}",
            "--recording-method=pcap", *arguments,
        ]  # fmt: skip
        self._digits_host = digits_to[0] if digits_to is not None else "127.0.0.1"
        if digits_to is not None:
            self._arguments.append(f"--dtmf-log-dest={digits_to[0]}:{digits_to[1]}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> RelaySettings:
        """As a site would name it."""
        return RelaySettings(host=self.host, recording_dir=str(self.folder))

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def captures(self) -> list[Path]:
        """Capture files that lie there."""
        return list(self.folder.glob("pcaps/*.pcap*"))

    @property
    def environment(self) -> dict[str, str]:
        """For a server that shall use this instance alone."""
        return {
            "CORDBOARD_RTPENGINE_INSTANCES": self.settings.name,
            "CORDBOARD_RTPENGINE_RECORDING_DIR": str(self.folder),
            "CORDBOARD_RTPENGINE_DIGITS_HOST": self._digits_host,
        }

    async def start(self) -> None:
        """Run it, and wait until it answers."""
        self._spawn()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.host, 22222))
            probe.setblocking(False)
            async with asyncio.timeout(15):
                while not await self._answers(probe):
                    assert self.is_alive, (self.folder / "log").read_text()

    def _spawn(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def _answers(self, probe: socket.socket) -> bool:
        try:
            probe.send(b'hello {"command":"ping"}')
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(probe, 100), 0.1)
        except (OSError, TimeoutError):
            await asyncio.sleep(0.02)
            return False
        return True

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
