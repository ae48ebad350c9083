"""Transfers by REFER, both ways, with their NOTIFYs; and the dialogs that Replaces names.

A REFER waits for the rooms above; once accepted, its implicit subscription lives in the dialog
until a final status was told or the session is over. REFER outside a dialog is not served.

Source: RFC 3515 (REFER), RFC 3891 (Replaces), RFC 3892 (Referred-By), RFC 4488 (Refer-Sub),
RFC 6665 §4.1.3 (Subscription-State).
"""

import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, unquote

from .dialogs import Dialog
from .endpoint import Endpoint
from .errors import RemoteProtocolError
from .events import ReferAnswered, ReferProgress, ReferReceived
from .messages import REASONS, Request, Response
from .model import Flow
from .session import Phase, Referral, Session
from .transactions import ClientTransaction
from .uri import NameAddr, parse_params, readable, wire

EXPIRES_S = 180
"How long the implicit subscription is said to last; a transfer is settled long before."

_STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]{0,200}))?")


@dataclass(frozen=True, slots=True)
class Replaces:
    """A dialog by the names that its recipient gives it. RFC 3891 §6.1."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> "Replaces":
        """Read a Replaces value.

        Raises:
            RemoteProtocolError: If it is broken.
        """
        call_id, semicolon, tail = text.partition(";")
        params = parse_params(semicolon + tail)
        to_tag, from_tag = params.get("to-tag"), params.get("from-tag")
        if not to_tag or not from_tag:
            raise RemoteProtocolError("broken Replaces")
        return cls(call_id.strip(" \t"), to_tag, from_tag, "early-only" in params)


def replaces_value(dialog: Dialog) -> str:
    """The Replaces value that names this dialog to its far end."""
    return f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"


def find_replaced(end: Endpoint, text: str) -> tuple[Replaces, Session | None]:
    """What a Replaces value says, and the session of ours that it names.

    Raises:
        RemoteProtocolError: If the value is broken.
    """
    named = Replaces.parse(text)
    session = end.places.get((named.call_id, named.to_tag))
    if session is not None and session.dialog_with(named.from_tag) is None:
        session = None
    return named, session


class Referrals:
    """The rules of REFER within a dialog."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._end = endpoint

    # the peer refers us

    def receive(self, request: Request, session: Session, flow: Flow, now_s: float) -> None:
        """Take a REFER; the rooms above decide on it."""
        end = self._end
        targets = request.values("refer-to")
        if len(targets) != 1:
            raise RemoteProtocolError("REFER without a single Refer-To")
        target = NameAddr.parse(targets[0])
        state = session.referral = session.referral or Referral()
        if state.asked is not None or state.event is not None or session.over:
            end.refuse(request, flow, 491)
            return
        uri, _, headers = target.uri.partition("?")
        replaces = _header_in_uri(headers, "replaces")
        replaced = find_replaced(end, replaces)[1] if replaces else None
        state.asked = (request, end.serve(request, flow), flow)
        end.emit(
            ReferReceived(
                session=session.id,
                target=NameAddr(readable(uri), readable(target.display)),
                replaces=readable(replaces) if replaces else None,
                replaces_session=replaced.id if replaced is not None else None,
                referred_by=readable(request.get("referred-by") or ""),
            )
        )

    def accept(self, session: Session, dialog: Dialog, now_s: float) -> None:
        """Say 202, and the first NOTIFY unless the peer does not want any."""
        state = session.referral
        assert state is not None
        assert state.asked is not None
        (request, server, flow), state.asked = state.asked, None
        quiet = (request.get("refer-sub") or "").strip().lower() == "false"
        extra = [self._end.contact(flow.transport)]
        if quiet:
            extra.append(("Refer-Sub", "false"))
        self._end.respond(server, request, 202, now_s, extra=extra)
        if not quiet:
            state.event = f"refer;id={request.cseq}" if state.several else "refer"
            state.several = True
            self.notify(session, dialog, 100, None, now_s)

    def refuse(self, session: Session, status: int, now_s: float) -> None:
        """Say no to the REFER."""
        state = session.referral
        assert state is not None
        assert state.asked is not None
        (request, server, _), state.asked = state.asked, None
        self._end.respond(server, request, status, now_s)

    def notify(
        self, session: Session, dialog: Dialog, status: int, reason: str | None, now_s: float
    ) -> None:
        """Tell the peer how its transfer goes; a final status ends the subscription."""
        state = session.referral
        assert state is not None
        assert state.event is not None
        flow, hop = dialog.next_hop()
        draft = dialog.draft("NOTIFY", self._end.via(hop[2]))
        life = f"active;expires={EXPIRES_S}" if status < 200 else "terminated;reason=noresource"
        draft.extra = [
            self._end.contact(hop[2]),
            ("Event", state.event),
            ("Subscription-State", life),
            ("Content-Type", "message/sipfrag;version=2.0"),
        ]
        words = wire(reason) if reason else REASONS.get(status, "Unknown")
        draft.body = f"SIP/2.0 {status} {words}\r\n".encode("latin-1")
        if status >= 200:
            state.event = None
        self._end.start(draft, flow, hop, partial(self._on_notified, session), now_s)

    def _on_notified(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        if response is None or response.status < 200:
            return
        again = partial(self._on_notified, session)
        retried = self._end.retry(session, client, response, again, now_s)
        if retried is None and response.status >= 300 and session.referral is not None:
            session.referral.event = None  # the peer does not listen any more

    # we refer the peer

    def refer(
        self, session: Session, dialog: Dialog, target: str, replaced: Dialog | None, now_s: float
    ) -> None:
        """Send REFER."""
        end = self._end
        state = session.referral = session.referral or Referral()
        flow, hop = dialog.next_hop()
        draft = dialog.draft("REFER", end.via(hop[2]))
        uri = wire(target)
        if replaced is not None:
            uri = f"{replaced.target}?Replaces={quote(replaces_value(replaced), safe='')}"
        ours = NameAddr.parse(dialog.local)
        draft.extra = [
            end.contact(hop[2]),
            ("Refer-To", f"<{uri}>"),
            ("Referred-By", str(NameAddr(ours.uri, ours.display))),
        ]
        state.sent = draft.cseq
        end.start(draft, flow, hop, partial(self._on_answer, session), now_s)

    def _on_answer(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        state = session.referral
        if state is None or (response is not None and response.status < 200):
            return
        if response is not None:
            again = partial(self._on_answer, session)
            retried = self._end.retry(session, client, response, again, now_s)
            if retried is not None:
                state.sent = retried.draft.cseq
                return
        status = 408 if response is None else response.status
        if status >= 300:
            state.sent = None
        if not session.over:
            self._end.emit(ReferAnswered(session=session.id, status=status))

    def notified(self, request: Request, session: Session, flow: Flow, now_s: float) -> None:
        """Take a NOTIFY about a REFER of ours."""
        state, end = session.referral, self._end
        event, _, tail = (request.get("event") or "").partition(";")
        if event.strip(" \t").lower() != "refer":
            end.refuse(request, flow, 489, [("Allow-Events", "refer")])
            return
        number = parse_params(f";{tail}").get("id") if tail else None
        if state is None or state.sent is None or number not in (None, str(state.sent)):
            end.refuse(request, flow, 481)
            return
        found = _STATUS_LINE.match(request.body)
        end.answer(request, flow, 200, now_s)
        over = (request.get("subscription-state") or "").lstrip().lower().startswith("terminated")
        if found is None and not over:
            return
        status = int(found[1]) if found is not None else 500
        final = over or status >= 200
        if final:
            state.sent = None
        if not session.over:
            words = (found[2] or b"").decode("latin-1") if found is not None else ""
            end.emit(
                ReferProgress(
                    session=session.id, status=status, reason=readable(words), is_final=final
                )
            )


def _header_in_uri(headers: str, name: str) -> str | None:
    """The value of one header behind the `?` of a URI, unescaped. RFC 3261 §19.1.1."""
    for item in headers.split("&"):
        key, _, value = item.partition("=")
        if key.lower() == name:
            return unquote(value, encoding="latin-1")
    return None


def replaced_by(end: Endpoint, request: Request) -> tuple[int | None, Session | None]:
    """The session that an INVITE replaces, or the status that refuses it. RFC 3891 §3.

    Returns:
        (None, session) to go on, (None, None) if there is no Replaces, (status, None) to refuse.

    Raises:
        RemoteProtocolError: If Replaces is broken, or stands there twice (400).
    """
    values = request.headers.get("replaces")
    if not values:
        return None, None
    if len(values) > 1 or "join" in request.headers:
        raise RemoteProtocolError("several dialogs to replace")
    named, session = find_replaced(end, values[0])
    if session is None:
        return 481, None
    if session.over:
        return 603, None
    if session.phase is Phase.CONFIRMED:
        return (486, None) if named.early_only else (None, session)
    return (None, session) if session.owner else (481, None)  # early: only a call that we made
