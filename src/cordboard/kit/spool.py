"""Where turns wait on the local disk while the database is away.

One append-only file: a header, then records of `length, crc32 (both uint32 little-endian),
msgpack of a Packed`. A batch of turns is one write and one fdatasync before anybody is told that
it is stored, because meanwhile this file is the journal. A torn last record (the process or the
machine died in it) was never acknowledged and is cut at the next start; what is cut is kept in a
file beside it.
"""

import contextlib
import errno
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from cordboard.kit.packing import Packed

HEADER = b"CORDBOARD SPOOL 1\n"
_FRAME = struct.Struct("<II")
_log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decode = msgspec.msgpack.Decoder(Packed).decode


class Spool:
    """The file; blocking, used by one thread.

    Args:
        path: The file; its directory must exist. No file means an empty spool.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0
        self._read_from = 0
        self._fd: int | None = None
        self.turns = 0
        "Turns in the file that were not taken out yet."

        self.last_seq = 0
        "The seq of the last fact in the file; 0 if it is empty."

        if path.exists():
            self._open()
            self._survey()

    def __bool__(self) -> bool:
        return self.turns > 0

    def append(self, batch: Sequence[Packed]) -> None:
        """Keep these turns; on return they are on the disk.

        Raises:
            OSError: If the disk does not take them; then none of them is kept.
        """
        fd = self._open()
        data = b"".join(map(_frame, batch))
        try:
            if os.fstat(fd).st_size != self._end:
                os.ftruncate(fd, self._end)  # what an earlier failure could not take back
            _write_all(fd, data)
            os.fdatasync(fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, self._end)
            raise
        self._end += len(data)
        self.turns += len(batch)
        self.last_seq = batch[-1].last_seq

    def read(self, limit: int) -> tuple[list[Packed], int]:
        """The oldest turns not taken yet, and the place behind them for `take`."""
        found: list[Packed] = []
        place = self._read_from
        for packed, after in self._records(self._read_from):
            found.append(packed)
            place = after
            if len(found) == limit:
                break
        return found, place

    def take(self, count: int, place: int) -> None:
        """These turns are in the database now; when all are, the file goes."""
        self._read_from = place
        self.turns -= count
        if not self.turns:
            self._remove()

    def close(self) -> None:
        """Close the file and leave it for the next start."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _remove(self) -> None:
        self.close()
        self._path.unlink(missing_ok=True)
        _sync_directory(self._path.parent)
        self._end = self._read_from = self.last_seq = 0

    def _open(self) -> int:
        if self._fd is None:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._end = self._head(fd)
            except OSError:
                os.close(fd)
                raise
            self._fd = fd
            self._read_from = self._read_from or len(HEADER)
        return self._fd

    def _head(self, fd: int) -> int:
        """Write the header into a new file, check that of an old one; return the file's size."""
        size = os.fstat(fd).st_size
        if size >= len(HEADER):
            if os.pread(fd, len(HEADER), 0) != HEADER:
                raise OSError(errno.EINVAL, "not a spool that this version can read", self._path)
            return size
        os.ftruncate(fd, 0)
        _write_all(fd, HEADER)
        os.fdatasync(fd)
        _sync_directory(self._path.parent)
        return len(HEADER)

    def _survey(self) -> None:
        """Count what is there and cut what is torn."""
        size, good = self._end, len(HEADER)
        for packed, after in self._records(len(HEADER)):
            good = after
            self.turns += 1
            self.last_seq = packed.last_seq
        if good < size:
            self._cut(good, size)
        if not self.turns:
            self._remove()

    def _cut(self, good: int, size: int) -> None:
        fd = self._open()
        kept = self._path.with_name(f"{self._path.name}.cut-{good}")
        kept.write_bytes(os.pread(fd, size - good, good))
        os.ftruncate(fd, good)
        os.fdatasync(fd)
        self._end = good
        _log.warning("spool.cut", bytes=size - good, kept=str(kept), turns=self.turns)

    def _records(self, place: int) -> Iterator[tuple[Packed, int]]:
        """Whole records from a place on, each with the place behind it."""
        fd = self._open()
        while place + _FRAME.size <= self._end:
            length, checksum = _FRAME.unpack(os.pread(fd, _FRAME.size, place))
            payload = os.pread(fd, length, place + _FRAME.size) if length < self._end else b""
            if len(payload) != length or zlib.crc32(payload) != checksum or not length:
                return
            place += _FRAME.size + length
            yield _decode(payload), place


def _frame(packed: Packed) -> bytes:
    payload = _encode(packed)
    return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
