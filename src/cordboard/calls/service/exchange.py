"""What calls must ask of rooms behind them; the wiring answers."""

from typing import Protocol

from typing_extensions import override

from cordboard.kit.ids import AgentId


class Addresses(Protocol):
    """Who sits where, and what there is to pass a call to."""

    def extension_of(self, agent_id: AgentId) -> str | None:
        """The phone at which the agent is signed in, or None."""
        ...

    def agent_at(self, extension: str) -> AgentId | None:
        """Who is signed in at this phone, or None."""
        ...

    def has_target(self, kind: str, target: str) -> bool:
        """Whether there is such a `queue`, `flow` or `extension`."""
        ...


class NobodyElse(Addresses):
    """An exchange without agents, queues and flows: for tests of this room alone."""

    @override
    def extension_of(self, agent_id: AgentId) -> str | None:
        return None

    @override
    def agent_at(self, extension: str) -> AgentId | None:
        return None

    @override
    def has_target(self, kind: str, target: str) -> bool:
        return True
