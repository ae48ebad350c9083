"""Words of the room: flows, what goes out, and the settings of one user agent.

Frozen values without behaviour. This file knows neither asyncio nor the product.

Source: RFC 3261 §17 (T1, T2, T4), §18; RFC 5626 (flow).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .parser import DEFAULT_LIMITS, Limits

Hop = tuple[str, int, str]
"Host, port, transport in lower case: where to send."

METHODS = (
    "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REGISTER", "PRACK", "REFER",
    "NOTIFY",
)  # fmt: skip
EXTENSIONS = ("100rel", "timer", "replaces", "norefersub")
"Option tags that we understand in Require and name in Supported."


class Flow(msgspec.Struct, frozen=True):
    """One path between two sockets; requests back to a phone go over it."""

    transport: str
    "`udp`, `tcp`, `tls`, `ws` or `wss`."

    local: tuple[str, int]
    remote: tuple[str, int]
    connection_id: int = 0
    "0 for UDP; a number that the driver never gives twice otherwise."

    @property
    def pinned(self) -> bool:
        """True if the far end can be reached over this very flow only: a browser."""
        return self.transport in ("ws", "wss")

    @property
    def reliable(self) -> bool:
        """True if the transport itself retransmits."""
        return self.transport != "udp"

    @property
    def hop(self) -> Hop:
        """The far end as a destination."""
        return self.remote[0], self.remote[1], self.transport


class Outgoing(msgspec.Struct, frozen=True):
    """A message for the driver to send."""

    data: bytes
    flow: Flow | None
    "Send over it if it lives."

    destination: Hop
    "Else send there; the host may be a name."


@dataclass(frozen=True, slots=True)
class Ha1:
    """Hashes of `user:realm:password` in lower-case hex, so that no password need be stored."""

    md5: str | None = field(default=None, repr=False)
    sha256: str | None = field(default=None, repr=False)


Secret = str | Ha1
"A password, or its hashes."

Credentials = Callable[[str, str], Secret | None]
"(realm, user) → what proves the user, or None for a stranger. Must not block."

Gate = Callable[[Flow], int | None]
"Asked before each new INVITE: None lets it pass, a number refuses it with 503, Retry-After: N."


def _nobody(host: str) -> bool:
    return False


def _unnoticed(user: str, algorithm: str) -> None:
    """Nobody asked to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Base intervals in seconds; all others are multiples. RFC 3261 table 4."""

    t1_s: float = 0.5
    t2_s: float = 4.0
    t4_s: float = 5.0
    trying_s: float = 32.0
    "An outbound INVITE that got nothing but `100` for so long has failed."

    ringing_s: float = 180.0
    "Timer C: an outbound INVITE without any new provisional for so long is cancelled."

    @property
    def timeout_s(self) -> float:
        """64·T1: timers B, D, F, H, J, L and M."""
        return 64 * self.t1_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings:
    """Policy of one user agent. All fields have a default except the realm."""

    realm: str
    user_agent: str = "Cordboard"
    advertised: dict[str, tuple[str, int]] = field(
        default_factory=lambda: {"udp": ("127.0.0.1", 5060)}
    )
    "Per transport, the address that Via and Contact show to the world."

    contact_user: str = "cordboard"
    trusted: Callable[[str], bool] | frozenset[str] = _nobody
    "Source hosts whose INVITE needs no digest: trunks and fixed contacts."

    trust_registered: bool = True
    "An INVITE over the flow of a registered phone needs no digest."

    digest_algorithms: tuple[str, ...] = ("SHA-256", "MD5")
    "Challenges offered, most wanted first."

    proved: Callable[[str, str], object] = _unnoticed
    "Told each user and algorithm that a digest proved."

    nonce_life_s: float = 300.0
    register_min_s: int = 60
    register_max_s: int = 3_600
    register_default_s: int = 600
    bindings_per_user: int = 8
    allow: tuple[str, ...] = METHODS
    timers: Timers = field(default_factory=Timers)
    limits: Limits = DEFAULT_LIMITS
    max_transactions: int = 40_000
    "Above it, new requests get a stateless 503; in-dialog ones get a quarter more room."

    max_sessions: int = 10_000
    session_expires_s: int = 1_800
    "A talk that nobody refreshes for so long is over; 0: only if the peer asks for it."

    min_se_s: int = 90
    "A shorter interval is refused with 422. RFC 4028 §5 allows no less."

    provisionals: Literal["supported", "required"] = "supported"
    "100rel: `required` refuses callers that cannot (421), and demands it of whom we call."

    def trusts(self, host: str) -> bool:
        """Whether an INVITE from this source host is accepted without digest."""
        trusted = self.trusted
        return trusted(host) if callable(trusted) else host in trusted
