"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, DomainError, ForbiddenError, NotFoundError


class WrongCredentialsError(DomainError):
    """Name and password do not belong together, or the user may not log in: never says which."""

    code = "wrong-credentials"
    status = 401


class SignedOutError(DomainError):
    """There is no session, or it has ended."""

    code = "signed-out"
    status = 401


class TooManyAttemptsError(DomainError):
    """Too many failed logins by this name or from this place. Details: `retry_after_s`."""

    code = "too-many-attempts"
    status = 429


class MustChangePasswordError(ForbiddenError):
    """The password was given by somebody else and must be changed first."""

    code = "must-change-password"


class InvalidUserError(DomainError):
    """A field of a user will not do. Details: `errors`, a list of field and message."""

    code = "invalid"
    status = 422


class WeakPasswordError(InvalidUserError):
    """The new password breaks a rule. Details: `errors`."""

    code = "weak-password"


class WrongOldPasswordError(InvalidUserError):
    """The old password is not right. Details: `errors`."""

    code = "wrong-old-password"


class NoSuchUserError(NotFoundError):
    """There is no such user."""

    code = "no-such-user"


class NameTakenError(ConflictError):
    """Another user has this name, agent number or extension. Details: `errors`."""

    code = "name-taken"


class LastAdministratorError(ConflictError):
    """Somebody must be left who can administer the system."""

    code = "last-administrator"
