"""The room of flows: its facts and errors. See README.md."""

from .errors import BadFlowError, NoSuchFlowError
from .events import FlowEnded, FlowFact, FlowStarted, NodeEntered, NodeLeft

__all__ = [
    "BadFlowError",
    "FlowEnded",
    "FlowFact",
    "FlowStarted",
    "NoSuchFlowError",
    "NodeEntered",
    "NodeLeft",
]
