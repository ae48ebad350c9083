"""Keys on the wire: telephone-events folded to presses, presses as events, keys as tones.

Pure: time comes in as milliseconds or media ticks. Knows no leg and no socket.
Sources: RFC 4733 §2.3 (format), §2.5 (repetition, lost end, long events); ITU-T Q.23 and Q.24.
"""

import struct
from dataclasses import dataclass

import numpy as np

from .codecs import Pcm
from .tones import chord

KEYS = "0123456789*#ABCD"
_EVENT = struct.Struct(">BBH")
_END = 0x80
_VOLUME = 10
_SILENT_END_MS = 240
"An event that fell silent this long is over: its end packets were lost."

_ROWS = (697, 770, 852, 941)
_COLUMNS = (1209, 1336, 1477, 1633)
_KEYPAD = ("123A", "456B", "789C", "*0#D")
FREQUENCIES = {
    key: (row, column)
    for row, line in zip(_ROWS, _KEYPAD, strict=True)
    for column, key in zip(_COLUMNS, line, strict=True)
}


@dataclass(frozen=True, slots=True)
class Press:
    """One key, pressed and released."""

    digit: str
    duration_ms: int


class EventFold:
    """Folds the packets of telephone-events to one `Press` per key, in order.

    `down` tells the key held now, so that a prompt can stop before the key is released.
    """

    __slots__ = ("_base", "_duration", "_last_ms", "_ts", "_was", "down")

    def __init__(self) -> None:
        self.down: str | None = None
        self._ts = -1
        self._was = -1
        self._base = 0
        self._duration = 0
        self._last_ms = 0

    def take(self, payload: bytes, ts: int, now_ms: int) -> list[Press]:
        """Read one telephone-event payload; return the presses that it completes (0 to 2)."""
        if len(payload) < 4:
            return []
        code, flags, duration = _EVENT.unpack_from(payload)
        if code >= len(KEYS) or ts == self._was or self._older(ts):
            return []
        done: list[Press] = []
        key = KEYS[code]
        if self.down is not None and ts != self._ts and not self._continues(key, ts):
            done.append(self._finish())
        if self.down is None or ts != self._ts:
            self._base = self._duration if self.down is not None else 0
            self.down, self._ts = key, ts
        self._duration = max(self._duration, self._base + duration)
        self._last_ms = now_ms
        if flags & _END:
            done.append(self._finish())
        return done

    def idle(self, now_ms: int) -> Press | None:
        """A press whose end was lost, once nothing came for a while."""
        if self.down is not None and now_ms - self._last_ms >= _SILENT_END_MS:
            return self._finish()
        return None

    def _older(self, ts: int) -> bool:
        newest = self._ts if self.down is not None else self._was
        return newest >= 0 and ts != newest and ((newest - ts) & 0xFFFFFFFF) < 80000

    def _continues(self, key: str, ts: int) -> bool:
        return key == self.down and self._duration >= 0xF000 and ts == (self._ts + 0xFFFF) % 2**32

    def _finish(self) -> Press:
        press = Press(self.down or "", max(1, self._duration // 8))
        self.down, self._was = None, self._ts
        self._duration = 0
        return press


@dataclass(frozen=True, slots=True)
class EventFrame:
    """What to send on one tick of a press."""

    payload: bytes
    first: bool
    copies: int


def event_frames(digit: str, duration_ms: int, tick_ms: int = 20) -> list[EventFrame]:
    """The packets of one press, one entry per tick; the end goes out three times.

    Raises:
        ValueError: If the key does not exist.
    """
    code = KEYS.index(digit)
    ticks = max(2, -(-duration_ms // tick_ms))
    return [
        EventFrame(
            _EVENT.pack(
                code,
                _VOLUME | (_END if tick == ticks else 0),
                min(tick * tick_ms * 8, 0xFFFF),
            ),
            first=tick == 1,
            copies=3 if tick == ticks else 1,
        )
        for tick in range(1, ticks + 1)
    ]


def tone_of(digit: str, duration_ms: int) -> Pcm:
    """The key as sound, for parties without telephone-event.

    Raises:
        KeyError: If the key does not exist.
    """
    return chord(FREQUENCIES[digit], duration_ms, level=0.22)


_BLOCK = 160
_TIME = np.arange(_BLOCK) / 8000
_PROBES = np.array(
    [wave(2 * np.pi * hz * _TIME) for hz in _ROWS + _COLUMNS for wave in (np.cos, np.sin)]
)
_WINDOW = np.hamming(_BLOCK)
_FLOOR = 80.0
"Amplitude of each of the two tones below which nothing is a key (about -52 dBFS)."


def find_key(pcm: Pcm) -> str | None:
    """The key that a block of 160 samples sounds like, if it is nothing else.

    A key is two tones, each clear of its neighbours, of like level (8 dB one way, 6 the other
    with tolerance), that hold nearly all of the sound's energy; speech seldom does.
    """
    block = pcm.astype(np.float64) * _WINDOW
    parts = _PROBES @ block
    power = parts[0::2] ** 2 + parts[1::2] ** 2
    amplitude = np.sqrt(power) * 2 / _WINDOW.sum()
    rows, columns = amplitude[:4], amplitude[4:]
    row, column = int(rows.argmax()), int(columns.argmax())
    low, high = float(rows[row]), float(columns[column])
    if min(low, high) < _FLOOR or max(low, high) > 3.2 * min(low, high):
        return None
    energy = float((block**2).sum())
    share = (low**2 + high**2) / 2 * float((_WINDOW**2).sum()) / energy
    others = max(float(np.delete(rows, row).max()), float(np.delete(columns, column).max()))
    if share < 0.8 or others > 0.6 * max(low, high):
        return None
    return _KEYPAD[row][column]


class ToneFold:
    """Folds blocks of sound to one `Press` per key: two like blocks begin, two others end it."""

    __slots__ = ("_blocks", "_candidate", "_misses", "down")

    def __init__(self) -> None:
        self.down: str | None = None
        self._candidate: str | None = None
        self._blocks = 0
        self._misses = 0

    def take(self, pcm: Pcm) -> list[Press]:
        """Look at one block of 160 samples; return the presses that it completes (0 or 1)."""
        heard = find_key(pcm)
        if self.down is not None:
            return self._hold(heard)
        if heard is not None and heard == self._candidate:
            self.down, self._blocks, self._misses = heard, 2, 0
        self._candidate = heard
        return []

    def _hold(self, heard: str | None) -> list[Press]:
        if heard == self.down:
            self._blocks += 1 + self._misses
            self._misses = 0
            return []
        self._misses += 1
        if self._misses < 2:
            self._candidate = heard
            return []
        press = Press(self.down or "", self._blocks * 20)
        again = heard is not None and heard == self._candidate
        self.down = heard if again else None
        self._candidate, self._blocks, self._misses = heard, 2, 0
        return [press]
