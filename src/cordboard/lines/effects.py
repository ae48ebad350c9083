"""The line log: six bracketed fields a line, written and rotated by a thread of its own.

    [2026-11-22 21:31:04][information][lines/service/steps.py][61][101/seized/2][call c1: ...]

Source: S002-BOARD 5.6, LE004; OPS-04. Numbers of people stay out of it, as of every log (decision
0007): the text names the call, which has them.
"""

import logging
import re
from collections import deque
from datetime import datetime, tzinfo
from logging.handlers import QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

from typing_extensions import override

from .model import LogLine

LOG_BYTES = 8_000_000
LOG_FILES = 10
_READ_BYTES = 400_000
_BRACKETS = str.maketrans({"[": "(", "]": ")", "\n": " ", "\r": " "})
LINE = re.compile(
    r"\[(?P<at>[^]]*)\]\[(?P<level>[^]]*)\]\[(?P<file>[^]]*)\]\[(?P<line>\d+)\]"
    r"\[(?P<channel>[^]]*)\]\[(?P<text>[^]]*)\]"
)


class LineLog(Protocol):
    """Where lines go."""

    def write(self, line: LogLine) -> None:
        """Take one line; returns at once."""
        ...


class MemoryLog:
    """The last lines, for stories."""

    def __init__(self, size: int = 1000) -> None:
        self.lines: deque[LogLine] = deque(maxlen=size)

    def write(self, line: LogLine) -> None:
        """Keep it."""
        self.lines.append(line)


class _Writer(QueueListener):
    """Makes text of lines on its own thread: calls do not wait for it."""

    def __init__(self, queue: SimpleQueue[Any], file: logging.Handler, zone: tzinfo) -> None:
        super().__init__(queue, file)
        self._zone = zone

    @override
    def prepare(self, record: Any) -> logging.LogRecord:
        line: LogLine = record
        level = logging.ERROR if line.level == "error" else logging.INFO
        text = formatted(line, self._zone)
        return logging.LogRecord("line", level, line.file, line.line, text, None, None)


class FileLog:
    """A file that is rotated by size.

    Args:
        path: The newest file; older ones have `.1` and so on behind.
        zone: Of the times in it.
        max_bytes: Of one file.
        files: How many older ones are kept.
    """

    def __init__(
        self, path: Path, zone: tzinfo, *, max_bytes: int = LOG_BYTES, files: int = LOG_FILES
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = RotatingFileHandler(path, maxBytes=max_bytes, backupCount=files, delay=True)
        self._file.setFormatter(logging.Formatter("%(message)s"))
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._thread = _Writer(self._queue, self._file, zone)
        self._thread.start()

    def write(self, line: LogLine) -> None:
        """Hand it to the thread."""
        self._queue.put(line)

    def read(self, limit: int, *, errors_only: bool = False) -> list[str]:
        """The last lines, the newest last; of this file and the one before."""
        parts = (self._path.with_name(f"{self._path.name}.1"), self._path)
        text = "".join(_tail(part) for part in parts)
        lines = [line for line in text.splitlines() if LINE.fullmatch(line)]
        if errors_only:
            lines = [line for line in lines if line.split("][", 2)[1] == "error"]
        return lines[-limit:]

    def close(self) -> None:
        """Write what waits, and end."""
        self._thread.stop()
        self._file.close()


def formatted(line: LogLine, zone: tzinfo) -> str:
    """The six fields; brackets inside a field become round ones."""
    at = datetime.fromtimestamp(line.at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
    channel = "/".join((line.channel or "-", line.signal or "-", line.state or "-"))
    fields = (at, line.level, line.file, str(line.line), channel, line.text)
    return "".join(f"[{field.translate(_BRACKETS)}]" for field in fields)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _READ_BYTES))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
