"""Facts of keeping records: what became of a sound file after its call."""

from cordboard.calls import CallFact
from cordboard.kit.facts import Signal
from cordboard.kit.ids import CallId, RecordingId


class RecordFact(CallFact, frozen=True, kw_only=True, gc=False):
    """Base. Its stream is the call's."""

    recording_id: RecordingId


class RecordingMissed(RecordFact, frozen=True, kw_only=True, gc=False):
    """A check did not find the file of a closed recording."""


class RecordingRemoved(RecordFact, frozen=True, kw_only=True, gc=False):
    """The file was deleted at the end of its retention."""


class RecordChanged(Signal, frozen=True, kw_only=True, gc=False):
    """A record changed in this turn and is stored once, behind all that the turn brought."""

    call_id: CallId
