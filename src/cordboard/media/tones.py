"""The tones of the telephone network, by country, as data and as sound.

Pure. Knows no leg: gives PCM (int16, mono, 8 000 Hz) of one period; whoever plays repeats it.
Source: ITU-T E.180 supplement 2 (various tones used in national networks), values in force.
"""

from dataclasses import dataclass

import numpy as np

from .codecs import Pcm

_RATE_HZ = 8000
_LEVEL = 0.16
"Peak of a tone as part of full scale: about -16 dBFS, -10 dBm0 for one frequency."


@dataclass(frozen=True, slots=True)
class Tone:
    """Frequencies, and how long they are on and off by turns."""

    frequencies_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...]
    "on, off, on, off ...; a single number is a tone without pause, of any length."

    repeat: bool = True


BEEP = Tone((1000,), (400,), repeat=False)


def _country(
    dial: tuple[int, ...], ring: tuple[int, ...], ring_ms: tuple[int, ...], busy: tuple[int, ...],
    busy_ms: tuple[int, ...], congestion_ms: tuple[int, ...],
) -> dict[str, Tone]:  # fmt: skip
    return {
        "dial": Tone(dial, (1000,)),
        "ringback": Tone(ring, ring_ms),
        "busy": Tone(busy, busy_ms),
        "congestion": Tone(busy, congestion_ms),
        "beep": BEEP,
    }


_BRITISH_RING = (400, 200, 400, 2000)
TONES: dict[str, dict[str, Tone]] = {
    "cn": _country((450,), (450,), (1000, 4000), (450,), (350, 350), (700, 700)),
    "us": _country((350, 440), (440, 480), (2000, 4000), (480, 620), (500, 500), (250, 250)),
    "gb": _country((350, 440), (400, 450), _BRITISH_RING, (400,), (375, 375), (400, 350, 225, 525)),
    "hk": _country(
        (350, 440), (440, 480), (400, 200, 400, 3000), (480, 620), (500, 500), (250, 250)
    ),
    "tw": _country((350, 440), (440, 480), (1000, 2000), (480, 620), (500, 500), (250, 250)),
    "sg": _country((425,), (425,), _BRITISH_RING, (425,), (750, 750), (250, 250)),
    "jp": _country((400,), (400,), (1000, 2000), (400,), (500, 500), (500, 500)),
    "kr": _country((350, 440), (440, 480), (1000, 2000), (480, 620), (500, 500), (300, 200)),
    "de": _country((425,), (425,), (1000, 4000), (425,), (480, 480), (240, 240)),
    "fr": _country((440,), (440,), (1500, 3500), (440,), (500, 500), (250, 250)),
    "es": _country((425,), (425,), (1500, 3000), (425,), (200, 200), (200, 200, 200, 600)),
    "it": _country((425,), (425,), (1000, 4000), (425,), (500, 500), (200, 200)),
    "ru": _country((425,), (425,), (1000, 4000), (425,), (350, 350), (175, 175)),
    "in": _country((400,), (400,), _BRITISH_RING, (400,), (750, 750), (250, 250)),
    "au": _country((425,), (400, 450), _BRITISH_RING, (425,), (375, 375), (375, 375)),
}


def find_tone(name: str, country: str) -> Tone | None:
    """The tone, or None if the country or the name is not in the table."""
    return TONES.get(country, {}).get(name)


def render(tone: Tone) -> Pcm:
    """One period of a tone; joined to itself it has no click where it is on throughout."""
    pieces = []
    for place, length_ms in enumerate(tone.cadence_ms):
        frequencies = tone.frequencies_hz if place % 2 == 0 else ()
        pieces.append(chord(frequencies, length_ms))
    return np.concatenate(pieces)


def chord(frequencies_hz: tuple[int, ...], length_ms: int, level: float = _LEVEL) -> Pcm:
    """Sines of equal level, added; silence for no frequency."""
    time = np.arange(length_ms * _RATE_HZ // 1000) / _RATE_HZ
    total = np.zeros(len(time))
    for frequency in frequencies_hz:
        total += np.sin(2 * np.pi * frequency * time)
    return (total * level * 32767).astype(np.int16)
