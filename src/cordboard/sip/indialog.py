"""Requests within a dialog, both ways: BYE, re-INVITE, UPDATE, INFO, and their collisions.

Every answer follows from the session's phase and from which changes are open. This file neither
starts sessions nor reads bytes.

Source: RFC 3261 §12.2, §14, §15; RFC 3311 (UPDATE); RFC 6086 (INFO); RFC 3262 §3 (PRACK).
"""

from functools import partial
from typing import Literal

from .dialogs import Dialog
from .endpoint import Endpoint, with_sdp
from .errors import RemoteProtocolError
from .events import (
    InfoReceived,
    InviteCancelled,
    ReinviteAnswered,
    ReinviteFailed,
    ReinviteReceived,
    ReinviteWithdrawn,
    SessionEnded,
)
from .messages import Request, Response
from .model import EXTENSIONS, Flow
from .reasons import read_reason
from .refer import Referrals
from .refresh import EXPIRED, Refreshes
from .reliable import Reliable
from .sdp import body_sdp, is_hold
from .session import Pairs, Phase, Session
from .transactions import ClientTransaction, InviteClient, InviteServer


class InDialog:
    """The rules between two parties that have met."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._end = endpoint
        self.referrals = Referrals(endpoint)
        self.reliable = Reliable(endpoint)
        self.refreshes = Refreshes(endpoint, self.reinvite, self._gone, self._expired)

    # requests of the peer

    def receive(self, request: Request, flow: Flow, now_s: float) -> None:
        """Take a request with a To tag; ACK and CANCEL are not among them."""
        found = self._end.find(request)
        if found is None:
            self._end.refuse(request, flow, 481)
            return
        session, dialog = found
        if request.cseq <= dialog.remote_seq:
            self._end.refuse(request, flow, 500, reason="CSeq out of order")
            return
        if "require" in request.headers:
            unknown = [tag for tag in request.tokens("require") if tag not in EXTENSIONS]
            if unknown:
                self._end.refuse(request, flow, 420, [("Unsupported", ", ".join(unknown))])
                return
        if dialog.pinned:
            dialog.flow = flow
        method = request.method
        if method == "BYE":
            self._bye(request, session, dialog, flow, now_s)
        elif method in ("INVITE", "UPDATE"):
            self._change(request, session, dialog, flow, now_s)
        else:
            self._other(request, session, flow, now_s)
        dialog.remote_seq = request.cseq

    def _other(self, request: Request, session: Session, flow: Flow, now_s: float) -> None:
        end = self._end
        if request.method == "INFO":
            end.answer(request, flow, 200, now_s)
            if not session.over:
                kind = request.get("content-type") or ""
                end.emit(InfoReceived(session=session.id, content_type=kind, body=request.body))
        elif request.method == "OPTIONS":
            end.answer(request, flow, 200, now_s, [*end.offers, ("Accept", "application/sdp")])
        elif request.method == "REFER":
            self.referrals.receive(request, session, flow, now_s)
        elif request.method == "NOTIFY":
            self.referrals.notified(request, session, flow, now_s)
        elif request.method == "PRACK":
            held = self.reliable.acked(request, session, flow, now_s)
            if held is not None and session.on_prack is not None:
                session.on_prack(session, held, now_s)
        else:
            end.answer(request, flow, 405, now_s, [end.allow])

    def _bye(
        self, request: Request, session: Session, dialog: Dialog, flow: Flow, now_s: float
    ) -> None:
        end = self._end
        end.answer(request, flow, 200, now_s)
        cause, reason = read_reason(request)
        if session.phase is Phase.CALLING:  # not allowed to the far end, but then it is gone
            session.early.pop(dialog.remote_tag or "", None)
            return
        if session.phase is Phase.RINGING:
            assert session.server is not None
            assert session.request is not None
            end.respond(session.server, session.request, 487, now_s, to_tag=session.local_tag)
            end.close(session, InviteCancelled(session=session.id, reason=reason))
        end.close(session, SessionEnded(session=session.id, by="peer", cause=cause, reason=reason))
        self._settle(session, now_s)
        end.forget(session)

    def _settle(self, session: Session, now_s: float) -> None:
        """The dialog is over: stop repeating our 2xx, refuse an open change."""
        for server in session.unacked.values():
            server.acked(now_s)
        session.unacked.clear()
        if session.incoming is not None:
            request, server_, _ = session.incoming
            session.incoming = None
            self._end.respond(server_, request, 487, now_s)
        if session.referral is not None and session.referral.asked is not None:
            self.referrals.refuse(session, 487, now_s)
        session.wanted = None

    def _change(
        self, request: Request, session: Session, dialog: Dialog, flow: Flow, now_s: float
    ) -> None:
        """re-INVITE or UPDATE."""
        end = self._end
        sdp = body_sdp(request.get("content-type"), request.body)
        early = session.reliable is not None and session.reliable.agreed
        if request.contact is not None:
            _ = Dialog.from_request(request, dialog.local_tag, flow)  # raises if broken
        if request.method == "UPDATE" and sdp is None:
            dialog.refresh(request, flow)
            timer = self.refreshes.answer(session, request, now_s)
            extra = [end.contact(flow.transport), *end.offers, *timer]
            end.answer(request, flow, 200, now_s, extra)
        elif session.phase is Phase.ENDED or session.over:
            end.refuse(request, flow, 481)
        elif session.outgoing is not None or (
            session.phase is Phase.CALLING and not session.early_agreed
        ):
            end.refuse(request, flow, 491)
        elif session.incoming is not None or (session.phase is Phase.RINGING and not early):
            end.refuse(request, flow, 500, [("Retry-After", str(1 + end.chance(10)))])
        else:
            self._offer(request, session, sdp, flow, now_s)

    def _offer(
        self, request: Request, session: Session, sdp: bytes | None, flow: Flow, now_s: float
    ) -> None:
        end = self._end
        if request.method == "INVITE":
            server = end.serve_invite(request, flow)
            end.respond(server, request, 100, now_s)
            server.local_tag = session.local_tag
            server.on_cancel = partial(self._cancelled, session)
            session.incoming = (request, server, flow)
        else:
            session.incoming = (request, end.serve(request, flow), flow)
        end.emit(ReinviteReceived(session=session.id, sdp=sdp, is_hold=is_hold(sdp)))

    def accept(self, session: Session, sdp: bytes | None, now_s: float) -> None:
        """Say 200 to the peer's change; its target and path count from now on."""
        assert session.incoming is not None
        request, server, flow = session.incoming
        session.incoming = None
        end, dialog = self._end, session.dialog_with(request.from_tag)
        if dialog is not None and request.method != "PRACK":
            dialog.refresh(request, flow)
        if sdp is not None:
            session.local_sdp = sdp
        pairs = [end.contact(flow.transport), *end.offers]
        if session.phase is Phase.CONFIRMED and request.method != "PRACK":
            pairs += self.refreshes.answer(session, request, now_s)
        extra = with_sdp(pairs, sdp)
        end.respond(server, request, 200, now_s, extra=extra, body=sdp or b"")
        if isinstance(server, InviteServer):
            session.unacked[request.cseq] = server
            server.on_silence = partial(self.silent, session)
        self._try_wanted(session, now_s)

    def refuse(self, session: Session, status: int, now_s: float) -> None:
        """Say no to the peer's change."""
        assert session.incoming is not None
        request, server, _ = session.incoming
        session.incoming = None
        self._end.respond(server, request, status, now_s)
        self._try_wanted(session, now_s)

    def _cancelled(self, session: Session, request: Request, now_s: float) -> None:
        """The peer took its change back."""
        self.refuse(session, 487, now_s)
        self._end.emit(ReinviteWithdrawn(session=session.id))

    def silent(self, session: Session, now_s: float) -> None:
        """Nobody ACKed our 2xx for 64·T1: end the session (§13.3.1.4)."""
        self.hang_up(session, (), now_s, timeout="no ACK")

    # requests of ours

    def _expired(self, session: Session, now_s: float) -> None:
        """Nobody refreshed the session (RFC 4028 §10)."""
        self.hang_up(session, (EXPIRED,), now_s, timeout="session timer expired")

    def hang_up(self, session: Session, headers: Pairs, now_s: float, *, timeout: str = "") -> None:
        """Tell the end, and send BYE."""
        by: Literal["timeout", "local"] = "timeout" if timeout else "local"
        self._end.close(session, SessionEnded(session=session.id, by=by, reason=timeout))
        if session.phase is not Phase.ENDED and session.dialog is not None:
            session.phase = Phase.ENDED
            self._settle(session, now_s)
            self.bye(session, session.dialog, headers, now_s)

    def bye(self, session: Session, dialog: Dialog, headers: Pairs, now_s: float) -> None:
        """Send BYE; the session is forgotten once it is answered."""
        flow, hop = dialog.next_hop()
        draft = dialog.draft("BYE", self._end.via(hop[2]))
        draft.extra = list(headers)
        self._end.start(draft, flow, hop, partial(self._on_bye, session), now_s)

    def _on_bye(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        if response is not None and response.status < 200:
            return
        again = partial(self._on_bye, session)
        if response is not None and self._end.retry(session, client, response, again, now_s):
            return
        if session.phase is Phase.ENDED:
            self._end.forget(session)

    def send_info(self, session: Session, kind: str, body: bytes, now_s: float) -> None:
        """Send INFO."""
        assert session.dialog is not None
        flow, hop = session.dialog.next_hop()
        draft = session.dialog.draft("INFO", self._end.via(hop[2]))
        draft.extra = [("Content-Type", kind)]
        draft.body = body
        self._end.start(draft, flow, hop, partial(self._on_info, session), now_s)

    def _on_info(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        if response is None or response.status < 200:
            return  # INFO decides nothing about the session (RFC 6086 §4.2.2)
        again = partial(self._on_info, session)
        if not self._end.retry(session, client, response, again, now_s) and response.status == 481:
            self._gone(session, response, now_s)

    def reinvite(self, session: Session, sdp: bytes | None, now_s: float) -> None:
        """Offer a change now, or as soon as no other is open."""
        session.wanted = (sdp,)
        self._try_wanted(session, now_s)

    def _try_wanted(self, session: Session, now_s: float) -> None:
        busy = session.outgoing is not None or session.incoming is not None or session.unacked
        waiting = session.deadline > now_s and session.deadline != float("inf")
        dialog = session.dialog
        if session.wanted is None or busy or waiting or session.over or dialog is None:
            return
        if session.phase is not Phase.CONFIRMED:
            return
        (sdp,) = session.wanted
        flow, hop = dialog.next_hop()
        draft = dialog.draft("INVITE", self._end.via(hop[2]))
        pairs = [self._end.contact(hop[2]), *self._end.offers, *self.refreshes.offer(session)]
        draft.extra = with_sdp(pairs, sdp)
        draft.body = sdp or b""
        client = self._end.start(draft, flow, hop, partial(self._on_reinvite, session), now_s)
        assert isinstance(client, InviteClient)
        session.outgoing = client
        session.local_sdp = sdp or session.local_sdp

    def wake(self, session: Session, now_s: float) -> None:
        """A moment may have come for a change that waits: ACK seen, or back-off over."""
        self._try_wanted(session, now_s)

    def _on_reinvite(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        assert isinstance(client, InviteClient)
        if response is not None and response.status < 200:
            return  # a 18x to a re-INVITE changes nothing
        if response is not None and response.status < 300:
            self._accepted(session, client, response, now_s)
            return
        if client is not session.outgoing:
            return
        session.outgoing = None
        if response is None:
            self._end.table.remove(client)
            self._gone(session, None, now_s)
            return
        handler = partial(self._on_reinvite, session)
        again = self._end.retry(session, client, response, handler, now_s)
        again = again or self.refreshes.retry(session, client, response, handler, now_s)
        if isinstance(again, InviteClient):
            session.outgoing = again
        elif response.status == 491:
            self._back_off(session, now_s)
        elif response.status in (408, 481):
            self._gone(session, response, now_s)
        else:
            session.wanted = None
            if not session.over:
                self._end.emit(ReinviteFailed(session=session.id, status=response.status))

    def _accepted(
        self, session: Session, client: InviteClient, response: Response, now_s: float
    ) -> None:
        dialog = session.dialog
        assert dialog is not None
        late = not client.draft.body
        first = client is session.outgoing
        if first:
            sdp = body_sdp(response.get("content-type"), response.body)
            try:
                dialog.refresh(response, dialog.flow or Flow("udp", ("", 0), ("", 0)))
            except RemoteProtocolError:
                self._end.counters["broken_contact"] += 1
            session.outgoing = session.wanted = None
            if late and not session.over:
                session.unanswered_offers[client.draft.cseq] = client
            if not session.over:
                self.refreshes.agreed(session, response, now_s)
                self._end.emit(ReinviteAnswered(session=session.id, sdp=sdp))
        if client.draft.cseq not in session.unanswered_offers:
            self.ack(session, dialog, client, b"")

    def ack(self, session: Session, dialog: Dialog, client: InviteClient, body: bytes) -> None:
        """Send the ACK of a 2xx, and keep it for each repetition of that 2xx."""
        flow, hop = dialog.next_hop()
        draft = dialog.draft("ACK", self._end.via(hop[2]), client.draft.cseq)
        proofs = [pair for pair in client.draft.extra if pair[0].endswith("Authorization")]
        draft.extra = with_sdp(proofs, body)
        draft.body = body
        data = bytes(draft)
        client.acks[dialog.remote_tag] = (data, flow, hop)
        session.unanswered_offers.pop(client.draft.cseq, None)
        self._end.send(data, flow, hop)

    def _back_off(self, session: Session, now_s: float) -> None:
        """Glare: the owner of the Call-ID waits 2.1–4 s, the other 0–2 s (§14.1)."""
        wait_ms = 2100 + 10 * self._end.chance(191) if session.owner else 10 * self._end.chance(201)
        session.deadline = now_s + max(wait_ms, 10) / 1000
        self._end.agenda.schedule(session)

    def _gone(self, session: Session, response: Response | None, now_s: float) -> None:
        """The far end does not know the dialog, or does not answer (§12.2.1.2)."""
        self._end.close(
            session,
            SessionEnded(
                session=session.id,
                by="timeout" if response is None or response.status == 408 else "peer",
                reason="no response" if response is None else response.reason,
            ),
        )
        self.hang_up(session, (), now_s)
