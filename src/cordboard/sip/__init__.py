"""The door of `sip`: a sans-IO SIP user agent and the driver that gives it sockets.

Knows RFCs and no product words. Outsiders import from here only.
"""

from .core import SipCore
from .crypto import KEY_BYTES, Keys, Srtp, SrtpPolicy
from .digest import ha1_of
from .driver import SipDriver
from .errors import LocalProtocolError, RemoteProtocolError, SipError
from .events import (
    BadMessage,
    HeaderView,
    InfoReceived,
    InviteCancelled,
    InviteReceived,
    OptionsAnswered,
    OptionsFailed,
    ProgressConfirmed,
    ReferAnswered,
    ReferProgress,
    ReferReceived,
    Registered,
    RegistrationEnded,
    RegistrationFailed,
    RegistrationMade,
    ReinviteAnswered,
    ReinviteFailed,
    ReinviteReceived,
    ReinviteWithdrawn,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionFailed,
    SessionProgress,
    SipEvent,
    Unregistered,
)
from .guard import Guard, GuardSettings
from .model import Credentials, Flow, Gate, Ha1, Hop, Outgoing, Secret, SipSettings, Timers
from .offers import Agreed, SdpSide, order_codecs, read_answer, read_offer
from .parser import Limits
from .registrar import Binding
from .sdp import Direction, Media, Sdp, is_hold, parse_sdp
from .uri import NameAddr, SipUri

__all__ = [
    "KEY_BYTES",
    "Agreed",
    "BadMessage",
    "Binding",
    "Credentials",
    "Direction",
    "Flow",
    "Gate",
    "Guard",
    "GuardSettings",
    "Ha1",
    "HeaderView",
    "Hop",
    "InfoReceived",
    "InviteCancelled",
    "InviteReceived",
    "Keys",
    "Limits",
    "LocalProtocolError",
    "Media",
    "NameAddr",
    "OptionsAnswered",
    "OptionsFailed",
    "Outgoing",
    "ProgressConfirmed",
    "ReferAnswered",
    "ReferProgress",
    "ReferReceived",
    "Registered",
    "RegistrationEnded",
    "RegistrationFailed",
    "RegistrationMade",
    "ReinviteAnswered",
    "ReinviteFailed",
    "ReinviteReceived",
    "ReinviteWithdrawn",
    "RemoteProtocolError",
    "Sdp",
    "SdpSide",
    "Secret",
    "SessionAnswered",
    "SessionConfirmed",
    "SessionEnded",
    "SessionFailed",
    "SessionProgress",
    "SipCore",
    "SipDriver",
    "SipError",
    "SipEvent",
    "SipSettings",
    "SipUri",
    "Srtp",
    "SrtpPolicy",
    "Timers",
    "Unregistered",
    "ha1_of",
    "is_hold",
    "order_codecs",
    "parse_sdp",
    "read_answer",
    "read_offer",
]
