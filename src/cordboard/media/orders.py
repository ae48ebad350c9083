"""One function per order: what control may ask, checked and done.

An order either changes something and is answered, or is refused with a stable code and changes
nothing. Knows no socket: `Studio` owns the legs. Repetition is dealt with in `control.py`.
"""

import os
import re
from collections.abc import Callable
from typing import Any

from .collect import DigitCollector, PatternError
from .commands import (
    Bridge,
    CheckItems,
    Collect,
    Command,
    CreateLeg,
    DropLeg,
    InjectDigit,
    ItemsChecked,
    LegCreated,
    Mute,
    Ok,
    PauseRecording,
    Play,
    Refused,
    Reply,
    ResumeRecording,
    Route,
    Secure,
    Secured,
    SendDigits,
    SetRemote,
    Shutdown,
    StartRecording,
    Stats,
    StatsReport,
    StopCollect,
    StopPlay,
    StopRecording,
    Unbridge,
    Unmute,
)
from .dtls import own_fingerprint
from .dtmf import KEYS, Press
from .leg import Collecting, Leg
from .ports import PortsExhaustedError
from .prompt_cache import ItemError
from .secure import SecurePair
from .sequence import Sequence, SequenceEmptyError
from .sink import Playing, Voice, gain_factor
from .studio import Studio

_MAX_DIGITS = 64
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}")
_OK = Ok()


class RefusedError(Exception):
    """An order that cannot be done."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message)
        self.refused = Refused(code, message)


class Orders:
    """Dispatches orders to the studio."""

    def __init__(
        self, studio: Studio, stats: Callable[[], StatsReport], end: Callable[[], None]
    ) -> None:
        """Prepare.

        Args:
            studio: Owner of the legs.
            stats: Where the process's counters come from.
            end: Ends the process after the current round.
        """
        self._studio = studio
        self._stats = stats
        self._end = end
        self.draining = False
        "No new legs; the process ends with the last."

        self._table: dict[type, Callable[[Any], Reply]] = {
            CreateLeg: self._create_leg,
            Secure: self._secure,
            SetRemote: self._set_remote,
            Play: self._play,
            StopPlay: self._stop_play,
            Collect: self._collect,
            StopCollect: self._stop_collect,
            Route: self._route,
            Bridge: self._bridge,
            Unbridge: self._unbridge,
            Mute: self._mute,
            Unmute: self._unmute,
            SendDigits: self._send_digits,
            InjectDigit: self._inject_digit,
            StartRecording: self._start_recording,
            PauseRecording: self._pause_recording,
            ResumeRecording: self._resume_recording,
            StopRecording: self._stop_recording,
            DropLeg: self._drop_leg,
            CheckItems: self._check_items,
            Stats: self._tell_stats,
            Shutdown: self._shutdown,
        }

    def obey(self, command: Command) -> Reply:
        """Do one order and return its answer."""
        try:
            return self._table[type(command)](command)
        except RefusedError as error:
            return error.refused

    def _leg(self, name: str) -> Leg:
        leg = self._studio.legs.get(name)
        if leg is None:
            raise RefusedError("no-such-leg", name)
        return leg

    # --- legs --------------------------------------------------------------------------------

    def _create_leg(self, order: CreateLeg) -> Reply:
        if self.draining:
            raise RefusedError("draining")
        if order.leg in self._studio.legs:
            raise RefusedError("leg-exists", order.leg)
        try:
            leg = self._studio.open_leg(order)
        except PortsExhaustedError:
            raise RefusedError("no-free-port") from None
        except OSError as error:
            raise RefusedError("cannot-open-port", str(error)) from error
        config = self._studio.config
        port = leg.pair.rtp_port
        return LegCreated(order.leg, port, port + 1, config.local_host or config.bind_host)

    def _set_remote(self, order: SetRemote) -> Reply:
        leg = self._leg(order.leg)
        types = (order.payload_type, order.telephone_event_pt or 0)
        if not 0 <= order.port <= 65535 or not all(0 <= number <= 127 for number in types):
            raise RefusedError("bad-remote", "port or payload type out of range")
        if order.payload_type == order.telephone_event_pt:
            raise RefusedError("bad-remote", "one payload type for two formats")
        try:
            leg.set_remote(order, self._studio.media_now())
        except OSError as error:
            raise RefusedError("bad-remote", str(error)) from error
        return _OK

    def _secure(self, order: Secure) -> Reply:
        pair = self._leg(order.leg).pair
        if not isinstance(pair, SecurePair):
            raise RefusedError("not-secure", order.leg)
        if not order.ufrag or not _FINGERPRINT.fullmatch(order.fingerprint):
            raise RefusedError("bad-secure", "ufrag or fingerprint")
        sound = pair.sound
        sound.secure(order.ufrag, order.fingerprint)
        return Secured(order.leg, sound.ufrag, sound.password, own_fingerprint())

    def _drop_leg(self, order: DropLeg) -> Reply:
        self._studio.close_leg(self._leg(order.leg), "dropped")
        if self.draining and not self._studio.legs:
            self._end()
        return _OK

    def _bridge(self, order: Bridge) -> Reply:
        a, b = self._leg(order.a), self._leg(order.b)
        if a is b:
            raise RefusedError("same-leg", order.a)
        if a.row != (Voice(b, 1.0),) or b.row != (Voice(a, 1.0),):
            self._studio.part(a)
            self._studio.part(b)
            a.set_row((Voice(b, 1.0),))
            b.set_row((Voice(a, 1.0),))
        return _OK

    def _unbridge(self, order: Unbridge) -> Reply:
        self._studio.part(self._leg(order.leg))
        return _OK

    def _route(self, order: Route) -> Reply:
        leg = self._leg(order.leg)
        names = [source.leg for source in order.sources]
        if leg.name in names:
            raise RefusedError("same-leg", leg.name)
        if len(set(names)) < len(names):
            raise RefusedError("twice-in-row", leg.name)
        if any(not -60.0 <= source.gain_db <= 20.0 for source in order.sources):
            raise RefusedError("bad-gain", "-60 to 20 dB")
        row = tuple(
            Voice(self._studio.legs[source.leg], gain_factor(source.gain_db))
            for source in order.sources
            if source.leg in self._studio.legs
        )
        if row and leg.playing is not None and not leg.playing.is_over:
            self._studio.end_play(leg, "stopped")
        if row != leg.row:
            leg.set_row(row)
        return _OK

    def _mute(self, order: Mute) -> Reply:
        leg = self._leg(order.leg)
        if not leg.muted:
            leg.mute(muted=True)
        return _OK

    def _unmute(self, order: Unmute) -> Reply:
        leg = self._leg(order.leg)
        if leg.muted:
            leg.mute(muted=False)
        return _OK

    # --- sound and keys ----------------------------------------------------------------------

    def _sequence(self, leg: Leg, items: list[str], *, loop: bool) -> Sequence:
        try:
            segments = self._studio.prompts.segments(items, leg.codec)
            return Sequence(segments, leg.silence_byte, loop=loop)
        except ItemError as error:
            raise RefusedError("missing-item", str(error)) from error
        except SequenceEmptyError:
            raise RefusedError("nothing-to-play") from None

    def _play(self, order: Play) -> Reply:
        leg = self._leg(order.leg)
        sequence = self._sequence(leg, order.items, loop=order.loop)
        self._studio.begin_play(
            leg,
            Playing(
                order.play_id, sequence, leg.codec,
                interruptible=order.interruptible_by_digit, collecting=False,
                is_over=order.over,
            ),
        )  # fmt: skip
        return _OK

    def _stop_play(self, order: StopPlay) -> Reply:
        leg = self._leg(order.leg)
        playing = leg.playing
        if playing is not None and order.play_id in (None, playing.play_id):
            self._studio.end_play(leg, "stopped")
        return _OK

    def _collect(self, order: Collect) -> Reply:
        leg = self._leg(order.leg)
        if not 1 <= order.max_digits <= _MAX_DIGITS:
            raise RefusedError("bad-collect", "max_digits")
        sequence = self._sequence(leg, order.items, loop=False)
        try:
            collector = DigitCollector(
                order.max_digits, order.min_digits, order.terminators, order.first_ms,
                order.inter_ms, order.patterns,
            )  # fmt: skip
        except PatternError as error:
            raise RefusedError("bad-pattern", str(error)) from error
        if leg.collecting is not None:
            self._studio.end_collect(leg, leg.collecting.collector.stop())
        prompt = Playing("", sequence, leg.codec, interruptible=True, collecting=True)
        self._studio.end_play(leg, "replaced")
        leg.collecting = Collecting(order.collect_id, collector)
        self._studio.gather(leg)
        if order.items:
            self._studio.begin_play(leg, prompt)
        else:
            collector.prompt_ended(self._studio.media_now() // 8)
        return _OK

    def _stop_collect(self, order: StopCollect) -> Reply:
        leg = self._leg(order.leg)
        if leg.collecting is not None:
            self._studio.end_collect(leg, leg.collecting.collector.stop())
        return _OK

    def _send_digits(self, order: SendDigits) -> Reply:
        leg = self._leg(order.leg)
        if not order.digits or len(order.digits) > _MAX_DIGITS or set(order.digits) - set(KEYS):
            raise RefusedError("bad-digits")
        if not 40 <= order.duration_ms <= 5000 or not 0 <= order.gap_ms <= 5000:
            raise RefusedError("bad-digits", "duration_ms or gap_ms")
        leg.send_digits(order.digits, order.duration_ms, order.gap_ms)
        return _OK

    def _inject_digit(self, order: InjectDigit) -> Reply:
        leg = self._leg(order.leg)
        if len(order.digit) != 1 or order.digit not in KEYS:
            raise RefusedError("bad-digits")
        self._studio.key_down(leg)
        self._studio.pressed(leg, Press(order.digit, order.duration_ms), "info")
        return _OK

    # --- recordings --------------------------------------------------------------------------

    def _start_recording(self, order: StartRecording) -> Reply:
        leg = self._leg(order.leg)
        if leg.recording is not None:
            raise RefusedError("already-recording", leg.recording.recording_id)
        if not os.path.isabs(order.path) or not order.path.endswith(".wav"):
            raise RefusedError("bad-path", "an absolute path that ends in .wav")
        self._studio.recordings.start(leg, order.recording_id, order.path)
        return _OK

    def _pause_recording(self, order: PauseRecording) -> Reply:
        leg = self._leg(order.leg)
        if leg.recording is None:
            raise RefusedError("not-recording", order.leg)
        leg.recording.pause(self._studio.media_now())
        return _OK

    def _resume_recording(self, order: ResumeRecording) -> Reply:
        leg = self._leg(order.leg)
        if leg.recording is None:
            raise RefusedError("not-recording", order.leg)
        leg.recording.resume(self._studio.media_now())
        return _OK

    def _stop_recording(self, order: StopRecording) -> Reply:
        leg = self._leg(order.leg)
        if leg.recording is None:
            raise RefusedError("not-recording", order.leg)
        self._studio.recordings.stop(leg)
        return _OK

    # --- the process -------------------------------------------------------------------------

    def _check_items(self, order: CheckItems) -> Reply:
        return ItemsChecked(self._studio.prompts.missing(order.items))

    def _tell_stats(self, _: Stats) -> Reply:
        return self._stats()

    def _shutdown(self, order: Shutdown) -> Reply:
        self.draining = True
        if not order.drain or not self._studio.legs:
            self._end()
        return _OK
