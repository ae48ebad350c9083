"""The sans-IO user agent: bytes and the time in; bytes, events and the next deadline out.

One object per process; many sessions. It owns everything behind it and calls nobody back: the
driver drains `outputs`, the rooms above drain `events`. No socket, no clock, no chance of its own.

Its verbs stand in `orders`.

Source: RFC 3261 §8, §9, §10, §12–15, §17, §18.
"""

from collections.abc import Callable, Collection

from .digest import DigestClient
from .endpoint import Endpoint
from .errors import LocalProtocolError
from .events import SipEvent
from .guard import Guard, GuardSettings, Verdict
from .memory import read_draft, read_invite, read_session, written
from .model import Credentials, Flow, Gate, Hop, Outgoing, SipSettings
from .orders import Orders
from .reception import Reception
from .registrar import Binding
from .session import Phase
from .transactions import ClientTransaction


class SipCore(Orders):
    """One user agent; many sessions."""

    def __init__(
        self,
        settings: SipSettings,
        *,
        token: Callable[[], str],
        credentials: Credentials,
        gate: Gate | None = None,
        guard: GuardSettings | None = None,
    ) -> None:
        super().__init__(Endpoint(settings, token, credentials, gate, guard))
        self._reception = Reception(self._end, self._dialogs, self._in)

    # what the driver needs

    def receive(self, data: bytes, flow: Flow, now_s: float) -> Verdict:
        """Take one whole message, if the guard hears it; whatever it holds, nothing is raised.

        Args:
            data: One datagram, or what a `StreamFramer` cut out.
            flow: Where it came from.
            now_s: Monotonic seconds.
        """
        guard = self._end.guard
        verdict = guard.verdict(data, flow, now_s) if guard is not None else "hear"
        if verdict == "hear":
            self._reception.receive(data, flow, now_s)
            self._collect()
        return verdict

    @property
    def guard(self) -> Guard | None:
        """Whom we hear; None: everybody."""
        return self._end.guard

    def connection_lost(self, flow: Flow, now_s: float, hops: Collection[Hop] = ()) -> None:
        """A stream closed: its registrations are gone; requests without answer have failed.

        Args:
            flow: The stream's.
            now_s: Monotonic seconds.
            hops: Far ends whose requests without a flow of their own went over it.
        """
        self._end.registrar.connection_lost(flow)
        for hop in (flow.hop, *hops):
            self._register.path_lost(hop, now_s)
        for client in self._end.table.of_stream(flow, hops):
            self._client_failed(client, now_s)
        self._collect()

    def send_failed(self, outgoing: Outgoing, now_s: float) -> None:
        """The driver could not send this (no route, refused, name not found, queue full)."""
        client = self._end.table.of_data(outgoing.data)
        if client is not None:
            self._client_failed(client, now_s)
        self._collect()

    def _client_failed(self, client: ClientTransaction, now_s: float) -> None:
        """RFC 3261 §8.1.3.1: a transport error counts as 503, a silence as 408."""
        client.unreachable = True
        client.terminate()
        client.handler(client, None, now_s)

    def tick(self, now_s: float) -> None:
        """Fire what is due."""
        self._end.agenda.run(now_s)
        self._collect()

    def next_deadline(self) -> float | None:
        """When `tick` is wanted next; may be early, never late."""
        return self._end.agenda.next_deadline()

    def outputs(self) -> list[Outgoing]:
        """What to send, in order; drained."""
        out, self._end.out = self._end.out, []
        return out

    def events(self) -> list[SipEvent]:
        """What happened, in order; drained."""
        happened, self._end.happened = self._end.happened, []
        return happened

    @property
    def counters(self) -> dict[str, int]:
        """Refusals by status, bad messages, stray responses: for metrics."""
        return dict(self._end.counters)

    @property
    def load(self) -> dict[str, int]:
        """Sessions and transactions now: for metrics and the gate."""
        return {"sessions": len(self._end.sessions), "transactions": len(self._end.table)}

    def _collect(self) -> None:
        happened = self._end.registrar.happened
        if happened:
            self._end.happened += happened
            happened.clear()

    # memory

    def snapshot(self, session: str) -> dict[str, object]:
        """All that is needed to end this session after a crash; plain JSON values, no secrets.

        Take it after `invite`, `InviteReceived`, `SessionAnswered` and `SessionConfirmed`.

        Raises:
            LocalProtocolError: If the session is over.
        """
        found = self._end.sessions.get(session)
        if found is None:
            raise LocalProtocolError("no such session")
        return written(found)

    def restore(
        self,
        snapshot: dict[str, object],
        now_s: float,
        *,
        username: str | None = None,
        password: str | None = None,
    ) -> str:
        """Adopt a session of a process that died; returns its id.

        It then behaves as any other: `hang_up` sends BYE, CANCEL with the INVITE's own branch, or a
        final response made from the stored headers; late responses are ACKed.

        Raises:
            LocalProtocolError: If the snapshot is of another format, or the id is taken.
        """
        session = read_session(snapshot)
        if session.id in self._end.sessions:
            raise LocalProtocolError("session id is taken")
        if session.phase is Phase.RINGING:
            request = read_invite(snapshot)
            assert session.flow is not None
            self._in.open(request, session.id, session.local_tag, session.flow)
            return session.id
        session.on_timer = self._dialogs.wake
        if username is not None and password is not None:
            session.digest = DigestClient(username, password, self._end.token)
        if session.phase is Phase.CALLING:
            session.draft = read_draft(snapshot)
            self._outbound.adopt(session, now_s)
        elif snapshot["outbound"]:
            session.owner = True
        self._dialogs.refreshes.restored(session, snapshot.get("timer"), now_s)
        self._end.place(session)
        return session.id

    # registrations

    def bindings(self, user: str) -> list[Binding]:
        """Where a user can be reached now, best first; call `contact` over `flow`."""
        return self._end.registrar.bindings(user)

    def restore_binding(
        self, user: str, contact_uri: str, flow: Flow, expires_at_s: float, user_agent: str = ""
    ) -> None:
        """Put back a registration after a restart; no event follows."""
        self._end.registrar.adopt(user, contact_uri, flow, expires_at_s, user_agent)
