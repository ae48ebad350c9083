"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, DomainError, NotFoundError


class NoSuchLineError(NotFoundError):
    """The list has no line of this number."""

    code = "no-such-line"


class LineBusyError(ConflictError):
    """The line is not where the command needs it; the detail says where it is."""

    code = "line-busy"


class BadCommandError(DomainError):
    """The command or its parameters are not as documented; the detail says how they should be."""

    code = "bad-command"
    status = 422
