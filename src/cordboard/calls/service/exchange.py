"""What calls are set to, and what they must ask of rooms behind them; the wiring answers."""

from typing import Protocol

import msgspec
from typing_extensions import override

from cordboard.calls.model import Chosen, OutsideCall
from cordboard.kit.ids import AgentId
from cordboard.telephony.ports import NO_LINE, DialTarget


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This room's section of the settings."""

    default_language: str = "zh"
    records_calls: bool = True
    "Policy: every answered call is recorded over its whole length (REC-01)."

    hold_music: str = "moh:default"
    ringback: str = "tone:ringback/cn"
    off_hook_s: float = 45.0
    "An inner line that is rung to dial out is given up after this (S002-BOARD 53)."


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


class OuterLines(Protocol):
    """Which outer line a call takes; the line is taken by the answer."""

    def admit(self, trunk_id: str) -> str | None:
        """The line of a call that comes in on this trunk; None if all are taken."""
        ...

    def choose(self, call: OutsideCall) -> Chosen | None:
        """The line for a call to the outside; None if none is free."""
        ...


class OneTrunk(OuterLines):
    """No lines to choose among: calls to the outside take a trunk, which keeps its own limit.

    Args:
        trunk_id: The trunk; None: the first that is up.
    """

    def __init__(self, trunk_id: str | None = None) -> None:
        self._trunk_id = trunk_id

    @override
    def admit(self, trunk_id: str) -> str | None:
        return ""

    @override
    def choose(self, call: OutsideCall) -> Chosen | None:
        if call.tried:
            return None
        return Chosen(line_id="", target=DialTarget(number=call.number, trunk_id=self._trunk_id))


NO_LINE_IS_FREE = Chosen(line_id="", target=DialTarget(number="", trunk_id=NO_LINE))
"Reaches nobody."


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
