"""A dialog: who is who, which CSeq comes next, and where requests within it go.

Made from the response to our INVITE or from the peer's INVITE; can be written down as plain JSON
and read again after a crash. This file sends nothing and knows no time.

Source: RFC 3261 §12 (dialogs), §12.2.1.1 (strict and loose routing), §12.2.1.2 (target refresh).
"""

from dataclasses import dataclass, field

from .draft import Draft
from .errors import RemoteProtocolError
from .messages import Request, Response
from .model import Flow, Hop
from .table import top_via
from .uri import NameAddr, SipUri

DialogId = tuple[str, str, str | None]
"Call-ID, local tag, remote tag."

CSEQ_JUMP = 100
"A restored dialog may have sent requests after its snapshot: skip their numbers."


@dataclass(slots=True)
class Dialog:
    """One dialog, early or confirmed. Owned and mutated by its session."""

    call_id: str
    local_tag: str
    remote_tag: str | None
    local: str
    "Our From in requests of ours; with tag."

    remote: str
    "Our To in requests of ours; with tag, if the peer has one."

    target: str
    "The peer's Contact URI."

    routes: list[str] = field(default_factory=list)
    local_seq: int = 0
    remote_seq: int = 0
    flow: Flow | None = None
    "The path of the last message of the peer."

    rseq: int = 0
    "Of the last reliable provisional of the peer; 0 before the first."

    early_sdp: bytes | None = None
    "The description of its last provisional; stands if the 2xx has none."

    pinned: bool = False
    "Requests go back over `flow`, whatever the Contact says: the peer is behind a NAT."

    @classmethod
    def from_request(cls, request: Request, local_tag: str, flow: Flow) -> "Dialog":
        """The dialog that the peer's INVITE makes once we answer it.

        Raises:
            RemoteProtocolError: If there is no usable Contact.
        """
        return cls(
            call_id=request.call_id,
            local_tag=local_tag,
            remote_tag=request.from_tag,
            local=f"{request.to};tag={local_tag}",
            remote=request.from_,
            target=contact_uri(request),
            routes=request.values("record-route"),
            remote_seq=request.cseq,
            flow=flow,
            pinned=flow.pinned or _behind_nat(request, flow),
        )

    @classmethod
    def from_response(
        cls, draft: Draft, response: Response, local_tag: str, flow: Flow, pinned: bool
    ) -> "Dialog":
        """The dialog that a 101–299 response to our INVITE makes."""
        target = response.contact
        return cls(
            call_id=draft.call_id,
            local_tag=local_tag,
            remote_tag=response.to_tag,
            local=draft.from_,
            remote=response.to,
            target=contact_uri(response) if target is not None else draft.uri,
            routes=response.values("record-route")[::-1],
            local_seq=draft.cseq,
            flow=flow,
            pinned=pinned,
        )

    @property
    def id(self) -> DialogId:
        """Name of the dialog."""
        return self.call_id, self.local_tag, self.remote_tag

    def draft(self, method: str, via: str, cseq: int | None = None) -> Draft:
        """The next request of ours within the dialog.

        Args:
            method: `ACK` (with the INVITE's `cseq`), `BYE`, …
            via: Our Via with a fresh branch.
            cseq: A given number, or None for the next.
        """
        if cseq is None:
            self.local_seq += 1
            cseq = self.local_seq
        uri, routes = self.target, self.routes
        if routes and not _is_loose(routes[0]):
            first = NameAddr.parse(routes[0]).uri
            uri, routes = first.partition("?")[0], [*routes[1:], f"<{self.target}>"]
        return Draft(method, uri, via, self.local, self.remote, self.call_id, cseq, list(routes))

    def next_hop(self) -> tuple[Flow | None, Hop]:
        """Where requests of ours go."""
        if not self.routes:
            if self.pinned and self.flow is not None:
                return self.flow, self.flow.hop
            hop = SipUri.parse(self.target).hop
        else:
            hop = SipUri.parse(NameAddr.parse(self.routes[0]).uri).hop
        flow = self.flow
        reusable = flow is not None and flow.reliable and hop[2] == flow.transport
        if flow is not None and reusable and (not self.routes or hop[0] == flow.remote[0]):
            return flow, hop
        return None, hop

    def refresh(self, message: Request | Response, flow: Flow) -> None:
        """Take over the peer's new Contact and path (target refresh)."""
        if message.contact is not None:
            self.target = contact_uri(message)
        self.flow = flow

    def to_json(self) -> dict[str, object]:
        """The dialog as plain JSON values."""
        return {
            "call_id": self.call_id,
            "local_tag": self.local_tag,
            "remote_tag": self.remote_tag,
            "local": self.local,
            "remote": self.remote,
            "target": self.target,
            "routes": list(self.routes),
            "local_seq": self.local_seq,
            "remote_seq": self.remote_seq,
            "flow": flow_to_json(self.flow) if self.flow else None,
            "pinned": self.pinned,
        }


def contact_uri(message: Request | Response) -> str:
    """The Contact's URI of a message that makes or refreshes a dialog.

    Raises:
        RemoteProtocolError: If it is missing or no SIP URI.
    """
    contact = message.contact
    if contact is None:
        raise RemoteProtocolError("Contact is missing")
    SipUri.parse(contact.uri)
    return contact.uri


def check_routes(message: Request | Response) -> None:
    """See that every Record-Route is an address we could send to.

    Raises:
        RemoteProtocolError: If one is broken.
    """
    for route in message.values("record-route"):
        SipUri.parse(NameAddr.parse(route).uri)


def flow_to_json(flow: Flow) -> list[object]:
    """A flow as plain JSON values."""
    return [flow.transport, *flow.local, *flow.remote, flow.connection_id]


def flow_from_json(value: object) -> Flow:
    """The inverse of `flow_to_json`."""
    assert isinstance(value, list)
    transport, local, local_port, remote, port, connection = value
    return Flow(transport, (local, local_port), (remote, port), connection)


def dialog_from_json(value: dict[str, object]) -> Dialog:
    """The inverse of `Dialog.to_json`; CSeq jumps over what may have been sent since."""
    plain = dict(value)
    flow = plain.pop("flow")
    dialog = Dialog(**plain, flow=flow_from_json(flow) if flow else None)  # type: ignore[arg-type]
    dialog.local_seq += CSEQ_JUMP
    return dialog


def _is_loose(route: str) -> bool:
    return "lr" in SipUri.parse(NameAddr.parse(route).uri).params


def _behind_nat(request: Request, flow: Flow) -> bool:
    """The peer's own Via and Contact name a host that its packets do not come from."""
    if request.headers.get("record-route") or len(request.values("via")) > 1:
        return False
    source = flow.remote[0]
    contact = request.contact
    return (
        top_via(request).host != source
        and contact is not None
        and SipUri.parse(contact.uri).host != source
    )
