"""G.711, both laws, as tables: sound to bytes, bytes to sound, one law to the other.

Pure. PCM is int16, mono, 8 000 Hz. A transcoding is `payload.translate(table)`, a memory copy.
Source: ITU-T G.711 (11/88), tables 1a to 2b; the quantiser picks the nearest level.
"""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
Law = Literal["PCMA", "PCMU"]

SILENCE: dict[str, int] = {"PCMA": 0xD5, "PCMU": 0xFF}
"The byte that stands for (almost) zero."


def _alaw_levels() -> Pcm:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 7
    level = ((code & 0x0F) << 4) + np.where(segment > 0, 0x108, 8)
    level = level << np.maximum(segment - 1, 0)
    signed: Pcm = np.where(code & 0x80, level, -level).astype(np.int16)
    return signed


def _ulaw_levels() -> Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    level = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    signed: Pcm = np.where(code & 0x80, -level, level).astype(np.int16)
    return signed


@cache
def decode_table(law: str) -> Pcm:
    """256 levels, by code."""
    return _alaw_levels() if law == "PCMA" else _ulaw_levels()


@cache
def encode_table(law: str) -> NDArray[np.uint8]:
    """65 536 codes, by level from -32768."""
    levels = decode_table(law).astype(np.int32)
    order = np.argsort(levels, kind="stable")
    ranked = levels[order]
    borders = (ranked[1:] + ranked[:-1]) / 2
    samples = np.arange(-32768, 32768)
    return order[np.searchsorted(borders, samples, side="right")].astype(np.uint8)


def encode(pcm: Pcm, law: str) -> bytes:
    """Compress sound to one byte a sample."""
    codes: NDArray[np.uint8] = encode_table(law)[pcm.astype(np.int32) + 32768]
    return codes.tobytes()


def decode(data: bytes, law: str) -> Pcm:
    """Expand one byte a sample to sound."""
    pcm: Pcm = decode_table(law)[np.frombuffer(data, dtype=np.uint8)]
    return pcm


@cache
def transcoding(source: str, target: str) -> bytes | None:
    """Table for `bytes.translate`; None where nothing changes."""
    if source == target:
        return None
    return encode(decode_table(source), target)
