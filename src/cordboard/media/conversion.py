"""Control's end of the converter: gives orders, hears what became of them, replaces a dead one.

Orders that a dead converter had are given to the next one; it makes no recording twice.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cordboard.kit.clock import Clock
from cordboard.kit.tasks import Tasks

from .capture_jobs import CaptureDone, CaptureJob, CaptureOrder

_AGAIN_S = 1.0
_LINE_BYTES = 1 << 20


class Converter:
    """One converter process, started when there is work.

    Args:
        clock: Time.
        done: Hears what became of each job.
        python: The interpreter to run.
    """

    def __init__(
        self,
        clock: Clock,
        done: Callable[[CaptureDone], object] = lambda done: None,
        python: str = sys.executable,
    ) -> None:
        self.done = done
        self._clock = clock
        self._python = python
        self._tasks = Tasks("converter")
        self._jobs: dict[str, bytes] = {}
        self._removals: list[bytes] = []
        self._process: Process | None = None
        self._runs = False
        self._closing = False
        self._ended = asyncio.Event()

    @property
    def pending(self) -> int:
        """Recordings that wait or are being made."""
        return len(self._jobs)

    def convert(self, job: CaptureJob) -> None:
        """Make a recording; `done` hears of it."""
        line = msgspec.json.encode(CaptureOrder(job)) + b"\n"
        self._jobs[job.recording_id] = line
        self._say(line)

    def remove(self, calls: dict[str, str]) -> None:
        """Delete capture files, behind the jobs given so far."""
        line = msgspec.json.encode(CaptureOrder(remove=calls)) + b"\n"
        if self._process is None:
            self._removals.append(line)
        self._say(line)

    def _say(self, line: bytes) -> None:
        if not self._runs:
            self._runs = True
            self._tasks.start(self._serve(), name="serve")
        elif self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(line)

    async def _serve(self) -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                self._python, "-m", "cordboard.media.converter",
                stdin=PIPE, stdout=PIPE, limit=_LINE_BYTES, start_new_session=True,
            )  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            self._process = process
            for line in [*self._jobs.values(), *self._removals]:
                process.stdin.write(line)
            self._removals.clear()
            while line := await process.stdout.readline():
                self._told(line)
            self._process = None
            await process.wait()
            if self._closing:
                self._ended.set()
                return
            await self._clock.sleep(_AGAIN_S)

    def _told(self, line: bytes) -> None:
        done = msgspec.json.decode(line, type=CaptureDone)
        if self._jobs.pop(done.recording_id, None) is not None:
            self.done(done)

    async def close(self, wait_s: float = 10.0) -> None:
        """Let it end what it has, for so long; jobs that are left are known to who gave them."""
        self._closing = True
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        if self._runs:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), wait_s)
        await self._tasks.close()
