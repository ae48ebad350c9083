"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, ForbiddenError, NotFoundError


class NoSuchCallError(NotFoundError):
    """The call is unknown or long over."""

    code = "no-such-call"


class IllegalTransitionError(ConflictError):
    """A fact does not fit the state of the call."""

    code = "illegal-transition"


class VerbRefusedError(ConflictError):
    """The call is not in a state in which this can be done; the detail says why."""

    code = "verb-refused"


class NotOnCallError(ForbiddenError):
    """Only who is on the call may do this, or a supervisor."""

    code = "not-on-call"


class NoSuchTargetError(NotFoundError):
    """There is nobody to pass the call to under this name."""

    code = "no-such-target"
