"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, NotFoundError


class NoSuchQueueError(NotFoundError):
    """There is no such queue."""

    code = "no-such-queue"


class IllegalVisitError(ConflictError):
    """A visit cannot take this fact."""

    code = "illegal-visit"
