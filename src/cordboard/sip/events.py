"""What the core tells the rooms above: facts about sessions, registrations and pings.

Frozen, past tense. Texts are readable words (bytes that are not UTF-8 became U+FFFD). One
`session` id spans an INVITE and the dialog it makes. This file knows no message.

Source: RFC 3261 §12–15; RFC 3326 (Reason); RFC 3515 (REFER); RFC 3891 (Replaces);
RFC 6086 (INFO).
"""

from typing import Literal

import msgspec

from .model import Flow, Hop
from .uri import NameAddr

HeaderView = dict[str, tuple[str, ...]]
"Lower-case names to values: the headers that rooms above may look at."


class InviteReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A new inbound call. It wants `progress`, then `answer` or `reject`."""

    session: str
    request_uri: str
    from_: NameAddr
    to: NameAddr
    headers: HeaderView
    "P-Asserted-Identity, Diversion, History-Info, User-to-User, Privacy, X-*, User-Agent."

    sdp: bytes | None
    "The offer, or None for a late offer (our answer then carries the offer)."

    flow: Flow
    sip_call_id: str
    authenticated_user: str | None
    "Who proved themselves by digest or by a registered flow; None for trusted hosts."

    replaces: str | None = None
    "Session that the caller wants to take over: answer this one, then hang that one up."


class InviteCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """The caller gave up before our answer; 487 is already sent. The session is over."""

    session: str
    reason: str = ""


class SessionProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The far end of an outbound call rings (101–199)."""

    session: str
    status: int
    sdp: bytes | None


class ProgressConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """The PRACK for a reliable provisional of ours brought the answer to our offer in it."""

    session: str
    sdp: bytes


class SessionAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The far end of an outbound call picked up; its ACK is already sent."""

    session: str
    sdp: bytes | None
    remote_contact: str
    headers: HeaderView = msgspec.field(default_factory=dict)


class SessionConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """The ACK for our answer came."""

    session: str
    sdp: bytes | None
    "The answer to our late offer, if there was one."


class SessionFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An outbound call did not come about. The session is over."""

    session: str
    status: int
    "Final status; 408 if nobody answered in time, 487 after our own hang-up, 503 if unreachable."

    reason: str
    cause: int | None = None
    "Q.850 cause, if the peer told."

    retry_after_s: int | None = None
    redirect: str | None = None
    "First Contact of a 3xx."


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """An answered call is over, in either direction."""

    session: str
    by: Literal["peer", "local", "timeout"]
    cause: int | None = None
    "Q.850 cause, if the peer told."

    reason: str = ""


class ReinviteReceived(msgspec.Struct, frozen=True, kw_only=True):
    """The peer offers a change; wants `accept_reinvite` or `refuse_reinvite`."""

    session: str
    sdp: bytes | None
    "None if the peer wants our offer."

    is_hold: bool
    "The offer stops our media to the peer (sendonly, inactive or 0.0.0.0)."


class ReinviteAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """Our change was accepted."""

    session: str
    sdp: bytes | None


class ReinviteFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Our change was refused; the session goes on as before."""

    session: str
    status: int


class ReinviteWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """The peer cancelled its change before we answered; 487 is already sent."""

    session: str


class InfoReceived(msgspec.Struct, frozen=True, kw_only=True):
    """An INFO within a session, e.g. a digit; 200 is already sent."""

    session: str
    content_type: str
    body: bytes


class ReferReceived(msgspec.Struct, frozen=True, kw_only=True):
    """The peer asks us to call somebody for it; wants `accept_refer` or `refuse_refer`."""

    session: str
    target: NameAddr
    "Whom to call."

    replaces: str | None
    "What the call shall carry as Replaces, if the peer has somebody on the line already."

    replaces_session: str | None
    "The session of ours that this names: its far end is the target, no call is needed."

    referred_by: str


class ReferAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """Our REFER was accepted (2xx) or not; 408 if nobody answered."""

    session: str
    status: int


class ReferProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The peer told how our REFER goes."""

    session: str
    status: int
    reason: str
    is_final: bool


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A phone registered or refreshed one contact."""

    user: str
    contact_uri: str
    "Request-URI for calls to it; send them over `flow`."

    flow: Flow
    expires_s: int
    user_agent: str
    fresh: bool = True
    "False for a mere refresh over the same flow."


class Unregistered(msgspec.Struct, frozen=True, kw_only=True):
    """A contact left, ran out, or its connection closed."""

    user: str
    contact_uri: str
    still_registered: bool
    "Whether the user has another contact."


class RegistrationMade(msgspec.Struct, frozen=True, kw_only=True):
    """A registrar knows us (again) under a name of ours."""

    registration: str
    expires_s: int
    is_fresh: bool
    "False for a refresh."


class RegistrationFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to register failed; the next comes by itself."""

    registration: str
    status: int
    "408 for silence, 503 if the registrar cannot be reached."

    reason: str
    retry_in_s: float
    still_known: bool
    "An earlier registration still holds."


class RegistrationEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that held is gone; the next attempt comes by itself."""

    registration: str
    reason: str


class OptionsAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """A health ping came back, with whatever status: the peer lives."""

    ping_id: str
    status: int


class OptionsFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A health ping was not answered in time, or could not be sent."""

    ping_id: str
    target: Hop


class BadMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that no standard allows; already answered where an answer makes sense."""

    flow: Flow
    error: str
    "Static words, no content."


SipEvent = (
    InviteReceived
    | InviteCancelled
    | SessionProgress
    | ProgressConfirmed
    | SessionAnswered
    | SessionConfirmed
    | SessionFailed
    | SessionEnded
    | ReinviteReceived
    | ReinviteAnswered
    | ReinviteFailed
    | ReinviteWithdrawn
    | InfoReceived
    | ReferReceived
    | ReferAnswered
    | ReferProgress
    | Registered
    | Unregistered
    | RegistrationMade
    | RegistrationFailed
    | RegistrationEnded
    | OptionsAnswered
    | OptionsFailed
    | BadMessage
)
