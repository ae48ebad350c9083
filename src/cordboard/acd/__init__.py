"""The room of matching: its facts. See README.md."""

from .events import (
    OfferAccepted,
    OfferFact,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)

__all__ = [
    "OfferAccepted",
    "OfferFact",
    "OfferFailed",
    "OfferMade",
    "OfferRefused",
    "OfferTimedOut",
    "OfferWithdrawn",
]
