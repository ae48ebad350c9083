"""The media process: builds its parts, tunes the interpreter, runs until told to end.

`python -m cordboard.media --socket PATH --config JSON`. Writes `PATH.pid` (pid and start time)
so that a supervisor finds it again. Control's crash does not touch it: it leads its own session.
"""

import argparse
import errno
import gc
import os
import resource
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cordboard.kit.clock import SystemClock

from .commands import Command, Reply
from .config import ConfigError, MediaConfig, read_config
from .control import ControlDoor
from .engine import Engine, snapshot
from .events import Event
from .orders import Orders
from .ports import PortRange
from .prompt_cache import PromptCache
from .recording_files import RecordingFiles, Write
from .studio import Studio
from .supervisor import write_pid_file

_NICE = -10


def main(arguments: list[str] | None = None) -> int:
    """Run a media process; the exit status."""
    parser = argparse.ArgumentParser(prog="cordboard media", description=__doc__)
    parser.add_argument("--socket", required=True, help="path of the Unix socket")
    parser.add_argument("--config", default="{}", help="JSON, or @FILE")
    chosen = parser.parse_args(arguments)
    try:
        config = read_config(chosen.config)
        serve(chosen.socket, config)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"cordboard media: {error}\n")
        return 1
    return 0


def serve(path: str, config: MediaConfig) -> None:
    """Build everything and serve until the end.

    Raises:
        OSError: If the socket path is taken or no good.
    """
    _raise_file_limit()
    _go_first()
    clock = SystemClock()
    engine = Engine(clock)
    files = RecordingFiles(engine.wake, _disk(config))
    prompts = PromptCache([Path(folder) for folder in config.prompt_folders])
    prompts.warm()
    ports = PortRange(config.bind_host, config.first_port, config.last_port, config.port_rest_s)

    def tell(event: Event) -> None:
        door.tell(event)

    def obey(command: Command) -> Reply:
        return orders.obey(command)

    studio = Studio(config, prompts, ports, files, engine, tell, clock.now_ms, engine.media_now)
    orders = Orders(studio, lambda: engine.report(studio, draining=orders.draining), engine.end)
    door = ControlDoor(
        path, secrets.token_hex(8), config.local_host or config.bind_host, config.ring_facts,
        obey, lambda: snapshot(studio), _presence(studio), engine.rewatch,
    )  # fmt: skip
    studio.control_went()
    write_pid_file(path)
    _tune_interpreter()
    try:
        engine.run(studio, door)
        engine.finish(studio, files)
    finally:
        door.close()
        Path(f"{path}.pid").unlink(missing_ok=True)


def _presence(studio: Studio) -> Callable[[bool], None]:
    def change(present: bool) -> None:
        if present:
            studio.control_came()
        else:
            studio.control_went()

    return change


def _tune_interpreter() -> None:
    """No collection pause over what lives for ever; threads give the interpreter back soon."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(0.0005)


def _go_first() -> None:
    """Sound is due each 20 ms: ask to run before what may wait; not everybody is allowed to."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _disk(config: MediaConfig) -> Write:
    """`os.pwrite`, or a disk that is full after some bytes (development)."""
    room = config.fault_disk_after_bytes
    if not room:
        return os.pwrite

    def write(fd: int, data: bytes, at: int) -> int:
        if at + len(data) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(fd, data, at)

    return write
