"""Reading recordings from the disk: where a file is, its bytes, its sound as PCM, its waveform.

Blocking: called from threads. What it needs to know of sound (the WAV header, the G.711 tables) is
given by the wiring, because the media process owns that knowledge. Browsers do not play A-law WAV
everywhere, so a file is turned into 16-bit PCM while it is sent; one stored byte becomes two, which
keeps ranges exact. Source of the header written here: Microsoft RIFF/WAVE, WAVE_FORMAT_PCM.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from cordboard.media import FormatName

_CHUNK_BYTES = 32 * 1024
_HEAD_BYTES = 4096
_PCM_HEADER_BYTES = 44
_CACHED_WAVEFORMS = 64


class WavShape(Protocol):
    """What a WAV header says; `media` has such a class."""

    @property
    def codec(self) -> str:
        """PCM, PCMA or PCMU."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def rate_hz(self) -> int:
        """Samples per second."""
        ...

    @property
    def data_offset(self) -> int:
        """Where the sound begins."""
        ...

    @property
    def data_bytes(self) -> int:
        """How much sound there is."""
        ...


class Sound(msgspec.Struct, frozen=True):
    """A file as it was when it was opened; one that still grows is cut there."""

    path: Path
    shape: WavShape
    file_bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether the recording is closed."""
        return not self.path.name.endswith(".part.wav")

    @property
    def samples(self) -> int:
        """Samples of all channels together."""
        return self.shape.data_bytes // (2 if self.shape.codec == "PCM" else 1)

    @property
    def duration_ms(self) -> int:
        """Length of the sound."""
        return self.samples * 1000 // (self.shape.channels * self.shape.rate_hz)

    @property
    def pcm_bytes(self) -> int:
        """Size of the whole as a PCM WAV."""
        return _PCM_HEADER_BYTES + 2 * self.samples


class Waveform(msgspec.Struct, frozen=True):
    """Peaks, 0 to 1, over equal stretches of the sound."""

    duration_ms: int
    said: list[float]
    heard: list[float]


class RecordingFiles:
    """The recordings directory.

    Args:
        root: The directory; nothing outside of it is ever opened.
        read_format: `media.wav.read_format`: (first bytes, size of the file) -> shape; raises
            ValueError for what is no recording.
        levels: `media.codecs.decode_table`: law -> 256 int16 levels.
        write: `media.formats.write_sound`: ((frames, channels), rate, format) -> a file's bytes.
    """

    def __init__(
        self,
        root: Path,
        read_format: Callable[[bytes, int], WavShape],
        levels: Callable[[str], NDArray[np.int16]],
        write: Callable[[NDArray[np.int16], int, FormatName], bytes],
    ) -> None:
        self._root = root.resolve()
        self._read_format = read_format
        self._levels = levels
        self._write = write
        self._waveforms: OrderedDict[tuple[Any, ...], Waveform] = OrderedDict()
        self._lock = Lock()

    def find(self, path: str) -> Path | None:
        """The file of a recording, whole or still growing; None if there is none in the root."""
        stem = path.removesuffix(".wav").removesuffix(".part")
        for name in (f"{stem}.wav", f"{stem}.part.wav"):
            file = (self._root / name).resolve()
            if file.is_relative_to(self._root) and file.is_file():
                return file
        return None

    def open(self, path: str) -> Sound | None:
        """The sound of a recording, or None if there is no file.

        Raises:
            ValueError: If the file is no recording of ours.
        """
        file = self.find(path)
        if file is None:
            return None
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            size = file.stat().st_size
        return Sound(file, self._read_format(head, size), size)

    def delete(self, path: str) -> None:
        """Delete what there is of a recording; nothing if it is gone."""
        while (file := self.find(path)) is not None:
            file.unlink(missing_ok=True)

    def stream_original(self, sound: Sound, start: int, stop: int) -> Iterator[bytes]:
        """Bytes [start, stop) of the file as it lies on the disk."""
        with sound.path.open("rb") as stream:
            stream.seek(start)
            while start < stop and (data := stream.read(min(_CHUNK_BYTES, stop - start))):
                start += len(data)
                yield data

    def stream_pcm(self, sound: Sound, start: int, stop: int) -> Iterator[bytes]:
        """Bytes [start, stop) of the recording as a 16-bit PCM WAV."""
        if start < _PCM_HEADER_BYTES:
            yield pcm_header(sound)[start : min(stop, _PCM_HEADER_BYTES)]
            start = _PCM_HEADER_BYTES
        start, stop = start - _PCM_HEADER_BYTES, stop - _PCM_HEADER_BYTES
        if start >= stop:
            return
        offset = sound.shape.data_offset
        if sound.shape.codec == "PCM":
            yield from self.stream_original(sound, offset + start, offset + stop)
            return
        levels = self._levels(sound.shape.codec).astype("<i2")
        skip, left = start % 2, stop - start
        for data in self.stream_original(sound, offset + start // 2, offset + (stop + 1) // 2):
            pcm = levels[np.frombuffer(data, np.uint8)].tobytes()[skip : skip + left]
            skip, left = 0, left - len(pcm)
            yield pcm

    def convert(self, sound: Sound, name: FormatName) -> bytes:
        """The sound so far as a file of another format."""
        pcm = b"".join(self.stream_pcm(sound, _PCM_HEADER_BYTES, sound.pcm_bytes))
        samples = np.frombuffer(pcm, dtype="<i2").reshape(-1, sound.shape.channels)
        return self._write(samples, sound.shape.rate_hz, name)

    def waveform(self, sound: Sound, points: int) -> Waveform:
        """Peaks of both channels; a bounded number of answers is remembered."""
        key = (sound.path, sound.file_bytes, points)
        with self._lock:
            known = self._waveforms.get(key)
            if known is not None:
                self._waveforms.move_to_end(key)
                return known
        drawn = self._draw(sound, points)
        with self._lock:
            self._waveforms[key] = drawn
            while len(self._waveforms) > _CACHED_WAVEFORMS:
                self._waveforms.popitem(last=False)
        return drawn

    def _draw(self, sound: Sound, points: int) -> Waveform:
        shape = sound.shape
        frames = sound.samples // shape.channels
        wide = shape.codec == "PCM"
        data = np.memmap(
            sound.path,
            dtype="<i2" if wide else np.uint8,
            mode="r",
            offset=shape.data_offset,
            shape=(frames, shape.channels),
        ) if frames else np.zeros((0, shape.channels), np.uint8)  # fmt: skip
        loudness = None if wide else np.abs(self._levels(shape.codec).astype(np.int32))
        edges = np.linspace(0, frames, points + 1).astype(np.int64)
        sides = [
            [_peak(data[start:stop, channel], loudness) for start, stop in pairwise(edges)]
            for channel in range(shape.channels)
        ]
        return Waveform(sound.duration_ms, sides[0], sides[-1])


def _peak(part: NDArray[Any], loudness: NDArray[np.int32] | None) -> float:
    if not part.size:
        return 0.0
    values = np.abs(part.astype(np.int32)) if loudness is None else loudness[part]
    return round(min(1.0, float(values.max()) / 32767), 3)


def pcm_header(sound: Sound) -> bytes:
    """The 44 bytes before the sound as PCM."""
    channels, rate = sound.shape.channels, sound.shape.rate_hz
    size = min(2 * sound.samples, 0xFFFFFFFF - 36)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + size, b"WAVE",
        b"fmt ", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16,
        b"data", size,
    )  # fmt: skip
