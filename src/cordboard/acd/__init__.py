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
from .model import Candidate, OfferState, PassedOver, Reason

__all__ = [
    "Candidate",
    "IllegalOfferError",
    "OfferAccepted",
    "OfferFact",
    "OfferFailed",
    "OfferMade",
    "OfferRefused",
    "OfferState",
    "OfferTimedOut",
    "OfferWithdrawn",
    "PassedOver",
    "Reason",
]
