"""The recording of one leg, on the media side: sound put on a timeline, handed on each second.

Channel 0 is what the party said, channel 1 what the party heard. Positions come from RTP
timestamps, so late and reordered packets land right and gaps stay silence. Knows no file: whole
stretches go to `RecordingFiles`. Pure: media ticks come in.
"""

from .codecs import SILENCE
from .events import RecordingMark

_WINDOW = 16000
_HOLD = 4800
"Ticks (0.6 s) that stay open for late packets before they are handed on."

_EMPTY = {codec: bytes((byte,)) * (2 * _WINDOW) for codec, byte in SILENCE.items()}
_AHEAD = 1600
_BEHIND = 4400


class Timeline:
    """Where one channel's timestamps lie in the recording."""

    __slots__ = ("end", "fresh", "ts_zero")

    def __init__(self) -> None:
        self.fresh = True
        "No packet came yet: `ts_zero` means nothing."

        self.ts_zero = 0
        "The timestamp of position 0."

        self.end = -1
        "Where the newest sound ends; -1 before the first."


class Recording:
    """One recording in progress; owned by its leg, used by the media thread alone."""

    __slots__ = (
        "_buffer", "_empty", "_heard", "_paused", "_said", "_start", "codec",
        "gap_count", "gap_ticks", "late_ticks", "leg", "marks", "origin", "path", "recording_id",
    )  # fmt: skip

    def __init__(self, recording_id: str, leg: str, path: str, codec: str, now: int) -> None:
        self.recording_id = recording_id
        self.leg = leg
        self.path = path
        self.codec = codec
        self.marks: list[RecordingMark] = []
        self.gap_count = 0
        self.gap_ticks = 0
        self.late_ticks = 0
        self._empty = _EMPTY[codec]
        self._buffer = bytearray(self._empty)
        self._start = 0
        self.origin = now
        self._paused = False
        self._said = Timeline()
        self._heard = Timeline()

    def said(self, ts: int, payload: bytes, now: int) -> None:
        """Put a packet of the party on channel 0 (hot)."""
        line = self._said
        size = len(payload)
        at = ((ts - line.ts_zero + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        if line.fresh or not -_AHEAD < now - self.origin - at < _BEHIND:
            at = self._align(line, ts, now)
        if at == line.end:
            line.end = at + size
        else:
            self._count_gap(line, at, size)
        if not self._paused:
            local = at - self._start
            if 0 <= local <= _WINDOW - size:
                local += local
                self._buffer[local : local + size + size : 2] = payload
            else:
                self.late_ticks += size

    def said_nothing(self) -> None:
        """The party sent something that is no sound (a key): what comes next follows no gap."""
        self._said.end = -1

    def heard(self, ts: int, payload: bytes, now: int) -> None:
        """Put what was sent to the party on channel 1 (hot)."""
        if self._paused:
            return
        line = self._heard
        size = len(payload)
        at = ((ts - line.ts_zero + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        if line.fresh or not -_AHEAD < now - self.origin - at < _BEHIND:
            at = self._align(line, ts, now)
        local = at - self._start
        if 0 <= local <= _WINDOW - size:
            local += local + 1
            self._buffer[local : local + size + size : 2] = payload
        else:
            self.late_ticks += size

    def _align(self, line: Timeline, ts: int, now: int) -> int:
        """Lay a channel's timestamps on the timeline anew: this packet belongs to this moment."""
        at = now - self.origin
        line.ts_zero = (ts - at) & 0xFFFFFFFF
        line.fresh = False
        return at

    def _count_gap(self, line: Timeline, at: int, size: int) -> None:
        if line.end < 0:
            line.end = at + size
        elif at > line.end:
            self.gap_count += 1
            self.gap_ticks += at - line.end
            line.end = at + size
        else:
            self.gap_ticks = max(0, self.gap_ticks - size)
            line.end = max(line.end, at + size)

    def pause(self, now: int) -> bool:
        """Write silence from now on; False if it was paused already."""
        return self._mark("paused", now, paused=True)

    def resume(self, now: int) -> bool:
        """Write sound again; False if it was not paused."""
        return self._mark("resumed", now, paused=False)

    def _mark(self, name: str, now: int, *, paused: bool) -> bool:
        if self._paused == paused:
            return False
        self._paused = paused
        offset_ms = (now - self.origin) // 8
        self.marks.append(RecordingMark("paused" if paused else "resumed", offset_ms))
        return True

    def take_settled(self, now: int) -> bytes:
        """Cut off what no late packet can change any more: stereo frames, in order."""
        return self._take(now - self.origin - _HOLD)

    def take_rest(self, now: int) -> bytes:
        """Cut off all up to now: the recording ends."""
        return self._take(now - self.origin)

    def _take(self, until: int) -> bytes:
        frames = until - self._start
        if frames <= 0:
            return b""
        held = min(frames, _WINDOW)
        with memoryview(self._buffer) as view:
            data = bytes(view[: 2 * held])
            view[: 2 * (_WINDOW - held)] = view[2 * held :]
            view[2 * (_WINDOW - held) :] = self._empty[: 2 * held]
        if frames > held:
            data += bytes((self._empty[0],)) * (2 * (frames - held))
        self._start += frames
        return data

    @property
    def frames(self) -> int:
        """How many frames were cut off so far."""
        return self._start
