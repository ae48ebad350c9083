"""Reliable provisional responses and their PRACKs, both ways.

Ours are sent one after the other, repeated until the PRACK, and given up after 64·T1; a 2xx waits
for the PRACK of a description. The peer's are taken in their order, each answered by one PRACK.

Source: RFC 3262 (100rel), RFC 3311 §5 (when an early change may be offered).
"""

from functools import partial

from .dialogs import Dialog
from .endpoint import Endpoint, with_sdp
from .events import InviteCancelled, ProgressConfirmed, ReinviteReceived
from .messages import Request, Response, names
from .model import Flow
from .sdp import body_sdp, is_hold
from .session import Pairs, Session
from .transactions import ClientTransaction
from .waits import ReliableSide

MOST_WAITING = 8


def wants_reliable(request: Request, sdp: bytes | None, policy: str) -> bool:
    """Whether a provisional of ours goes reliably: the peer must at least be able to."""
    if names(request, "require", "100rel"):
        return True
    can = names(request, "supported", "100rel")
    return can and (policy == "required" or sdp is not None)


class Reliable:
    """The rules of 100rel."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._end = endpoint

    # ours

    def progress(self, session: Session, status: int, sdp: bytes | None, now_s: float) -> None:
        """Say 1xx, now or after the PRACK of the one before."""
        side = session.reliable
        if side is None:
            act = partial(self._due, session)
            side = ReliableSide(act, 1 + self._end.chance(1_000_000))
            session.reliable = side
        if side.unacked:
            if len(side.waiting) < MOST_WAITING:
                side.waiting.append((status, sdp))
            return
        self._send(session, side, status, sdp, now_s)

    def _send(
        self, session: Session, side: ReliableSide, status: int, sdp: bytes | None, now_s: float
    ) -> None:
        assert session.request is not None
        assert session.server is not None
        assert session.flow is not None
        end, request = self._end, session.request
        side.rseq += 1
        side.unacked, side.with_sdp = True, sdp is not None
        pairs = [("Record-Route", route) for route in request.headers.get("record-route", ())]
        pairs += [end.contact(session.flow.transport), *end.offers]
        pairs += [("Require", "100rel"), ("RSeq", str(side.rseq))]
        end.respond(
            session.server, request, status, now_s, to_tag=session.local_tag,
            extra=with_sdp(pairs, sdp), body=sdp or b"",
        )  # fmt: skip
        timers = end.settings.timers
        side.interval_s = timers.t1_s
        side.give_up_at_s = now_s + timers.timeout_s
        side.deadline = now_s + side.interval_s
        end.agenda.schedule(side)

    def _due(self, session: Session, side: ReliableSide, now_s: float) -> None:
        """Repeat what has no PRACK; after 64·T1 the call has failed (§3)."""
        if not side.unacked or session.over or session.server is None:
            return
        if now_s < side.give_up_at_s:
            session.server.repeat()
            side.interval_s *= 2
            side.deadline = min(now_s + side.interval_s, side.give_up_at_s)
            self._end.agenda.schedule(side)
            return
        assert session.request is not None
        tag = session.local_tag
        self._end.respond(session.server, session.request, 504, now_s, to_tag=tag)
        self._end.close(session, InviteCancelled(session=session.id, reason="no PRACK"))
        session.server = None
        self._end.forget(session)

    def holds(self, session: Session, sdp: bytes | None, headers: Pairs) -> bool:
        """Whether a 2xx must wait for the PRACK of a description; it is kept then."""
        side = session.reliable
        if side is None or not (side.unacked and side.with_sdp):
            return False
        side.answer = (sdp, headers)
        return True

    def acked(
        self, request: Request, session: Session, flow: Flow, now_s: float
    ) -> tuple[bytes | None, Pairs] | None:
        """Take a PRACK; a 2xx that waited for it is given back."""
        side, end = session.reliable, self._end
        rack = (request.get("rack") or "").split()
        invite = session.request.cseq if session.request is not None else -1
        if side is None or not side.unacked or rack != [str(side.rseq), str(invite), "INVITE"]:
            end.refuse(request, flow, 481)
            return None
        sdp = body_sdp(request.get("content-type"), request.body)
        offered = session.request is not None and bool(session.request.body)
        side.stop()
        side.agreed = side.agreed or side.with_sdp
        if sdp is None or not offered:
            end.answer(request, flow, 200, now_s)
            if sdp is not None:
                end.emit(ProgressConfirmed(session=session.id, sdp=sdp))
        else:
            session.incoming = (request, end.serve(request, flow), flow)
            end.emit(ReinviteReceived(session=session.id, sdp=sdp, is_hold=is_hold(sdp)))
        if side.answer is not None:
            held, side.answer = side.answer, None
            return held
        if side.waiting and session.server is not None:
            status, body = side.waiting.pop(0)
            self._send(session, side, status, body, now_s)
        return None

    # the peer's

    def take(self, session: Session, dialog: Dialog, response: Response, now_s: float) -> bool:
        """Take a reliable provisional; False if it is a repetition or out of order."""
        client, text = session.client, response.get("rseq") or ""
        assert client is not None
        rseq = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
        if not rseq or (dialog.rseq and rseq != dialog.rseq + 1):
            return False
        dialog.rseq = rseq
        rack = f"{rseq} {client.draft.cseq} INVITE"
        if response.body and not client.draft.body and not session.early_agreed:
            session.unpracked = (dialog, rack)  # an offer: `acknowledge` brings the answer
        else:
            session.early_agreed = session.early_agreed or bool(response.body)
            self.prack(session, dialog, rack, b"", now_s)
        return True

    def prack(self, session: Session, dialog: Dialog, rack: str, body: bytes, now_s: float) -> None:
        """Send PRACK, with our answer if the provisional carried an offer."""
        flow, hop = dialog.next_hop()
        draft = dialog.draft("PRACK", self._end.via(hop[2]))
        draft.extra = with_sdp([("RAck", rack)], body)
        draft.body = body
        self._end.start(draft, flow, hop, partial(self._on_prack, session, dialog), now_s)

    def _on_prack(
        self,
        session: Session,
        dialog: Dialog,
        client: ClientTransaction,
        response: Response | None,
        now_s: float,
    ) -> None:
        if response is None or response.status < 300:
            return  # the INVITE's own final response decides
        again = partial(self._on_prack, session, dialog)
        retried = self._end.retry(session, client, response, again, now_s)
        if retried is not None:
            dialog.local_seq = max(dialog.local_seq, retried.draft.cseq)
