"""Use cases of this room: `Records` keeps the folds, `RecordingKeeper` the sound files."""

from .keeper import RecordingKeeper, TakesTurns
from .records import Records, RecordSettings

__all__ = ["RecordSettings", "RecordingKeeper", "Records", "TakesTurns"]
