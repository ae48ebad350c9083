"""Transfers that a party asks for or is sent on by, and parties that take a leg's place.

A leg stays the same leg while another telephone takes it over (Replaces): rooms above go on
talking to it, and only hear that its party is another. Refuses to know where a transfer leads.

Source: RFC 3515 (REFER), RFC 3891 (Replaces).
"""

from cordboard import sip
from cordboard.kit.ids import LegId
from cordboard.sip import RemoteProtocolError
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_identity import user_of
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_legs import SipLegs
from cordboard.telephony.adapters.embedded_route import Line
from cordboard.telephony.causes import reason_header, status_of_cause

_PICKED_UP_ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')


class Transfers:
    """REFER and Replaces in the words of legs.

    Args:
        legs: Where legs live.
    """

    def __init__(self, legs: SipLegs) -> None:
        self._legs = legs

    # A party asks for its transfer

    def asked(self, leg: SipLeg, event: sip.ReferReceived) -> None:
        """A party wants to be replaced by somebody: ask the rooms above."""
        number = user_of(event.target.uri)
        other = None
        if event.replaces_session is not None:
            other = self._legs.find_by_session(event.replaces_session)
        if leg.trunk_id and not self._legs.book.accepts_refer(leg.trunk_id):
            self._decide(leg, 403)
        elif event.replaces is not None and other is None:
            self._decide(leg, 481)  # a dialog that is not ours is none of our calls
        elif not number and other is None:
            self._decide(leg, 404)
        else:
            self._legs.tell(
                wire.LegTransferAsked(
                    at_ms=self._legs.clock.now_ms(),
                    leg_id=leg.id,
                    target_number=number,
                    other_leg_id=other.id if other is not None else None,
                )
            )

    def _decide(self, leg: SipLeg, status: int) -> None:
        self._legs.core.refuse_refer(leg.session, status, self._legs.now_s())
        self._legs.kick()

    def accept(self, leg_id: LegId) -> None:
        """Say that the transfer is under way."""
        leg = self._legs.find(leg_id)
        if leg is not None:
            self._legs.core.accept_refer(leg.session, self._legs.now_s())
            self._legs.kick()

    def refuse(self, leg_id: LegId, cause: int) -> None:
        """Say no to a transfer."""
        leg = self._legs.find(leg_id)
        if leg is not None:
            self._decide(leg, max(status_of_cause(cause), 400))

    def tell(self, leg_id: LegId, status: int) -> None:
        """Tell the party how its transfer goes."""
        leg = self._legs.find(leg_id)
        if leg is not None:
            self._legs.core.notify_refer(leg.session, status, self._legs.now_s())
            self._legs.kick()

    # We send a party on

    def refer(self, leg_id: LegId, number: str, other_leg_id: LegId | None) -> None:
        """Ask the party's own side to connect it with somebody else."""
        leg = self._legs.find(leg_id)
        other = self._legs.find(other_leg_id) if other_leg_id is not None else None
        if leg is None:
            return
        lost = leg.moment is not Moment.UP or (other_leg_id is not None and other is None)
        is_page = leg.browser or (other is not None and other.browser)  # it has no dialog
        if is_page or lost or (other is not None and other.moment is not Moment.UP):
            self._told(leg, 481, is_final=True)
            return
        host = self._legs.book.host_of(leg.trunk_id) or leg.signalling_host
        self._legs.core.refer(
            leg.session,
            f"sip:{number}@{host}",
            self._legs.now_s(),
            replaces=other.session if other is not None else None,
        )
        self._legs.kick()

    def answered(self, leg: SipLeg, event: sip.ReferAnswered) -> None:
        """The party's side took our REFER, or not."""
        if event.status >= 300:
            self._told(leg, event.status, is_final=True)

    def progressed(self, leg: SipLeg, event: sip.ReferProgress) -> None:
        """The party's side tells how it goes."""
        self._told(leg, event.status, is_final=event.is_final)

    def _told(self, leg: SipLeg, status: int, *, is_final: bool) -> None:
        self._legs.tell(
            wire.LegTransferProgressed(
                at_ms=self._legs.clock.now_ms(),
                leg_id=leg.id,
                sip_status=status,
                is_final=is_final,
            )
        )

    # Somebody takes a leg's place

    def replaced(self, leg: SipLeg, line: Line, event: sip.InviteReceived) -> None:
        """Let the caller of this INVITE be the party of this leg from now on."""
        legs, now_s = self._legs, self._legs.now_s()
        side = legs.side(line.policy.srtp, leg.side.host)
        try:
            if event.sdp is None or not leg.port:
                raise RemoteProtocolError("nothing to connect", 488)
            body, agreed = side.answer(event.sdp, leg.port)
        except RemoteProtocolError as error:
            legs.core.reject(event.session, error.sip_status_hint or 488, now_s=now_s)
            legs.kick()
            return
        was_up = leg.moment is Moment.UP
        old = legs.move(leg, event.session, line.id if line.kind == "trunk" else "")
        leg.side, leg.moment, leg.is_held = side, Moment.UP, False
        leg.signalling_host, leg.latch = event.flow.remote[0], line.latch
        legs.core.answer(event.session, body, now_s)
        legs.remember(leg)
        reason = reason_header(16) if was_up else _PICKED_UP_ELSEWHERE
        legs.core.hang_up(old, now_s, [reason])
        legs.kick()
        legs.connect_media(leg, agreed)
        if not was_up:
            legs.tell_answered(leg)
        legs.tell(
            wire.LegReplaced(
                at_ms=legs.clock.now_ms(),
                leg_id=leg.id,
                line_id=line.id,
                line_kind=line.kind,
                caller_number=line.caller_number,
            )
        )
