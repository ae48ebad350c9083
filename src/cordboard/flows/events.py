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
