"""One leg: its sockets, what its party says and what its party hears. The hot path is here.

A sink is in one mode, the first that applies: sending digits, playing, relaying its peer,
silence. Knows no protocol frame and no other leg but the peer that it feeds. `now` is in media
ticks. Sources: telephony.md section 2; cost measured in bench/micro/media_relay.py.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

from .codecs import SILENCE, decode, encode, transcoding
from .collect import DigitCollector
from .commands import CreateLeg, SetRemote
from .dtmf import EventFold, EventFrame, Press, ToneFold, event_frames, tone_of
from .events import DigitMethod
from .latch import Latch, Verdict
from .ports import PortPair, disconnect
from .recorder import Recording
from .recording_files import RecordingFile
from .rtcp import Reporter
from .rtp import HEADER, HEADER_BYTES, MARKER, VERSION_2, Outgoing, Reception, payload_bounds
from .sequence import Segment, Sequence

_unpack = HEADER.unpack_from
FRAME = 160
_HELD_HOSTS = ("", "0.0.0.0", "::")  # noqa: S104 - an SDP address that means "on hold"


class Watcher(Protocol):
    """Who is told what happens on a leg."""

    def settled(self, leg: "Leg") -> None:
        """The party's address is known."""

    def key_down(self, leg: "Leg") -> None:
        """A key is held."""

    def pressed(self, leg: "Leg", press: Press, method: DigitMethod) -> None:
        """A key was released."""

    def play_over(self, leg: "Leg") -> None:
        """The sequence has handed out its last sample."""

    def mode_changed(self, leg: "Leg") -> None:
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


class Collecting:
    """An entry that a leg is gathering."""

    __slots__ = ("collect_id", "collector")

    def __init__(self, collect_id: str, collector: DigitCollector) -> None:
        self.collect_id = collect_id
        self.collector = collector


class Leg:
    """One party's sound. Used by the media thread alone."""

    __slots__ = (
        "_address",
        "_connected",
        "_digits",
        "_frame_ticks",
        "_latch",
        "_phase",
        "_play_table",
        "_recv",
        "_relays",
        "_said_table",
        "_send",
        "_silence",
        "_table",
        "_watcher",
        "codec",
        "collecting",
        "created_ms",
        "event_type",
        "file",
        "fold",
        "foreign",
        "heard_at",
        "listening",
        "malformed",
        "name",
        "order",
        "out",
        "pair",
        "payload_type",
        "peer",
        "playing",
        "reception",
        "recording",
        "remote",
        "reporter",
        "rtt_ms",
        "sending",
        "silent",
        "started",
        "tones", "unsent",
    )  # fmt: skip

    def __init__(  # noqa: PLR0915 - the fields of the one hot object, nothing else
        self, order: CreateLeg, pair: PortPair, out: Outgoing, watcher: Watcher, created_ms: int
    ) -> None:
        self.order = order
        self.name = order.leg
        self.pair = pair
        self.out = out
        self.created_ms = created_ms
        self.remote: SetRemote | None = None
        self.peer: Leg | None = None
        self.reception = Reception()
        self.reporter = Reporter(f"{pair.rtp_port}@cordboard")
        self.rtt_ms: float | None = None
        self.foreign = 0
        self.malformed = 0
        self.unsent = 0
        "Packets the system would not take: nobody there, or a full buffer."

        self.heard_at = 0
        self.silent = False
        self.started = False
        self.listening = False
        self.sending = False
        self.codec = "PCMA"
        self.payload_type = 8
        self.event_type = -1
        self.fold = EventFold()
        self.tones: ToneFold | None = None
        self.playing: Playing | None = None
        self.collecting: Collecting | None = None
        self.recording: Recording | None = None
        self.file: RecordingFile | None = None
        self._watcher = watcher
        self._latch: Latch | None = None
        self._connected = False
        self._address: tuple[str, int] = ("", 0)
        self._recv = pair.rtp.recv
        self._send: Callable[[bytes], int] = pair.rtp.send
        self._relays = False
        self._digits: deque[EventFrame | int] = deque()
        self._table: bytes | None = None
        self._said_table: bytes | None = None
        self._play_table: bytes | None = None
        self._silence = bytes((SILENCE["PCMA"],)) * FRAME
        self._frame_ticks = 1
        self._phase = 0

    # --- what the party says -----------------------------------------------------------------

    def receive(self, now: int) -> None:
        """Take one packet from the socket and pass it on."""
        if not self._connected:
            self._receive_unsettled(now)
            return
        try:
            data = self._recv(2048)
        except OSError:
            return
        if len(data) < HEADER_BYTES:
            self.malformed += 1
            return
        first, marked, seq, ts, ssrc = _unpack(data)
        if first != VERSION_2 or marked & 0x7F != self.payload_type:
            self._take_unusual(data, now)
            return
        self.heard_at = now
        if not self.reception.take(seq, ts, ssrc, now) or not self.listening:
            return
        payload = data[12:]
        recording = self.recording
        if recording is not None:
            table = self._said_table
            recording.said(ts, payload if table is None else payload.translate(table), now)
        peer = self.peer
        if peer is not None and peer._relays:
            peer._hear(payload, marked & MARKER, seq, ts, ssrc, now)
        if self.tones is not None:
            self._find_tones(payload)

    def _take_unusual(self, data: bytes, now: int) -> bool:
        """A packet off the fast path: extension, padding, telephone-event. False if no good."""
        bounds = payload_bounds(data)
        if bounds is None:
            self.malformed += 1
            return False
        _, marked, seq, ts, ssrc = _unpack(data)
        payload = data[bounds[0] : bounds[1]]
        kind = marked & 0x7F
        if kind == self.payload_type:
            self._take_sound(payload, marked & MARKER, seq, ts, ssrc, now)
        elif kind == self.event_type:
            self._take_event(payload, marked & MARKER, seq, ts, ssrc, now)
        else:
            return False
        return True

    def _take_sound(
        self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int
    ) -> None:
        self.heard_at = now
        if not self.reception.take(seq, ts, ssrc, now) or not self.listening:
            return
        if self.recording is not None:
            self._record_said(ts, payload, now)
        if self.peer is not None and self.peer._relays:
            self.peer._hear(payload, marker, seq, ts, ssrc, now)
        if self.tones is not None:
            self._find_tones(payload)

    def _take_event(
        self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int
    ) -> None:
        self.heard_at = now
        if not self.reception.take_untimed(seq, ssrc, now) or not self.listening:
            return
        if self.recording is not None:
            self.recording.said_nothing(now)
        before = self.fold.down
        presses = self.fold.take(payload, ts, now // 8)
        peer = self.peer
        if peer is not None and peer._relays and peer.event_type >= 0:
            peer._hear_event(payload, marker, seq, ts, ssrc, now)
        if self.fold.down is not None and self.fold.down != before:
            self._watcher.key_down(self)
        for press in presses:
            if peer is not None and peer._relays and peer.event_type < 0:
                peer.send_digits(press.digit, min(press.duration_ms, 500), 60)
            self._watcher.pressed(self, press, "rfc4733")

    def _find_tones(self, payload: bytes) -> None:
        if self.tones is None:
            return
        for at in range(0, len(payload) - FRAME + 1, FRAME):
            before = self.tones.down
            presses = self.tones.take(decode(payload[at : at + FRAME], self.codec))
            if self.tones.down is not None and self.tones.down != before:
                self._watcher.key_down(self)
            for press in presses:
                self._watcher.pressed(self, press, "inband")

    def _record_said(self, ts: int, payload: bytes, now: int) -> None:
        if self._said_table is not None:
            payload = payload.translate(self._said_table)
        if self.recording is not None:
            self.recording.said(ts, payload, now)

    # --- whom it believes --------------------------------------------------------------------

    def _receive_unsettled(self, now: int) -> None:
        try:
            data, source = self.pair.rtp.recvfrom(2048)
        except OSError:
            return
        if self._judge(data, (source[0], source[1]), now):
            self._settle(now)

    def _judge(self, data: bytes, source: tuple[str, int], now: int) -> bool:
        """Hear or drop a packet of an unsettled leg; True if it settles who the party is."""
        latch = self._latch
        kinds = (self.payload_type, self.event_type)
        if latch is None or len(data) < HEADER_BYTES or data[1] & 0x7F not in kinds:
            self.foreign += 1
            return False
        if payload_bounds(data) is None:
            self.malformed += 1
            return False
        verdict = latch.consider(source)
        if verdict is Verdict.FOREIGN:
            self.foreign += 1
            return False
        self._take_unusual(data, now)
        return verdict is Verdict.COMMIT

    def _settle(self, now: int) -> None:
        latch = self._latch
        if latch is None or latch.settled is None:
            return
        self._connect(latch.settled)
        while True:  # what foreigners sent before connect() still lies in the socket
            try:
                data, source = self.pair.rtp.recvfrom(2048)
            except OSError:
                break
            self._judge(data, (source[0], source[1]), now)
        self._watcher.settled(self)

    def _connect(self, address: tuple[str, int]) -> None:
        self._address = address
        try:
            self.pair.rtp.connect(address)
        except OSError:
            return
        self._connected = True
        self._send = self.pair.rtp.send

    def _send_unconnected(self, data: bytes) -> int:
        return self.pair.rtp.sendto(data, self._address)

    @property
    def address(self) -> tuple[str, int]:
        """Where the party's sound comes from and goes to."""
        return self._address

    # --- what the party hears ----------------------------------------------------------------

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
                self._watcher.play_over(self)
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

    # --- modes -------------------------------------------------------------------------------

    def play(self, playing: Playing | None) -> None:
        """Change what is played; None ends playing."""
        self.playing = playing
        self._retable()
        self._choose()

    def set_peer(self, peer: "Leg | None") -> None:
        """Hear this leg from now on; None: hear nobody."""
        self.peer = peer
        self._retable()
        self._choose()

    def record(self, recording: Recording | None, file: RecordingFile | None) -> None:
        """Attach or detach a recording."""
        self.recording, self.file = recording, file
        self._retable()

    def set_remote(self, order: SetRemote, now: int) -> None:
        """Take over what an SDP said."""
        self.remote = order
        self.codec, self.payload_type = order.codec, order.payload_type
        self.event_type = -1 if order.telephone_event_pt is None else order.telephone_event_pt
        held = order.host in _HELD_HOSTS or order.port == 0
        self.sending = order.direction in ("sendrecv", "sendonly") and not held
        self.listening = order.direction in ("sendrecv", "recvonly")
        self.tones = None if self.event_type >= 0 else self.tones or ToneFold()
        self._frame_ticks = min(max(order.ptime_ms // 20, 1), 3)
        self._phase = 0
        self._silence = bytes((SILENCE[self.codec],)) * (FRAME * self._frame_ticks)
        self.heard_at = now
        self.silent = False
        if not held:
            self._aim(order)
        self.out.begin_stretch()
        self._retable()
        if self.peer is not None:
            self.peer._retable()
        self._choose()

    def _aim(self, order: SetRemote) -> None:
        wish = (order.latch, order.host, order.port, order.signalling_host)
        if self._latch is not None and self._latch.same_wish(*wish):
            return
        self._latch = Latch(*wish)
        if self._connected:
            disconnect(self.pair.rtp)
            self._connected = False
        self._address = (order.host, order.port)
        self._send = self._send_unconnected
        self.started = False

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
        self._watcher.mode_changed(self)

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
