"""The room of records: its words and facts. See README.md."""

from .errors import (
    BadFilterError,
    DownloadForbiddenError,
    LateFactError,
    NoSuchRecordError,
    NoSuchRecordingError,
    RecordingMissingError,
    RecordingUnreadableError,
)
from .events import RecordChanged, RecordFact, RecordingMissed, RecordingRemoved
from .fold import apply, begin
from .model import (
    CallHeader,
    CallRecord,
    DayCounts,
    Handling,
    Key,
    Leg,
    Offer,
    Phase,
    Recording,
    Result,
    Segment,
    Step,
    Visit,
    VisitCounts,
)
from .state import masked

__all__ = [
    "BadFilterError",
    "CallHeader",
    "CallRecord",
    "DayCounts",
    "DownloadForbiddenError",
    "Handling",
    "Key",
    "LateFactError",
    "Leg",
    "NoSuchRecordError",
    "NoSuchRecordingError",
    "Offer",
    "Phase",
    "RecordChanged",
    "RecordFact",
    "Recording",
    "RecordingMissed",
    "RecordingMissingError",
    "RecordingRemoved",
    "RecordingUnreadableError",
    "Result",
    "Segment",
    "Step",
    "Visit",
    "VisitCounts",
    "apply",
    "begin",
    "masked",
]
