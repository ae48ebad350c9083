"""The sans-IO user agent: bytes and the time in; bytes, events and the next deadline out.

Skeleton of the door; the machines behind it follow.
"""

from collections.abc import Callable

from .events import SipEvent
from .model import Credentials, Flow, Gate, Hop, Outgoing, SipSettings
from .uri import NameAddr

Pairs = list[tuple[str, str]] | tuple[tuple[str, str], ...]


class SipCore:
    """One user agent; many sessions."""

    def __init__(
        self,
        settings: SipSettings,
        *,
        token: Callable[[], str],
        credentials: Credentials,
        gate: Gate | None = None,
    ) -> None:
        raise NotImplementedError

    def receive(self, data: bytes, flow: Flow, now_s: float) -> None:
        """Take one whole message."""
        raise NotImplementedError

    def connection_lost(self, flow: Flow, now_s: float) -> None:
        """A stream closed."""
        raise NotImplementedError

    def send_failed(self, outgoing: Outgoing, now_s: float) -> None:
        """The driver could not send (no route, refused, timeout)."""
        raise NotImplementedError

    def tick(self, now_s: float) -> None:
        """Fire what is due."""
        raise NotImplementedError

    def next_deadline(self) -> float | None:
        """When `tick` is wanted next."""
        raise NotImplementedError

    def outputs(self) -> list[Outgoing]:
        """What to send; drained."""
        raise NotImplementedError

    def events(self) -> list[SipEvent]:
        """What happened; drained."""
        raise NotImplementedError

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
        """Start an outbound call."""
        raise NotImplementedError

    def progress(
        self, session: str, status: int, sdp: bytes | None = None, *, now_s: float
    ) -> None:
        """Send a provisional response (100–199)."""
        raise NotImplementedError

    def answer(self, session: str, sdp: bytes | None, now_s: float, headers: Pairs = ()) -> None:
        """Send 200."""
        raise NotImplementedError

    def reject(
        self,
        session: str,
        status: int,
        reason: str | None = None,
        headers: Pairs = (),
        *,
        now_s: float,
    ) -> None:
        """Refuse an inbound call (300–699)."""
        raise NotImplementedError

    def hang_up(
        self, session: str, now_s: float, headers: Pairs = (), *, status: int = 480
    ) -> None:
        """End the session, whatever its moment."""
        raise NotImplementedError

    def reinvite(self, session: str, sdp: bytes | None, now_s: float) -> None:
        """Offer a change."""
        raise NotImplementedError

    def accept_reinvite(self, session: str, sdp: bytes | None, now_s: float) -> None:
        """Accept the peer's change."""
        raise NotImplementedError

    def refuse_reinvite(self, session: str, status: int, now_s: float) -> None:
        """Refuse the peer's change."""
        raise NotImplementedError

    def send_info(self, session: str, content_type: str, body: bytes, now_s: float) -> None:
        """Send INFO."""
        raise NotImplementedError

    def options(self, ping_id: str, target: Hop | Flow, now_s: float) -> None:
        """Ping a peer."""
        raise NotImplementedError

    def snapshot(self, session: str) -> dict[str, object]:
        """All that is needed to end this session after a crash; plain JSON values."""
        raise NotImplementedError

    def restore(self, snapshot: dict[str, object], now_s: float) -> None:
        """Adopt a session from its snapshot."""
        raise NotImplementedError
