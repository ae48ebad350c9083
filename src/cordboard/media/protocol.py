"""What control and media say to each other: orders, answers and facts, as bytes.

A frame is a 4-byte big-endian length and one msgpack map with its type name. Orders carry an id
and may be repeated: the answer is the same and the effect happens once. Facts carry a gap-free
`seq`. Knows no socket, no clock and no product word: a leg is a name and an opaque tag.
"""

import struct
from collections.abc import Iterator
from typing import Literal

import msgspec

MAX_FRAME_BYTES = 1 << 20
"A longer frame is refused and the connection closed: nobody needs a megabyte of order."

_LENGTH = struct.Struct(">I")

Codec = Literal["PCMA", "PCMU"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Latch = Literal["strict", "nat"]
Orphan = Literal["keep", "music_then_hang_up", "hang_up"]


class Word(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of everything said on the wire: tagged with its class name, unknown keys ignored."""


# --- orders: control -> media ----------------------------------------------------------------


class CreateLeg(Word, frozen=True):
    """Open a leg and its two ports. Answer: `LegCreated`; twice the same leg is refused."""

    leg: str
    tag: str = ""
    "Opaque to media; comes back in the snapshot."

    orphan: Orphan = "keep"
    orphan_s: float = 10.0
    "Seconds without control before the orphan policy begins."


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


class Play(Word, frozen=True):
    """Play items one after another without a gap; replaces what the leg was playing."""

    leg: str
    play_id: str
    items: list[str]
    loop: bool = False
    interruptible_by_digit: bool = False


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

    patterns: list[str] = []
    "Digit maps that end the collection when matched whole: digits, X=0-9, Z=1-9, N=2-9, [14-6]."


class StopCollect(Word, frozen=True):
    """End a collection; what was pressed so far is told with reason `stopped`."""

    leg: str


class Bridge(Word, frozen=True):
    """Let two legs hear each other; each leaves any bridge it was in."""

    a: str
    b: str


class Unbridge(Word, frozen=True):
    """Take a leg, and so its peer, out of their bridge."""

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
    CreateLeg | SetRemote | Play | StopPlay | Collect | StopCollect | Bridge | Unbridge
    | SendDigits | InjectDigit | StartRecording | PauseRecording | ResumeRecording
    | StopRecording | DropLeg | CheckItems | Stats | Shutdown
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


Reply = Ok | LegCreated | ItemsChecked | StatsReport | Refused

# --- facts: media -> control -----------------------------------------------------------------

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
    marks: list[RecordingMark] = []


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

# --- the conversation ------------------------------------------------------------------------


class Hello(Word, frozen=True):
    """Control's first word on a connection. A newer Hello takes over from an older one."""

    control_epoch: str
    last_seq: int = 0
    "The last fact control has dealt with, 0 for none."

    media_epoch: str = ""
    "The epoch `last_seq` belongs to; another or empty means: whatever you have."


class Order(Word, frozen=True):
    """A command with the id that makes it safe to repeat."""

    id: str
    command: Command


class LegSnapshot(msgspec.Struct, frozen=True):
    """One living leg, as control must know it to take it back."""

    leg: str
    tag: str
    rtp_port: int
    rtcp_port: int
    created_ms: int
    recording_id: str | None = None
    recording_path: str | None = None
    bridged_with: str | None = None
    play_id: str | None = None
    collect_id: str | None = None


class Welcome(Word, frozen=True):
    """Media's answer to Hello; the snapshot and the replayed facts follow."""

    media_epoch: str
    pid: int
    replayed: int
    "How many facts follow."

    gap: bool
    "Facts between `last_seq` and the first replayed are lost; trust the snapshot."

    local_host: str = ""


class Snapshot(Word, frozen=True):
    """All living legs, as they are now: facts up to `seq` are included already."""

    seq: int
    legs: list[LegSnapshot]


class Answer(Word, frozen=True):
    """The reply to the order with this id."""

    id: str
    reply: Reply


class Told(Word, frozen=True):
    """A fact with its place: `seq` grows by one, from 1, without a gap."""

    seq: int
    event: Event


ToMedia = Hello | Order
ToControl = Welcome | Snapshot | Answer | Told

_encoder = msgspec.msgpack.Encoder()
decode_to_media = msgspec.msgpack.Decoder(ToMedia).decode
decode_to_control = msgspec.msgpack.Decoder(ToControl).decode


class FrameError(ValueError):
    """The other side broke the framing or sent what is no word; close the connection."""


def frame(word: Word) -> bytes:
    """Encode one word with its length in front."""
    body = _encoder.encode(word)
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts a byte stream into frame bodies; keeps what is incomplete."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each whole body, oldest first.

        Raises:
            FrameError: If a frame is announced longer than MAX_FRAME_BYTES.
        """
        held = self._held
        held += data
        while len(held) >= 4:
            (size,) = _LENGTH.unpack_from(held)
            if size > MAX_FRAME_BYTES:
                raise FrameError(f"frame of {size} bytes")
            if len(held) < 4 + size:
                return
            body = bytes(held[4 : 4 + size])
            del held[: 4 + size]
            yield body
