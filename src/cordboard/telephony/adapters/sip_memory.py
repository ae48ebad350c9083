"""What the adapter must know of its SIP sessions and phones after a kill -9: one small local file.

Append-only lines of JSON: a key and what is known, or null when it is over; the last line of a key
counts, zeros follow it. The file is a shared mapping: a line is in the kernel's pages the moment it
is noted, without a system call and before the message it belongs to is on the wire, so a killed
process leaves nothing ringing. Rewritten when its room is used up.
"""

import mmap
import os
from pathlib import Path
from typing import Any

import msgspec

_ROOM_BYTES = 4 << 20
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, Any]).decode


class SipMemory:
    """Keys and values in a file.

    Args:
        path: Made if it does not exist; a torn last line is dropped.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._living: dict[str, bytes] = {}
        "By key its line: bytes cost the garbage collector nothing, and a rewrite only joins them."

        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
            self._read(line)
        self._rewrite()

    def _read(self, line: bytes) -> None:
        try:
            key, value = _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # torn by the kill: what it said was not acted on yet
        if value is None:
            self._living.pop(key, None)
        else:
            self._living[key] = line if line.endswith(b"\n") else line + b"\n"

    def _rewrite(self) -> None:
        lines = b"".join(self._living.values())
        room = max(_ROOM_BYTES, 4 * len(lines))
        fresh = self._path.with_suffix(".new")
        with fresh.open("w+b") as file:
            file.write(lines.ljust(room, b"\0"))  # written, not sparse: a full disk is met here
            file.flush()
            self._pages = mmap.mmap(file.fileno(), room)
        os.replace(fresh, self._path)
        self._end = len(lines)

    def keep(self, key: str, value: Any) -> None:
        """Remember; `value` is of plain JSON values and not None."""
        self._living[key] = line = _encode((key, value)) + b"\n"
        self._append(line)

    def drop(self, key: str) -> None:
        """Forget; nothing if it is unknown."""
        if self._living.pop(key, None) is not None:
            self._append(_encode((key, None)) + b"\n")

    def items(self, prefix: str) -> list[tuple[str, Any]]:
        """What is known under keys with this prefix, oldest first; keys without the prefix."""
        return [
            (key.removeprefix(prefix), _decode(line)[1])
            for key, line in self._living.items()
            if key.startswith(prefix)
        ]

    def _append(self, line: bytes) -> None:
        end = self._end + len(line)
        if end > len(self._pages):
            self._pages.close()
            self._rewrite()  # of what lives, with what this line says
        else:
            self._pages[self._end : end] = line
            self._end = end

    def close(self) -> None:
        """Give the file back."""
        self._pages.close()
