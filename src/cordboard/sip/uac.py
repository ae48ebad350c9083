"""Outbound calls: from our INVITE to our ACK, with all that may cross on the way.

A hang-up waits for the moment the RFC allows: CANCEL after the first provisional; a 2xx that wins
the race is ACKed and ended; every further fork likewise.

Source: RFC 3261 §9.1, §13.2, §17.1.1; RFC 6026; RFC 3326.
"""

from functools import partial

from .dialogs import Dialog
from .digest import DigestClient
from .draft import Draft
from .endpoint import Endpoint, header_view, with_sdp
from .errors import RemoteProtocolError
from .events import SessionAnswered, SessionFailed, SessionProgress
from .indialog import InDialog
from .messages import Response
from .model import Flow, Hop
from .reasons import read_reason, read_retry_after
from .sdp import body_sdp
from .session import EARLY_DIALOGS, Pairs, Phase, Session
from .transactions import ClientTransaction, InviteClient
from .uri import NameAddr, SipUri, readable, wire

NOWHERE = Flow("udp", ("", 0), ("", 0))


class Outbound:
    """The rules of a call that we make."""

    def __init__(self, endpoint: Endpoint, dialogs: InDialog) -> None:
        self._end = endpoint
        self._dialogs = dialogs

    def invite(
        self,
        name: str,
        *,
        request_uri: str,
        from_: NameAddr | str,
        to: NameAddr | str,
        sdp: bytes | None,
        next_hop: Hop | Flow | None,
        login: tuple[str, str] | None,
        headers: Pairs,
        now_s: float,
    ) -> None:
        """Send the INVITE."""
        end = self._end
        tag = end.token()
        flow = next_hop if isinstance(next_hop, Flow) else None
        hop = flow.hop if flow is not None else next_hop or SipUri.parse(request_uri).hop
        assert not isinstance(hop, Flow)
        host, _ = end.address(hop[2])
        draft = Draft(
            "INVITE",
            wire(request_uri),
            end.via(hop[2]),
            f"{address_of(from_)};tag={tag}",
            address_of(to),
            f"{end.token()}@{host}",
            1,
        )
        pairs = [(header, wire(value)) for header, value in headers]
        draft.extra = [end.contact(hop[2]), *end.offers, *end.timer_offer, *with_sdp(pairs, sdp)]
        draft.extra.append(("User-Agent", end.settings.user_agent))
        if end.settings.provisionals == "required":
            draft.extra.append(("Require", "100rel"))
        draft.body = sdp or b""
        session = self.open(name, draft, tag, flow, hop, login)
        client = end.start(draft, flow, hop, partial(self._on_response, session), now_s)
        assert isinstance(client, InviteClient)
        session.client = client
        session.local_sdp = sdp

    def open(
        self,
        name: str,
        draft: Draft,
        tag: str,
        flow: Flow | None,
        hop: Hop,
        login: tuple[str, str] | None,
    ) -> Session:
        """A calling session without transaction."""
        session = Session(name, Phase.CALLING, draft.call_id, tag)
        session.draft, session.flow, session.hop = draft, flow, hop
        session.pinned = flow is not None
        session.owner = True
        session.on_timer = self._dialogs.wake
        if login is not None:
            session.digest = DigestClient(*login, self._end.token)
        self._end.place(session)
        return session

    def adopt(self, session: Session, now_s: float) -> None:
        """Watch for the answer to an INVITE that a crashed process sent."""
        end = self._end
        assert session.draft is not None
        client = InviteClient(
            (session.draft.branch, "INVITE"),
            end.table,
            session.flow,
            session.hop,
            end.settings.timers,
            session.draft,
            partial(self._on_response, session),
        )
        end.table.add_client(client)
        client.adopt(now_s)
        session.client = client

    def hang_up(self, session: Session, headers: Pairs, now_s: float) -> None:
        """Stop calling: CANCEL now, or with the first provisional."""
        session.hang_up = list(headers)
        if session.client is not None and session.client.provisional_seen:
            self._cancel(session, now_s)

    def _cancel(self, session: Session, now_s: float) -> None:
        client = session.client
        if session.cancelled or client is None:
            return
        session.cancelled = True
        draft = client.draft.cancel(list(session.hang_up or ()))
        client.await_final(now_s)
        self._end.start(draft, client.flow, client.hop, _ignore, now_s)

    def _on_response(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        assert isinstance(client, InviteClient)
        if response is None:
            self._timed_out(session, client, now_s)
        elif response.status < 200:
            self._provisional(session, response, now_s)
        elif response.status < 300:
            self._accepted(session, client, response, now_s)
        else:
            self._refused(session, client, response, now_s)

    def _timed_out(self, session: Session, client: InviteClient, now_s: float) -> None:
        """Timer B, C, or no final response after CANCEL."""
        status = 503 if client.unreachable else 408
        if session.hang_up is not None:
            status = 487
        self._fail(session, status, "unreachable" if client.unreachable else "no answer")
        if client.provisional_seen and not session.cancelled:
            self._cancel(session, now_s)
        elif session.phase is Phase.CALLING:
            self._end.forget(session)

    def _provisional(self, session: Session, response: Response, now_s: float) -> None:
        if session.hang_up is not None:
            self._cancel(session, now_s)
            return
        if response.status == 100 or session.over:
            return
        tag = response.to_tag
        early = session.early
        if tag is not None and tag not in early and len(early) < EARLY_DIALOGS:
            early[tag] = self._dialog(session, response)
        sdp = body_sdp(response.get("content-type"), response.body)
        known = early.get(tag or "")
        if known is not None and sdp is not None:
            known.early_sdp = sdp
        reliable = "rseq" in response.headers and "100rel" in response.tokens("require")
        take = self._dialogs.reliable.take
        if reliable and not (known is not None and take(session, known, response, now_s)):
            return
        self._end.emit(SessionProgress(session=session.id, status=response.status, sdp=sdp))

    def _dialog(self, session: Session, response: Response) -> Dialog:
        assert session.client is not None
        draft, flow = session.client.draft, session.flow or NOWHERE
        make = partial(Dialog.from_response, draft, local_tag=session.local_tag, flow=flow)
        try:
            return make(response=response, pinned=session.pinned)
        except RemoteProtocolError:  # still owe it an ACK and a BYE: the first way must do
            self._end.counters["broken_contact"] += 1
            bare = Response(response.status, "", {})
            bare.to, bare.to_tag = response.to, response.to_tag
            return make(response=bare, pinned=session.pinned)

    def _accepted(
        self, session: Session, client: InviteClient, response: Response, now_s: float
    ) -> None:
        first = session.dialog is None and not session.over and session.hang_up is None
        if not first:
            self._unwanted(session, client, response, now_s)
            return
        early = session.early.get(response.to_tag or "")
        session.dialog = dialog = self._dialog(session, response)
        if early is not None:  # PRACK and UPDATE have counted on
            dialog.local_seq = max(dialog.local_seq, early.local_seq)
            dialog.remote_seq, dialog.early_sdp = early.remote_seq, early.early_sdp
        session.early.clear()
        session.phase = Phase.CONFIRMED
        try:
            sdp = body_sdp(response.get("content-type"), response.body)
        except RemoteProtocolError:
            sdp = None
        self._dialogs.refreshes.agreed(session, response, now_s)
        if client.draft.body or session.early_agreed:
            self._dialogs.ack(session, dialog, client, b"")
        else:
            session.unanswered_offers[client.draft.cseq] = client
        self._end.emit(
            SessionAnswered(
                session=session.id,
                sdp=sdp or dialog.early_sdp,
                remote_contact=readable(dialog.target),
                headers=header_view(response.headers),
            )
        )
        self._dialogs.wake(session, now_s)

    def _unwanted(
        self, session: Session, client: InviteClient, response: Response, now_s: float
    ) -> None:
        """A further fork, or a 2xx that crossed our CANCEL: ACK it to its own Contact, then BYE."""
        if session.dialog is not None and session.dialog.remote_tag == response.to_tag:
            return  # the winner again; its ACK waits for `acknowledge`
        dialog = self._dialog(session, response)
        self._dialogs.ack(session, dialog, client, b"")
        self._dialogs.bye(session, dialog, session.hang_up or (), now_s)
        if session.dialog is None:
            self._fail(session, 487, "Request Terminated")
            session.dialog, session.phase = dialog, Phase.ENDED

    def _refused(
        self, session: Session, client: InviteClient, response: Response, now_s: float
    ) -> None:
        if session.hang_up is None and not session.over:
            handler = partial(self._on_response, session)
            again = self._end.retry(session, client, response, handler, now_s)
            again = again or self._dialogs.refreshes.retry(
                session, client, response, handler, now_s
            )
            if isinstance(again, InviteClient):
                session.client, session.draft = again, again.draft
                session.early.clear()
                return
        status = 487 if session.hang_up is not None else response.status
        self._fail(session, status, readable(response.reason), response)
        self._end.forget(session)

    def _fail(
        self, session: Session, status: int, reason: str, response: Response | None = None
    ) -> None:
        cause, redirect = None, None
        if response is not None:
            cause, _ = read_reason(response)
            redirect = _redirect(response)
        self._end.close(
            session,
            SessionFailed(
                session=session.id,
                status=status,
                reason=reason,
                cause=cause,
                retry_after_s=read_retry_after(response) if response is not None else None,
                redirect=redirect,
            ),
        )


def _redirect(response: Response) -> str | None:
    if not 300 <= response.status < 400:
        return None
    try:
        contacts = response.values("contact")
        return readable(NameAddr.parse(contacts[0]).uri) if contacts else None
    except RemoteProtocolError:
        return None


def address_of(address: NameAddr | str) -> str:
    """Wire text of one of our own addresses; a bare URI gets its brackets.

    Parameters are dropped: an address taken from an event still carries the other leg's tag.
    """
    if isinstance(address, NameAddr):
        return wire(str(NameAddr(address.uri, address.display)))
    return wire(address) if "<" in address else f"<{wire(address)}>"


def _ignore(client: ClientTransaction, response: Response | None, now_s: float) -> None:
    """What becomes of a CANCEL decides nothing; the INVITE's final response does."""
