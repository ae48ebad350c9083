"""What the SIP core says, made into events of legs: asked, ringing, answered, held, over.

Refuses what can be no call at once: an unknown line, or a description that fits nothing of ours.

Source: RFC 3261, RFC 3264.
"""

from collections.abc import Callable
from typing import Literal

from cordboard import media, sip
from cordboard.kit.ids import Ids, LegId
from cordboard.sip import RemoteProtocolError, order_codecs, read_offer
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_dial import Dialler
from cordboard.telephony.adapters.embedded_identity import diverted_from, taken_in, user_of
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_legs import SipLegs
from cordboard.telephony.adapters.embedded_sound import info_digit
from cordboard.telephony.adapters.embedded_transfer import Transfers
from cordboard.telephony.causes import (
    INCOMPATIBLE,
    NORMAL,
    TEMPORARY_FAILURE,
    TIMER_EXPIRED,
    cause_of_status,
)


class SipEvents:
    """The ear of the adapter at the SIP core.

    Args:
        legs: Where legs live.
        ids: Makes leg ids.
        transfers: Hears of REFER and Replaces.
        dialler: Hears of targets that fail.
    """

    def __init__(self, legs: SipLegs, ids: Ids, transfers: Transfers, dialler: Dialler) -> None:
        self._legs = legs
        self._dialler = dialler
        self._transfers = transfers
        self._ids = ids

    def hear(self, event: sip.SipEvent) -> None:
        """Take an event of the SIP core."""
        if isinstance(event, sip.InviteReceived):
            self._invited(event)
            return
        if self._legs.book.on_sip(event):
            return
        leg = self._legs.find_by_session(getattr(event, "session", ""))
        if leg is not None and (handler := _SIP_HANDLERS.get(type(event))) is not None:
            handler(self, leg, event)
        elif leg is not None and (other := _TRANSFER_HANDLERS.get(type(event))) is not None:
            other(self._transfers, leg, event)
        elif isinstance(event, sip.SessionEnded | sip.SessionFailed | sip.InviteCancelled):
            self._legs.memory.drop(f"leg/{event.session}")

    def _invited(self, event: sip.InviteReceived) -> None:
        line = self._legs.book.find_line(event)
        side = self._legs.side(line.policy.srtp if line is not None else "optional")
        try:
            if event.sdp is not None:
                _ = read_offer(event.sdp, side.srtp)
        except RemoteProtocolError as error:
            self._refuse(event.session, error.sip_status_hint or 488)
            return
        if line is None:
            self._refuse(event.session, 403)
            return
        if event.replaces is not None:
            replaced = self._legs.find_by_session(event.replaces)
            if replaced is None:
                self._refuse(event.session, 481)
            else:
                self._transfers.replaced(replaced, line, event)
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
            extension=line.id if line.kind == "phone" else "",
        )
        self._legs.add(leg)
        self._legs.remember(leg)
        self._legs.open_media(leg)
        self._legs.tell(
            wire.LegArrived(
                at_ms=self._legs.clock.now_ms(),
                leg_id=leg.id,
                line_id=line.id,
                line_kind=line.kind,
                caller_number=line.caller_number,
                called_number=line.called_number or user_of(event.request_uri),
                sip_call_id=event.sip_call_id,
                headers=taken_in(event.headers, line.policy.x_headers),
                diverted_from=diverted_from(event.headers),
            )
        )

    def _refuse(self, session: str, status: int) -> None:
        self._legs.refused += 1
        self._legs.core.reject(session, status, now_s=self._legs.now_s())
        self._legs.kick()

    def _on_cancelled(self, leg: SipLeg, event: sip.InviteCancelled) -> None:
        self._legs.memory.drop(f"leg/{leg.session}")
        self._legs.over(leg, "party", NORMAL, 487)

    def _on_progress(self, leg: SipLeg, event: sip.SessionProgress) -> None:
        if event.status > 100:
            leg.has_rung = True
            self._legs.tell(
                wire.LegRinging(
                    at_ms=self._legs.clock.now_ms(),
                    leg_id=leg.id,
                    early_media=event.sdp is not None,
                )
            )

    def _on_session_answered(self, leg: SipLeg, event: sip.SessionAnswered) -> None:
        try:
            agreed = leg.side.read_answer(event.sdp or b"")
        except RemoteProtocolError:
            self._legs.end(leg, INCOMPATIBLE, "network")
            return
        leg.moment, leg.agreed = Moment.UP, agreed
        self._legs.remember(leg)
        self._legs.connect_media(leg, agreed)
        self._legs.tell_answered(leg)
        if leg.wants_offer:
            self._legs.offer_anew(leg)

    def _on_confirmed(self, leg: SipLeg, event: sip.SessionConfirmed) -> None:
        if leg.agreed is None:
            try:
                self._legs.connect_media(leg, leg.side.read_answer(event.sdp or b""))
            except RemoteProtocolError:
                self._legs.end(leg, INCOMPATIBLE, "network")

    def _on_failed(self, leg: SipLeg, event: sip.SessionFailed) -> None:
        if self._dialler.takes_over(leg, event):
            return
        self._legs.memory.drop(f"leg/{leg.session}")
        by: Literal["party", "network"] = "network" if event.status in {408, 503} else "party"
        self._legs.over(leg, by, event.cause or cause_of_status(event.status), event.status)

    def _on_ended(self, leg: SipLeg, event: sip.SessionEnded) -> None:
        self._legs.memory.drop(f"leg/{leg.session}")
        if event.by == "timeout":
            self._legs.over(leg, "network", TIMER_EXPIRED, 0, event.reason)
        else:
            self._legs.over(leg, "party", event.cause or NORMAL, 0)

    def _on_reinvite(self, leg: SipLeg, event: sip.ReinviteReceived) -> None:
        now_s = self._legs.now_s()
        try:
            if event.sdp is None:
                codecs = order_codecs(leg.agreed.codec if leg.agreed else None)
                body, agreed = leg.side.offer(leg.port, codecs=codecs), None
            else:
                body, agreed = leg.side.answer(event.sdp, leg.port)
        except RemoteProtocolError as error:
            self._legs.core.refuse_reinvite(leg.session, error.sip_status_hint or 488, now_s)
            self._legs.kick()
            return
        self._legs.core.accept_reinvite(leg.session, body, now_s)
        self._legs.kick()
        if agreed is not None:
            self._legs.connect_media(leg, agreed)
        is_new = event.is_hold != leg.is_held
        leg.is_held = event.is_hold
        self._legs.remember(leg)
        if is_new:
            kind = wire.LegHeld if event.is_hold else wire.LegResumed
            self._legs.tell(kind(at_ms=self._legs.clock.now_ms(), leg_id=leg.id))

    def _on_offer_answered(self, leg: SipLeg, event: sip.ReinviteAnswered) -> None:
        if not leg.is_moving:
            return
        leg.is_moving = False
        try:
            self._legs.connect_media(leg, leg.side.read_answer(event.sdp or b""))
        except RemoteProtocolError:
            self._legs.end(leg, INCOMPATIBLE, "network")

    def _on_offer_failed(self, leg: SipLeg, event: sip.ReinviteFailed) -> None:
        if leg.is_moving:  # it goes on sending to a place that is gone
            self._legs.end(leg, TEMPORARY_FAILURE, "network")

    def _on_info(self, leg: SipLeg, event: sip.InfoReceived) -> None:
        digit = info_digit(event.content_type, event.body)
        if digit:
            self._legs.order(leg.id, media.InjectDigit(leg.id, digit))


_SIP_HANDLERS: dict[type[object], Callable[..., None]] = {
    sip.InviteCancelled: SipEvents._on_cancelled,
    sip.SessionProgress: SipEvents._on_progress,
    sip.SessionAnswered: SipEvents._on_session_answered,
    sip.SessionConfirmed: SipEvents._on_confirmed,
    sip.SessionFailed: SipEvents._on_failed,
    sip.SessionEnded: SipEvents._on_ended,
    sip.ReinviteReceived: SipEvents._on_reinvite,
    sip.ReinviteAnswered: SipEvents._on_offer_answered,
    sip.ReinviteFailed: SipEvents._on_offer_failed,
    sip.InfoReceived: SipEvents._on_info,
}
_TRANSFER_HANDLERS: dict[type[object], Callable[..., None]] = {
    sip.ReferReceived: Transfers.asked,
    sip.ReferAnswered: Transfers.answered,
    sip.ReferProgress: Transfers.progressed,
}
