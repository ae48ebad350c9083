"""What the adapter must know of its SIP sessions and phones after a kill -9: one small local file.

Append-only lines of JSON: a key and what is known, or null when it is over; the last line of a key
counts. A write is in the kernel's hands before the message it belongs to is on the wire, so a
killed process leaves nothing ringing. Rewritten when it has grown far past what still lives.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

_REWRITE_BYTES = 4 << 20
_encode = msgspec.json.Encoder().encode


class SipMemory:
    """Keys and values in a file.

    Args:
        path: Made if it does not exist; a torn last line is dropped.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._living: dict[str, Any] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_bytes().splitlines() if path.exists() else ():
            self._read(line)
        self._rewrite()

    def _read(self, line: bytes) -> None:
        try:
            key, value = msgspec.json.decode(line, type=tuple[str, Any])
        except msgspec.MsgspecError:
            return  # torn by the kill: what it said was not acted on yet
        if value is None:
            self._living.pop(key, None)
        else:
            self._living[key] = value

    def _rewrite(self) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            for key, value in self._living.items():
                file.write(_encode((key, value)) + b"\n")
        os.replace(fresh, self._path)
        self._file = self._path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._limit = max(_REWRITE_BYTES, 4 * self._size)

    def keep(self, key: str, value: Any) -> None:
        """Remember; `value` is of plain JSON values and not None."""
        self._living[key] = value
        self._append(key, value)

    def drop(self, key: str) -> None:
        """Forget; nothing if it is unknown."""
        if self._living.pop(key, None) is not None:
            self._append(key, None)

    def items(self, prefix: str) -> list[tuple[str, Any]]:
        """What is known under keys with this prefix, oldest first; keys without the prefix."""
        return [
            (k.removeprefix(prefix), v) for k, v in self._living.items() if k.startswith(prefix)
        ]

    def _append(self, key: str, value: Any) -> None:
        self._size += self._file.write(_encode((key, value)) + b"\n")
        if self._size > self._limit:
            self._file.close()
            self._rewrite()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
