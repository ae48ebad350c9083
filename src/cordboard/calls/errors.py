"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, NotFoundError


class NoSuchCallError(NotFoundError):
    """The call is unknown or long over."""

    code = "no-such-call"


class IllegalTransitionError(ConflictError):
    """A fact does not fit the state of the call."""

    code = "illegal-transition"
