"""SIPp with scenarios of our own, as caller or as telephone; bounded, and judged by its exit code.

SIPp fails a call at the first message that the scenario does not expect, so exit code 0 says that
the peer saw exactly what the scenario tells.
"""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest

from tests.support.server import free_port

SCENARIOS = Path(__file__).parents[1] / "live" / "sipp"
CALLER = "13871562043"
_LIMIT_S = 30


def sipp_program() -> str:
    """Where SIPp is; the test is skipped where it is not."""
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("sipp is not installed")
    return program


class Sipp:
    """One run of SIPp. `async with Sipp(...) as peer: ...; await peer.passed()`.

    Args:
        scenario: Name of a file in tests/live/sipp.
        folder: For its error log.
        remote: Who is called, or whose calls are taken.
        port: Its own SIP port; 0: any.
        contact_port: Where its Contact says that it is, if that is another's (a relay's).
        service: What a caller dials.
        calls: How many calls the run has.
        pause_ms: Length of each `<pause/>` without one of its own.
        limit_s: SIPp gives up after this.
        keys: Values of more `[name]`s in the scenario.
    """

    def __init__(
        self,
        scenario: str,
        folder: Path,
        remote: tuple[str, int],
        *,
        port: int = 0,
        contact_port: int = 0,
        service: str = "",
        calls: int = 1,
        pause_ms: int = 0,
        transport: str = "udp",
        keys: Mapping[str, str] | None = None,
        limit_s: int = _LIMIT_S,
    ) -> None:
        port = port or free_port()
        words = {"caller": CALLER, "contact_port": str(contact_port or port), **(keys or {})}
        self._errors = folder / f"{scenario}.{port}.errors"
        script = folder / f"{scenario}.{port}.xml"
        script.write_text(_filled((SCENARIOS / f"{scenario}.xml").read_text(), words))
        self._command = [
            sipp_program(), f"{remote[0]}:{remote[1]}",
            "-sf", str(script),
            "-i", "127.0.0.1", "-mi", "127.0.0.1",
            "-p", str(port), "-mp", str(free_port()), "-s", service or "agent",
            "-m", str(calls), "-r", "20", "-d", str(pause_ms),
            "-t", "u1" if transport == "udp" else "t1",
            "-timeout", str(limit_s), "-timeout_error", "-nostdin",
            "-trace_err", "-error_file", str(self._errors),
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self._said: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        self._said = asyncio.create_task(self._process.stdout.read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._said is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._said

    async def passed(self, limit_s: float = _LIMIT_S) -> None:
        """Wait for the end; fail if anything was not as the scenario tells."""
        assert self._process is not None
        assert self._said is not None
        code = await asyncio.wait_for(self._process.wait(), limit_s)
        said = (await self._said).decode(errors="replace")
        wrong = self._errors.read_text(errors="replace") if self._errors.exists() else ""
        assert code == 0, f"sipp {code}: {wrong[-3000:] or said[-2000:]}"


def _filled(script: str, words: Mapping[str, str]) -> str:
    """The scenario with our own `[name]`s filled in; SIPp's `-key` does not reach status lines."""
    for name, value in words.items():
        script = script.replace(f"[{name}]", value)
    return script


async def sipp_passes(
    scenario: str, folder: Path, remote: tuple[str, int], *, service: str = "", pause_ms: int = 0
) -> None:
    """Run a scenario to its end."""
    async with Sipp(scenario, folder, remote, service=service, pause_ms=pause_ms) as peer:
        await peer.passed()
