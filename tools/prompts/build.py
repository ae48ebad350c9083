"""Make the shipped prompts: catalogue -> eSpeak NG -> 8 kHz -> levelled, trimmed A-law.

Run at build time where `espeak-ng` is installed; elsewhere the shipped files serve and this
program says so. Also computes the music on hold. `--check` only tells what is missing.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cordboard.media.codecs import encode

FOLDER = Path(__file__).parents[2] / "src" / "cordboard" / "media" / "prompts"
VOICES = {"zh": ("cmn", "155"), "en": ("en-gb", "150")}
RATE_HZ = 8000
LOUD_RMS = 0.11
PEAK = 0.85

Sound = NDArray[np.float64]
Entry = dict[str, object]


def speak(language: str, text: str) -> Sound:
    voice, speed = VOICES[language]
    command = ["espeak-ng", "-v", voice, "-s", speed, "-a", "120", "--stdout", text]
    done = subprocess.run(command, capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as source:
        rate_hz = source.getframerate()
        data = done.stdout[44:]
    sound = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    return resample(sound, rate_hz)


def resample(sound: Sound, rate_hz: int) -> Sound:
    """Band-limited change of rate by cutting the spectrum; 200 to 3500 Hz stay."""
    size = len(sound) + rate_hz // 5
    target = size * RATE_HZ // rate_hz
    spectrum = np.fft.rfft(sound, size)[: target // 2 + 1]
    hertz = np.arange(len(spectrum)) * rate_hz / size
    gain = np.clip((3600 - hertz) / 200, 0, 1) * np.clip((hertz - 80) / 120, 0, 1)
    changed: Sound = np.fft.irfft(spectrum * gain, target) * target / size
    return changed


def trim(sound: Sound, margin_ms: int) -> Sound:
    """Cut silence from both ends, keep a margin, fade it."""
    frame = RATE_HZ // 200
    blocks = sound[: len(sound) // frame * frame].reshape(-1, frame)
    loud = np.flatnonzero(np.abs(blocks).max(axis=1) > 0.02 * np.abs(sound).max())
    if not len(loud):
        return sound[:0]
    margin = margin_ms * RATE_HZ // 1000
    cut = sound[max(0, loud[0] * frame - margin) : (loud[-1] + 1) * frame + margin].copy()
    fade = min(40, len(cut) // 2)
    cut[:fade] *= np.linspace(0, 1, fade)
    cut[-fade:] *= np.linspace(1, 0, fade)
    return cut


def level(sound: Sound) -> Sound:
    """Same loudness everywhere: RMS of the loud parts, peaks limited."""
    active = sound[np.abs(sound) > 0.05 * np.abs(sound).max()]
    gain = LOUD_RMS / float(np.sqrt((active**2).mean()))
    gain = min(gain, PEAK / float(np.abs(sound).max()))
    return sound * gain


def to_alaw(sound: Sound) -> bytes:
    return encode((np.clip(sound, -1, 1) * 32767).astype(np.int16), "PCMA")


def spoken(parts: list[list[str]], margin_ms: int) -> bytes:
    rest = np.zeros(RATE_HZ // 4)
    sounds: list[Sound] = []
    for language, text in parts:
        sounds += [level(trim(speak(language, text), margin_ms)), rest]
    return to_alaw(np.concatenate(sounds[:-1]))


def music() -> bytes:
    """A calm loop of 24 s: four chords, plucked notes whose ends ring into the beginning."""
    beat_s, size = 0.5, 24 * RATE_HZ
    chords = [
        (262, 330, 392, 494),
        (220, 262, 330, 392),
        (175, 220, 262, 330),
        (196, 247, 294, 349),
    ]
    pattern = [0, 2, 1, 3, 2, 1, 3, 2, 0, 1, 2, 3]
    track = np.zeros(size)
    for number in range(48):
        chord = chords[number // 12 % 4]
        place = int(number * beat_s * RATE_HZ)
        _pluck(track, place, chord[pattern[number % 12]] * 2, 0.20)
        if number % 12 in (0, 6):
            _pluck(track, place, chord[0], 0.34)
        if number % 24 == 20:
            _pluck(track, place + RATE_HZ // 4, chord[2] * 2, 0.14)
    return to_alaw(track / np.abs(track).max() * 0.5)


def _pluck(track: Sound, place: int, hertz: float, loud: float) -> None:
    time = np.arange(int(2.5 * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hertz * k * time) / k**2 for k in (1, 2, 3))
    note = loud * tone * np.exp(-time * 2.2) * np.clip(time * 150, 0, 1)
    note[-400:] *= np.linspace(1, 0, 400)
    where = (place + np.arange(len(note))) % len(track)
    np.add.at(track, where, note)


def wanted(catalogue: dict[str, Entry]) -> dict[Path, list[list[str]]]:
    """Every file that shall exist, with what is said in it."""
    files: dict[Path, list[list[str]]] = {}
    for name, entry in catalogue.items():
        for language in VOICES:
            parts = entry.get("both") or (
                [[language, entry[language]]] if language in entry else None
            )
            if parts:
                files[FOLDER / language / f"{name}.alaw"] = parts  # type: ignore[assignment]
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="tell what is missing, make nothing")
    parser.add_argument("--only", default="", help="make only names that contain this")
    chosen = parser.parse_args()
    files = wanted(json.loads((FOLDER / "catalogue.json").read_text()))
    if chosen.check:
        missing = [path for path in files if not path.is_file()]
        print(
            "\n".join(str(path.relative_to(FOLDER)) for path in missing) or "all prompts are here"
        )
        return 1 if missing else 0
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed: the shipped prompts serve")
        return 0
    for path, parts in files.items():
        if chosen.only in str(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(spoken(parts, 15 if "/say/" in str(path) else 60))
    (FOLDER / "moh").mkdir(exist_ok=True)
    (FOLDER / "moh" / "default.alaw").write_bytes(music())
    total = sum(path.stat().st_size for path in FOLDER.rglob("*.alaw"))
    print(f"{len(files)} prompts and the music, {total / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
