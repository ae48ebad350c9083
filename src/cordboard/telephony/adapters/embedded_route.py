"""Where a call comes from, and how one gets there: the words of the line book.

Source: RFC 3261 §19.1 (URIs); RFC 5626 (flows).
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Literal

import msgspec

from cordboard import sip
from cordboard.telephony.lines import SipPolicy

PHONE_POLICY = SipPolicy(x_headers=("x-*",), srtp="optional")
"How SIP is spoken with phones of the house."


@dataclass(frozen=True, slots=True)
class Line:
    """Where an inbound call comes from."""

    kind: Literal["trunk", "phone"]
    id: str
    caller_number: str
    latch: str
    called_number: str = ""
    policy: SipPolicy = PHONE_POLICY


@dataclass(frozen=True, slots=True)
class DialRoute:
    """How to invite somebody."""

    request_uri: str
    next_hop: sip.Hop | sip.Flow
    host: str
    latch: str = "nat"
    trunk_id: str = ""
    shown_number: str = ""
    username: str = ""
    password: str = ""
    policy: SipPolicy = PHONE_POLICY

    @property
    def srtp(self) -> sip.SrtpPolicy:
        """Whether to offer encrypted sound: as a trunk says; to phones whose signalling is TLS."""
        hop = self.next_hop.hop if isinstance(self.next_hop, sip.Flow) else self.next_hop
        return self.policy.srtp if self.trunk_id or hop[2] == "tls" else "off"


class Binding(msgspec.Struct, kw_only=True):
    """Where a registered phone is reached."""

    contact_uri: str
    transport: str
    local: tuple[str, int]
    remote: tuple[str, int]
    connection_id: int
    expires_at_ms: int

    @property
    def flow(self) -> sip.Flow:
        """The flow to send requests back on."""
        return sip.Flow(self.transport, self.local, self.remote, self.connection_id)


def is_ip(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_port(text: str) -> tuple[str, int]:
    """`host:port` or `[v6]:port` in two; 5060 if there is no port.

    Raises:
        ValueError: If the port is no number.
    """
    host, colon, port = text.rpartition(":")
    if not colon or (host.count(":") and not host.startswith("[")):
        return text, 5060
    return host.strip("[]"), int(port)


def mark(ha1: str) -> str:
    """Tells one secret from another and gives neither away."""
    return hashlib.sha256(ha1.encode()).hexdigest()[:16]
