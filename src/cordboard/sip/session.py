"""One session: an INVITE of either side and the dialog that it makes.

Only data; the rules live in `uas`, `uac` and `indialog`. `over` is set exactly when the rooms above
were told the end, so that they hear it once, however many messages still cross on the wire.

Source: RFC 3261 §13–15.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from .agenda import NEVER
from .dialogs import Dialog
from .digest import DigestClient
from .draft import Draft
from .messages import Request
from .model import Flow, Hop
from .transactions import InviteClient, InviteServer, NonInviteServer
from .waits import Pairs as Pairs
from .waits import ReliableSide, SessionTimer

Incoming = tuple[Request, InviteServer | NonInviteServer, Flow]

EARLY_DIALOGS = 16
"Early dialogs kept for one INVITE; a hostile fork may send any number."


class Phase(StrEnum):
    """Where a session stands."""

    CALLING = "calling"
    "Outbound; no final response yet."

    RINGING = "ringing"
    "Inbound; we owe a final response."

    ANSWERED = "answered"
    "Inbound; our 200 is out, its ACK not in."

    CONFIRMED = "confirmed"
    ENDED = "ended"


@dataclass(slots=True)
class Referral:
    """What a session keeps of REFERs; made with the first one."""

    asked: tuple[Request, NonInviteServer, Flow] | None = None
    "A REFER of the peer that the rooms above have not decided."

    event: str | None = None
    "The Event header of NOTIFYs that we owe; None if none is owed."

    several: bool = False
    "One was accepted before: the next one's NOTIFYs name it (RFC 3515 §2.4.6)."

    sent: int | None = None
    "CSeq of a REFER of ours whose outcome is not told."


@dataclass(slots=True, eq=False)
class Session:
    """State of one session. Mutated only by the core that owns it."""

    id: str
    phase: Phase
    call_id: str
    local_tag: str
    dialog: Dialog | None = None
    over: bool = False
    "The end was told; what follows is only good manners."

    hang_up: list[tuple[str, str]] | None = None
    "Our side wants the end, with these headers; waits for the moment the RFC allows it."

    owner: bool = False
    "We made the Call-ID: the longer back-off after glare is ours."

    # outbound
    draft: Draft | None = None
    client: InviteClient | None = None
    early: dict[str, Dialog] = field(default_factory=dict)
    "By the far end's tag."

    digest: DigestClient | None = None
    flow: Flow | None = None
    hop: Hop = ("", 0, "udp")
    pinned: bool = False
    cancelled: bool = False
    "CANCEL is out."

    unanswered_offers: dict[int, InviteClient] = field(default_factory=dict)
    "By CSeq: 2xx with an offer whose ACK waits for our answer (`acknowledge`)."

    # inbound
    request: Request | None = None
    server: InviteServer | None = None
    last_status: int = 100

    # within the dialog
    unacked: dict[int, InviteServer] = field(default_factory=dict)
    "By CSeq: 2xx of ours without ACK."

    incoming: Incoming | None = None
    "A change that the peer offered and we have not answered."

    outgoing: InviteClient | None = None
    "A change of ours without final response."

    wanted: tuple[bytes | None] | None = None
    "A change of ours that waits for its moment."

    referral: Referral | None = None
    reliable: ReliableSide | None = None
    timer: SessionTimer | None = None
    local_sdp: bytes | None = None
    "The description that we sent last; a refresh repeats it."

    min_se_s: int = 0
    "What the peer's 422 asked for."

    early_agreed: bool = False
    "Offer and answer went to and fro reliably before the final response."

    unpracked: tuple[Dialog, str] | None = None
    "A reliable provisional with an offer: `acknowledge` sends its PRACK. Dialog and RAck."

    deadline: float = NEVER
    queued_at: float = NEVER
    on_timer: Callable[["Session", float], None] | None = None
    on_prack: Callable[["Session", tuple[bytes | None, Pairs], float], None] | None = None

    def fire(self, now_s: float) -> None:
        """The back-off is over, or a provisional response wants repeating."""
        self.deadline = NEVER
        if self.on_timer is not None:
            self.on_timer(self, now_s)

    def dialog_with(self, remote_tag: str | None) -> Dialog | None:
        """The dialog with this far end."""
        if self.dialog is not None and self.dialog.remote_tag == remote_tag:
            return self.dialog
        return self.early.get(remote_tag) if remote_tag is not None else None
