"""What the wire tells, in the words of legs. Adapters make these; `calls` hears them.

Not facts: `calls` decides what becomes one. Times are UTC milliseconds read where the thing
happened. Every leg tells LegArrived (inbound) or nothing (dialled by us) first, and exactly one
LegEnded last; nothing comes after it but RecordingClosed and LegMediaReported or LegMediaLost.
"""

from typing import Literal

import msgspec

from cordboard.kit.ids import LegId, RecordingId


class TelephonyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all."""

    at_ms: int


class LegEvent(TelephonyEvent, frozen=True, kw_only=True):
    """Something about one leg."""

    leg_id: LegId


class LegArrived(LegEvent, frozen=True, kw_only=True):
    """An INVITE came in and was let in (trunk known, or phone authenticated)."""

    line_id: str
    "Trunk or phone it came by."

    line_kind: Literal["trunk", "phone"]
    caller_number: str
    "Cleaned: user part, without visual separators."

    called_number: str
    codec: str = ""
    sip_call_id: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Allow-listed, names in lower case: p-asserted-identity, privacy, diversion, history-info,
    user-to-user, reason, and the X- headers that its line may bring."""

    diverted_from: str = ""
    "The number that was dialled first, if the call was forwarded to us."


class LegRinging(LegEvent, frozen=True, kw_only=True):
    """A dialled leg rings (180) or sends early media (183 with SDP)."""

    early_media: bool = False


class LegAnswered(LegEvent, frozen=True, kw_only=True):
    """A dialled leg was picked up, or we answered an inbound one; sound may flow."""

    codec: str = ""


class LegHeld(LegEvent, frozen=True, kw_only=True):
    """The party put us on hold by SDP (`sendonly`, `inactive`, `0.0.0.0`)."""


class LegResumed(LegEvent, frozen=True, kw_only=True):
    """The party took us back from hold by SDP."""


class LegReplaced(LegEvent, frozen=True, kw_only=True):
    """Another telephone took this leg over (INVITE with Replaces); the leg goes on with it."""

    line_id: str
    line_kind: Literal["trunk", "phone"]
    caller_number: str
    "Who the party is now."


class LegTransferAsked(LegEvent, frozen=True, kw_only=True):
    """The party wants whom it talks with to be connected to somebody else (REFER)."""

    target_number: str
    other_leg_id: LegId | None = None
    "A leg of the same telephone, whose peer is the target: an attended transfer."


class LegTransferProgressed(LegEvent, frozen=True, kw_only=True):
    """How it goes with a party that we sent on by `refer`."""

    sip_status: int
    is_final: bool


class LegEnded(LegEvent, frozen=True, kw_only=True):
    """The leg is over. A dialled leg that was never picked up ends with its failure status."""

    by: Literal["party", "us", "network"]
    "`network`: time-outs, transport failures, media gone."

    hangup_cause: int
    "Q.850 cause 1 to 127."

    sip_status: int = 0
    "Final status of an unanswered leg; 0 for a BYE."

    reason: str = ""


class DigitPressed(LegEvent, frozen=True, kw_only=True):
    """One key, once."""

    digit: str
    method: Literal["rfc4733", "info", "inband"]
    duration_ms: int = 0


class PlayEnded(LegEvent, frozen=True, kw_only=True):
    """A play order is over."""

    play_id: str
    reason: Literal["finished", "stopped", "digit", "replaced", "failed"]
    played_ms: int = 0
    detail: str = ""
    "What was missing, for `failed`."


class Collected(LegEvent, frozen=True, kw_only=True):
    """A collect order is over."""

    collect_id: str
    digits: str
    reason: Literal["max", "terminator", "pattern", "timeout", "no_input", "stopped", "failed"]
    terminator: str = ""


class RecordingStarted(LegEvent, frozen=True, kw_only=True):
    """The file exists and grows; while it does, its name ends in `.part.wav`."""

    recording_id: RecordingId
    path: str
    "Final name, relative to the recordings directory: `2026/11/22/<call id>.wav`."


class RecordingClosed(LegEvent, frozen=True, kw_only=True):
    """The file is whole under its final name."""

    recording_id: RecordingId
    path: str
    duration_ms: int
    size_bytes: int
    sha256: str
    gap_count: int = 0
    gap_ms: int = 0


class RecordingFailed(LegEvent, frozen=True, kw_only=True):
    """There is no file, or only a part of one, and why."""

    recording_id: RecordingId
    path: str
    reason: str


class LegMediaReported(LegEvent, frozen=True, kw_only=True):
    """Media figures of a leg, once, after its end."""

    packets_in: int
    packets_out: int
    lost: int
    jitter_ms: float
    foreign: int = 0
    "Packets from elsewhere: counted, never heard."

    rtt_ms: float | None = None
    mos: float | None = None


class LegMediaLost(LegEvent, frozen=True, kw_only=True):
    """The figures of a leg will never come: its media process died with them."""


class LineChanged(TelephonyEvent, frozen=True, kw_only=True):
    """A trunk came up or went down; a phone registered or went away."""

    line_id: str
    line_kind: Literal["trunk", "phone"]
    state: Literal["up", "down", "registered", "unregistered"]
    detail: str = ""
