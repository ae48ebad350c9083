"""The family of errors that people can act on; rendered once, at the edge."""

from collections.abc import Mapping


class DomainError(Exception):
    """Something that a caller of a use case did wrong or cannot have now.

    Args:
        detail: One sentence that says what to do.
        details: Structured values for machines.
    """

    code: str = "error"
    "Kebab-case word for machines, stable for ever."

    status: int = 400
    "HTTP status at the edge."

    def __init__(self, detail: str, **details: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.details: Mapping[str, object] = details


class NotFoundError(DomainError):
    """There is no such thing, or not for you."""

    code = "not-found"
    status = 404


class ForbiddenError(DomainError):
    """The role does not allow it."""

    code = "forbidden"
    status = 403


class ConflictError(DomainError):
    """The thing is not in a state that allows it."""

    code = "conflict"
    status = 409
