"""One leg: its sockets, whom it believes, what its party says. Half of the hot path is here.

What the party hears is in `sink.py`. Knows no protocol frame and no other leg but the ears that
it feeds. `now` is in media ticks. Its cost is measured in bench/micro/media_relay.py.
"""

from typing import Protocol

from .codecs import SILENCE, decode
from .collect import DigitCollector
from .commands import CreateLeg, SetRemote, SrtpKeys
from .dtmf import EventFold, Press, ToneFold
from .events import DigitMethod
from .latch import Latch, Verdict
from .ports import PortPair, disconnect
from .rtcp import Reporter
from .rtp import HEADER, HEADER_BYTES, MARKER, VERSION_2, Outgoing, Reception, payload_bounds
from .sink import FRAME, Sink, SinkWatcher
from .srtp import Sealed, SealedSocket

_unpack = HEADER.unpack_from
_HELD_HOSTS = ("", "0.0.0.0", "::")  # noqa: S104 - an SDP address that means "on hold"


class Watcher(SinkWatcher, Protocol):
    """Who is told what happens on a leg."""

    def settled(self, leg: "Leg") -> None:
        """The party's address is known."""

    def key_down(self, leg: "Leg") -> None:
        """A key is held."""

    def pressed(self, leg: "Leg", press: Press, method: DigitMethod) -> None:
        """A key was released."""


class Collecting:
    """An entry that a leg is gathering."""

    __slots__ = ("collect_id", "collector")

    def __init__(self, collect_id: str, collector: DigitCollector) -> None:
        self.collect_id = collect_id
        self.collector = collector


class Leg(Sink):
    """One party's sound. Used by the media thread alone."""

    __slots__ = (
        "_connected", "_keys", "_latch", "_recv", "_watcher", "collecting", "created_ms", "fold",
        "foreign", "heard_at", "listening", "malformed", "order", "reception", "remote", "reporter",
        "rtt_ms", "silent", "started", "tones",
    )  # fmt: skip

    def __init__(
        self, order: CreateLeg, pair: PortPair, out: Outgoing, watcher: Watcher, created_ms: int
    ) -> None:
        super().__init__(order.leg, pair, out, watcher)
        self.order = order
        self.created_ms = created_ms
        self.remote: SetRemote | None = None
        self.reception = Reception()
        self.reporter = Reporter(f"{pair.rtp_port}@cordboard")
        self.rtt_ms: float | None = None
        self.foreign = 0
        self.malformed = 0
        self.heard_at = 0
        self.silent = False
        self.started = False
        self.listening = False
        self.fold = EventFold()
        self.tones: ToneFold | None = None
        self.collecting: Collecting | None = None
        self._watcher = watcher
        self._latch: Latch | None = None
        self._connected = False
        self._recv = pair.rtp.recv
        self._keys: SrtpKeys | None = None

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
        said = self._said
        if said is not None:
            table = self._said_table
            said.put(ts, payload if table is None else payload.translate(table), now)
        for ear in self.ears:
            ear._hear(payload, marked & MARKER, seq, ts, ssrc, now)
        if self.inbox is not None:
            self.inbox.put(ts, payload)
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
        if self._said is not None:
            table = self._said_table
            self._said.put(ts, payload if table is None else payload.translate(table), now)
        for ear in self.ears:
            ear._hear(payload, marker, seq, ts, ssrc, now)
        if self.inbox is not None:
            self.inbox.put(ts, payload)
        if self.tones is not None:
            self._find_tones(payload)

    def _take_event(
        self, payload: bytes, marker: int, seq: int, ts: int, ssrc: int, now: int
    ) -> None:
        self.heard_at = now
        if not self.reception.take_untimed(seq, ssrc, now) or not self.listening:
            return
        if self._said is not None:
            self._said.nothing()
        before = self.fold.down
        presses = self.fold.take(payload, ts, now // 8)
        for ear in self.ears:
            if ear.event_type >= 0:
                ear._hear_event(payload, marker, seq, ts, ssrc, now)
        if self.fold.down is not None and self.fold.down != before:
            self._watcher.key_down(self)
        for press in presses:
            for ear in self.ears:
                if ear.event_type < 0:
                    ear.send_digits(press.digit, min(press.duration_ms, 500), 60)
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

    @property
    def address(self) -> tuple[str, int]:
        """Where the party's sound comes from and goes to."""
        return self._address

    def set_remote(self, order: SetRemote, now: int) -> None:
        """Take over what an SDP said."""
        self._secure(order.srtp)
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
        for ear in self.ears:
            ear._retable()
        self._choose()
        for listener in tuple(self.listeners.values()):
            self._watcher.mode_changed(listener.name)  # the mixer must know the codec

    def _secure(self, keys: SrtpKeys | None) -> None:
        """Encrypt with these keys; the same ones go on counting."""
        if keys == self._keys:
            return
        sealed = Sealed(keys) if keys is not None else None
        self._keys = keys
        for name in ("rtp", "rtcp"):
            sock = getattr(self.pair, name)
            plain = sock.plain if isinstance(sock, SealedSocket) else sock
            if sealed is not None:
                sock = SealedSocket(plain, sealed, rtcp=name == "rtcp")
            setattr(self.pair, name, sock if sealed is not None else plain)
        self._recv = self.pair.rtp.recv
        self._send = self.pair.rtp.send if self._connected else self._send_unconnected

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
