"""Whom a leg listens to: the decision which sender is the party.

Pure: sees source addresses, decides, and keeps the answer. `strict` believes the SDP alone;
`nat` believes any port of the SDP's or the signalling's address. Two good packets from one
place settle it; only a changed SetRemote opens it again.
Source: RFC 7362 (latching and its dangers).
"""

from enum import IntEnum
from typing import Literal

_GOOD_PACKETS = 2
Address = tuple[str, int]


class Verdict(IntEnum):
    """What to do with a packet."""

    FOREIGN = 0
    HEAR = 1
    COMMIT = 2


class Latch:
    """The state of one leg's listening."""

    __slots__ = ("_candidate", "_good", "_hosts", "_mode", "_remote", "settled")

    def __init__(
        self, mode: Literal["strict", "nat"], host: str, port: int, signalling_host: str = ""
    ) -> None:
        self._mode = mode
        self._remote = (host, port)
        self._hosts = {host, signalling_host} - {"", "0.0.0.0", "::"}  # noqa: S104 - held, not bound
        self._candidate: Address | None = None
        self._good = 0
        self.settled: Address | None = None
        "The party's address, once it is known."

    def same_wish(
        self, mode: Literal["strict", "nat"], host: str, port: int, signalling_host: str
    ) -> bool:
        """Whether a new SetRemote leaves the latch as it is."""
        again = Latch(mode, host, port, signalling_host)
        return (again._mode, again._remote, again._hosts) == (
            self._mode,
            self._remote,
            self._hosts,
        )

    def consider(self, source: Address) -> Verdict:
        """Decide about one good RTP packet (version 2, negotiated payload type)."""
        if self.settled is not None:
            return Verdict.HEAR if source == self.settled else Verdict.FOREIGN
        if not self._allowed(source):
            return Verdict.FOREIGN
        self._good = self._good + 1 if source == self._candidate else 1
        self._candidate = source
        if self._good < _GOOD_PACKETS:
            return Verdict.HEAR
        self.settled = source
        return Verdict.COMMIT

    def _allowed(self, source: Address) -> bool:
        if self._mode == "strict":
            return source == self._remote
        return source[0] in self._hosts
