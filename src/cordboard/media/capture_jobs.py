"""Words between control and the converter: what to make of captured packets, what it became.

Frozen plain data, one JSON line each. Knows no packet and no file format.
"""

import msgspec


class Ear(msgspec.Struct, frozen=True):
    """From a moment on the party hears what arrives at one port of the relay."""

    at_ms: int
    call: str
    "The relay's call: packets are in the files of that name."

    said_port: int
    "Where the party's own packets arrive."

    heard_port: int


class CaptureJob(msgspec.Struct):
    """A recording: what a party said and heard between two moments."""

    recording_id: str
    leg: str
    path: str
    "Absolute, ends in `.wav`."

    codec: str
    from_ms: int
    until_ms: int = 0
    "0: it still goes on."

    folders: dict[str, str] = msgspec.field(default_factory=dict)
    "Call at the relay -> folder where its capture files lie."

    ears: list[Ear] = msgspec.field(default_factory=list)
    pauses: list[list[int]] = msgspec.field(default_factory=list)
    "From and until, UTC ms; until is 0 while it lasts."

    payload_types: dict[int, str] = msgspec.field(default_factory=lambda: {0: "PCMU", 8: "PCMA"})


class CaptureOrder(msgspec.Struct, frozen=True):
    """What the converter is told: make a recording, then delete files that nobody needs."""

    job: CaptureJob | None = None
    remove: dict[str, str] = msgspec.field(default_factory=dict)
    "Call -> folder."


class CaptureDone(msgspec.Struct, frozen=True):
    """What became of a job."""

    recording_id: str
    duration_ms: int = 0
    bytes: int = 0
    sha256: str = ""
    gap_count: int = 0
    gap_ms: int = 0
    reason: str = ""
    "Why there is no file; empty if there is one."
