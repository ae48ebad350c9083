"""What can go wrong in this room."""

from cordboard.kit.errors import ConflictError, NotFoundError


class NoSuchAgentError(NotFoundError):
    """There is no such agent."""

    code = "no-such-agent"


class AgentNotIdleError(ConflictError):
    """Only an idle agent can be offered something."""

    code = "agent-not-idle"


class IllegalAgentStateError(ConflictError):
    """The agent's state does not allow this."""

    code = "illegal-agent-state"
