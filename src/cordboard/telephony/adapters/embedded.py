"""The telephones of the house itself: our SIP user agent and our media process, joined per leg.

The SIP core says what happens to a session, the media process what happens to sound; this adapter
makes events of legs of both. Refuses to know calls: a leg is a name. After a kill -9 it adopts
from its memory what was under way, so that it can be ended politely.

Source: RFC 3261, RFC 3264; telephone rules LIN-01, LIN-07.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

import msgspec

from cordboard import media, sip
from cordboard.kit.clock import Clock
from cordboard.kit.ids import Ids, LegId, RecordingId
from cordboard.sip import Agreed, RemoteProtocolError, SdpSide, order_codecs, read_answer
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_lines import LineBook, user_of
from cordboard.telephony.adapters.embedded_sound import REFUSALS, info_digit, media_event, relative
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.causes import (
    INCOMPATIBLE,
    NO_CHANNEL,
    NORMAL,
    TEMPORARY_FAILURE,
    TIMER_EXPIRED,
    cause_of_status,
    reason_header,
    status_of_cause,
)
from cordboard.telephony.ports import CollectOrder, DialTarget

Hear = Callable[[wire.TelephonyEvent], None]
_ALLOWED_HEADERS = frozenset({"p-asserted-identity", "diversion", "user-to-user"})


class Driver(Protocol):
    """What gives the SIP core its sockets and its time."""

    def now_s(self) -> float:
        """The core's time."""
        ...

    def kick(self) -> None:
        """Send what orders left to send, and set the timer."""
        ...


class MediaLink(Protocol):
    """The client of a media process."""

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        """Give an order."""
        ...


class EmbeddedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This adapter's settings."""

    media_host: str
    "Address that our descriptions name: where parties send RTP."

    sip_host: str
    "Host part of our own addresses in From."

    recordings_dir: str
    orphan_s: float = 30.0
    "Legs whose control process stays away for so long are played out and dropped."


class EmbeddedTelephony:
    """Implements `ports.Telephony` on our own SIP and media.

    Args:
        core: The SIP user agent; `attach` gives it its driver.
        media_link: The media process.
        book: Trunks, phones and registrations.
        memory: What survives a kill -9.
        clock: Wall time of the events.
        ids: Makes leg ids.
        settings: This adapter's settings.
    """

    def __init__(
        self,
        core: sip.SipCore,
        media_link: MediaLink,
        book: LineBook,
        memory: SipMemory,
        clock: Clock,
        ids: Ids,
        settings: EmbeddedSettings,
    ) -> None:
        self._core = core
        self._driver: Driver | None = None
        self._media = media_link
        self._book = book
        self._memory = memory
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._hear: Hear = lambda event: None
        self._legs: dict[LegId, SipLeg] = {}
        self._sessions: dict[str, LegId] = {}
        self.refused = 0
        "INVITEs refused without becoming a call: no line, no codec, no port."

        self._media_legs: set[LegId] = set()
        "Legs that the media process has open."

        self._has_met_media = False
        self._old_news = 0
        "Events still to come that happened before this process met the media process."

    def attach(self, driver: Driver) -> None:
        """Take the driver; it tells its events to `on_sip`."""
        self._driver = driver

    def _now_s(self) -> float:
        assert self._driver is not None, "attach a driver first"
        return self._driver.now_s()

    def _kick(self) -> None:
        if self._driver is not None:
            self._driver.kick()

    # Looking

    @property
    def living_legs(self) -> list[LegId]:
        """Legs that are not over."""
        return list(self._legs)

    def listen(self, hear: Hear) -> None:
        """Tell every event from now on to `hear`."""
        self._hear = hear

    def tell(self, event: wire.TelephonyEvent) -> None:
        """Pass an event on to whoever listens; the line book tells its own here."""
        self._hear(event)

    # SIP events

    def on_sip(self, event: sip.SipEvent) -> None:
        """Take an event of the SIP core."""
        if isinstance(event, sip.InviteReceived):
            self._invited(event)
            return
        if self._book.on_sip(event):
            return
        leg = self._legs.get(self._sessions.get(getattr(event, "session", ""), LegId("")))
        handler = _SIP_HANDLERS.get(type(event))
        if leg is not None and handler is not None:
            handler(self, leg, event)
        elif isinstance(event, sip.SessionEnded | sip.SessionFailed | sip.InviteCancelled):
            self._memory.drop(f"leg/{event.session}")

    def _invited(self, event: sip.InviteReceived) -> None:
        line = self._book.find_line(event)
        side = SdpSide(self._settings.media_host, self._clock.now_ms())
        try:
            if event.sdp is not None:
                SdpSide("0.0.0.0", 0).answer(event.sdp, 9)  # noqa: S104 - only to see that it fits
        except RemoteProtocolError as error:
            self._refuse(event.session, error.sip_status_hint or 488)
            return
        if line is None:
            self._refuse(event.session, 403)
            return
        leg = SipLeg(
            id=LegId(self._ids.new("l")),
            session=event.session,
            moment=Moment.ASKED,
            side=side,
            signalling_host=event.flow.remote[0],
            latch=line.latch,
            offer=event.sdp,
            trunk_id=line.id if line.kind == "trunk" else "",
        )
        self._add(leg)
        self._remember(leg)
        self._open_media(leg)
        self.tell(
            wire.LegArrived(
                at_ms=self._clock.now_ms(),
                leg_id=leg.id,
                line_id=line.id,
                line_kind=line.kind,
                caller_number=line.caller_number,
                called_number=user_of(event.request_uri),
                sip_call_id=event.sip_call_id,
                headers=_allowed(event.headers),
            )
        )

    def _refuse(self, session: str, status: int) -> None:
        self.refused += 1
        self._core.reject(session, status, now_s=self._now_s())
        self._kick()

    def _on_cancelled(self, leg: SipLeg, event: sip.InviteCancelled) -> None:
        self._memory.drop(f"leg/{leg.session}")
        self._over(leg, "party", NORMAL, 487)

    def _on_progress(self, leg: SipLeg, event: sip.SessionProgress) -> None:
        if event.status > 100:
            self.tell(
                wire.LegRinging(
                    at_ms=self._clock.now_ms(), leg_id=leg.id, early_media=event.sdp is not None
                )
            )

    def _on_session_answered(self, leg: SipLeg, event: sip.SessionAnswered) -> None:
        try:
            agreed = read_answer(event.sdp or b"")
        except RemoteProtocolError:
            self._end(leg, INCOMPATIBLE, "network")
            return
        leg.moment = Moment.UP
        self._remember(leg)
        self._connect_media(leg, agreed)
        self._tell_answered(leg)

    def _on_confirmed(self, leg: SipLeg, event: sip.SessionConfirmed) -> None:
        if leg.agreed is None:
            try:
                self._connect_media(leg, read_answer(event.sdp or b""))
            except RemoteProtocolError:
                self._end(leg, INCOMPATIBLE, "network")

    def _on_failed(self, leg: SipLeg, event: sip.SessionFailed) -> None:
        self._memory.drop(f"leg/{leg.session}")
        by: Literal["party", "network"] = "network" if event.status in {408, 503} else "party"
        self._over(leg, by, event.cause or cause_of_status(event.status), event.status)

    def _on_ended(self, leg: SipLeg, event: sip.SessionEnded) -> None:
        self._memory.drop(f"leg/{leg.session}")
        if event.by == "timeout":
            self._over(leg, "network", TIMER_EXPIRED, 0, event.reason)
        else:
            self._over(leg, "party", event.cause or NORMAL, 0)

    def _on_reinvite(self, leg: SipLeg, event: sip.ReinviteReceived) -> None:
        now_s = self._now_s()
        try:
            if event.sdp is None:
                codecs = order_codecs(leg.agreed.codec if leg.agreed else None)
                body, agreed = leg.side.offer(leg.port, codecs=codecs), None
            else:
                body, agreed = leg.side.answer(event.sdp, leg.port)
        except RemoteProtocolError as error:
            self._core.refuse_reinvite(leg.session, error.sip_status_hint or 488, now_s)
            self._kick()
            return
        self._core.accept_reinvite(leg.session, body, now_s)
        self._kick()
        if agreed is not None:
            self._connect_media(leg, agreed)
        if event.is_hold != leg.is_held:
            leg.is_held = event.is_hold
            kind = wire.LegHeld if event.is_hold else wire.LegResumed
            self.tell(kind(at_ms=self._clock.now_ms(), leg_id=leg.id))

    def _on_info(self, leg: SipLeg, event: sip.InfoReceived) -> None:
        digit = info_digit(event.content_type, event.body)
        if digit:
            self._order(leg.id, media.InjectDigit(leg.id, digit))

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
        told = media_event(event, self._settings.recordings_dir)
        if told is not None:
            self.tell(told)
        if isinstance(event, media.LegClosed):
            self._media_legs.discard(LegId(event.leg))
            leg = self._legs.get(LegId(event.leg))
            if leg is not None and event.reason != "dropped":
                self._end(leg, TEMPORARY_FAILURE, "network")

    def on_media_arrived(self, welcome: media.Welcome, snapshot: media.Snapshot) -> None:
        """The media process is (again) there: take back its legs, end those it has lost."""
        if not self._has_met_media:
            self._has_met_media = True
            self._old_news = welcome.replayed
        here = {LegId(entry.leg): entry for entry in snapshot.legs}
        self._media_legs = set(here)
        for leg in list(self._legs.values()):
            entry = here.get(leg.id)
            if entry is not None:
                leg.port = entry.rtp_port
                leg.is_ready = True
            elif leg.port:
                self._end(leg, TEMPORARY_FAILURE, "network")
        for leg_id in here.keys() - self._legs.keys():
            _ = self._media.send(media.DropLeg(leg_id))

    # After a kill -9

    def adopt(self) -> list[LegId]:
        """Take back the sessions that were under way; the legs that can now be hung up."""
        now_s = self._now_s()
        for session, kept in self._memory.items("leg/"):
            self._core.restore(kept["snapshot"], now_s)
            leg = SipLeg(
                id=LegId(kept["leg"]),
                session=session,
                moment=Moment(kept["moment"]),
                side=SdpSide(self._settings.media_host, self._clock.now_ms()),
                signalling_host=kept["host"],
            )
            self._add(leg)
        self._kick()
        return list(self._legs)

    # Telephony

    def ring(self, leg_id: LegId) -> None:
        """Send 180 to an inbound leg."""
        leg = self._legs.get(leg_id)
        if leg is not None and leg.moment is Moment.ASKED:
            self._core.progress(leg.session, 180, now_s=self._now_s())
            self._kick()

    def answer(self, leg_id: LegId) -> None:
        """Pick up an inbound leg, as soon as it has a port."""
        leg = self._legs.get(leg_id)
        if leg is None or leg.moment is not Moment.ASKED:
            return
        leg.wants_answer = True
        if leg.port:
            self._answer(leg)

    def _answer(self, leg: SipLeg) -> None:
        agreed: Agreed | None = None
        if leg.offer is None:
            body = leg.side.offer(leg.port)
        else:
            body, agreed = leg.side.answer(leg.offer, leg.port)
        leg.moment = Moment.UP
        self._core.answer(leg.session, body, self._now_s())
        self._kick()
        self._remember(leg)
        if agreed is not None:
            self._connect_media(leg, agreed)
        self._tell_answered(leg)

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
        first = self._legs.get(like) if like is not None else None
        route = self._book.find_route(target)
        if isinstance(route, int):
            self.tell(
                wire.LegEnded(
                    at_ms=self._clock.now_ms(),
                    leg_id=leg_id,
                    by="network",
                    hangup_cause=cause_of_status(route),
                    sip_status=route,
                )
            )
            return
        leg = SipLeg(
            id=leg_id,
            session=leg_id,
            moment=Moment.DIALLING,
            side=SdpSide(self._settings.media_host, self._clock.now_ms()),
            signalling_host=route.host,
            latch=route.latch,
            trunk_id=route.trunk_id,
            codecs=order_codecs(first.agreed.codec if first and first.agreed else None),
        )
        shown = _plain(route.shown_number or shown_number)
        leg.invite = {
            "request_uri": route.request_uri,
            "from_": f"<sip:{shown}@{self._settings.sip_host}>",
            "to": f"<{route.request_uri}>",
            "next_hop": route.next_hop,
            "username": route.username or None,
            "password": route.password or None,
            "headers": [*headers.items()],
        }
        self._add(leg)
        self._open_media(leg)

    def hang_up(self, leg_id: LegId, cause: int = NORMAL) -> None:
        """End a leg in whatever way its moment asks."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            self._end(leg, cause, "us")

    def play(
        self, leg_id: LegId, play_id: str, items: tuple[str, ...], *, loop: bool = False
    ) -> None:
        """Let the party hear this."""
        self._order(leg_id, media.Play(leg_id, play_id, list(items), loop=loop))

    def stop(self, leg_id: LegId) -> None:
        """Stop playing and collecting."""
        self._order(leg_id, media.StopCollect(leg_id))
        self._order(leg_id, media.StopPlay(leg_id))

    def collect(self, leg_id: LegId, order: CollectOrder) -> None:
        """Read keys."""
        self._order(
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
        self._order(leg_id, media.SendDigits(leg_id, digits))

    def bridge(self, first: LegId, second: LegId) -> None:
        """Let two legs hear each other."""
        self._order(first, media.Bridge(first, second))

    def unbridge(self, leg_id: LegId) -> None:
        """Part a leg from its peer."""
        self._order(leg_id, media.Unbridge(leg_id))

    def start_recording(self, leg_id: LegId, recording_id: RecordingId, path: str) -> None:
        """Record what the party says and hears."""
        full = f"{self._settings.recordings_dir}/{path}.wav"
        self._order(leg_id, media.StartRecording(leg_id, recording_id, full))

    def stop_recording(self, leg_id: LegId) -> None:
        """Close the file."""
        self._order(leg_id, media.StopRecording(leg_id))

    def missing_items(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Which prompts do not exist; the media process is asked at publishing, see `check`."""
        return ()

    async def check_items(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Ask the media process which prompts do not exist."""
        reply = await self._media.send(media.CheckItems(list(items)))
        return tuple(reply.missing) if isinstance(reply, media.ItemsChecked) else ()

    # Inside

    def _add(self, leg: SipLeg) -> None:
        self._legs[leg.id] = leg
        self._sessions[leg.session] = leg.id
        if leg.trunk_id:
            self._book.count(leg.trunk_id, 1)

    def _tell_answered(self, leg: SipLeg) -> None:
        self.tell(wire.LegAnswered(at_ms=self._clock.now_ms(), leg_id=leg.id, codec=leg.codec))

    def _remember(self, leg: SipLeg) -> None:
        self._memory.keep(
            f"leg/{leg.session}",
            {
                "leg": leg.id,
                "moment": leg.moment,
                "host": leg.signalling_host,
                "snapshot": self._core.snapshot(leg.session),
            },
        )

    def _open_media(self, leg: SipLeg) -> None:
        order = media.CreateLeg(
            leg.id, orphan="music_then_hang_up", orphan_s=self._settings.orphan_s
        )
        self._media_legs.add(leg.id)
        self._media.send(order).add_done_callback(partial(self._media_opened, leg))

    def _media_opened(self, leg: SipLeg, future: "asyncio.Future[media.Reply]") -> None:
        reply = future.result()
        if leg.moment is Moment.OVER:
            return
        if not isinstance(reply, media.LegCreated):
            self._media_legs.discard(leg.id)
            self.refused += 1
            self._end(leg, NO_CHANNEL, "network")
            return
        leg.port = reply.rtp_port
        if leg.moment is Moment.DIALLING:
            now_s = self._now_s()
            offer = leg.side.offer(leg.port, codecs=leg.codecs)
            self._core.invite(leg.session, sdp=offer, now_s=now_s, **leg.invite)
            self._remember(leg)
            self._kick()
        elif leg.wants_answer:
            self._answer(leg)

    def _connect_media(self, leg: SipLeg, agreed: Agreed) -> None:
        _ = self._media.send(leg.set_remote(agreed))
        leg.is_ready = True
        pending, leg.pending = leg.pending, []
        for command in pending:
            self._send(leg.id, command)

    def _order(self, leg_id: LegId, command: media.Command) -> None:
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        if leg.is_ready:
            self._send(leg_id, command)
        else:
            leg.pending.append(command)

    def _send(self, leg_id: LegId, command: media.Command) -> None:
        future = self._media.send(command)
        refusal = REFUSALS.get(type(command))
        if refusal is not None:
            future.add_done_callback(partial(self._answered, leg_id, command))

    def _answered(
        self, leg_id: LegId, command: media.Command, future: "asyncio.Future[media.Reply]"
    ) -> None:
        reply = future.result()
        if isinstance(reply, media.Refused):
            make = REFUSALS[type(command)]
            told = make(self._clock.now_ms(), leg_id, command, reply)
            self.tell(relative(told, self._settings.recordings_dir))

    def _end(self, leg: SipLeg, cause: int, by: Literal["us", "network"]) -> None:
        """Hang up from our side; the leg is over at once, its SIP goes on below."""
        status = {Moment.UP: 0, Moment.DIALLING: 487}.get(leg.moment, status_of_cause(cause))
        self._sessions.pop(leg.session, None)
        if leg.moment is not Moment.DIALLING or leg.port:
            self._core.hang_up(
                leg.session,
                self._now_s(),
                [reason_header(cause)],
                status=status_of_cause(cause),
            )
            self._kick()
        if leg.moment is Moment.ASKED:
            self._memory.drop(f"leg/{leg.session}")
        self._over(leg, by, cause, status)

    def _over(
        self,
        leg: SipLeg,
        by: Literal["party", "us", "network"],
        cause: int,
        status: int,
        reason: str = "",
    ) -> None:
        leg.moment = Moment.OVER
        del self._legs[leg.id]
        self._sessions.pop(leg.session, None)
        if leg.trunk_id:
            self._book.count(leg.trunk_id, -1)
        self.tell(
            wire.LegEnded(
                at_ms=self._clock.now_ms(),
                leg_id=leg.id,
                by=by,
                hangup_cause=cause,
                sip_status=status,
                reason=reason,
            )
        )
        if leg.id in self._media_legs:
            _ = self._media.send(media.DropLeg(leg.id))


def _plain(number: str) -> str:
    return "".join(c for c in number if c.isalnum() or c in "+*#_.-") or "anonymous"


def _allowed(headers: sip.HeaderView) -> dict[str, str]:
    return {
        name: values[0]
        for name, values in headers.items()
        if values and (name in _ALLOWED_HEADERS or name.startswith("x-"))
    }


_ENDINGS = (media.RecordingClosed, media.RecordingFailed, media.LegClosed)

_SIP_HANDLERS: dict[type[object], Callable[..., None]] = {
    sip.InviteCancelled: EmbeddedTelephony._on_cancelled,
    sip.SessionProgress: EmbeddedTelephony._on_progress,
    sip.SessionAnswered: EmbeddedTelephony._on_session_answered,
    sip.SessionConfirmed: EmbeddedTelephony._on_confirmed,
    sip.SessionFailed: EmbeddedTelephony._on_failed,
    sip.SessionEnded: EmbeddedTelephony._on_ended,
    sip.ReinviteReceived: EmbeddedTelephony._on_reinvite,
    sip.InfoReceived: EmbeddedTelephony._on_info,
}
