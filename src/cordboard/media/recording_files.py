"""Recordings on disk: written by one thread, closed by another, never by the media thread.

`NAME.part.wav` has a valid header after every write and becomes `NAME.wav` at the end. A full or
slow disk ends one recording with a reason and nothing else. Knows no leg and no RTP.
Write order: sound first, then the header that counts it.
"""

import errno
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from .wav import HEADER_BYTES, WavError, cue_chunk, header, read_format

Write = Callable[[int, bytes, int], int]
MAX_WAITING_BYTES = 1 << 20
"Sound waiting for a slow disk, per recording; about a minute. Beyond, the recording ends."


def part_path(path: str) -> str:
    """Where a recording lies while it is written: `x/NAME.wav` -> `x/NAME.part.wav`."""
    stem, extension = os.path.splitext(path)
    return f"{stem}.part{extension}"


@dataclass(frozen=True, slots=True)
class SavedRecording:
    """A whole file."""

    path: str
    duration_ms: int
    bytes: int
    sha256: str


class RecordingFile:
    """One `.part.wav`; used by the file threads alone, apart from `ordered_bytes`."""

    def __init__(self, path: str, codec: str, write: Write = os.pwrite) -> None:
        self.path = path
        self.codec = codec
        self.ordered_bytes = 0
        "Counted by the media thread."

        self.written_bytes = 0
        "Counted by the writing thread."

        self.failed = False
        self._write = write
        self._fd = -1
        self._frames = 0

    def open(self) -> None:
        """Create the part file with a header.

        Raises:
            OSError: If the folder or file cannot be made, or the file is there already.
        """
        if os.path.exists(self.path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self.path)
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        self._fd = os.open(part_path(self.path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        self._put(header(self.codec, 2, 0), 0)

    def append(self, sound: bytes) -> None:
        """Write stereo frames behind the others, then the header that counts them."""
        self._put(sound, HEADER_BYTES + 2 * self._frames)
        self._frames += len(sound) // 2
        self._put(header(self.codec, 2, self._frames), 0)

    def close(self, mark_frames: list[int]) -> SavedRecording:
        """Write the marks, sync, rename.

        Raises:
            OSError: If the disk refuses; the part file stays for `repair`.
        """
        cues = cue_chunk(mark_frames)
        if cues:
            self._put(cues, HEADER_BYTES + 2 * self._frames)
            self._put(header(self.codec, 2, self._frames, len(cues)), 0)
        os.fsync(self._fd)
        digest, size = _digest(self._fd)
        os.rename(part_path(self.path), self.path)
        self.abandon()
        return SavedRecording(self.path, self._frames // 8, size, digest)

    def abandon(self) -> None:
        """Let go of the file as it is."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _put(self, data: bytes, at: int) -> None:
        while data:
            done = self._write(self._fd, data, at)
            if done <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data, at = data[done:], at + done


def _digest(fd: int) -> tuple[str, int]:
    sha, at = hashlib.sha256(), 0
    while block := os.pread(fd, 1 << 18, at):
        sha.update(block)
        at += len(block)
    return sha.hexdigest(), at


def repair_recording(part: str) -> SavedRecording:
    """Finish a part file that a dead media process left: count, sync, rename.

    Args:
        part: Path that ends in `.part.wav`.

    Raises:
        BlockingIOError: If a living process still writes it.
        WavError: If it is no part file of ours.
        OSError: If the disk refuses.
    """
    if not part.endswith(".part.wav"):
        raise WavError("not a part file")
    fd = os.open(part, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(fd).st_size
        shape = read_format(os.pread(fd, HEADER_BYTES, 0), size)
        frames = (size - HEADER_BYTES) // 2
        os.ftruncate(fd, HEADER_BYTES + 2 * frames)
        os.pwrite(fd, header(shape.codec, 2, frames), 0)
        os.fsync(fd)
        digest, size = _digest(fd)
        path = part.removesuffix(".part.wav") + ".wav"
        os.rename(part, path)
    finally:
        os.close(fd)
    return SavedRecording(path, frames // 8, size, digest)


@dataclass(frozen=True, slots=True)
class Opened:
    """News: the file is there."""

    file: RecordingFile


@dataclass(frozen=True, slots=True)
class Saved:
    """News: the file is whole."""

    file: RecordingFile
    saved: SavedRecording


@dataclass(frozen=True, slots=True)
class Failed:
    """News: the disk refused; nothing more will be written."""

    file: RecordingFile
    reason: str


News = Opened | Saved | Failed
_Job = tuple[RecordingFile, Callable[[], News | None]]


class RecordingFiles:
    """The two file threads. Orders are put in by the media thread, news are taken out by it."""

    def __init__(self, wake: Callable[[], None], write: Write = os.pwrite) -> None:
        """Start the threads.

        Args:
            wake: Called from a file thread when there is news; must not block.
            write: Like `os.pwrite`; a test may break it.
        """
        self._wake = wake
        self._write = write
        self._news: SimpleQueue[News] = SimpleQueue()
        self._gathered: list[_Job] = []
        "What `flush` hands to the writing thread in one go: each hand-over wakes it once."

        self._writing: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._closing: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, args=(queue,), daemon=True, name=name)
            for queue, name in ((self._writing, "write"), (self._closing, "close"))
        ]
        for thread in self._threads:
            thread.start()

    def open(self, path: str, codec: str) -> RecordingFile:
        """Begin a file; `Opened` or `Failed` follows."""
        file = RecordingFile(path, codec, self._write)

        def job() -> News:
            file.open()
            return Opened(file)

        self._gathered.append((file, job))
        self.flush()
        return file

    def append(self, file: RecordingFile, sound: bytes) -> bool:
        """Add sound; False if so much waits already that the disk must be called too slow.

        It is on its way after the next `flush`.
        """
        if file.ordered_bytes - file.written_bytes > MAX_WAITING_BYTES:
            return False
        file.ordered_bytes += len(sound)

        def job() -> None:
            file.append(sound)
            file.written_bytes += len(sound)

        self._gathered.append((file, job))
        return True

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._gathered:
            self._writing.put(self._gathered)
            self._gathered = []

    def close(self, file: RecordingFile, mark_frames: list[int]) -> None:
        """End a file behind what was appended; `Saved` or `Failed` follows."""

        def job() -> News:
            return Saved(file, file.close(mark_frames))

        def hand_over() -> None:
            self._closing.put([(file, job)])

        self._gathered.append((file, hand_over))
        self.flush()

    def give_up(self, file: RecordingFile) -> None:
        """End a file as it lies, without news."""

        def job() -> None:
            file.failed = True
            file.abandon()

        self._gathered.append((file, job))
        self.flush()

    def news(self) -> list[News]:
        """What the threads have to tell, oldest first."""
        told = []
        while not self._news.empty():
            told.append(self._news.get_nowait())
        return told

    def finish(self, wait_s: float) -> None:
        """Do all that was ordered and end the threads."""
        self.flush()
        for queue, thread in zip((self._writing, self._closing), self._threads, strict=True):
            queue.put(None)
            thread.join(wait_s)

    def _work(self, queue: SimpleQueue[list[_Job] | None]) -> None:
        while (orders := queue.get()) is not None:
            for file, job in orders:
                if not file.failed:
                    self._do(file, job)

    def _do(self, file: RecordingFile, job: Callable[[], News | None]) -> None:
        try:
            news = job()
        except OSError as error:
            file.failed = True
            file.abandon()
            news = Failed(file, error.strerror or str(error))
        if news is not None:
            self._news.put(news)
            self._wake()
