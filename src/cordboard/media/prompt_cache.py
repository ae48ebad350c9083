"""From the name of an item to encoded sound, ready to be copied into packets.

Items: `file:zh/menus/main`, `tone:busy/cn[/3000]`, `silence:500`, `moh:default[/5000]`,
`say:zh:number/123`. Everything is resolved before anything is heard; what cannot be is named.
Knows no leg. Files are raw A-law (`.alaw`), raw u-law (`.ulaw`) or mono 8 kHz WAV.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from .codecs import SILENCE, encode, transcoding
from .sequence import Segment
from .speech import SpeechError, expand
from .tones import find_tone, render
from .wav import WavError, read_format

SHIPPED = Path(__file__).parent / "prompts"
_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:/[A-Za-z0-9_\-]+)*")
_MAX_SILENCE_MS = 600_000
_SUFFIXES = (".alaw", ".ulaw", ".wav")


class ItemError(ValueError):
    """An item that cannot be played; the message names it and says why."""


class PromptCache:
    """Encoded sound by name and codec; the oldest unused is forgotten beyond `max_bytes`."""

    def __init__(self, folders: Iterable[Path], max_bytes: int = 256 << 20) -> None:
        """Prepare.

        Args:
            folders: Where prompts lie, the first find wins; shipped ones come last.
            max_bytes: Memory for file prompts.
        """
        self._folders = [*folders, SHIPPED]
        self._max_bytes = max_bytes
        self.held_bytes = 0
        "Memory that file prompts take now."

        self._files: OrderedDict[tuple[Path, str], tuple[int, bytes]] = OrderedDict()
        self._made: dict[tuple[str, str], bytes] = {}
        self._kinds: dict[str, Callable[[str, str], list[Segment]]] = {
            "file": self._file,
            "tone": self._tone,
            "silence": self._silence,
            "moh": self._music,
            "say": self._say,
        }

    def segments(self, items: Iterable[str], codec: str) -> list[Segment]:
        """The sound of items one after another.

        Raises:
            ItemError: For the first item that cannot be played.
        """
        return [segment for item in items for segment in self._resolve(item, codec)]

    def missing(self, items: Iterable[str]) -> list[str]:
        """The items that cannot be played."""
        return [item for item in items if not self._plays(item)]

    def warm(self) -> int:
        """Read all shipped prompts; return how many."""
        paths = [path for path in SHIPPED.rglob("*.alaw") if path.is_file()]
        for path in paths:
            self._load(path, "PCMA")
        return len(paths)

    def _plays(self, item: str) -> bool:
        try:
            self._resolve(item, "PCMA")
        except ItemError:
            return False
        return True

    def _resolve(self, item: str, codec: str) -> list[Segment]:
        kind, _, rest = item.partition(":")
        if kind not in self._kinds:
            raise ItemError(f"{item}: unknown kind of item")
        try:
            return self._kinds[kind](rest, codec)
        except (SpeechError, WavError, OSError, ValueError) as error:
            raise ItemError(f"{item}: {error}") from error

    def _file(self, name: str, codec: str) -> list[Segment]:
        return [Segment(self._load(self._find(name), codec))]

    def _music(self, name: str, codec: str) -> list[Segment]:
        name, limit = _with_limit(name)
        data = self._load(self._find(f"moh/{name}"), codec)
        return [Segment(data, repeat=True, shared=True, limit=limit)]

    def _tone(self, text: str, codec: str) -> list[Segment]:
        name, limit = _with_limit(text)
        parts = name.split("/")
        tone = find_tone(*parts) if len(parts) == 2 else None
        if tone is None:
            raise ItemError("no such tone")
        key = (name, codec)
        if key not in self._made:
            self._made[key] = encode(render(tone), codec)
        repeat = tone.repeat or limit is not None
        return [Segment(self._made[key], repeat=repeat, limit=limit)]

    def _silence(self, text: str, codec: str) -> list[Segment]:
        if not text.isascii() or not text.isdecimal() or int(text) > _MAX_SILENCE_MS:
            raise ItemError("not a length in milliseconds")
        byte = bytes((SILENCE[codec],))
        return [Segment(byte * 160, repeat=True, limit=int(text) * 8)]

    def _say(self, text: str, codec: str) -> list[Segment]:
        language, _, what = text.partition(":")
        kind, _, value = what.partition("/")
        items = expand(language, kind, value)
        return [segment for item in items for segment in self._resolve(item, codec)]

    def _find(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ItemError("not a name")
        for folder in self._folders:
            for suffix in _SUFFIXES:
                path = folder / (name + suffix)
                if path.is_file():
                    return path
        raise ItemError("no such prompt")

    def _load(self, path: Path, codec: str) -> bytes:
        changed = path.stat().st_mtime_ns
        key = (path, codec)
        held = self._files.get(key)
        if held is not None and held[0] == changed:
            self._files.move_to_end(key)
            return held[1]
        data = _read(path, codec)
        if not data:
            raise ItemError("empty prompt")
        self._keep(key, changed, data)
        return data

    def _keep(self, key: tuple[Path, str], changed: int, data: bytes) -> None:
        old = self._files.pop(key, None)
        self.held_bytes += len(data) - (len(old[1]) if old else 0)
        self._files[key] = (changed, data)
        while self.held_bytes > self._max_bytes and len(self._files) > 1:
            _, (_, dropped) = self._files.popitem(last=False)
            self.held_bytes -= len(dropped)


def _with_limit(text: str) -> tuple[str, int | None]:
    """Split `name/5000` into the name and samples; names without a number have no limit."""
    name, _, last = text.rpartition("/")
    if name and last.isascii() and last.isdecimal():
        return name, int(last) * 8
    return text, None


def _read(path: Path, codec: str) -> bytes:
    data = path.read_bytes()
    law = {".alaw": "PCMA", ".ulaw": "PCMU"}.get(path.suffix)
    if law is None:
        shape = read_format(data[:4096], len(data))
        if shape.channels != 1 or shape.rate_hz != 8000:
            raise WavError("a prompt is mono, 8000 Hz")
        law = shape.codec
        data = data[shape.data_offset : shape.data_offset + shape.data_bytes]
    if law == "PCM":
        return encode(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2"), codec)
    table = transcoding(law, codec)
    return data.translate(table) if table else data
