"""Keeps media processes alive: starts them, finds living ones again, restarts dead ones.

Each runs in its own session, so control's kill -9 does not reach it. A process is known by pid
and start time; one whose start time differs is a stranger and never touched. Starts no task.
Sources: proc(5) (stat field 22), pidfd_open(2).
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 10.0
_STABLE_S = 30.0

ProcessState = Literal["started", "found", "died"]


@dataclass(frozen=True, slots=True)
class MediaSpec:
    """One media process that shall live."""

    socket_path: str
    config_json: str = "{}"
    "See `MediaConfig`; a found process keeps the one it was started with."


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What became of one process."""

    socket_path: str
    state: ProcessState
    pid: int
    deaths: int
    "How often one of this socket died under this supervisor."


def start_time(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def write_pid_file(socket_path: str) -> None:
    """Leave pid and start time of this process beside its socket."""
    path = Path(f"{socket_path}.pid")
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{os.getpid()} {start_time(os.getpid())}\n")
    fresh.replace(path)


def find_living(socket_path: str) -> int | None:
    """The pid of the process that serves a socket, if it is the one its pid file names."""
    try:
        pid, began = map(int, Path(f"{socket_path}.pid").read_text().split())
    except (OSError, ValueError):
        return None
    if start_time(pid) != began:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(socket_path)
        except OSError:
            return None
    return pid


class _Watched:
    """One process under supervision."""

    def __init__(self, spec: MediaSpec) -> None:
        self.spec = spec
        self.pid = 0
        self.began: int | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self.pid_fd = -1
        self.deaths = 0
        self.wait_s = _FIRST_WAIT_S
        self.started_s = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Supervisor:
    """Keeps the processes of a list alive, on the running loop."""

    def __init__(
        self,
        specs: Sequence[MediaSpec],
        changed: Callable[[ProcessReport], object] = lambda _: None,
        python: str = sys.executable,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            specs: What shall live, one socket each.
            changed: Told each start, find and death.
            python: The interpreter to run.
        """
        self._watched = [_Watched(spec) for spec in specs]
        self._changed = changed
        self._python = python
        self._stopping = False

    def start(self) -> None:
        """Find the living, start the others."""
        for watched in self._watched:
            pid = find_living(watched.spec.socket_path)
            if pid is None:
                self._spawn(watched)
            else:
                self._adopt(watched, pid, "found")

    def pids(self) -> dict[str, int]:
        """The pid behind each socket, 0 while none lives."""
        return {watched.spec.socket_path: watched.pid for watched in self._watched}

    def leave(self) -> None:
        """Stop watching; the processes go on."""
        self._stopping = True
        for watched in self._watched:
            if watched.timer is not None:
                watched.timer.cancel()
            self._forget(watched)

    async def terminate(self, wait_s: float = 10.0) -> None:
        """End the processes politely (SIGTERM), then wait; those still there are left alone."""
        self._stopping = True
        loop = asyncio.get_running_loop()
        gone = []
        for watched in self._watched:
            if watched.timer is not None:
                watched.timer.cancel()
            if watched.pid and self._signal(watched, signal.SIGTERM):
                loop.remove_reader(watched.pid_fd)
                done: asyncio.Future[None] = loop.create_future()
                loop.add_reader(watched.pid_fd, _settle, done)
                gone.append(done)
        if gone:
            await asyncio.wait(gone, timeout=wait_s)
        for watched in self._watched:
            self._forget(watched)

    def _signal(self, watched: _Watched, number: signal.Signals) -> bool:
        if watched.began is None or start_time(watched.pid) != watched.began:
            return False
        with suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(watched.pid_fd, number)
            return True
        return False

    def _spawn(self, watched: _Watched) -> None:
        watched.timer = None
        spec = watched.spec
        with Path(f"{spec.socket_path}.log").open("ab") as log:
            watched.child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [self._python, "-m", "cordboard.media", "--socket", spec.socket_path,
                 "--config", spec.config_json],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._adopt(watched, watched.child.pid, "started")

    def _adopt(self, watched: _Watched, pid: int, state: ProcessState) -> None:
        loop = asyncio.get_running_loop()
        try:
            watched.pid_fd = os.pidfd_open(pid)
        except OSError:
            self._spawn_later(watched)
            return
        watched.pid, watched.began = pid, start_time(pid)
        watched.started_s = loop.time()
        loop.add_reader(watched.pid_fd, self._died, watched)
        self._tell(watched, state)

    def _tell(self, watched: _Watched, state: ProcessState) -> None:
        report = ProcessReport(watched.spec.socket_path, state, watched.pid, watched.deaths)
        asyncio.get_running_loop().call_soon(self._changed, report)

    def _died(self, watched: _Watched) -> None:
        watched.deaths += 1
        self._tell(watched, "died")
        lived_s = asyncio.get_running_loop().time() - watched.started_s
        self._forget(watched)
        if self._stopping:
            return
        if lived_s > _STABLE_S:
            watched.wait_s = _FIRST_WAIT_S
        self._spawn_later(watched)

    def _spawn_later(self, watched: _Watched) -> None:
        loop = asyncio.get_running_loop()
        watched.timer = loop.call_later(watched.wait_s, self._spawn, watched)
        watched.wait_s = min(watched.wait_s * 2, _LONGEST_WAIT_S)

    def _forget(self, watched: _Watched) -> None:
        if watched.pid_fd >= 0:
            asyncio.get_running_loop().remove_reader(watched.pid_fd)
            os.close(watched.pid_fd)
            watched.pid_fd = -1
        if watched.child is not None:
            watched.child.poll()
            watched.child = None
        watched.pid, watched.began = 0, None


def _settle(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
