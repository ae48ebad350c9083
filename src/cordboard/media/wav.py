"""WAV files of G.711: the header, reading one back, the numbers a repair needs.

Pure: bytes in, bytes out. Only what recordings and prompts use: A-law, u-law and 16-bit PCM.
Sources: Microsoft RIFF/WAVE (WAVEFORMATEX, fact and cue chunks), RFC 2361 (format tags 6, 7).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

FORMAT_TAGS: dict[str, int] = {"PCM": 1, "PCMA": 6, "PCMU": 7}
HEADER_BYTES = 58
_MAX_DATA_BYTES = 0xFFFFFFFF - 4096
_HEADER = struct.Struct("<4sI4s4sIHHIIHHH4sII4sI")


class WavError(ValueError):
    """The bytes are no WAV file that we can read."""


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What the header says about the sound."""

    codec: str
    channels: int
    rate_hz: int
    data_offset: int
    data_bytes: int


def header(codec: str, channels: int, frames: int, tail_bytes: int = 0) -> bytes:
    """The 58 bytes before the sound.

    Args:
        codec: PCMA or PCMU.
        channels: 1 or 2.
        frames: Samples per channel that follow.
        tail_bytes: Bytes of chunks behind the sound.
    """
    size = min(frames * channels, _MAX_DATA_BYTES)
    return _HEADER.pack(
        b"RIFF", HEADER_BYTES - 8 + size + size % 2 + tail_bytes, b"WAVE",
        b"fmt ", 18, FORMAT_TAGS[codec], channels, 8000, 8000 * channels, channels, 8, 0,
        b"fact", 4, frames & 0xFFFFFFFF, b"data", size,
    )  # fmt: skip


def cue_chunk(positions: Sequence[int]) -> bytes:
    """Marks at sample positions, as a chunk behind the sound; empty for none."""
    if not positions:
        return b""
    points = b"".join(
        struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        for number, at in enumerate(positions, 1)
    )
    return struct.pack("<4sII", b"cue ", 4 + len(points), len(positions)) + points


def read_format(data: bytes, file_bytes: int) -> WavFormat:
    """Read the header; a data size of 0 or beyond the end means: to the end of the file.

    Args:
        data: The beginning of the file, at least to the start of the sound.
        file_bytes: Size of the whole file.

    Raises:
        WavError: If it is no WAV, or of a kind we do not use.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise WavError("not a RIFF WAVE file")
    shape: tuple[int, int, int, int] | None = None
    offset = 12
    while offset + 8 <= len(data):
        name, size = (
            data[offset : offset + 4],
            int.from_bytes(data[offset + 4 : offset + 8], "little"),
        )
        offset += 8
        if name == b"fmt " and offset + 16 <= len(data):
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, offset)
            shape = (tag, channels, rate, bits)
        if name == b"data":
            if shape is None:
                raise WavError("sound before its format")
            return _format(shape, offset, size, file_bytes)
        offset += size + size % 2
    raise WavError("no sound in the file")


def _format(shape: tuple[int, int, int, int], at: int, size: int, file_bytes: int) -> WavFormat:
    tag, channels, rate, bits = shape
    names = {number: name for name, number in FORMAT_TAGS.items()}
    if tag not in names or channels not in (1, 2) or bits != (16 if tag == 1 else 8):
        raise WavError(f"format {tag}, {channels} channels, {bits} bits")
    room = max(0, file_bytes - at)
    return WavFormat(names[tag], channels, rate, at, room if not size else min(size, room))
