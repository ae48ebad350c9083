"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError


class IllegalOfferError(ConflictError):
    """An offer cannot take this fact."""

    code = "illegal-offer"
