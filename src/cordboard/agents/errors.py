"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, DomainError, NotFoundError


class NoSuchAgentError(NotFoundError):
    """There is no such agent."""

    code = "no-such-agent"


class AgentNotIdleError(ConflictError):
    """Only an idle agent can be offered something."""

    code = "agent-not-idle"


class IllegalAgentStateError(ConflictError):
    """The agent's state does not allow this."""

    code = "illegal-agent-state"


class ExtensionTakenError(ConflictError):
    """Another agent is signed in at this phone."""

    code = "extension-taken"


class NoExtensionError(ConflictError):
    """Neither the sign-in nor the agent's configuration names a phone."""

    code = "no-extension"


class BadReasonError(DomainError):
    """Not a reason of the list, or one that only the system sets."""

    code = "bad-reason"
    status = 422
