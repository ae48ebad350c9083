"""All legs of one media process: their lives, their ticks, their facts.

Turns what happens on a leg into facts, and keeps the promises that need time: collect waits,
silence, orphans, recordings handed on each second. Knows no socket of control and no clock:
`now` comes in media ticks, `utc_ms` from the engine. Order handling is in `orders.py`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .collect import Collection
from .commands import CreateLeg
from .config import MediaConfig
from .dtmf import Press
from .events import (
    Collected,
    DigitMethod,
    DigitPressed,
    Event,
    LegClosed,
    LegStats,
    MediaResumed,
    MediaSilent,
    MediaStarted,
    PlayEnd,
    PlayEnded,
)
from .leg import Leg
from .mixer import Mixer
from .mos import estimate
from .ports import PortRange
from .prompt_cache import PromptCache
from .recording_files import RecordingFiles
from .recordings import Recordings
from .rtp import Outgoing
from .secure import SecurePair
from .sequence import Sequence
from .sink import Playing

TICKS_PER_S = 50
ORPHAN_MUSIC = "moh:default"
_ORPHAN_PLAY_ID = "orphan"


class Poller(Protocol):
    """Who calls back when a socket is readable."""

    def watch(self, fd: int, act: Callable[[int], None]) -> None:
        """Call `act(now)` whenever the descriptor is readable."""

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor that is still open."""


@dataclass(slots=True)
class Counters:
    """Sums over all legs that are gone."""

    packets_in: int = 0
    packets_out: int = 0


@dataclass(slots=True)
class Studio:
    """Owner of all legs; used by the media thread alone."""

    config: MediaConfig
    prompts: PromptCache
    ports: PortRange
    files: RecordingFiles
    poller: Poller
    tell: Callable[[Event], None]
    utc_ms: Callable[[], int]
    media_now: Callable[[], int]
    legs: dict[str, Leg] = field(default_factory=dict)
    gone: Counters = field(default_factory=Counters)
    recordings: Recordings = field(init=False)
    mixer: Mixer = field(init=False)
    alone_since: int | None = None
    "Media ticks since when no control is connected; None while one is."

    _orphans: dict[str, int] = field(default_factory=dict)
    _slots: list[dict[str, Leg]] = field(default_factory=lambda: [{} for _ in range(TICKS_PER_S)])
    _next_slot: int = 0
    _ticking: dict[str, Leg] = field(default_factory=dict)
    _round: tuple[Leg, ...] | None = None
    _keys_held: dict[str, Leg] = field(default_factory=dict)
    _gathering: dict[str, Leg] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mixer = Mixer(self.play_over)
        self.recordings = Recordings(self.files, self.legs, self.tell, self.utc_ms, self.media_now)

    # --- lives -------------------------------------------------------------------------------

    def open_leg(self, order: CreateLeg) -> Leg:
        """Open ports and begin a leg.

        Raises:
            PortsExhaustedError: If no pair of ports is free.
        """
        now = self.media_now()
        pair = self.ports.take(now / 8000)
        if order.secure:
            pair = SecurePair(pair)
        chance = random.SystemRandom()
        out = Outgoing(chance.getrandbits(32), chance.getrandbits(16), chance.getrandbits(32), now)
        leg = Leg(order, pair, out, self, self.utc_ms())
        self.legs[order.leg] = leg
        self._slots[self._next_slot][leg.name] = leg
        self._next_slot = (self._next_slot + 1) % TICKS_PER_S
        self.poller.watch(pair.rtp.fileno(), leg.receive)
        self.poller.watch(pair.rtcp.fileno(), lambda _: self._take_report(leg))
        if isinstance(pair, SecurePair):
            pair.sound.reported = lambda: self._take_report(leg)
        return leg

    def close_leg(self, leg: Leg, reason: Literal["dropped", "orphaned", "shutdown"]) -> None:
        """End a leg, its bridge and its recording; its ports rest."""
        self.part(leg)
        if leg.recording is not None:
            self.recordings.stop(leg)
        self.poller.unwatch(leg.pair.rtp.fileno())
        self.poller.unwatch(leg.pair.rtcp.fileno())
        self.ports.give_back(leg.pair, self.media_now() / 8000)
        for place in (self.legs, self._ticking, self._keys_held, self._gathering, self._orphans):
            place.pop(leg.name, None)
        for slot in self._slots:
            slot.pop(leg.name, None)
        self.mixer.forget(leg.name)
        self._round = None
        self.gone.packets_in += leg.reception.packets
        self.gone.packets_out += leg.out.packets
        self.tell(LegClosed(leg.name, reason, leg_stats(leg), self.utc_ms()))

    def part(self, leg: Leg) -> None:
        """Let a leg hear nobody and be heard by nobody; the rows it was in go on without it."""
        if leg.row:
            leg.set_row(())
        for listener in tuple(leg.listeners.values()):
            listener.set_row(tuple(voice for voice in listener.row if voice.source is not leg))

    # --- what legs tell ----------------------------------------------------------------------

    def settled(self, leg: Leg) -> None:
        """The party's address is known."""
        leg.started = True
        host, port = leg.address
        self.tell(MediaStarted(leg.name, host, port, self.utc_ms()))

    def mode_changed(self, name: str) -> None:
        """Tick the leg, or no longer."""
        leg = self.legs.get(name)
        if leg is not None and leg.ticks:
            self._ticking[name] = leg
        else:
            self._ticking.pop(name, None)
        self._round = None
        if leg is not None:
            self.mixer.follow(leg)

    def key_down(self, leg: Leg) -> None:
        """A key is held: stop what a key may stop, let no wait run out."""
        self._keys_held[leg.name] = leg
        playing = leg.playing
        if playing is not None and (playing.interruptible or playing.collecting):
            self.end_play(leg, "digit")
        if leg.collecting is not None:
            leg.collecting.collector.key_down()

    def pressed(self, leg: Leg, press: Press, method: DigitMethod) -> None:
        """A key was released."""
        if leg.fold.down is None:
            self._keys_held.pop(leg.name, None)
        at_ms = self.utc_ms()
        self.tell(DigitPressed(leg.name, press.digit, method, press.duration_ms, at_ms))
        if leg.collecting is not None:
            result = leg.collecting.collector.digit(press.digit, self.media_now() // 8)
            if result is not None:
                self.end_collect(leg, result)

    def play_over(self, name: str) -> None:
        """The last sample was handed out."""
        leg = self.legs.get(name)
        if leg is not None:
            self.end_play(leg, "finished")

    # --- playing and gathering ---------------------------------------------------------------

    def begin_play(self, leg: Leg, playing: Playing) -> None:
        """Play; what was playing is replaced."""
        self.end_play(leg, "replaced")
        leg.play(playing)

    def end_play(self, leg: Leg, reason: PlayEnd) -> None:
        """Stop playing, if anything plays, and say so."""
        playing = leg.playing
        if playing is None:
            return
        leg.play(None)
        if playing.collecting:
            if leg.collecting is not None:
                leg.collecting.collector.prompt_ended(self.media_now() // 8)
        elif playing.play_id:
            played_ms = playing.sequence.played // 8
            self.tell(PlayEnded(leg.name, playing.play_id, reason, played_ms, self.utc_ms()))

    def gather(self, leg: Leg) -> None:
        """Watch the waits of a leg that began to collect."""
        self._gathering[leg.name] = leg

    def end_collect(self, leg: Leg, result: Collection) -> None:
        """Tell what was entered; the prompt, if still heard, stops."""
        collecting = leg.collecting
        if collecting is None:
            return
        leg.collecting = None
        self._gathering.pop(leg.name, None)
        if leg.playing is not None and leg.playing.collecting:
            self.end_play(leg, "stopped")
        self.tell(
            Collected(
                leg.name, collecting.collect_id, result.digits, result.reason, result.terminator,
                self.utc_ms(), result.enough,
            )
        )  # fmt: skip

    # --- time --------------------------------------------------------------------------------

    def tick(self, number: int, now: int) -> None:
        """Serve all that is due on a 20 ms tick.

        Args:
            number: Ticks since the process began; the shared media clock.
            now: Media ticks at this moment.
        """
        legs = self._round
        if legs is None:
            legs = self._round = tuple(self._ticking.values())
        clock = number * 160
        for leg in legs:
            leg.tick(clock, now)
        if self.mixer:
            self.mixer.tick(clock, now)
        if self._gathering:
            self._check_waits(now // 8)
        if self._keys_held:
            self._check_keys(now // 8)
        for leg in list(self._slots[number % TICKS_PER_S].values()):
            self._upkeep(leg, number // TICKS_PER_S, now)
        self.files.flush()

    def skip(self) -> None:
        """Ticks were lost: all own streams begin a new stretch at the clock's place."""
        for leg in self.legs.values():
            if leg.ticks or leg.mixes:
                leg.out.begin_stretch()

    def _check_waits(self, now_ms: int) -> None:
        for leg in list(self._gathering.values()):
            if leg.collecting is not None:
                result = leg.collecting.collector.timeout(now_ms)
                if result is not None:
                    self.end_collect(leg, result)

    def _check_keys(self, now_ms: int) -> None:
        for leg in list(self._keys_held.values()):
            press = leg.fold.idle(now_ms)
            if press is not None:
                self.pressed(leg, press, "rfc4733")
            elif leg.fold.down is None and (leg.tones is None or leg.tones.down is None):
                self._keys_held.pop(leg.name, None)

    def _upkeep(self, leg: Leg, second: int, now: int) -> None:
        """What each leg needs once a second."""
        self.recordings.hand_on(leg, now)
        self._check_silence(leg, now)
        if second % self.config.rtcp_s == 0:
            self._send_report(leg, now)
        if self.alone_since is not None:
            self._check_orphan(leg, now)

    def _check_silence(self, leg: Leg, now: int) -> None:
        quiet_ms = (now - leg.heard_at) // 8
        expects = leg.remote is not None and leg.listening
        if leg.silent and quiet_ms < self.config.silent_ms:
            leg.silent = False
            self.tell(MediaResumed(leg.name, self.utc_ms()))
        elif expects and not leg.silent and quiet_ms >= self.config.silent_ms:
            leg.silent = True
            self.tell(MediaSilent(leg.name, quiet_ms, self.utc_ms()))

    # --- reports -----------------------------------------------------------------------------

    def _send_report(self, leg: Leg, now: int) -> None:
        host, port = leg.address
        if leg.remote is None or not host or not 0 < port < 65535:
            return
        utc_ms = self.utc_ms()
        report = leg.reporter.report(leg.out, leg.reception, utc_ms, leg.out.clock_ts(now))
        try:
            leg.pair.rtcp.sendto(report, (host, port + 1))
        except OSError:
            return  # nobody listens there; reports are a courtesy

    def _take_report(self, leg: Leg) -> None:
        try:
            data, source = leg.pair.rtcp.recvfrom(2048)
        except OSError:
            return
        if source[0] != leg.address[0]:
            leg.foreign += 1
            return
        report = leg.reporter.take(data, leg.out.ssrc, self.utc_ms())
        if report is None:
            leg.malformed += 1
        elif report.rtt_ms is not None:
            leg.rtt_ms = report.rtt_ms

    # --- nobody there ------------------------------------------------------------------------

    def control_came(self) -> None:
        """A control process has taken over; waits of orphans begin anew when it goes."""
        self.alone_since = None
        self._orphans.clear()

    def control_went(self) -> None:
        """No control is connected any more; legs go on."""
        self.alone_since = self.media_now()

    def _check_orphan(self, leg: Leg, now: int) -> None:
        policy = leg.order.orphan
        alone_s = (now - (self.alone_since or now)) / 8000
        if policy == "keep" or alone_s < leg.order.orphan_s:
            return
        since = self._orphans.get(leg.name)
        if policy == "hang_up":
            self.close_leg(leg, "orphaned")
        elif since is None:
            self._orphans[leg.name] = now
            self._console(leg)
        elif (now - since) / 8000 >= self.config.orphan_music_s:
            self.close_leg(leg, "orphaned")

    def _console(self, leg: Leg) -> None:
        self.part(leg)
        if leg.collecting is not None:
            self.end_collect(leg, leg.collecting.collector.stop())
        segments = self.prompts.segments([ORPHAN_MUSIC], leg.codec)
        music = Sequence(segments, leg.silence_byte, loop=True)
        playing = Playing(_ORPHAN_PLAY_ID, music, leg.codec, interruptible=False, collecting=False)
        self.begin_play(leg, playing)


def leg_stats(leg: Leg) -> LegStats:
    """How the sound of a leg was so far."""
    came = leg.reception
    jitter_ms = came.jitter_ticks / 8
    pair = leg.pair
    lost_fraction = came.lost / came.expected if came.expected else 0.0
    return LegStats(
        packets_in=came.packets,
        packets_out=leg.out.packets,
        lost=came.lost,
        jitter_ms=round(jitter_ms, 2),
        foreign_packets=leg.foreign + (pair.sound.dropped if isinstance(pair, SecurePair) else 0),
        malformed_packets=leg.malformed,
        rtt_ms=leg.rtt_ms,
        mos=estimate(lost_fraction, jitter_ms, leg.rtt_ms),
    )
