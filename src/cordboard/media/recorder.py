"""The recording of one leg, on the media side: sound put on a timeline, handed on each second.

Channel 0 is what the party said, channel 1 what the party heard. Positions come from RTP
timestamps, so late and reordered packets land right and gaps stay silence. Knows no file: whole
stretches go to `RecordingFiles`. Pure: media ticks come in. Source: telephony.md section 2.
"""

from .codecs import SILENCE
from .protocol import RecordingMark

_WINDOW = 16000
_HOLD = 4800
"Ticks (0.6 s) that stay open for late packets before they are handed on."

_AHEAD = 1600
_BEHIND = 4400


class Timeline:
    """Where one channel's timestamps lie in the recording."""

    __slots__ = ("end", "ts_zero")

    def __init__(self) -> None:
        self.ts_zero: int | None = None
        "The timestamp of position 0; None until the first packet."

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
        self._empty = bytes((SILENCE[codec],)) * (2 * _WINDOW)
        self._buffer = bytearray(self._empty)
        self._start = 0
        self.origin = now
        self._paused = False
        self._said = Timeline()
        self._heard = Timeline()

    def said(self, ts: int, payload: bytes, now: int) -> None:
        """Put a packet of the party on channel 0."""
        line = self._said
        size = len(payload)
        at = self._position(line, ts, now)
        if at != line.end:
            if line.end >= 0 and at > line.end:
                self.gap_count += 1
                self.gap_ticks += at - line.end
            elif at < line.end:
                self.gap_ticks = max(0, self.gap_ticks - size)
        if at + size > line.end:
            line.end = at + size
        if not self._paused:
            self._place(0, at, size, payload)

    def said_nothing(self, now: int) -> None:
        """The party sent something that is no sound (a key): not a gap."""
        if self._said.end >= 0:
            self._said.end = max(self._said.end, now - self.origin)

    def heard(self, ts: int, payload: bytes, now: int) -> None:
        """Put what was sent to the party on channel 1."""
        if not self._paused:
            self._place(1, self._position(self._heard, ts, now), len(payload), payload)

    def _position(self, line: Timeline, ts: int, now: int) -> int:
        expected = now - self.origin
        zero = line.ts_zero
        if zero is not None:
            at = ((ts - zero + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            if -_BEHIND < at - expected < _AHEAD:
                return at
        line.ts_zero = (ts - expected) & 0xFFFFFFFF
        return expected

    def _place(self, channel: int, at: int, size: int, payload: bytes) -> None:
        local = at - self._start
        if 0 <= local <= _WINDOW - size:
            local += local + channel
            self._buffer[local : local + size + size : 2] = payload
        else:
            self.late_ticks += size

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
        data = bytes(self._buffer[: 2 * held])
        if frames > held:
            data += bytes((self._empty[0],)) * (2 * (frames - held))
        self._buffer[:] = self._buffer[2 * held :] + self._empty[: 2 * held]
        self._start += frames
        return data

    @property
    def frames(self) -> int:
        """How many frames were cut off so far."""
        return self._start
