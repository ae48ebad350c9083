"""Sound in the formats of others: recordings going out, prompts coming in.

A-law, u-law, IMA ADPCM, GSM 6.10, VOX (Dialogic's OKI ADPCM), 16-bit PCM and MP3, in WAV files or
raw, by libsndfile; other rates by soxr. Level is set without clipping: towards a wanted loudness,
never past the peak that leaves headroom. Knows no leg; files and arrays only.

Source: LIN-09 (S002-VCD-09, -11, -12, -14, -22); ITU-T G.711; GSM 06.10.
"""

import io
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from .codecs import decode, encode
from .format_names import FORMATS, FormatName

Samples = NDArray[np.int16]
"(frames, channels), 16-bit."

RATE_HZ = 8000
"Of telephony, and of every raw file."

LOUDNESS_DBFS = -20.0
"What prompts are brought to: effective value of the loud parts (ITU-T P.56)."

PEAK_DBFS = -1.0
MOST_GAIN_DB = 20.0
"A whisper is not blown up to noise."

_QUIET = 0.1
"Frames below this share of the loudest do not count towards the loudness: pauses."

_LONGEST_S = 4 * 3600


_KNOWN = "WAV of PCM, A-law, u-law, ADPCM or GSM; MP3; raw .alaw .ulaw .gsm .vox"


class SoundError(ValueError):
    """The file is no sound that we read; the message says what it may be."""


_RAW = {one.suffix: one.coding for one in FORMATS.values() if one.container == "RAW"}


def read_sound(path: Path, raw_rate_hz: int = RATE_HZ) -> tuple[Samples, int]:
    """Read a sound file of any of the formats; what is raw is told by its ending.

    Args:
        path: The file.
        raw_rate_hz: Samples a second of a raw file: nothing in it says so (VOX: 8000 or 6000).

    Returns:
        Samples, and their rate.

    Raises:
        SoundError: If it is no such sound, empty, or longer than four hours.
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        coding = _RAW.get(path.suffix.lower().lstrip("."))
        options = {} if coding is None else {
            "samplerate": raw_rate_hz, "channels": 1, "format": "RAW", "subtype": coding
        }  # fmt: skip
        try:
            with soundfile.SoundFile(file, **options) as sound:
                rate_hz: int = sound.samplerate
                most = rate_hz * _LONGEST_S
                samples: Samples = sound.read(most + 1, dtype="int16", always_2d=True)
        except soundfile.SoundFileError as error:
            what = f"{path.name} is no sound file that we read"
            raise SoundError(f"{what} ({_KNOWN}): {error}") from None
    if not len(samples):
        raise SoundError(f"{path.name} holds no sound")
    if len(samples) > most:
        raise SoundError(f"{path.name} is longer than four hours")
    return samples, rate_hz


def write_sound(samples: Samples, rate_hz: int, name: FormatName) -> bytes:
    """The sound as a file of this format.

    Args:
        samples: (frames, channels).
        rate_hz: Samples a second; raw files are brought to 8000.
        name: The format.
    """
    wanted = FORMATS[name]
    if wanted.is_mono:
        samples = mono(samples)[:, np.newaxis]
    if wanted.container == "RAW" and rate_hz != RATE_HZ:
        samples, rate_hz = _resampled(samples, rate_hz), RATE_HZ
    # libsndfile garbles 16-bit samples of two channels on their way to MP3, and floats not.
    data = samples if wanted.container != "MP3" else samples.astype(np.float32) / 32768
    out = io.BytesIO()
    soundfile.write(out, data, rate_hz, format=wanted.container, subtype=wanted.coding)
    return out.getvalue()


def mono(samples: Samples) -> Samples:
    """All channels in one, without clipping."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    mixed: Samples = np.clip(samples.astype(np.int32).sum(axis=1), -32768, 32767).astype(np.int16)
    return mixed


def as_prompt(samples: Samples, rate_hz: int, *, sets_level: bool = True) -> bytes:
    """The sound as a prompt: A-law, mono, 8000 Hz.

    Args:
        samples: (frames, channels).
        rate_hz: Samples a second.
        sets_level: Bring it to the loudness of the other prompts.
    """
    one = _resampled(mono(samples)[:, np.newaxis], rate_hz)[:, 0]
    return encode(levelled(one) if sets_level else one, "PCMA")


def read_prompt(sound: bytes) -> Samples:
    """A prompt's samples, one channel."""
    samples: Samples = decode(sound, "PCMA")
    return samples


def loudness_dbfs(samples: Samples) -> float:
    """Effective value of what is no pause, in dB below full scale; -inf for silence."""
    frames = len(samples) // 160
    if not frames:
        return -np.inf
    energy = np.square(samples[: frames * 160].astype(np.float64)).reshape(frames, 160).mean(axis=1)
    loud = energy[energy > energy.max() * _QUIET**2]
    return float(10 * np.log10(loud.mean() / 32768.0**2)) if len(loud) else -np.inf


def levelled(samples: Samples) -> Samples:
    """Brought to LOUDNESS_DBFS, as far as PEAK_DBFS and MOST_GAIN_DB allow; silence stays."""
    now_dbfs = loudness_dbfs(samples)
    if not np.isfinite(now_dbfs):
        return samples
    peak_dbfs = 20 * np.log10(np.abs(samples.astype(np.int32)).max() / 32768.0)
    gain_db = min(LOUDNESS_DBFS - now_dbfs, PEAK_DBFS - peak_dbfs, MOST_GAIN_DB)
    louder: Samples = np.rint(samples * 10 ** (gain_db / 20)).astype(np.int16)
    return louder


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == RATE_HZ:
        return samples
    changed: Samples = soxr.resample(samples, rate_hz, RATE_HZ)
    return changed
