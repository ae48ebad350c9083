"""What control and media say to each other: orders, answers and facts, as bytes.

A frame is a 4-byte big-endian length and one msgpack map with its type name. Orders carry an id
and may be repeated: the answer is the same and the effect happens once. Facts carry a gap-free
`seq`. Knows no socket, no clock and no product word: a leg is a name and an opaque tag.
"""

import struct
from collections.abc import Iterator

import msgspec

from .commands import Command, Reply, Source
from .events import Event
from .model import Word

MAX_FRAME_BYTES = 1 << 20
"A longer frame is refused and the connection closed: nobody needs a megabyte of order."

_LENGTH = struct.Struct(">I")


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
    hears: list[Source] = msgspec.field(default_factory=list)
    "Its row."

    muted: bool = False
    play_id: str | None = None
    collect_id: str | None = None
    local_host: str = ""
    "What descriptions name; empty: the host of the Welcome."


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
_to_media = msgspec.msgpack.Decoder(ToMedia).decode
_to_control = msgspec.msgpack.Decoder(ToControl).decode


class FrameError(ValueError):
    """The other side broke the framing or sent what is no word; close the connection."""


def decode_to_media(body: bytes) -> ToMedia:
    """A word for the media process.

    Raises:
        FrameError: If it is none.
    """
    try:
        word: ToMedia = _to_media(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FrameError(str(error)) from error
    return word


def decode_to_control(body: bytes) -> ToControl:
    """A word for the control process.

    Raises:
        FrameError: If it is none.
    """
    try:
        word: ToControl = _to_control(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FrameError(str(error)) from error
    return word


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
