"""A call's run through a flow, as a fold of its facts. Pure: no I/O, no clock.

Rules for editors: whatever decides what the caller hears next and is not call data stands here
and is changed by `apply` alone, so that a replay of the journal gives the very same run.
"""

import msgspec

from .events import FlowEnded, FlowFact, FlowStarted, NodeEntered, NodeFailed, NodeLeft, NodeRetried

__all__ = ["Pace", "Run", "apply"]

STEPS_PER_SECOND = 100
"More nodes than this in a second of one call are a circle, not a service."


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is in its flow."""

    flow_id: str
    version: int
    started_at_ms: int
    node_id: str = ""
    "Empty before the first node."

    steps: int = 0
    "Nodes entered so far."

    attempt: int = 0
    "How often the node has asked in vain."

    served: bool = False
    failure: str = ""
    "Why the flow cannot go on; the caller hears an apology."

    @property
    def order_id(self) -> str:
        """Names what the caller is played or asked now; another after each step and retry.

        Made of the run alone, so that a restored run knows what it waits for.
        """
        ending = "-failed" if self.failure else ""
        return f"{self.flow_id}-{self.started_at_ms}-{self.steps}-{self.attempt}{ending}"


def apply(run: Run | None, fact: FlowFact) -> Run | None:
    """The run after the fact; None when the call is in no flow.

    A fact of a run that is not there changes nothing.
    """
    if isinstance(fact, FlowStarted):
        return Run(flow_id=fact.flow_id, version=fact.version, started_at_ms=fact.at_ms)
    if run is None or isinstance(fact, FlowEnded):
        return None
    return _step(run, fact)


def _step(run: Run, fact: FlowFact) -> Run:
    match fact:
        case NodeEntered():
            return msgspec.structs.replace(
                run,
                node_id=fact.node_id,
                steps=run.steps + 1,
                attempt=0,
                served=run.served or fact.served,
            )
        case NodeRetried():
            return msgspec.structs.replace(run, attempt=run.attempt + 1)
        case NodeFailed(is_final=True):
            return msgspec.structs.replace(run, failure=fact.detail)
        case NodeLeft():
            return msgspec.structs.replace(run, node_id="", attempt=0)
        case _:
            return run


class Pace:
    """Counts the nodes that one call enters, so that no flow runs in circles at full speed."""

    __slots__ = ("_since_ms", "_steps")

    def __init__(self) -> None:
        self._since_ms = 0
        self._steps = 0

    def step(self, at_ms: int) -> bool:
        """One more node; False when there were STEPS_PER_SECOND within a second."""
        if at_ms - self._since_ms >= 1000:
            self._since_ms = at_ms
            self._steps = 0
        self._steps += 1
        return self._steps <= STEPS_PER_SECOND
