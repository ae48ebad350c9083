"""What may be ordered of a session: the verbs of the core's door.

Orders to a session that is over are answered False: the news of its end and the order crossed. An
order that never fits raises. This file only looks whether an order fits, and passes it on.

Source: RFC 3261 §9, §13–15; RFC 3515; RFC 6086.
"""

from functools import partial

from .digest import DigestClient
from .draft import Draft
from .endpoint import Endpoint
from .errors import LocalProtocolError
from .events import OptionsAnswered, OptionsFailed
from .indialog import InDialog
from .messages import Response
from .model import Flow, Hop
from .refer import replaces_value
from .register import RegisterClient, Registration
from .session import Pairs, Phase, Session
from .transactions import ClientTransaction, State
from .uac import Outbound
from .uas import Inbound
from .uri import NameAddr, readable, wire


class Orders:
    """The verbs; `SipCore` adds what the driver and the memory need."""

    def __init__(self, end: Endpoint) -> None:
        self._end = end
        self._dialogs = InDialog(end)
        self._in = Inbound(end, self._dialogs)
        self._outbound = Outbound(end, self._dialogs)
        self._register = RegisterClient(end)

    def _session(self, session: str, *phases: Phase) -> Session | None:
        """The living session, in one of the phases that the order needs.

        Raises:
            LocalProtocolError: If it lives, but not in one of them.
        """
        found = self._end.sessions.get(session)
        if found is not None and found.phase not in phases:
            raise LocalProtocolError(f"a session that is {found.phase} cannot do that")
        return found

    def invite(
        self,
        session: str,
        *,
        request_uri: str,
        from_: NameAddr | str,
        to: NameAddr | str,
        sdp: bytes | None,
        next_hop: Hop | Flow | None = None,
        username: str | None = None,
        password: str | None = None,
        headers: Pairs = (),
        now_s: float,
    ) -> None:
        """Start an outbound call.

        Args:
            session: A new id of the caller's choice.
            request_uri: For a registered phone its `contact_uri`.
            from_: Our side; a bare URI or a NameAddr. Tags are added.
            to: The far end.
            sdp: The offer; None asks the peer for one (then call `acknowledge`).
            next_hop: Where to send if not to the Request-URI's host; a Flow pins the dialog.
            username: With `password`, answers digest challenges.
            password: See `username`.
            headers: More headers, as words.
            now_s: Monotonic seconds.

        Raises:
            LocalProtocolError: If the id is taken, or a text cannot be a header.
            RemoteProtocolError: If there is no next hop and the URI is no SIP URI.
        """
        if session in self._end.sessions:
            raise LocalProtocolError("session id is taken")
        login = (username, password) if username is not None and password is not None else None
        self._outbound.invite(
            session,
            request_uri=request_uri,
            from_=from_,
            to=to,
            sdp=sdp,
            next_hop=next_hop,
            login=login,
            headers=headers,
            now_s=now_s,
        )

    def acknowledge(self, session: str, sdp: bytes, now_s: float) -> bool:
        """Answer the offer that came in a 2xx or 1xx, because our (re-)INVITE had none."""
        found = self._session(session, Phase.CONFIRMED, Phase.CALLING)
        if found is not None and found.unpracked is not None:
            (dialog, rack), found.unpracked = found.unpracked, None
            found.early_agreed = True
            self._dialogs.reliable.prack(found, dialog, rack, sdp, now_s)
            return True
        if found is None or found.dialog is None:
            return False
        for client in list(found.unanswered_offers.values()):
            self._dialogs.ack(found, found.dialog, client, sdp)
        return True

    def progress(
        self, session: str, status: int, sdp: bytes | None = None, *, now_s: float
    ) -> bool:
        """Say 101–199 to an inbound call (100 went out by itself)."""
        _check_status(status, 100, 199)
        found = self._session(session, Phase.RINGING)
        if found is not None:
            self._in.progress(found, status, sdp, now_s)
        return found is not None

    def answer(self, session: str, sdp: bytes | None, now_s: float, headers: Pairs = ()) -> bool:
        """Say 200; it is repeated until the ACK comes, or for 64·T1, then BYE."""
        found = self._session(session, Phase.RINGING)
        if found is not None:
            self._in.answer(found, sdp, _wired(headers), now_s)
        return found is not None

    def reject(
        self,
        session: str,
        status: int,
        reason: str | None = None,
        headers: Pairs = (),
        *,
        now_s: float,
    ) -> bool:
        """Refuse an inbound call with 300–699; no event follows."""
        _check_status(status, 300, 699)
        found = self._session(session, Phase.RINGING)
        if found is not None:
            self._in.reject(found, status, reason and wire(reason), _wired(headers), now_s)
        return found is not None

    def hang_up(
        self, session: str, now_s: float, headers: Pairs = (), *, status: int = 480
    ) -> bool:
        """End the session, whatever its moment asks for; may be repeated.

        Outbound without answer: CANCEL as soon as allowed, then `SessionFailed(487)`. Inbound
        without answer: `status`, no event. Answered: BYE (after the ACK), `SessionEnded("local")`
        at once.

        Args:
            session: Id.
            now_s: Monotonic seconds.
            headers: For the BYE or CANCEL, e.g. Reason.
            status: For an inbound call without answer.
        """
        found = self._end.sessions.get(session)
        if found is None:
            return False
        pairs = _wired(headers)
        if found.phase is Phase.CALLING:
            self._outbound.hang_up(found, pairs, now_s)
        elif found.phase is Phase.RINGING:
            self._in.reject(found, status, None, pairs, now_s)
        elif found.phase is Phase.ANSWERED:
            self._in.hang_up(found, pairs)
        else:
            self._dialogs.hang_up(found, pairs, now_s)
        return True

    def reinvite(self, session: str, sdp: bytes | None, now_s: float) -> bool:
        """Offer a change (hold, new address); waits while another is open, retries on glare."""
        found = self._session(session, Phase.ANSWERED, Phase.CONFIRMED)
        if found is not None:
            self._dialogs.reinvite(found, sdp, now_s)
        return found is not None

    def accept_reinvite(self, session: str, sdp: bytes | None, now_s: float) -> bool:
        """Say 200 to the peer's change. False if it is no longer open."""
        found = self._end.sessions.get(session)
        if found is None or found.incoming is None:
            return False
        self._dialogs.accept(found, sdp, now_s)
        return True

    def refuse_reinvite(self, session: str, status: int, now_s: float) -> bool:
        """Say no (e.g. 488) to the peer's change; the session goes on as before."""
        _check_status(status, 300, 699)
        found = self._end.sessions.get(session)
        if found is None or found.incoming is None:
            return False
        self._dialogs.refuse(found, status, now_s)
        return True

    def send_info(self, session: str, content_type: str, body: bytes, now_s: float) -> bool:
        """Send INFO, e.g. a digit."""
        found = self._session(session, Phase.CONFIRMED)
        if found is not None:
            self._dialogs.send_info(found, content_type, body, now_s)
        return found is not None

    def accept_refer(self, session: str, now_s: float) -> bool:
        """Say 202 to the peer's REFER; `notify_refer` tells it what becomes of it."""
        found = self._end.sessions.get(session)
        if found is None or found.dialog is None:
            return False
        if found.referral is None or found.referral.asked is None:
            return False
        self._dialogs.referrals.accept(found, found.dialog, now_s)
        return True

    def refuse_refer(self, session: str, status: int, now_s: float) -> bool:
        """Say no (e.g. 603) to the peer's REFER."""
        _check_status(status, 300, 699)
        found = self._end.sessions.get(session)
        if found is None or found.referral is None or found.referral.asked is None:
            return False
        self._dialogs.referrals.refuse(found, status, now_s)
        return True

    def notify_refer(
        self, session: str, status: int, now_s: float, reason: str | None = None
    ) -> bool:
        """Tell the peer how its transfer goes; False if it does not want to know (any more)."""
        _check_status(status, 100, 699)
        found = self._end.sessions.get(session)
        if found is None or found.dialog is None:
            return False
        if found.referral is None or found.referral.event is None:
            return False
        self._dialogs.referrals.notify(found, found.dialog, status, reason, now_s)
        return True

    def refer(
        self, session: str, target: str, now_s: float, *, replaces: str | None = None
    ) -> bool:
        """Ask the peer to call somebody else: `ReferAnswered`, then `ReferProgress` follow.

        Args:
            session: Whose peer shall call.
            target: URI of whom; not looked at with `replaces`.
            now_s: Monotonic seconds.
            replaces: An answered session of ours whose far end shall be called, and whose dialog
                the call shall take over. False if it is over.
        """
        found = self._session(session, Phase.CONFIRMED)
        if found is None or found.dialog is None:
            return False
        replaced = None
        if replaces is not None:
            other = self._session(replaces, Phase.CONFIRMED)
            if other is None or other.dialog is None:
                return False
            replaced = other.dialog
        self._dialogs.referrals.refer(found, found.dialog, target, replaced, now_s)
        return True

    def is_unheard(self, session: str) -> bool:
        """Whether an outbound call got nothing back yet, not even 100."""
        found = self._end.sessions.get(session)
        return (
            found is not None
            and found.client is not None
            and found.client.state is State.CALLING
            and found.hang_up is None
        )

    def replaces_value(self, session: str) -> str | None:
        """The Replaces value by which the far end of an answered session knows it."""
        found = self._end.sessions.get(session)
        if found is None or found.dialog is None:
            return None
        return readable(replaces_value(found.dialog))

    def register(
        self,
        registration: str,
        *,
        aor: str,
        user: str,
        registrar: Hop,
        password: str,
        login: str = "",
        expires_s: int = 600,
        now_s: float,
    ) -> None:
        """Keep a name of ours registered: `RegistrationMade` and its like follow.

        Args:
            registration: Names it in events and in `unregister`; an old one of this id is replaced.
            aor: Our address of record, e.g. `sip:86100@carrier.example`.
            user: User part of our Contact, for which the registrar's calls will come.
            registrar: Where to send.
            password: For digest.
            login: For digest, if it is not `user`.
            expires_s: Wanted; the registrar may grant another time.
            now_s: Monotonic seconds.
        """
        old = self._register.all.get(registration)
        if old is not None:
            self._register.remove(old, now_s)
        host, _ = self._end.address(registrar[2])
        made = Registration(
            registration, aor, user, registrar, expires_s, f"{self._end.token()}@{host}",
            DigestClient(login or user, password, self._end.token), self._register,
        )  # fmt: skip
        self._register.add(made, now_s)

    def unregister(self, registration: str, now_s: float) -> bool:
        """Leave a registrar; False if there is no such registration."""
        found = self._register.all.get(registration)
        if found is not None:
            self._register.remove(found, now_s)
        return found is not None

    def options(self, ping_id: str, target: Hop | Flow, now_s: float) -> None:
        """Ask a peer whether it lives: `OptionsAnswered` or `OptionsFailed` follows."""
        end = self._end
        flow = target if isinstance(target, Flow) else None
        hop = target.hop if isinstance(target, Flow) else target
        host, port = end.address(hop[2])
        tail = "" if hop[2] == "udp" else f";transport={hop[2]}"
        us = f"<sip:{end.settings.contact_user}@{host}:{port}>"
        uri = f"sip:{hop[0]}:{hop[1]}{tail}"
        draft = Draft(
            "OPTIONS", uri, end.via(hop[2]), f"{us};tag={end.token()}", f"<{uri}>",
            f"{end.token()}@{host}", 1,
        )  # fmt: skip
        draft.extra = [end.contact(hop[2]), ("Accept", "application/sdp")]
        end.start(draft, flow, hop, partial(self._on_pong, ping_id, hop), now_s)

    def _on_pong(
        self,
        ping_id: str,
        hop: Hop,
        client: ClientTransaction,
        response: Response | None,
        now_s: float,
    ) -> None:
        if response is None:
            self._end.emit(OptionsFailed(ping_id=ping_id, target=hop))
        elif response.status >= 200:
            self._end.emit(OptionsAnswered(ping_id=ping_id, status=response.status))


def _check_status(status: int, low: int, high: int) -> None:
    if not low <= status <= high:
        raise LocalProtocolError(f"status {status} is not between {low} and {high}")


def _wired(headers: Pairs) -> list[tuple[str, str]]:
    return [(name, wire(value)) for name, value in headers]
