"""The room of waiting lines: its words, facts and orders. See README.md."""

from .commands import QueueCommands
from .errors import IllegalVisitError, NoSuchQueueError
from .events import CallWaiting, PositionAnnounced, QueueEntered, QueueFact, QueueLeft, VisitOutcome
from .model import Queue, QueueId, Visit, VisitId, VisitState, Waiting

__all__ = [
    "CallWaiting",
    "IllegalVisitError",
    "NoSuchQueueError",
    "PositionAnnounced",
    "Queue",
    "QueueCommands",
    "QueueEntered",
    "QueueFact",
    "QueueId",
    "QueueLeft",
    "Visit",
    "VisitId",
    "VisitOutcome",
    "VisitState",
    "Waiting",
]
