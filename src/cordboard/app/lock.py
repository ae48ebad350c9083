"""One cordboard per data directory: who serves it, or makes its tables anew, holds this lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cordboard.kit.errors import DomainError


class AlreadyRunningError(DomainError):
    """Another server has the data directory."""

    code = "already-running"
    status = 500


def take(data_dir: Path) -> int:
    """Take the lock; it is held until the descriptor is closed, or the process ends.

    Raises:
        AlreadyRunningError: If somebody has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise AlreadyRunningError(
            f"another cordboard serves {data_dir}: stop it, or choose another "
            "directory with CORDBOARD_CORE_DATA_DIR"
        ) from None
    return lock


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the lock meanwhile.

    Raises:
        AlreadyRunningError: If somebody has it.
    """
    lock = take(data_dir)
    try:
        yield
    finally:
        os.close(lock)
