"""What all parts of the core share: the tables, the outbox, and how our messages are made.

Sends by appending to a list; asks `token` for every random word. This file decides nothing about
sessions.

Source: RFC 3261 §8.1.1, §8.2.6, §18.2.2; RFC 3581 (rport).
"""

import zlib
from collections import Counter
from collections.abc import Callable

from .agenda import Agenda
from .dialogs import Dialog
from .digest import DigestServer
from .draft import Draft
from .events import HeaderView, SipEvent
from .guard import Guard, GuardSettings
from .messages import Request, Response, build_response
from .model import EXTENSIONS, Credentials, Flow, Gate, Hop, Outgoing, SipSettings
from .registrar import Registrar
from .session import Pairs, Phase, Session
from .table import COOKIE, TransactionTable, server_key, top_via
from .transactions import (
    ClientTransaction,
    InviteClient,
    InviteServer,
    NonInviteClient,
    NonInviteServer,
    ResponseHandler,
    ServerTransaction,
    State,
)
from .uri import Via, readable

SHOWN = frozenset(
    ("p-asserted-identity", "privacy", "diversion", "history-info", "user-to-user",
     "user-agent", "reason", "subject", "alert-info", "call-info")
)  # fmt: skip
"Headers that rooms above may see, besides X-*."


class Endpoint:
    """Shared state of one core."""

    def __init__(
        self,
        settings: SipSettings,
        token: Callable[[], str],
        credentials: Credentials,
        gate: Gate | None,
        guard: GuardSettings | None = None,
    ) -> None:
        self.settings = settings
        self.token = token
        self.gate = gate
        self.agenda = Agenda()
        self.table = TransactionTable(self.agenda, self.send, settings.max_transactions)
        self.registrar = Registrar(settings, self.agenda)
        self.digest = DigestServer(
            settings.realm,
            credentials,
            token,
            algorithms=settings.digest_algorithms,
            nonce_life_s=settings.nonce_life_s,
        )
        self.guard: Guard | None = None
        if guard is not None:
            self.guard = Guard(
                guard,
                echoes=self.digest.echoes,
                in_dialog=lambda names: names in self.places,
            )
        self.sessions: dict[str, Session] = {}
        "Sessions whose end was not told yet, by id."

        self.places: dict[tuple[str, str], Session] = {}
        "(Call-ID, our tag) → session, until no more messages of it are expected."

        self.out: list[Outgoing] = []
        self.happened: list[SipEvent] = []
        self.counters: Counter[str] = Counter()
        self.allow = ("Allow", ", ".join(settings.allow))
        self.supported = ("Supported", ", ".join(EXTENSIONS))
        self.offers = [self.allow, self.supported]
        "What our messages that make or change a session say of us."

        self.timer_offer: Pairs = ()
        if settings.session_expires_s:
            expires, least = str(settings.session_expires_s), str(settings.min_se_s)
            self.timer_offer = (("Session-Expires", expires), ("Min-SE", least))

    # what goes out

    def send(self, data: bytes, flow: Flow | None, hop: Hop) -> None:
        """Hand bytes to the driver."""
        self.out.append(Outgoing(data, flow, hop))

    def emit(self, event: SipEvent) -> None:
        """Tell the rooms above."""
        self.happened.append(event)

    def address(self, transport: str) -> tuple[str, int]:
        """Our own host and port as the world sees them."""
        advertised = self.settings.advertised
        found = advertised.get(transport)
        return found if found is not None else next(iter(advertised.values()))

    def via(self, transport: str) -> str:
        """A Via of ours with a fresh branch."""
        host, port = self.address(transport)
        return (
            f"SIP/2.0/{transport.upper()} {_bracket(host)}:{port};"
            f"branch={COOKIE}{self.token()};rport"
        )

    def contact(self, transport: str) -> tuple[str, str]:
        """Our Contact header."""
        host, port = self.address(transport)
        tail = "" if transport == "udp" else f";transport={transport}"
        return "Contact", f"<sip:{self.settings.contact_user}@{_bracket(host)}:{port}{tail}>"

    def chance(self, below: int) -> int:
        """A number from 0 to `below` - 1 that nobody can foresee."""
        return zlib.crc32(self.token().encode()) % below

    # transactions

    def start(
        self, draft: Draft, flow: Flow | None, hop: Hop, handler: ResponseHandler, now_s: float
    ) -> ClientTransaction:
        """Send a request of ours; the handler hears each response, or None in the end."""
        kind = InviteClient if draft.method == "INVITE" else NonInviteClient
        client = kind(
            (draft.branch, draft.method),
            self.table,
            flow,
            hop,
            self.settings.timers,
            draft,
            handler,
        )
        self.table.has_room(in_dialog=True)  # our own requests are bounded by the sessions
        self.table.add_client(client)
        client.start(now_s)
        return client

    def retry(
        self,
        session: Session,
        client: ClientTransaction,
        response: Response,
        handler: ResponseHandler,
        now_s: float,
    ) -> ClientTransaction | None:
        """Send a challenged request again with credentials, if there are any and it may help."""
        digest = session.digest
        if response.status not in (401, 407) or digest is None or digest.tries >= MAX_TRIES:
            return None
        proxy = response.status == 407
        name = "proxy-authenticate" if proxy else "www-authenticate"
        draft = client.draft
        value = digest.answer(response.headers.get(name, []), draft.method, draft.uri, draft.body)
        if value is None:
            return None
        header = ("Proxy-Authorization" if proxy else "Authorization", value)
        cseq = draft.cseq + 1
        if session.dialog is not None:
            session.dialog.local_seq = cseq = session.dialog.local_seq + 1
        again = draft.again(self.via(client.hop[2]), cseq, [header])
        return self.start(again, client.flow, client.hop, handler, now_s)

    def serve_invite(self, request: Request, flow: Flow) -> InviteServer:
        """A server transaction for an INVITE, in Proceeding."""
        server = InviteServer(
            server_key(request, "INVITE"),
            self.table,
            flow,
            response_hop(top_via(request), flow),
            self.settings.timers,
        )
        self.table.add_server(server, request)
        return server

    def serve(self, request: Request, flow: Flow) -> NonInviteServer:
        """A server transaction for any other request."""
        server = NonInviteServer(
            server_key(request, request.method),
            self.table,
            flow,
            response_hop(top_via(request), flow),
            self.settings.timers,
            State.TRYING,
        )
        self.table.add_server(server, request)
        return server

    def respond(
        self,
        server: ServerTransaction,
        request: Request,
        status: int,
        now_s: float,
        *,
        to_tag: str | None = None,
        reason: str | None = None,
        extra: Pairs = (),
        body: bytes = b"",
    ) -> None:
        """Answer a request within its transaction."""
        pairs = list(extra)
        if status != 100:
            pairs.append(("Server", self.settings.user_agent))
        data = build_response(
            request,
            status,
            to_tag=to_tag or (None if request.to_tag else self.stateless_tag(request)),
            reason=reason,
            extra=pairs,
            body=body,
        )
        server.respond(data, status, now_s)

    def answer(
        self,
        request: Request,
        flow: Flow,
        status: int,
        now_s: float,
        extra: Pairs = (),
        body: bytes = b"",
    ) -> None:
        """Answer a request other than INVITE at once."""
        server = self.serve(request, flow)
        self.respond(server, request, status, now_s, extra=extra, body=body)

    def refuse(
        self, request: Request, flow: Flow, status: int, extra: Pairs = (), reason: str = ""
    ) -> None:
        """Answer without keeping anything: the same request gets the same answer again."""
        via = request.via
        if request.method == "ACK" or via is None:
            return
        self.counters[f"refused_{status}"] += 1
        data = build_response(
            request,
            status,
            to_tag=self.stateless_tag(request),
            reason=reason or None,
            extra=[*extra, ("Server", self.settings.user_agent)],
        )
        self.send(data, flow, response_hop(via, flow))

    def stateless_tag(self, request: Request) -> str:
        """A To tag that is the same for each repetition of one request (RFC 3261 §8.2.7)."""
        branch = top_via(request).params.get("branch") or ""
        return f"{zlib.crc32(f'{branch}|{request.call_id}|{request.cseq}'.encode('latin-1')):08x}"

    # sessions

    def place(self, session: Session) -> None:
        """Make a session findable."""
        self.sessions[session.id] = session
        self.places[session.call_id, session.local_tag] = session

    def close(self, session: Session, event: SipEvent) -> None:
        """Tell the end of a session, once."""
        if session.over:
            return
        session.over = True
        if session.timer is not None:
            session.timer.close()
        self.sessions.pop(session.id, None)
        self.emit(event)

    def forget(self, session: Session) -> None:
        """No more messages of this session are expected."""
        session.phase = Phase.ENDED
        session.over = True
        if session.reliable is not None:
            session.reliable.close()
        self.sessions.pop(session.id, None)
        self.places.pop((session.call_id, session.local_tag), None)

    def find(self, request: Request) -> tuple[Session, Dialog] | None:
        """The session and dialog that an in-dialog request names."""
        session = self.places.get((request.call_id, request.to_tag or ""))
        if session is None:
            return None
        dialog = session.dialog_with(request.from_tag)
        return (session, dialog) if dialog is not None else None


MAX_TRIES = 4
"Challenges answered per session."


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host and host[0] != "[" else host


def stamp_via(request: Request, flow: Flow) -> None:
    """Note in the top Via where the request really came from (§18.2.1, RFC 3581 §4)."""
    via = top_via(request)
    host, port = flow.remote
    wants_port = "rport" in via.params
    if via.host.strip("[]") != host or wants_port:
        via.params["received"] = host
        if wants_port:
            via.params["rport"] = str(port)
        request.headers["via"][0] = str(via)


def response_hop(via: Via, flow: Flow) -> Hop:
    """Where responses go: to the source port with rport, else to the port in the Via."""
    host, port = flow.remote
    if flow.transport == "udp" and "rport" not in via.params:
        port = via.port or 5060
    return host, port, flow.transport


def header_view(headers: dict[str, list[str]]) -> HeaderView:
    """The headers that rooms above may see, as readable words."""
    return {
        name: tuple(readable(value) for value in values)
        for name, values in headers.items()
        if name in SHOWN or name[:2] == "x-"
    }


def with_sdp(pairs: Pairs, sdp: bytes | None) -> list[tuple[str, str]]:
    """The headers, plus a Content-Type if there is a body."""
    return [*pairs, ("Content-Type", "application/sdp")] if sdp else list(pairs)
