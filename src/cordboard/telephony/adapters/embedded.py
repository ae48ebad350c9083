"""The telephones of the house itself: our SIP user agent and our media process, joined per leg.

The SIP core says what happens to a session, the media process what happens to sound; this adapter
makes events of legs of both. Refuses to know calls: a leg is a name. After a kill -9 it takes back
from its memory what was under way.

Source: RFC 3261, RFC 3264; telephone rules LIN-01, LIN-07.
"""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from cordboard import media, sip
from cordboard.kit.clock import Clock
from cordboard.kit.ids import Ids, LegId, RecordingId
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.browsers import Browsers
from cordboard.telephony.adapters.embedded_dial import Dialler
from cordboard.telephony.adapters.embedded_identity import plain
from cordboard.telephony.adapters.embedded_leg import LegPaper, Moment, SipLeg
from cordboard.telephony.adapters.embedded_legs import (
    Driver,
    EmbeddedSettings,
    Hear,
    SipLegs,
    new_keys,
)
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.embedded_sip import SipEvents
from cordboard.telephony.adapters.embedded_sound import inside, media_event
from cordboard.telephony.adapters.embedded_transfer import Transfers
from cordboard.telephony.adapters.media_plane import MediaPlane
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.causes import NORMAL, TEMPORARY_FAILURE
from cordboard.telephony.ports import CollectOrder, DialTarget, LegNow, Source

_ENDINGS = (media.RecordingClosed, media.RecordingFailed, media.LegClosed)


class EmbeddedTelephony:
    """Implements `ports.Telephony` on our own SIP and media.

    Args:
        core: The SIP user agent; `attach` gives it its driver.
        media_plane: Where sound is made; tells `on_media` and `on_media_arrived`.
        book: Trunks, phones and registrations.
        memory: What survives a kill -9.
        clock: Wall time of the events.
        ids: Makes leg ids.
        settings: This adapter's settings.
        missing: Which of some items the media process could not play.
    """

    def __init__(
        self,
        core: sip.SipCore,
        media_plane: MediaPlane,
        book: LineBook,
        memory: SipMemory,
        clock: Clock,
        ids: Ids,
        settings: EmbeddedSettings,
        missing: Callable[[Iterable[str]], list[str]],
    ) -> None:
        self._missing = missing
        self._legs = SipLegs(core, media_plane, book, memory, clock, settings)
        self._transfers = Transfers(self._legs)
        self.browsers = Browsers(self._legs, round(settings.browser_wait_s * 1000))
        self._legs.pages = self.browsers
        self._dialler = Dialler(self._legs)
        self.on_sip = SipEvents(self._legs, ids, self._transfers, self._dialler).hear
        "Takes an event of the SIP core."

        self._sounds: dict[LegId, media.LegSnapshot] = {}
        self._adopted: set[LegId] = set()
        "Legs of an earlier life whose sound was not seen yet."

        self._has_met_media = False
        self.lost_earlier_media = False
        "The media process of an earlier life of this server is gone, with all it knew."

        self._old_news = 0
        "Events still to come that happened before this process met the media process."

    def attach(self, driver: Driver) -> None:
        """Take the driver; it tells its events to `on_sip`."""
        self._legs.driver = driver

    # Looking

    @property
    def living_legs(self) -> list[LegId]:
        """Legs that are not over."""
        return list(self._legs.living)

    @property
    def refused(self) -> int:
        """INVITEs refused without becoming a call: no line, no codec, no port."""
        return self._legs.refused

    @property
    def toll_refused(self) -> dict[str, int]:
        """Calls to outside that the toll brake refused, by why."""
        return {str(why): count for why, count in self._dialler.brake.refused.items()}

    def listen(self, hear: Hear) -> None:
        """Tell every event from now on to `hear`."""
        self._legs.hear = hear

    def tell(self, event: wire.TelephonyEvent) -> None:
        """Pass an event on to whoever listens; the line book tells its own here."""
        self._legs.tell(event)

    # Media events

    def on_media(self, event: media.Event) -> None:
        """Take an event of the media process.

        Of what happened before this process began only endings count: keys and prompts of an
        earlier life were told then, or belong to calls that a crash has ended.
        """
        if self._old_news:
            self._old_news -= 1
            if not isinstance(event, _ENDINGS):
                return
        told = media_event(event, self._legs.settings.recordings_dir)
        if told is not None:
            self._legs.tell(told)
        if isinstance(event, media.LegClosed):
            self._legs.media_legs.discard(LegId(event.leg))
            leg = self._legs.find(LegId(event.leg))
            if leg is not None and event.reason != "dropped":
                self._legs.end(leg, TEMPORARY_FAILURE, "network")

    def on_media_arrived(self, welcome: media.Welcome, snapshot: media.Snapshot) -> None:
        """The media process is (again) there: take back its legs, end those it has lost.

        A process of another epoch took the figures of its legs along; one of the same epoch tells
        next what was missed.
        """
        is_another = self._is_another(welcome.media_epoch)
        if not self._has_met_media:
            self._has_met_media = True
            self.lost_earlier_media = is_another
            self._old_news = welcome.replayed
        here = {LegId(entry.leg): entry for entry in snapshot.legs}
        self._sounds = here
        lost = self._legs.media_legs - here.keys() if is_another else set()
        self._legs.media_legs = set(here)
        for leg in list(self._legs.living.values()):
            entry = here.get(leg.id)
            if entry is not None:
                self._legs.take_place(leg, entry.local_host or welcome.local_host, entry.rtp_port)
                leg.is_ready = leg.moment is Moment.UP
            elif leg.id in self._adopted and leg.moment is Moment.ASKED:
                self._legs.open_media(leg)  # the order for its port was lost with us
            elif leg.port or leg.id in self._adopted:
                self._legs.end(leg, TEMPORARY_FAILURE, "network")
        self._adopted.clear()
        for leg_id in here.keys() - self._legs.living.keys():
            _ = self._legs.media.send(media.DropLeg(leg_id))
        for leg_id in lost:
            self._legs.tell(wire.LegMediaLost(at_ms=self._legs.clock.now_ms(), leg_id=leg_id))

    def _is_another(self, epoch: str) -> bool:
        """Whether this is not the media process that was met last, in this life or before."""
        memory = self._legs.memory
        [known] = [kept for _, kept in memory.items("media/epoch")] or [epoch]
        memory.keep("media/epoch", epoch)
        return bool(known != epoch)

    def on_moved(self, leg_id: str, host: str, port: int) -> None:
        """The media plane has taken a leg elsewhere."""
        leg = self._legs.find(LegId(leg_id))
        if leg is not None:
            self._legs.relocate(leg, host, port)

    def on_lost(self, leg_id: str) -> None:
        """The media plane has no place for a leg any more."""
        leg = self._legs.find(LegId(leg_id))
        if leg is not None:
            self._legs.end(leg, TEMPORARY_FAILURE, "network")

    # After a kill -9

    def adopt(self) -> None:
        """Take back the legs that were under way, before the first packet is read."""
        for session, kept in self._legs.memory.items("leg/"):
            paper = msgspec.convert(kept, LegPaper)
            leg = paper.read(session, self._legs.settings.media_host, new_keys())
            username, password = self._legs.book.login_of(leg.trunk_id)
            self._legs.core.restore(
                paper.snapshot, self._legs.now_s(), username=username, password=password
            )
            self._legs.add(leg)
            self._adopted.add(leg.id)
        self._adopted |= self.browsers.adopt()
        self._legs.kick()

    def survey(self) -> dict[LegId, LegNow]:
        """All legs that are not over; their sound as the media process said when it was met."""
        return {leg.id: self._look(leg) for leg in self._legs.living.values()}

    def _look(self, leg: SipLeg) -> LegNow:
        sound = self._sounds.get(leg.id)
        state: dict[Moment, Literal["asked", "dialling", "up"]] = {
            Moment.ASKED: "asked",
            Moment.DIALLING: "dialling",
        }
        now = LegNow(state=state.get(leg.moment, "up"), codec=leg.codec)
        if sound is None:
            return now
        path = sound.recording_path or ""
        return msgspec.structs.replace(
            now,
            play_id=sound.collect_id or sound.play_id or "",
            hears=tuple(Source(LegId(voice.leg), voice.gain_db) for voice in sound.hears),
            is_muted=sound.muted,
            recording_id=RecordingId(sound.recording_id) if sound.recording_id else None,
            recording_path=inside(path, self._legs.settings.recordings_dir),
        )

    # Telephony

    def ring(self, leg_id: LegId) -> None:
        """Send 180 to an inbound leg."""
        leg = self._legs.find(leg_id)
        if leg is not None and leg.moment is Moment.ASKED:
            self._legs.core.progress(leg.session, 180, now_s=self._legs.now_s())
            self._legs.kick()

    def answer(self, leg_id: LegId) -> None:
        """Pick up an inbound leg, as soon as it has a port."""
        leg = self._legs.find(leg_id)
        if leg is None or leg.moment is not Moment.ASKED:
            return
        leg.wants_answer = True
        if leg.port:
            self._legs.answer(leg)

    def dial(
        self,
        leg_id: LegId,
        target: DialTarget,
        *,
        shown_number: str,
        headers: dict[str, str],
        like: LegId | None = None,
    ) -> None:
        """Call somebody as a new leg with this id."""
        if self.browsers.reaches(target.extension):
            self.browsers.dial(leg_id, target.extension or "", shown_number, like)
        else:
            self._dialler.dial(leg_id, target, shown_number, headers, like)

    def hang_up(self, leg_id: LegId, cause: int = NORMAL) -> None:
        """End a leg in whatever way its moment asks."""
        leg = self._legs.find(leg_id)
        if leg is not None:
            self._legs.end(leg, cause, "us")

    def play(
        self,
        leg_id: LegId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
        over: bool = False,
    ) -> None:
        """Let the party hear this."""
        self._legs.order(leg_id, media.Play(leg_id, play_id, list(items), loop=loop, over=over))

    def stop(self, leg_id: LegId) -> None:
        """Stop playing and collecting."""
        self._legs.order(leg_id, media.StopCollect(leg_id))
        self._legs.order(leg_id, media.StopPlay(leg_id))

    def collect(self, leg_id: LegId, order: CollectOrder) -> None:
        """Read keys."""
        self._legs.order(
            leg_id,
            media.Collect(
                leg_id,
                order.collect_id,
                list(order.items),
                order.max_digits,
                order.min_digits,
                order.terminators,
                order.first_ms,
                order.inter_ms,
                list(order.patterns),
            ),
        )

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        """Send keys to the party."""
        self._legs.order(leg_id, media.SendDigits(leg_id, digits))

    def bridge(self, first: LegId, second: LegId) -> None:
        """Let two legs hear each other."""
        for leg_id in (first, second):  # a prompt or music would go on over the voice
            self._legs.order(leg_id, media.StopPlay(leg_id))
        self._legs.order(first, media.Bridge(first, second))

    def unbridge(self, leg_id: LegId) -> None:
        """Part a leg from everybody."""
        self._legs.order(leg_id, media.Unbridge(leg_id))

    def route(self, leg_id: LegId, sources: tuple[Source, ...]) -> None:
        """Let a leg hear these and nobody else."""
        row = [media.Source(source.leg_id, source.gain_db) for source in sources]
        self._legs.order(leg_id, media.Route(leg_id, row))

    def mute(self, leg_id: LegId) -> None:
        """Let nobody hear this party."""
        self._legs.order(leg_id, media.Mute(leg_id))

    def unmute(self, leg_id: LegId) -> None:
        """Let it be heard again."""
        self._legs.order(leg_id, media.Unmute(leg_id))

    def start_recording(self, leg_id: LegId, recording_id: RecordingId, path: str) -> None:
        """Record what the party says and hears."""
        full = f"{self._legs.settings.recordings_dir}/{path}.wav"
        self._legs.order(leg_id, media.StartRecording(leg_id, recording_id, full))

    def stop_recording(self, leg_id: LegId) -> None:
        """Close the file."""
        self._legs.order(leg_id, media.StopRecording(leg_id))

    def accept_transfer(self, leg_id: LegId) -> None:
        """Say that the party's transfer is under way."""
        self._transfers.accept(leg_id)

    def refuse_transfer(self, leg_id: LegId, cause: int = 21) -> None:
        """Say no to it."""
        self._transfers.refuse(leg_id, cause)

    def tell_transfer(self, leg_id: LegId, status: int) -> None:
        """Tell the party how its transfer goes."""
        self._transfers.tell(leg_id, status)

    def refer(self, leg_id: LegId, number: str, other: LegId | None = None) -> None:
        """Ask the party's own side to connect it."""
        self._transfers.refer(leg_id, plain(number), other)

    def missing_items(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these prompts do not exist."""
        return tuple(self._missing(items))
