"""What one party hears: digits, a prompt, others or silence. Half of the hot path is here.

The sink is in one mode, the first that applies: sending digits, playing, relaying or mixing its
row, silence. A row of one voice at its own loudness is a relay: headers rewritten, sound
untouched. All else in a row is mixed by `mixer.py`, on the tick. `now` is in media ticks.
Its cost is measured in bench/micro/media_relay.py.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from .codecs import SILENCE, encode, transcoding
from .dtmf import EventFrame, event_frames, tone_of
from .playout import Playout
from .ports import PortPair
from .recorder import Recording, Track
from .recording_files import RecordingFile
from .rtp import Outgoing
from .sequence import Segment, Sequence

FRAME = 160
Mode = Literal["digits", "play", "relay", "mix", "silence"]


class Voice(NamedTuple):
    """One entry of a row: who is heard, and how loud."""

    source: "Sink"
    gain: float
    "Factor; 1.0 leaves it as it is."


def gain_factor(gain_db: float) -> float:
    """What a voice is multiplied by to be so many decibels louder."""
    return float(10.0 ** (gain_db / 20.0))


def decibels(gain: float) -> float:
    """The other way round, to a hundredth."""
    return round(20.0 * math.log10(gain), 2)


class SinkWatcher(Protocol):
    """Who is told what happens on a sink, by the name of its leg."""

    def play_over(self, name: str) -> None:
        """The sequence has handed out its last sample."""

    def mode_changed(self, name: str) -> None:
        """The sink's mode, row or codec may have changed: tick it, mix it, or neither."""


class Playing:
    """What a leg plays, for whom, and how it may be interrupted."""

    __slots__ = ("codec", "collecting", "interruptible", "is_over", "play_id", "sequence")

    def __init__(
        self,
        play_id: str,
        sequence: Sequence,
        codec: str,
        *,
        interruptible: bool,
        collecting: bool,
        is_over: bool = False,
    ) -> None:
        self.play_id = play_id
        self.sequence = sequence
        self.codec = codec
        self.interruptible = interruptible
        self.collecting = collecting
        self.is_over = is_over
        "Mixed over the row, if there is one to hear, instead of replacing it."


class Sink:
    """What one leg's party hears. Used by the media thread alone."""

    __slots__ = (
        "_address", "_digits", "_frame_ticks", "_heard", "_mixed", "_phase", "_play_table",
        "_relayed", "_said", "_said_table", "_send", "_silence", "_sink_watcher", "_table",
        "codec", "ears", "event_type", "file", "inbox", "listeners", "mode", "muted", "name",
        "out", "pair", "payload_type", "playing", "recording", "row", "sending", "unsent",
    )  # fmt: skip

    def __init__(self, name: str, pair: PortPair, out: Outgoing, watcher: SinkWatcher) -> None:
        self.name = name
        self.pair = pair
        self.out = out
        self.row: tuple[Voice, ...] = ()
        "Whom the party hears when nothing is played to it."

        self.listeners: dict[str, Sink] = {}
        "Sinks with this one in their row, by name."

        self.ears: tuple[Sink, ...] = ()
        "Those of them that relay it now: its packets go there as they come."

        self.inbox: Playout | None = None
        "Where its packets wait for the mixer; None while nobody mixes it."

        self.muted = False
        "What the party says is heard by nobody and not recorded; its keys count."

        self.mode: Mode = "silence"
        self.sending = False
        self.codec = "PCMA"
        self.payload_type = 8
        self.event_type = -1
        self.playing: Playing | None = None
        self.recording: Recording | None = None
        self.file: RecordingFile | None = None
        self.unsent = 0
        "Packets the system would not take: nobody there, or a full buffer."

        self._sink_watcher = watcher
        self._address: tuple[str, int] = ("", 0)
        self._send: Callable[[bytes], int] = pair.rtp.send
        self._relayed: Sink | None = None
        self._digits: deque[EventFrame | int] = deque()
        self._mixed: list[bytes] = []
        self._said: Track | None = None
        self._heard: Track | None = None
        self._table: bytes | None = None
        self._said_table: bytes | None = None
        self._play_table: bytes | None = None
        self._silence = bytes((SILENCE["PCMA"],)) * FRAME
        self._frame_ticks = 1
        self._phase = 0

    def _hear(self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int) -> None:
        """Pass on a packet of the one that is relayed (hot)."""
        if self._table is not None:
            payload = payload.translate(self._table)
        out = self.out
        header = out.relay(marker | self.payload_type, seq, ts, ssrc, now)
        if header is None:
            return
        try:
            self._send(header + payload)
        except OSError:
            self.unsent += 1
        heard = self._heard
        if heard is not None:
            table = self._said_table
            heard.put(out.sent_ts, payload if table is None else payload.translate(table), now)

    def _hear_event(
        self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int
    ) -> None:
        header = self.out.relay(marker | self.event_type, seq, ts, ssrc, now)
        if header is not None:
            self._emit(header + payload)

    def _emit(self, data: bytes) -> None:
        try:
            self._send(data)
        except OSError:
            self.unsent += 1

    def tick(self, clock: int, now: int) -> None:
        """Send the next frame of digits, of what is played, or of silence.

        Args:
            clock: The shared media clock of this tick, a multiple of 160.
            now: Media ticks at this moment.
        """
        if self._digits and self._tick_digits(now):
            return
        self._phase += 1
        if self._phase < self._frame_ticks:
            return
        self._phase = 0
        samples = FRAME * self._frame_ticks
        playing = self.playing
        if playing is not None:
            frame = playing.sequence.frame(samples, clock)
            if self._play_table is not None:
                frame = frame.translate(self._play_table)
            self._say(frame, samples, now)
            if playing.sequence.done:
                self._sink_watcher.play_over(self.name)
        elif self.mode == "silence":
            self._say(self._silence, samples, now)

    def hear_mix(self, frame: bytes, now: int) -> None:
        """Send 20 ms from the mixer, together with what a longer packet still lacks."""
        if self._frame_ticks == 1:
            self._say(frame, FRAME, now)
            return
        self._mixed.append(frame)
        if len(self._mixed) >= self._frame_ticks:
            sound = b"".join(self._mixed)
            self._mixed.clear()
            self._say(sound, len(sound), now)

    def _say(self, frame: bytes, samples: int, now: int) -> None:
        if not self.sending:
            return
        out = self.out
        header = out.own(self.payload_type, samples, now)
        try:
            self._send(header + frame)
        except OSError:
            self.unsent += 1
        heard = self._heard
        if heard is not None:
            table = self._said_table
            heard.put(out.ts, frame if table is None else frame.translate(table), now)

    def _tick_digits(self, now: int) -> bool:
        """Send what belongs to this tick of a digit; False if this tick is free for sound."""
        entry = self._digits.popleft()
        if not self._digits:
            self._choose()
        if isinstance(entry, int):
            return True
        if entry.first:
            self.out.ts = self.out.clock_ts(now)
        if self.sending:
            for _ in range(entry.copies):
                header = self.out.event(self.event_type, self.out.ts, first=entry.first)
                self._emit(header + entry.payload)
        return True

    def send_digits(self, digits: str, duration_ms: int, gap_ms: int) -> None:
        """Queue keys towards the party; sound pauses meanwhile."""
        if self.event_type < 0:
            self._play_digits(digits, duration_ms, gap_ms)
            return
        for digit in digits:
            self._digits.extend(event_frames(digit, duration_ms))
            self._digits.extend(range(max(1, gap_ms // 20)))
        self._choose()

    def _play_digits(self, digits: str, duration_ms: int, gap_ms: int) -> None:
        from_codec = self.codec
        segments = []
        for digit in digits:
            segments.append(Segment(encode_tone(digit, duration_ms, from_codec)))
            segments.append(Segment(self._silence, repeat=True, limit=gap_ms * 8))
        self.play(
            Playing(
                "",
                Sequence(segments, self._silence[0]),
                from_codec,
                interruptible=False,
                collecting=False,
            )
        )

    def _send_unconnected(self, data: bytes) -> int:
        return self.pair.rtp.sendto(data, self._address)

    # --- modes -------------------------------------------------------------------------------

    def play(self, playing: Playing | None) -> None:
        """Change what is played; None ends playing."""
        self.playing = playing
        self._retable()
        self._choose()

    def set_row(self, row: tuple[Voice, ...]) -> None:
        """Hear these from now on."""
        for voice in self.row:
            voice.source.listeners.pop(self.name, None)
        self.row = row
        for voice in row:
            voice.source.listeners[self.name] = self
        self._choose()

    def mute(self, *, muted: bool) -> None:
        """Let nobody hear the party, or let those who had it in their row hear it again."""
        self.muted = muted
        self.record(self.recording, self.file)
        if self.recording is not None:
            self.recording.said.nothing()
        for listener in tuple(self.listeners.values()):
            listener._choose()

    def record(self, recording: Recording | None, file: RecordingFile | None) -> None:
        """Attach or detach a recording."""
        self.recording, self.file = recording, file
        self._heard = None if recording is None else recording.heard
        self._said = None if recording is None or self.muted else recording.said
        self._retable()

    def _retable(self) -> None:
        relayed, playing, recording = self._relayed, self.playing, self.recording
        self._table = None if relayed is None else transcoding(relayed.codec, self.codec)
        self._play_table = None if playing is None else transcoding(playing.codec, self.codec)
        self._said_table = None if recording is None else transcoding(self.codec, recording.codec)

    def _choose(self) -> None:
        """Find the mode; be an ear of the one that is relayed, and of nobody else."""
        voices = self.voices
        self.mode = self._find_mode(voices)
        relayed = voices[0].source if self.mode == "relay" and self.sending else None
        before = self._relayed
        if relayed is not before:
            if before is not None:
                before.ears = tuple(ear for ear in before.ears if ear is not self)
            if relayed is not None:
                relayed.ears += (self,)
            self._relayed = relayed
            self._retable()
            self.out.begin_stretch()
        if self.mode != "mix":
            self._mixed.clear()
        self._sink_watcher.mode_changed(self.name)

    def _find_mode(self, voices: tuple[Voice, ...]) -> Mode:
        if self._digits:
            return "digits"
        if not voices:
            return "silence" if self.playing is None else "play"
        if self.playing is not None:
            return "mix" if self.playing.is_over else "play"
        return "relay" if len(voices) == 1 and voices[0].gain == 1.0 else "mix"

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The row without those that are muted."""
        return tuple(voice for voice in self.row if not voice.source.muted)

    @property
    def ticks(self) -> bool:
        """Whether the tick has to serve this leg by itself."""
        return self.mode in ("digits", "play") or (self.mode == "silence" and self.sending)

    @property
    def mixes(self) -> bool:
        """Whether the mixer has to serve this leg."""
        return self.mode == "mix" and (self.sending or self.playing is not None)

    @property
    def silence_byte(self) -> int:
        """What (almost) zero is in this leg's codec."""
        return self._silence[0]


def encode_tone(digit: str, duration_ms: int, codec: str) -> bytes:
    """A key as encoded sound."""
    return encode(tone_of(digit, duration_ms), codec)
