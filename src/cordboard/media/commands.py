"""What control may ask of media, and what is answered.

Each order is a frozen struct that is also its form on the wire. Knows no socket and no product
word: a leg is a name and an opaque tag. What an order does is in `orders.py`.
"""

import msgspec
from typing_extensions import override

from .model import Codec, Direction, Latch, Orphan, Word


class CreateLeg(Word, frozen=True):
    """Open a leg and its two ports. Answer: `LegCreated`; twice the same leg is refused."""

    leg: str
    tag: str = ""
    "Opaque to media; comes back in the snapshot."

    orphan: Orphan = "keep"
    orphan_s: float = 10.0
    "Seconds without control before the orphan policy begins."

    like: str = ""
    "The leg it shall be bridged with: whoever shares legs out keeps the two together."

    secure: bool = False
    "A browser's: ICE, DTLS and SRTP; nothing is heard before `Secure`."


class Secure(Word, frozen=True):
    """Expect this browser on a secure leg from now on; may be given anew. Answer: `Secured`.

    Its sound is then told by `SetRemote` with the host `browser.invalid`.
    """

    leg: str
    ufrag: str
    "The browser's ICE user fragment."

    fingerprint: str
    "SHA-256 of its certificate: 32 pairs of digits with colons."


class SrtpKeys(msgspec.Struct, frozen=True):
    """How a leg's sound is encrypted (RFC 4568)."""

    suite: str
    ours: bytes
    "Key and salt of what we send."

    theirs: bytes

    @override
    def __repr__(self) -> str:
        """Without the keys."""
        return f"SrtpKeys({self.suite})"


class SetRemote(Word, frozen=True):
    """Tell a leg where its party is and what it understands (after each new SDP).

    Re-opens the latch only if host, port, latch or signalling host differ from before.
    """

    leg: str
    host: str
    port: int
    codec: Codec = "PCMA"
    payload_type: int = 8
    telephone_event_pt: int | None = None
    "None: no telephone-event negotiated; digits are then found and sent as tones."

    ptime_ms: int = 20
    direction: Direction = "sendrecv"
    "Seen from us: `sendonly` means we send and do not listen."

    latch: Latch = "strict"
    signalling_host: str = ""
    "With `nat`, RTP may also come from here."

    srtp: SrtpKeys | None = None
    "None: sound in clear."


class Play(Word, frozen=True):
    """Play items one after another without a gap; replaces what the leg was playing."""

    leg: str
    play_id: str
    items: list[str]
    loop: bool = False
    interruptible_by_digit: bool = False
    over: bool = False
    "Mixed over the leg's row, if it has one to hear, instead of replacing it."


class StopPlay(Word, frozen=True):
    """Stop playing; with a `play_id` only if that one is still playing."""

    leg: str
    play_id: str | None = None


class Collect(Word, frozen=True):
    """Play items and gather digits; the first digit stops the prompt."""

    leg: str
    collect_id: str
    items: list[str]
    max_digits: int
    min_digits: int = 0
    terminators: str = "#"
    first_ms: int = 5000
    "Wait for the first digit, counted from the end of the prompt."

    inter_ms: int = 3000
    "Wait between two digits."

    patterns: list[str] = msgspec.field(default_factory=list)
    "Digit maps that end the collection when matched whole: digits, X=0-9, Z=1-9, N=2-9, [14-6]."


class StopCollect(Word, frozen=True):
    """End a collection; what was pressed so far is told with reason `stopped`."""

    leg: str


class Source(msgspec.Struct, frozen=True):
    """One voice in a row."""

    leg: str
    gain_db: float = 0.0
    "Louder or softer for this row alone, -60 to 20."


class Route(Word, frozen=True):
    """From now on a leg hears these and nobody else; no other row changes.

    One source at its own loudness is relayed untouched, with its keys; anything else is mixed,
    without keys. What is played instead of the row ends, unless the row is empty. A source that
    has no leg (any more) is left out, and when its leg closes, the row goes on without it.
    """

    leg: str
    sources: list[Source] = msgspec.field(default_factory=list)


class Bridge(Word, frozen=True):
    """Let two legs hear each other alone: both are parted from all others first."""

    a: str
    b: str


class Unbridge(Word, frozen=True):
    """Part a leg from everybody: it hears nobody, and no other row has it any more."""

    leg: str


class Mute(Word, frozen=True):
    """Let nobody hear what a party says, nor record it as said; keys are still told."""

    leg: str


class Unmute(Word, frozen=True):
    """Undo `Mute`: every row that has the leg hears it again."""

    leg: str


class SendDigits(Word, frozen=True):
    """Press keys towards the party: telephone-event if negotiated, tones otherwise."""

    leg: str
    digits: str
    duration_ms: int = 100
    gap_ms: int = 100


class InjectDigit(Word, frozen=True):
    """A digit that reached control another way (SIP INFO): counts as pressed on the leg."""

    leg: str
    digit: str
    duration_ms: int = 100


class StartRecording(Word, frozen=True):
    """Record what the party says (channel 0) and hears (channel 1) to a `.wav` path."""

    leg: str
    recording_id: str
    path: str


class PauseRecording(Word, frozen=True):
    """Write silence and a mark from now on (card numbers)."""

    leg: str


class ResumeRecording(Word, frozen=True):
    """Record sound again, with a mark."""

    leg: str


class StopRecording(Word, frozen=True):
    """Close the recording of a leg; `RecordingClosed` follows when the file is safe."""

    leg: str


class DropLeg(Word, frozen=True):
    """Close a leg, its ports and its recording; `LegClosed` follows."""

    leg: str


class CheckItems(Word, frozen=True):
    """Ask which items cannot be played. Answer: `ItemsChecked`."""

    items: list[str]


class Stats(Word, frozen=True):
    """Ask how the process is. Answer: `StatsReport`."""


class Shutdown(Word, frozen=True):
    """End the process: at once, or with `drain` when the last leg is gone."""

    drain: bool = True


Command = (
    CreateLeg | Secure | SetRemote | Play | StopPlay | Collect | StopCollect | Route | Bridge
    | Unbridge | Mute | Unmute | SendDigits | InjectDigit | StartRecording | PauseRecording
    | ResumeRecording | StopRecording | DropLeg | CheckItems | Stats | Shutdown
)  # fmt: skip

# --- answers: media -> control ---------------------------------------------------------------


class Ok(Word, frozen=True):
    """Done, or under way where a fact will tell the end."""


class LegCreated(Word, frozen=True):
    """Where the party shall send."""

    leg: str
    rtp_port: int
    rtcp_port: int
    local_host: str


class Secured(Word, frozen=True):
    """What the browser must know of our side."""

    leg: str
    ufrag: str
    password: str
    fingerprint: str


class ItemsChecked(Word, frozen=True):
    """The items that cannot be played, in the order asked."""

    missing: list[str]


class StatsReport(Word, frozen=True):
    """Counters since the process began."""

    legs: int
    recordings: int
    packets_in: int
    packets_out: int
    ticks: int
    late_ticks: int
    "Ticks that began more than half a tick (10 ms) late."

    skipped_ticks: int
    "Ticks that were never run because the process stood still for longer."

    worst_tick_late_ms: float
    cpu_s: float
    uptime_s: float
    draining: bool


class Refused(Word, frozen=True):
    """Not done, and nothing changed. `code` is kebab-case and stable."""

    code: str
    message: str = ""


Reply = Ok | LegCreated | Secured | ItemsChecked | StatsReport | Refused
