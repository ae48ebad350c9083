"""What one party hears: digits, a prompt, its peer or silence. Half of the hot path is here.

The sink is in one mode, the first that applies: sending digits, playing, relaying its peer,
silence. Knows its peer only as another sink. `now` is in media ticks.
Its cost is measured in bench/micro/media_relay.py.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

from .codecs import SILENCE, encode, transcoding
from .dtmf import EventFrame, event_frames, tone_of
from .ports import PortPair
from .recorder import Recording
from .recording_files import RecordingFile
from .rtp import Outgoing
from .sequence import Segment, Sequence

FRAME = 160


class SinkWatcher(Protocol):
    """Who is told what happens on a sink, by the name of its leg."""

    def play_over(self, name: str) -> None:
        """The sequence has handed out its last sample."""

    def mode_changed(self, name: str) -> None:
        """The sink's mode may have changed: tick it or not."""


class Playing:
    """What a leg plays, for whom, and how it may be interrupted."""

    __slots__ = ("codec", "collecting", "interruptible", "play_id", "sequence")

    def __init__(
        self, play_id: str, sequence: Sequence, codec: str, *, interruptible: bool, collecting: bool
    ) -> None:
        self.play_id = play_id
        self.sequence = sequence
        self.codec = codec
        self.interruptible = interruptible
        self.collecting = collecting


class Sink:
    """What one leg's party hears. Used by the media thread alone."""

    __slots__ = (
        "_address", "_digits", "_frame_ticks", "_phase", "_play_table", "_relays", "_said_table",
        "_send", "_silence", "_sink_watcher", "_table", "codec", "event_type", "file", "name",
        "out", "pair", "payload_type", "peer", "playing", "recording", "sending", "unsent",
    )  # fmt: skip

    def __init__(self, name: str, pair: PortPair, out: Outgoing, watcher: SinkWatcher) -> None:
        self.name = name
        self.pair = pair
        self.out = out
        self.peer: Sink | None = None
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
        self._relays = False
        self._digits: deque[EventFrame | int] = deque()
        self._table: bytes | None = None
        self._said_table: bytes | None = None
        self._play_table: bytes | None = None
        self._silence = bytes((SILENCE["PCMA"],)) * FRAME
        self._frame_ticks = 1
        self._phase = 0

    def _hear(self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int) -> None:
        """Pass on a packet of the peer (hot)."""
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
        recording = self.recording
        if recording is not None:
            table = self._said_table
            payload = payload if table is None else payload.translate(table)
            recording.heard(out.sent_ts, payload, now)

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
        elif self.peer is None:
            self._say(self._silence, samples, now)

    def _say(self, frame: bytes, samples: int, now: int) -> None:
        if not self.sending:
            return
        out = self.out
        header = out.own(self.payload_type, samples, now)
        try:
            self._send(header + frame)
        except OSError:
            self.unsent += 1
        recording = self.recording
        if recording is not None:
            table = self._said_table
            recording.heard(out.ts, frame if table is None else frame.translate(table), now)

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

    def set_peer(self, peer: "Sink | None") -> None:
        """Hear this leg from now on; None: hear nobody."""
        self.peer = peer
        self._retable()
        self._choose()

    def record(self, recording: Recording | None, file: RecordingFile | None) -> None:
        """Attach or detach a recording."""
        self.recording, self.file = recording, file
        self._retable()

    def _retable(self) -> None:
        self._table = None if self.peer is None else transcoding(self.peer.codec, self.codec)
        self._play_table = (
            None if self.playing is None else transcoding(self.playing.codec, self.codec)
        )
        self._said_table = (
            None if self.recording is None else transcoding(self.codec, self.recording.codec)
        )

    def _choose(self) -> None:
        own = self.playing is not None or bool(self._digits)
        relays = self.peer is not None and self.sending and not own
        if relays != self._relays:
            self._relays = relays
            self.out.begin_stretch()
        self._sink_watcher.mode_changed(self.name)

    @property
    def ticks(self) -> bool:
        """Whether the tick has to serve this leg."""
        own = self.playing is not None or bool(self._digits)
        return own or (self.peer is None and self.sending)

    @property
    def silence_byte(self) -> int:
        """What (almost) zero is in this leg's codec."""
        return self._silence[0]

    @property
    def mode(self) -> Literal["digits", "play", "relay", "silence"]:
        """What the party hears now."""
        if self._digits:
            return "digits"
        if self.playing is not None:
            return "play"
        return "relay" if self.peer is not None else "silence"


def encode_tone(digit: str, duration_ms: int, codec: str) -> bytes:
    """A key as encoded sound."""
    return encode(tone_of(digit, duration_ms), codec)
