"""Facts of a call's way through a flow."""

from typing import Literal

from cordboard.calls import CallFact


class FlowFact(CallFact, frozen=True, kw_only=True, gc=False):
    """Base: a call in a flow. Its stream is the call's."""

    flow_id: str


class FlowStarted(FlowFact, frozen=True, kw_only=True, gc=False):
    """The call entered a flow; it keeps this version to the end."""

    version: int


class NodeEntered(FlowFact, frozen=True, kw_only=True, gc=False):
    """The call reached a node."""

    node_id: str
    node_kind: str
    label: str = ""
    served: bool = False
    "Self-service is complete here (measure calls_self_served)."


class NodeRetried(FlowFact, frozen=True, kw_only=True, gc=False):
    """The caller keyed nothing, or nothing that fits, and is asked again at the same node."""

    node_id: str
    reason: Literal["no_input", "invalid"]
    digits: str = ""


class NodeFailed(FlowFact, frozen=True, kw_only=True, gc=False):
    """Something at a node is broken; the flow goes on by an exit, or apologises and ends."""

    node_id: str
    detail: str
    is_final: bool = False
    "The flow cannot go on: the caller hears an apology, then FlowEnded(failed) follows."


class NodeLeft(FlowFact, frozen=True, kw_only=True, gc=False):
    """The call left a node by one of its exits."""

    node_id: str
    exit: str
    digits: str = ""
    "What was keyed at this node."


class FlowEnded(FlowFact, frozen=True, kw_only=True, gc=False):
    """The call left the flow."""

    outcome: Literal["routed", "hung_up", "caller_left", "failed"]
    served: bool = False
    detail: str = ""
