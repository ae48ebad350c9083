"""The recording of one leg, on the media side: sound put on a timeline, handed on each second.

Channel 0 is what the party said, channel 1 what the party heard. Positions come from RTP
timestamps, so late and reordered packets land right and gaps stay silence. Knows no file: whole
stretches go to `RecordingFiles`. Pure: media ticks come in.
Between two hand-ons packets are only kept, in runs that follow each other: that is the hot path.
"""

from .codecs import SILENCE
from .events import RecordingMark

_WINDOW = 16000
_HOLD = 4800
"Ticks (0.6 s) that stay open for late packets before they are handed on."

_EMPTY = {codec: bytes((byte,)) * _WINDOW for codec, byte in SILENCE.items()}
_AHEAD = 1600
_BEHIND = 4400
_NEVER = -1
"No timestamp and no moment: nothing follows on."

Run = tuple[int, bytearray]
"Where a run of packets begins, in ticks since the recording began, and their sound."


class Track:
    """One channel: packets since the last hand-on, and where their timestamps lie."""

    __slots__ = (
        "_due", "_is_paused", "_next_ts", "_origin", "_run", "_runs", "_ts_zero",
        "gap_count", "gap_ticks",
    )  # fmt: skip

    def __init__(self, origin: int) -> None:
        self.gap_count = 0
        self.gap_ticks = 0
        self._origin = origin
        self._ts_zero: int | None = None
        "The timestamp of the beginning; None before the first packet."

        self._due = _NEVER
        "Media ticks at which the newest sound ends."

        self._next_ts = _NEVER
        "The timestamp that goes on the newest run."

        self._run = bytearray()
        self._runs: list[Run] = []
        self._is_paused = False

    def put(self, ts: int, payload: bytes, now: int) -> None:
        """Put a packet in its place (hot)."""
        if ts == self._next_ts and -_AHEAD < now - self._due < _BEHIND:
            size = len(payload)
            self._next_ts = (ts + size) & 0xFFFFFFFF
            self._due += size
            self._run += payload
        else:
            self._begin_run(ts, payload, now)

    def _begin_run(self, ts: int, payload: bytes, now: int) -> None:
        at = self._place(ts, now)
        end = at + len(payload)
        self._count_gap(at, end)
        if self._is_paused:
            return
        run = bytearray(payload)
        self._runs.append((at - self._origin, run))
        if end >= self._due:
            self._run = run
            self._next_ts = (ts + len(payload)) & 0xFFFFFFFF

    def _place(self, ts: int, now: int) -> int:
        """The moment a timestamp stands for; laid on the clock anew if it is far off."""
        if self._ts_zero is not None:
            at = ((ts - self._ts_zero + 0x80000000) & 0xFFFFFFFF) - 0x80000000 + self._origin
            if -_AHEAD < now - at < _BEHIND:
                return at
        self._ts_zero = (ts - now + self._origin) & 0xFFFFFFFF
        return now

    def _count_gap(self, at: int, end: int) -> None:
        if self._due == _NEVER:
            self._due = end
        elif at > self._due:
            self.gap_count += 1
            self.gap_ticks += at - self._due
            self._due = end
        elif at < self._due:
            self.gap_ticks = max(0, self.gap_ticks - (end - at))
            self._due = max(self._due, end)
        else:
            self._due = end

    def nothing(self) -> None:
        """Something came that is no sound (a key): what comes next follows no gap."""
        self._due = self._next_ts = _NEVER

    def pause(self, *, paused: bool) -> None:
        """Let sound fall, or keep it again."""
        self._is_paused = paused
        self._next_ts = _NEVER

    def take_runs(self) -> list[Run]:
        """What came since the last hand-on, in the order it came."""
        runs = self._runs
        self._run = bytearray()
        self._runs = [(self._due - self._origin, self._run)]
        return runs


class Recording:
    """One recording in progress; owned by its leg, used by the media thread alone."""

    __slots__ = (
        "_empty", "_is_paused", "_start", "_windows", "codec", "heard", "late_ticks", "leg",
        "marks", "origin", "path", "recording_id", "said",
    )  # fmt: skip

    def __init__(self, recording_id: str, leg: str, path: str, codec: str, now: int) -> None:
        self.recording_id = recording_id
        self.leg = leg
        self.path = path
        self.codec = codec
        self.origin = now
        self.said = Track(now)
        "Channel 0: what the party said."

        self.heard = Track(now)
        "Channel 1: what was sent to the party."

        self.marks: list[RecordingMark] = []
        self.late_ticks = 0
        self._empty = _EMPTY[codec]
        self._windows = (bytearray(self._empty), bytearray(self._empty))
        "What was laid down and not cut off, by channel."

        self._start = 0
        self._is_paused = False

    def pause(self, now: int) -> bool:
        """Write silence from now on; False if it was paused already."""
        return self._mark(now, paused=True)

    def resume(self, now: int) -> bool:
        """Write sound again; False if it was not paused."""
        return self._mark(now, paused=False)

    def _mark(self, now: int, *, paused: bool) -> bool:
        if self._is_paused == paused:
            return False
        self._is_paused = paused
        self.said.pause(paused=paused)
        self.heard.pause(paused=paused)
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
        for window, track in zip(self._windows, (self.said, self.heard), strict=True):
            for at, run in track.take_runs():
                self._lay(window, at - self._start, run)
        frames = until - self._start
        if frames <= 0:
            return b""
        held = min(frames, _WINDOW)
        data = _interleave(*(window[:held] for window in self._windows))
        for window in self._windows:
            del window[:held]
            window.extend(self._empty[:held])
        if frames > held:
            data += self._empty[:1] * (2 * (frames - held))
        self._start += frames
        return data

    def _lay(self, window: bytearray, at: int, sound: bytearray) -> None:
        """Write a run into the window; what lies outside came too late."""
        kept = sound[max(0, -at) : max(0, _WINDOW - at)]
        self.late_ticks += len(sound) - len(kept)
        first = max(0, at)
        window[first : first + len(kept)] = kept

    @property
    def gap_count(self) -> int:
        """Gaps in what the party said."""
        return self.said.gap_count

    @property
    def gap_ticks(self) -> int:
        """Their length."""
        return self.said.gap_ticks

    @property
    def frames(self) -> int:
        """How many frames were cut off so far."""
        return self._start


def _interleave(left: bytearray, right: bytearray) -> bytes:
    """Stereo frames of two channels of one byte a sample."""
    frames = bytearray(2 * len(left))
    frames[0::2] = left
    frames[1::2] = right
    return bytes(frames)
