"""Steps of recordings, from the first byte to the end of their retention."""

from typing import Any

from msgspec.structs import replace

from cordboard.calls import RecordingClosed, RecordingFailed, RecordingStarted
from cordboard.records.events import RecordingMissed, RecordingRemoved
from cordboard.records.model import CallRecord, Recording

from .timeline import find_id, swap


def recording_started(record: CallRecord, fact: RecordingStarted) -> CallRecord:
    """The file exists and grows."""
    recording = Recording(
        id=fact.recording_id, leg_id=fact.leg_id, path=fact.path, started_at_ms=fact.at_ms
    )
    return replace(record, recordings=(*record.recordings, recording))


def _change_recording(record: CallRecord, fact: Any, **changes: Any) -> CallRecord:
    recording = find_id(record.recordings, fact.recording_id)
    if recording is None:
        return record
    changed = replace(recording, **changes)
    return replace(record, recordings=swap(record.recordings, recording, changed))


def recording_closed(record: CallRecord, fact: RecordingClosed) -> CallRecord:
    """The file is whole; its path may have changed."""
    return _change_recording(
        record,
        fact,
        state="closed",
        path=fact.path,
        ended_at_ms=fact.at_ms,
        duration_ms=fact.duration_ms,
        size_bytes=fact.size_bytes,
        sha256=fact.sha256,
        gap_count=fact.gap_count,
        gap_ms=fact.gap_ms,
        reason=None,
    )


def recording_failed(record: CallRecord, fact: RecordingFailed) -> CallRecord:
    """There is no file, or a part of one; also if it never began."""
    if find_id(record.recordings, fact.recording_id) is None:
        never_began = Recording(
            id=fact.recording_id, leg_id=fact.leg_id, path=fact.path, started_at_ms=fact.at_ms
        )
        record = replace(record, recordings=(*record.recordings, never_began))
    return _change_recording(
        record, fact, state="failed", ended_at_ms=fact.at_ms, reason=fact.reason
    )


def recording_missed(record: CallRecord, fact: RecordingMissed) -> CallRecord:
    """The file was not found."""
    return _change_recording(record, fact, missing_since_ms=fact.at_ms)


def recording_removed(record: CallRecord, fact: RecordingRemoved) -> CallRecord:
    """The file was deleted."""
    return _change_recording(record, fact, removed_at_ms=fact.at_ms)
