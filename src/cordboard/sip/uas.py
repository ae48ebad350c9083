"""Inbound calls: from the peer's INVITE to its ACK.

One method per moment. Authentication and overload were settled before; the dialog afterwards is
`indialog`'s affair.

Source: RFC 3261 §8.2, §9.2, §13.3, §15.1.1; RFC 6026.
"""

from functools import partial

from .agenda import NEVER
from .dialogs import Dialog, check_routes
from .endpoint import Endpoint, header_view, with_sdp
from .errors import RemoteProtocolError
from .events import InviteCancelled, InviteReceived, SessionConfirmed, SessionEnded
from .indialog import InDialog
from .messages import Request
from .model import Flow
from .reasons import read_reason
from .refer import replaced_by
from .reliable import wants_reliable
from .sdp import body_sdp
from .session import Pairs, Phase, Session
from .uri import NameAddr, readable

REPEAT_PROVISIONAL_S = 60.0
"RFC 3261 §13.3.1.1: keep proxies from giving up on a long ringing."


class Inbound:
    """The rules of a call that we receive."""

    def __init__(self, endpoint: Endpoint, dialogs: InDialog) -> None:
        self._end = endpoint
        self._dialogs = dialogs

    def receive(self, request: Request, flow: Flow, user: str | None, now_s: float) -> None:
        """Take a new INVITE that passed all checks; say 100 and tell the rooms above."""
        end = self._end
        sdp = body_sdp(request.get("content-type"), request.body)
        refusal, replaced = replaced_by(end, request)
        if refusal is not None:
            end.refuse(request, flow, refusal)
            return
        from_, to = shown(NameAddr.parse(request.from_)), shown(NameAddr.parse(request.to))
        session = self.open(request, end.token(), end.token(), flow)
        assert session.server is not None
        end.respond(session.server, request, 100, now_s)
        end.emit(
            InviteReceived(
                session=session.id,
                request_uri=readable(request.uri),
                from_=from_,
                to=to,
                headers=header_view(request.headers),
                sdp=sdp,
                flow=flow,
                sip_call_id=readable(request.call_id),
                authenticated_user=user,
                replaces=replaced.id if replaced is not None else None,
            )
        )

    def open(self, request: Request, name: str, local_tag: str, flow: Flow) -> Session:
        """A ringing session with its transaction; also used after a crash.

        Raises:
            RemoteProtocolError: If Contact or Record-Route are unusable; nothing is kept then.
        """
        check_routes(request)
        dialog = Dialog.from_request(request, local_tag, flow)
        session = Session(name, Phase.RINGING, request.call_id, local_tag, dialog)
        session.request, session.flow = request, flow
        session.server = self._end.serve_invite(request, flow)
        session.server.local_tag = local_tag
        session.server.on_cancel = partial(self._cancelled, session)
        session.on_timer = self._on_timer
        session.on_prack = self._pracked
        self._end.place(session)
        return session

    def progress(self, session: Session, status: int, sdp: bytes | None, now_s: float) -> None:
        """Say 1xx."""
        session.last_status = status
        assert session.request is not None
        if sdp is not None:
            session.local_sdp = sdp
        policy = self._end.settings.provisionals
        if status > 100 and wants_reliable(session.request, sdp, policy):
            self._dialogs.reliable.progress(session, status, sdp, now_s)
            return
        self._respond(session, status, with_sdp([], sdp), sdp or b"", now_s)
        if status > 100:
            session.deadline = now_s + REPEAT_PROVISIONAL_S
            self._end.agenda.schedule(session)

    def _on_timer(self, session: Session, now_s: float) -> None:
        if session.phase is Phase.RINGING and session.server is not None:
            session.server.repeat()
            session.deadline = now_s + REPEAT_PROVISIONAL_S
        else:
            self._dialogs.wake(session, now_s)

    def answer(self, session: Session, sdp: bytes | None, headers: Pairs, now_s: float) -> None:
        """Say 200 and repeat it until the ACK comes."""
        assert session.server is not None
        assert session.request is not None
        side = session.reliable
        if side is not None:
            if self._dialogs.reliable.holds(session, sdp, headers):
                return
            side.stop()
            if side.agreed:
                sdp = None  # it is settled: a description here would be an offer
        if sdp is not None:
            session.local_sdp = sdp
        session.phase = Phase.ANSWERED
        session.deadline = NEVER
        session.unacked[session.request.cseq] = session.server
        session.server.on_silence = lambda at_s: self._dialogs.silent(session, at_s)
        timer = self._dialogs.refreshes.answer(session, session.request, now_s)
        extra = with_sdp([*headers, *self._end.offers, *timer], sdp)
        self._respond(session, 200, extra, sdp or b"", now_s)

    def _pracked(self, session: Session, held: tuple[bytes | None, Pairs], now_s: float) -> None:
        """The 2xx that waited for a PRACK may go."""
        if session.phase is Phase.RINGING:
            self.answer(session, *held, now_s)

    def _respond(
        self, session: Session, status: int, extra: Pairs, body: bytes, now_s: float
    ) -> None:
        request, server = session.request, session.server
        assert request is not None
        assert server is not None
        assert session.flow is not None
        pairs = [("Record-Route", route) for route in request.headers.get("record-route", ())]
        if status > 100:
            pairs.append(self._end.contact(session.flow.transport))
        pairs += extra
        self._end.respond(
            server, request, status, now_s, to_tag=session.local_tag, extra=pairs, body=body
        )

    def hang_up(self, session: Session, headers: Pairs) -> None:
        """End an answered call whose ACK is not in: BYE must wait for it (§15.1.1)."""
        session.hang_up = list(headers)
        self._end.close(session, SessionEnded(session=session.id, by="local"))

    def reject(
        self, session: Session, status: int, reason: str | None, headers: Pairs, now_s: float
    ) -> None:
        """Say 3xx–6xx; the session is over, its transaction sees to the ACK."""
        assert session.request is not None
        assert session.server is not None
        self._end.respond(
            session.server,
            session.request,
            status,
            now_s,
            to_tag=session.local_tag,
            reason=reason,
            extra=headers,
        )
        session.server = None
        self._end.forget(session)

    def _cancelled(self, session: Session, request: Request, now_s: float) -> None:
        """The caller gave up before our final response."""
        _, reason = read_reason(request)
        self._end.close(session, InviteCancelled(session=session.id, reason=reason))
        self.reject(session, 487, None, (), now_s)

    def ack(self, request: Request, now_s: float) -> None:
        """Take the ACK of a 2xx of ours: of the first INVITE or of a re-INVITE."""
        found = self._end.find(request)
        if found is None:
            return
        session, _ = found
        server = session.unacked.pop(request.cseq, None)
        if server is None:
            return
        server.acked(now_s)
        if session.phase is Phase.ANSWERED and session.server is server:
            self._confirm(session, request, now_s)
        elif not session.over:
            self._dialogs.wake(session, now_s)

    def _confirm(self, session: Session, request: Request, now_s: float) -> None:
        session.phase = Phase.CONFIRMED
        if session.hang_up is not None:
            self._dialogs.hang_up(session, session.hang_up, now_s)
            return
        try:
            sdp = body_sdp(request.get("content-type"), request.body)
        except RemoteProtocolError:
            sdp = None
        self._end.emit(SessionConfirmed(session=session.id, sdp=sdp))
        session.request = session.server = None
        self._dialogs.wake(session, now_s)


def shown(address: NameAddr) -> NameAddr:
    """The address in readable words."""
    return NameAddr(readable(address.uri), readable(address.display), address.params)
