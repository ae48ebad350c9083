"""A request that we are about to send, in the parts that later messages need again.

CANCEL, the ACK of a refusal and a second try with credentials all repeat parts of the first
request; keeping the parts keeps them honest. This file knows no state and no time.

Source: RFC 3261 §8.1.1, §9.1, §17.1.1.3 and §22.2.
"""

from dataclasses import dataclass, field, replace

from .messages import build


@dataclass(slots=True)
class Draft:
    """One request of ours. All texts are wire text."""

    method: str
    uri: str
    via: str
    from_: str
    to: str
    call_id: str
    cseq: int
    routes: list[str] = field(default_factory=list)
    extra: list[tuple[str, str]] = field(default_factory=list)
    "Contact, credentials and the caller's own headers."

    body: bytes = b""

    @property
    def branch(self) -> str:
        """The branch of our Via."""
        return self.via.partition(";branch=")[2].partition(";")[0]

    def __bytes__(self) -> bytes:
        pairs = [("Via", self.via), ("Max-Forwards", "70")]
        pairs += [("Route", route) for route in self.routes]
        pairs += (
            ("From", self.from_),
            ("To", self.to),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} {self.method}"),
        )
        pairs += self.extra
        return build(f"{self.method} {self.uri} SIP/2.0", pairs, self.body)

    def cancel(self, extra: list[tuple[str, str]]) -> "Draft":
        """The CANCEL of this INVITE: same branch, same route, same CSeq number."""
        return replace(self, method="CANCEL", extra=extra, body=b"")

    def ack(self, to: str) -> "Draft":
        """The ACK of a refusal of this INVITE; `to` is the To of the response."""
        return replace(self, method="ACK", to=to, extra=[], body=b"")

    def again(self, via: str, cseq: int, credentials: list[tuple[str, str]]) -> "Draft":
        """The same request once more, with credentials, in a new transaction."""
        kept = [pair for pair in self.extra if not pair[0].endswith("Authorization")]
        return replace(self, via=via, cseq=cseq, extra=kept + credentials)
