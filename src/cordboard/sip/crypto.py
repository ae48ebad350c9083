"""SRTP keys in descriptions: a=crypto lines, read and written.

Only the suites of RFC 4568 that everybody has, one key per direction, no MKI and no session
parameters: a line that wants more is passed over. This file encrypts nothing.

Source: RFC 4568 (SDES), §6.2 (suites), §9.1 (grammar).
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

SrtpPolicy = Literal["off", "optional", "required"]
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"What we speak, most wanted first."

KEY_BYTES = 30
"Master key and salt of both suites."

PLAIN, SECURE = "RTP/AVP", "RTP/SAVP"
PROFILES: dict[SrtpPolicy, tuple[str, ...]] = {
    "off": (PLAIN,), "optional": (SECURE, PLAIN), "required": (SECURE,),
}  # fmt: skip
_LINE = re.compile(
    r"crypto:([0-9]{1,9}) ([A-Za-z0-9_]+) inline:([A-Za-z0-9+/]+={0,2})(\|[0-9^]{1,20})?"
)


@dataclass(frozen=True, slots=True)
class Crypto:
    """One a=crypto line."""

    tag: int
    suite: str
    key: bytes = field(repr=False)

    def line(self) -> str:
        """As it stands in a description, without `a=`."""
        return f"crypto:{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


@dataclass(frozen=True, slots=True)
class Srtp:
    """What both sides encrypt with."""

    suite: str
    ours: bytes = field(repr=False)
    "Key of what we send."

    theirs: bytes = field(repr=False)
    tag: int = 1


def read_crypto(attributes: Iterable[str]) -> list[Crypto]:
    """The lines that we can use, most wanted suite first."""
    found = []
    for text in attributes:
        line = _LINE.fullmatch(text)
        if line is None or line[2] not in SUITES:
            continue
        try:
            key = base64.b64decode(line[3], validate=True)
        except binascii.Error:
            continue
        if len(key) == KEY_BYTES:
            found.append(Crypto(int(line[1]), line[2], key))
    return sorted(found, key=lambda crypto: SUITES.index(crypto.suite))


class Keys:
    """Our own key of one session: made when it is first wanted, and kept.

    Args:
        make: KEY_BYTES that nobody can foresee.
    """

    __slots__ = ("_key", "_make")

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._key = b""

    @property
    def key(self) -> bytes:
        """The key."""
        self._key = self._key or self._make()
        return self._key

    def offer(self) -> list[str]:
        """Our lines in an offer, one a suite; the same key serves whichever is taken."""
        return [Crypto(tag, suite, self.key).line() for tag, suite in enumerate(SUITES, 1)]
