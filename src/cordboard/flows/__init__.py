"""The room of flows: its facts and errors. See README.md."""

from .errors import BadFlowError, FlowVersionTakenError, NoSuchFlowError
from .events import (
    FlowEnded,
    FlowFact,
    FlowStarted,
    NodeEntered,
    NodeFailed,
    NodeLeft,
    NodeRetried,
)

__all__ = [
    "BadFlowError",
    "FlowEnded",
    "FlowFact",
    "FlowStarted",
    "FlowVersionTakenError",
    "NoSuchFlowError",
    "NodeEntered",
    "NodeFailed",
    "NodeLeft",
    "NodeRetried",
]
