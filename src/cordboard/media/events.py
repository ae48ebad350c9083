"""Facts that media tells, in the past tense. `at_ms` is UTC epoch milliseconds in all of them."""

from typing import Literal

import msgspec

from .model import Word

DigitMethod = Literal["rfc4733", "info", "inband"]
PlayEnd = Literal["finished", "stopped", "digit", "replaced", "failed"]
CollectEnd = Literal["max", "terminator", "pattern", "timeout", "no_input", "stopped"]


class DigitPressed(Word, frozen=True):
    """One key, once, however often the wire repeated it. Told when the key is released."""

    leg: str
    digit: str
    method: DigitMethod
    duration_ms: int
    at_ms: int
    "UTC epoch ms, as in all facts."


class PlayEnded(Word, frozen=True):
    """A `Play` is over. Items of a `Collect` do not tell this."""

    leg: str
    play_id: str
    reason: PlayEnd
    played_ms: int
    at_ms: int


class Collected(Word, frozen=True):
    """A `Collect` is over."""

    leg: str
    collect_id: str
    digits: str
    "Without the terminator."

    reason: CollectEnd
    terminator: str
    "The key that ended it, or empty."

    at_ms: int
    enough: bool = True
    "Whether at least `min_digits` were pressed."


class MediaStarted(Word, frozen=True):
    """The party's sound arrived and its address is settled."""

    leg: str
    remote_host: str
    remote_port: int
    at_ms: int


class MediaSilent(Word, frozen=True):
    """No packet came for a while although the party should send."""

    leg: str
    silent_ms: int
    at_ms: int


class MediaResumed(Word, frozen=True):
    """Packets come again."""

    leg: str
    at_ms: int


class RecordingStarted(Word, frozen=True):
    """The file is open; position 0 of the file is `at_ms`."""

    recording_id: str
    leg: str
    path: str
    "The final path; until the end the file is called `NAME.part.wav`."

    at_ms: int


class RecordingMark(msgspec.Struct, frozen=True):
    """A place in a recording where it was paused or resumed."""

    name: Literal["paused", "resumed"]
    offset_ms: int


class RecordingClosed(Word, frozen=True):
    """The file is whole, renamed and synced."""

    recording_id: str
    leg: str
    path: str
    duration_ms: int
    bytes: int
    sha256: str
    gap_count: int
    "Holes in what the party said, filled with silence."

    gap_ms: int
    at_ms: int
    marks: list[RecordingMark] = msgspec.field(default_factory=list)


class RecordingFailed(Word, frozen=True):
    """The recording is over before its time; the call goes on."""

    recording_id: str
    leg: str
    path: str
    "Where what was saved lies, as far as it exists."

    reason: str
    at_ms: int


class LegStats(msgspec.Struct, frozen=True):
    """How the sound of one leg was."""

    packets_in: int
    packets_out: int
    lost: int
    jitter_ms: float
    foreign_packets: int
    "From elsewhere, dropped unheard."

    malformed_packets: int
    rtt_ms: float | None
    mos: float
    "Estimate, 1 to 4.5."


class LegClosed(Word, frozen=True):
    """A leg is gone, by order or because nobody claimed it."""

    leg: str
    reason: Literal["dropped", "orphaned", "shutdown"]
    stats: LegStats
    at_ms: int


Event = (
    DigitPressed | PlayEnded | Collected | MediaStarted | MediaSilent | MediaResumed
    | RecordingStarted | RecordingClosed | RecordingFailed | LegClosed
)  # fmt: skip
