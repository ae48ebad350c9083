"""Digest authentication, both ways: answering challenges, and making and checking them.

Nonces prove themselves (time and MAC), so challenges cost no memory; only nonces in use are
remembered, for their counters. A stranger and a known user with a wrong password get the same
answer after the same work. This file knows no registrar and no session; `now_s` is given.

Source: RFC 7616, RFC 8760 (several challenges, SHA-256), RFC 3261 §22.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .errors import RemoteProtocolError
from .messages import Request
from .model import Credentials, Ha1, Secret
from .uri import WORD, unquote, wire

_PAIR = re.compile(rf"[ \t]*({WORD})[ \t]*=[ \t]*(\"(?:[^\"\\]|\\.)*\"|[^\s,\"]+)[ \t]*(?:,|$)")
_SCHEME = re.compile(r"[ \t]*Digest[ \t]+", re.IGNORECASE)
_MD5_ALONE = re.compile(r"baresip v[01]\.|PJSUA v(1\.|2\.(\d|1[01])\b)|SIPp 3\.[0-6]\b")
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}
NONCES_REMEMBERED = 20_000

Fields = dict[str, str]


def parse_fields(value: str) -> Fields | None:
    """The fields of a Digest header, names in lower case, quotes removed; None if not Digest.

    Raises:
        RemoteProtocolError: If it is Digest, but broken.
    """
    found = _SCHEME.match(value)
    if found is None:
        return None
    fields: Fields = {}
    position = found.end()
    while position < len(value):
        pair = _PAIR.match(value, position)
        if pair is None or pair[1].lower() in fields:
            raise RemoteProtocolError("broken Digest header")
        fields[pair[1].lower()] = unquote(pair[2])
        position = pair.end()
    return fields


def digest(algorithm: str, data: str) -> str:
    """Lower-case hex of wire text under MD5 or SHA-256."""
    return _HASHES[algorithm](data.encode("latin-1", "replace")).hexdigest()


def ha1_of(secret: Secret, algorithm: str, user: str, realm: str) -> str | None:
    """Hash of `user:realm:password`, or None if only another algorithm's hash is known."""
    if isinstance(secret, Ha1):
        return secret.md5 if algorithm == "MD5" else secret.sha256
    return digest(algorithm, f"{user}:{realm}:{wire(secret)}")


def response_of(fields: Fields, ha1: str, method: str, body: bytes) -> str:
    """The `response` value that these fields call for."""
    algorithm, session = split_algorithm(fields.get("algorithm"))
    nonce, qop = fields["nonce"], fields.get("qop", "").lower()
    if session:
        ha1 = digest(algorithm, f"{ha1}:{nonce}:{fields['cnonce']}")
    a2 = f"{method}:{fields['uri']}"
    if qop == "auth-int":
        a2 += ":" + _HASHES[algorithm](body).hexdigest()
    ha2 = digest(algorithm, a2)
    middle = f"{fields['nc']}:{fields['cnonce']}:{qop}:" if qop else ""
    return digest(algorithm, f"{ha1}:{nonce}:{middle}{ha2}")


def readable_by(user_agent: str | None, algorithms: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the algorithms to challenge a client with: all, strongest first (RFC 8760 §2.4).

    A client takes the first that it knows (§2.5). Stacks from before that do not: libre up to 1.x
    (baresip v0, v1; Debian 12 has 1.0), pjsip up to 2.11 and SIPp up to 3.6 give up at a first
    challenge that is not MD5, so those that say that they are one of these are challenged with MD5
    alone. Whoever forges that name gains nothing: the user's secret alone decides what is accepted.
    """
    if "MD5" in algorithms and user_agent is not None and _MD5_ALONE.match(user_agent):
        return ("MD5",)
    return algorithms


def split_algorithm(name: str | None) -> tuple[str, bool]:
    """Canonical name of the hash, and whether it is the `-sess` variant."""
    upper = (name or "MD5").upper()
    return upper.removesuffix("-SESS"), upper.endswith("-SESS")


class DigestClient:
    """Answers the challenges of one peer; remembers the nonce, so that `nc` counts up."""

    __slots__ = ("_counts", "_password", "_token", "_user", "tries")

    def __init__(self, user: str, password: str, token: Callable[[], str]) -> None:
        self._user = wire(user)
        self._password = password
        self._token = token
        self._counts: dict[str, int] = {}
        self.tries = 0
        "Challenges answered; the owner gives up after a few."

    def answer(self, challenges: list[str], method: str, uri: str, body: bytes) -> str | None:
        """The Authorization value for the first challenge that we can meet, or None.

        Args:
            challenges: Values of all WWW- or Proxy-Authenticate headers, in the peer's order.
            method: Of the request to be sent.
            uri: Its Request-URI.
            body: Its body, for `auth-int`.
        """
        for value in challenges:
            fields = parse_fields(value)
            if fields is None or "nonce" not in fields or "realm" not in fields:
                continue
            if split_algorithm(fields.get("algorithm"))[0] in _HASHES:
                self.tries += 1
                return self._answer(fields, method, uri, body)
        return None

    def _answer(self, challenge: Fields, method: str, uri: str, body: bytes) -> str:
        algorithm, _ = split_algorithm(challenge.get("algorithm"))
        nonce, realm = challenge["nonce"], challenge["realm"]
        fields = {"username": self._user, "realm": realm, "nonce": nonce, "uri": uri}
        offered = [q.strip().lower() for q in challenge.get("qop", "").split(",")]
        qop = next((q for q in ("auth", "auth-int") if q in offered), "")
        if "algorithm" in challenge:
            fields["algorithm"] = challenge["algorithm"]
        if qop or split_algorithm(challenge.get("algorithm"))[1]:
            fields["cnonce"] = self._token()
        if qop:
            count = self._counts.get(nonce, 0) + 1
            self._counts = {nonce: count}
            fields |= {"qop": qop, "nc": f"{count:08x}"}
        if "opaque" in challenge:
            fields["opaque"] = challenge["opaque"]
        ha1 = digest(algorithm, f"{self._user}:{realm}:{wire(self._password)}")
        fields["response"] = response_of(fields, ha1, method, body)
        bare = ("algorithm", "qop", "nc")
        return "Digest " + ", ".join(
            f"{name}={value}" if name in bare else f'{name}="{_escape(value)}"'
            for name, value in fields.items()
        )


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    user: str | None
    "Who it is, or None: challenge them."

    algorithm: str = ""
    "That proved it."

    wrong: str = ""
    "Nonce that a wrong answer named."

    stale: bool = False
    "The digest was right, only the nonce was old or used: tell the phone to try again."


class DigestServer:
    """Makes challenges and checks the answers."""

    def __init__(
        self,
        realm: str,
        credentials: Credentials,
        token: Callable[[], str],
        *,
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
        nonce_life_s: float = 300.0,
    ) -> None:
        self._realm = realm
        self._credentials = credentials
        self._token = token
        self._algorithms = algorithms
        self._life_s = nonce_life_s
        self._key = "".join(token() for _ in range(4)).encode()
        self._counts: OrderedDict[str, int] = OrderedDict()
        "Nonce in use → highest `nc` seen."

    def challenges(
        self,
        now_s: float,
        *,
        stale: bool = False,
        algorithms: tuple[str, ...] | None = None,
        host: str = "",
    ) -> list[str]:
        """Values for WWW-Authenticate headers, one per algorithm, sharing one nonce.

        Args:
            now_s: Monotonic seconds.
            stale: Whether only the nonce was too old.
            algorithms: Some of ours, see `readable_by`; None: all, most wanted first.
            host: Whom the nonce is for, see `echoes`.
        """
        nonce = self._nonce(now_s, host)
        tail = ", stale=true" if stale else ""
        return [
            f'Digest realm="{_escape(self._realm)}", nonce="{nonce}", algorithm={algorithm}, '
            f'qop="auth,auth-int"{tail}'
            for algorithm in algorithms or self._algorithms
        ]

    def echoes(self, nonce: str, host: str, now_s: float) -> bool:
        """Whether this nonce was given to this host, lately: whoever names it is really there."""
        born_at, _, rest = nonce.partition("-")
        try:
            age_s = now_s - int(born_at, 16) / 1000
        except ValueError:
            return False
        return (
            -1.0 <= age_s <= self._life_s
            and hmac.compare_digest(rest.partition("-")[0].encode("latin-1"), self._place(host))
            and self._is_ours(nonce)
        )

    def check(self, request: Request, now_s: float) -> Verdict:
        """Who sent the request, as far as its Authorization proves it.

        Raises:
            RemoteProtocolError: If there is a Digest header of our realm, but broken.
        """
        values = request.headers.get("authorization", [])
        values = values + request.headers.get("proxy-authorization", [])
        for value in values:
            fields = parse_fields(value)
            if fields is not None and fields.get("realm") == self._realm:
                return self._check(fields, request, now_s)
        return Verdict(None)

    def _check(self, fields: Fields, request: Request, now_s: float) -> Verdict:
        algorithm, _ = split_algorithm(fields.get("algorithm"))
        if algorithm not in self._algorithms or not _is_complete(fields):
            return Verdict(None)
        user = fields["username"]
        secret = self._credentials(self._realm, user)
        ha1 = ha1_of(secret if secret is not None else "", algorithm, user, self._realm)
        wanted = response_of(fields, ha1 or "", request.method, request.body)
        right = hmac.compare_digest(wanted.encode(), _lower(fields["response"]))
        if not right or secret is None or ha1 is None or not _same_target(fields, request):
            return Verdict(None, wrong=fields["nonce"])
        if not self._fresh(fields, now_s):
            return Verdict(None, stale=True)
        return Verdict(user, algorithm)

    def _fresh(self, fields: Fields, now_s: float) -> bool:
        nonce = fields["nonce"]
        count = int(fields["nc"], 16)
        born_at, _, _ = nonce.partition("-")
        try:
            age_s = now_s - int(born_at, 16) / 1000
        except ValueError:
            return False
        if not self._is_ours(nonce):
            return False
        if not -1.0 <= age_s <= self._life_s or count <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > NONCES_REMEMBERED:
            self._counts.popitem(last=False)
        return True

    def _nonce(self, now_s: float, host: str) -> str:
        text = f"{int(now_s * 1000):x}-{self._place(host).decode()}-{self._token()}-"
        return text + self._sign(text).decode()

    def _place(self, host: str) -> bytes:
        """Names a host and does not give it away."""
        return self._sign(f"at {host}")[:16]

    def _is_ours(self, nonce: str) -> bool:
        return hmac.compare_digest(self._sign(nonce[:-32]), _lower(nonce[-32:]))

    def _sign(self, text: str) -> bytes:
        data = text.encode("latin-1", "replace")
        return hmac.new(self._key, data, "sha256").hexdigest()[:32].encode()


def _lower(text: str) -> bytes:
    return text.lower().encode("latin-1", "replace")


def _is_complete(fields: Fields) -> bool:
    """All fields are there that a modern answer has; clients without qop are refused."""
    names = ("username", "nonce", "uri", "response", "qop", "nc", "cnonce")
    if any(name not in fields for name in names):
        return False
    if fields["qop"].lower() not in ("auth", "auth-int"):
        return False
    return re.fullmatch(r"[0-9A-Fa-f]{8}", fields["nc"]) is not None


def _same_target(fields: Fields, request: Request) -> bool:
    """The signed URI is the request's; phones may differ in parameters, never in the host."""
    return _bare(fields["uri"]) == _bare(request.uri)


def _bare(uri: str) -> str:
    return uri.partition(";")[0].partition("?")[0].lower()
