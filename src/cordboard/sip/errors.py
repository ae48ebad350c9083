"""What can go wrong between two SIP user agents: they broke the protocol, or we did.

A `RemoteProtocolError` is the peer's doing: answer it, count it, go on. A `LocalProtocolError`
is a bug of our caller and must reach a developer. This file knows no other kind of failure.

Source: RFC 3261 §8.2 and §21 (the status that a broken request deserves).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # within the room only: the error carries what could be read of the message
    from .messages import Message


class SipError(Exception):
    """Base of the two families."""


class LocalProtocolError(SipError):
    """Our own side asked for something that the protocol does not allow now."""


class RemoteProtocolError(SipError):
    """The peer sent bytes that no standard allows, or that exceed our limits."""

    def __init__(
        self, reason: str, sip_status_hint: int = 400, message: Message | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        "Static words; never the offending bytes, which may hold personal data."

        self.sip_status_hint = sip_status_hint
        "Status for the answer, if there is anybody to answer to."

        self.message = message
        "What could be read before the fault, or None; enough for a stateless answer."
