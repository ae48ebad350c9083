"""The legs of the embedded exchange: taken in, connected, ordered, ended, each exactly once.

What SIP events, media events and orders from above have in common. Refuses to know why a leg is
wanted.
"""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

import msgspec

from cordboard import media, sip
from cordboard.kit.clock import Clock
from cordboard.kit.ids import LegId
from cordboard.sip import Agreed, SdpSide, order_codecs
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.embedded_sound import REFUSALS, relative
from cordboard.telephony.adapters.media_plane import MediaPlane
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.causes import NO_CHANNEL, reason_header, status_of_cause
from cordboard.telephony.tolls import TollSettings

Hear = Callable[[wire.TelephonyEvent], None]


class Driver(Protocol):
    """What gives the SIP core its sockets and its time."""

    def now_s(self) -> float:
        """The core's time."""
        ...

    def kick(self) -> None:
        """Send what orders left to send, and set the timer."""
        ...


class Pages(Protocol):
    """What legs without SIP tell: those of browsers."""

    def opened(self, leg: SipLeg) -> None:
        """The leg has its port."""
        ...

    def ended(self, leg: SipLeg) -> None:
        """The leg is over."""
        ...


class EmbeddedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This adapter's settings."""

    media_host: str
    "Address that our descriptions name: where parties send RTP."

    sip_host: str
    "Host part of our own addresses in From."

    recordings_dir: str
    takes_srtp: bool = True
    "Whether the media plane can encrypt; else trunks and phones speak in clear."
    browser_wait_s: float = 30.0
    "How long a call waits for its page: a reload, a crash, another network."

    tolls: TollSettings = TollSettings()
    orphan_s: float = 30.0
    "Legs whose control process stays away for so long are played out and dropped."


def new_keys() -> sip.Keys:
    """Keys of one session, made when they are first wanted."""
    return sip.Keys(partial(secrets.token_bytes, sip.KEY_BYTES))


class SipLegs:
    """All legs that are not over, with what acts on them.

    Args:
        core: The SIP user agent; `driver` is set before the first order.
        media_plane: Where sound is made.
        book: Trunks, phones and registrations.
        memory: What survives a kill -9.
        clock: Wall time of the events.
        settings: This adapter's settings.
    """

    def __init__(
        self,
        core: sip.SipCore,
        media_plane: MediaPlane,
        book: LineBook,
        memory: SipMemory,
        clock: Clock,
        settings: EmbeddedSettings,
    ) -> None:
        self.core = core
        self.media = media_plane
        self.book = book
        self.memory = memory
        self.clock = clock
        self.settings = settings
        self.hear: Hear = lambda event: None
        self.driver: Driver | None = None
        self.pages: Pages | None = None
        self.living: dict[LegId, SipLeg] = {}
        self._sessions: dict[str, LegId] = {}
        self.refused = 0
        "INVITEs refused without becoming a call: no line, no codec, no port."

        self.media_legs: set[LegId] = set()
        "Legs that the media process has open."

    def now_s(self) -> float:
        """The time of the SIP core."""
        assert self.driver is not None, "attach a driver first"
        return self.driver.now_s()

    def kick(self) -> None:
        """Let the driver send what the core has left to send."""
        if self.driver is not None:
            self.driver.kick()

    def tell(self, event: wire.TelephonyEvent) -> None:
        """Pass an event on to whoever listens."""
        self.hear(event)

    def find(self, leg_id: LegId) -> SipLeg | None:
        """The leg, if it is not over."""
        return self.living.get(leg_id)

    def find_by_session(self, session: str) -> SipLeg | None:
        """The leg of this SIP session, if it is not over."""
        return self.living.get(self._sessions.get(session, LegId("")))

    def answer(self, leg: SipLeg) -> None:
        """Accept the INVITE of a leg that has a port."""
        agreed: Agreed | None = None
        if leg.offer is None:
            body = leg.side.offer(leg.port)
        else:
            body, agreed = leg.side.answer(leg.offer, leg.port)
        leg.moment, leg.agreed = Moment.UP, agreed
        self.core.answer(leg.session, body, self.now_s())
        self.remember(leg)
        self.kick()
        if agreed is not None:
            self.connect_media(leg, agreed)
        self.tell_answered(leg)

    def add(self, leg: SipLeg) -> None:
        """Take a leg in; it counts on its trunk from now on."""
        self.living[leg.id] = leg
        self._sessions[leg.session] = leg.id
        if leg.trunk_id:
            self.book.count(leg.trunk_id, 1)

    def side(self, srtp: sip.SrtpPolicy, host: str = "") -> SdpSide:
        """Our half of the descriptions of a new session."""
        return SdpSide(
            host or self.settings.media_host,
            self.clock.now_ms(),
            srtp=srtp if self.settings.takes_srtp else "off",
            keys=new_keys(),
        )

    def move(self, leg: SipLeg, session: str, trunk_id: str) -> str:
        """Give a leg another session, perhaps on another trunk; the old one is nobody's now."""
        for trunk, change in ((leg.trunk_id, -1), (trunk_id, 1)):
            if trunk:
                self.book.count(trunk, change)
        leg.trunk_id = trunk_id
        old, leg.session = leg.session, session
        self._sessions.pop(old, None)
        self._sessions[session] = leg.id
        return old

    def tell_answered(self, leg: SipLeg) -> None:
        """Say that a leg was answered."""
        self.tell(wire.LegAnswered(at_ms=self.clock.now_ms(), leg_id=leg.id, codec=leg.codec))

    def remember(self, leg: SipLeg) -> None:
        """Keep what is needed to take this leg back after a kill -9."""
        self.memory.keep(f"leg/{leg.session}", leg.paper(self.core.snapshot(leg.session)))

    def open_media(self, leg: SipLeg) -> None:
        """Ask the media plane for a place where the party shall send its sound."""
        order = media.CreateLeg(
            leg.id,
            orphan="music_then_hang_up",
            orphan_s=self.settings.orphan_s,
            like=leg.like,
            secure=bool(leg.browser),
        )
        self.media_legs.add(leg.id)
        self.media.send(order).add_done_callback(partial(self._media_opened, leg))

    def _media_opened(self, leg: SipLeg, future: "asyncio.Future[media.Reply]") -> None:
        reply = future.result()
        if leg.moment is Moment.OVER:
            return
        if not isinstance(reply, media.LegCreated):
            self.media_legs.discard(leg.id)
            self.refused += 1
            self.end(leg, NO_CHANNEL, "network")
            return
        self.take_place(leg, reply.local_host, reply.rtp_port)
        if leg.browser:
            assert self.pages is not None
            self.pages.opened(leg)
        elif leg.moment is Moment.DIALLING:
            self.send_invite(leg)
        elif leg.wants_answer:
            self.answer(leg)

    def send_invite(self, leg: SipLeg) -> None:
        """Call the party of a leg that has a port."""
        offer = leg.side.offer(leg.port, codecs=leg.codecs)
        self.core.invite(leg.session, sdp=offer, now_s=self.now_s(), **leg.invite)
        self.remember(leg)
        self.kick()

    def take_place(self, leg: SipLeg, host: str, port: int) -> None:
        """Our descriptions name this address from now on; no host: the one in the settings."""
        leg.side.host = host or self.settings.media_host
        leg.port = port

    def relocate(self, leg: SipLeg, host: str, port: int) -> None:
        """The leg's sound is taken elsewhere now: have its party send there."""
        self.take_place(leg, host, port)
        if leg.moment is Moment.UP:
            self.offer_anew(leg)
        else:
            leg.wants_offer = leg.moment is Moment.DIALLING  # the INVITE named the old place

    def offer_anew(self, leg: SipLeg) -> None:
        """Send a re-INVITE that names where we are; refused, it ends the leg."""
        leg.wants_offer = False
        leg.is_moving = True
        codecs = order_codecs(leg.agreed.codec if leg.agreed else None)
        self.core.reinvite(leg.session, leg.side.offer(leg.port, codecs=codecs), self.now_s())
        self.kick()

    def connect_media(self, leg: SipLeg, agreed: Agreed) -> None:
        """Tell the media process where the party is, and what has waited for that."""
        _ = self.media.send(leg.set_remote(agreed))
        leg.is_ready = True
        pending, leg.pending = leg.pending, []
        for command in pending:
            self._send(leg.id, command)

    def order(self, leg_id: LegId, command: media.Command) -> None:
        """Give an order for a leg's sound, as soon as there is an ear."""
        leg = self.living.get(leg_id)
        if leg is None:
            return
        if leg.is_ready:
            self._send(leg_id, command)
        else:
            leg.pending.append(command)

    def _send(self, leg_id: LegId, command: media.Command) -> None:
        future = self.media.send(command)
        refusal = REFUSALS.get(type(command))
        if refusal is not None:
            future.add_done_callback(partial(self._answered, leg_id, command))

    def _answered(
        self, leg_id: LegId, command: media.Command, future: "asyncio.Future[media.Reply]"
    ) -> None:
        reply = future.result()
        if isinstance(reply, media.Refused):
            make = REFUSALS[type(command)]
            told = make(self.clock.now_ms(), leg_id, command, reply)
            self.tell(relative(told, self.settings.recordings_dir))

    def end(self, leg: SipLeg, cause: int, by: Literal["us", "network"]) -> None:
        """Hang up from our side; the leg is over at once, its SIP goes on below."""
        status = {Moment.UP: 0, Moment.DIALLING: 487}.get(leg.moment, status_of_cause(cause))
        self._sessions.pop(leg.session, None)
        if not leg.browser and (leg.moment is not Moment.DIALLING or leg.port):
            self.core.hang_up(
                leg.session,
                self.now_s(),
                [reason_header(cause)],
                status=status_of_cause(cause),
            )
            self.kick()
        if leg.moment is Moment.ASKED:
            self.memory.drop(f"leg/{leg.session}")
        self.over(leg, by, cause, status)

    def over(
        self,
        leg: SipLeg,
        by: Literal["party", "us", "network"],
        cause: int,
        status: int,
        reason: str = "",
    ) -> None:
        """Forget a leg, and say how it ended."""
        leg.moment = Moment.OVER
        del self.living[leg.id]
        self._sessions.pop(leg.session, None)
        if leg.trunk_id:
            self.book.count(leg.trunk_id, -1)
        self.tell(
            wire.LegEnded(
                at_ms=self.clock.now_ms(),
                leg_id=leg.id,
                by=by,
                hangup_cause=cause,
                sip_status=status,
                reason=reason,
            )
        )
        if leg.id in self.media_legs:
            _ = self.media.send(media.DropLeg(leg.id))
        if leg.browser and self.pages is not None:
            self.pages.ended(leg)
