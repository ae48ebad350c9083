"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, DomainError, NotFoundError


class NoSuchFlowError(NotFoundError):
    """There is no such flow, or no live version of it."""

    code = "no-such-flow"


class BadFlowError(DomainError):
    """The graph of a flow does not hold; `problems` lists every fault with its node."""

    code = "bad-flow"
    status = 422


class FlowVersionTakenError(ConflictError):
    """This version, or a later one, is published with another content."""

    code = "flow-version-taken"
