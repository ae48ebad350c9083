"""The room of matching: its facts. See README.md."""

from .errors import IllegalOfferError
from .events import (
    OfferAccepted,
    OfferFact,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from .model import OfferState

__all__ = [
    "IllegalOfferError",
    "OfferAccepted",
    "OfferFact",
    "OfferFailed",
    "OfferMade",
    "OfferRefused",
    "OfferState",
    "OfferTimedOut",
    "OfferWithdrawn",
]
