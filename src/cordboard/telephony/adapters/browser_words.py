"""What a page and its seat say to each other: JSON over the application's own WebSocket."""

from typing import Literal

import msgspec

MAX_MESSAGE_BYTES = 32_768


class Register(msgspec.Struct, tag="register", tag_field="type", frozen=True):
    """A page is there. Its first word."""

    tab: str
    "Made by the page and kept over a reload."

    call: str = ""
    "The call whose sound this page still has."

    takes: bool = False
    "Take the seat from another page."


class Offer(msgspec.Struct, tag="offer", tag_field="type", frozen=True):
    """Pick up, or go on after a reload or in another network."""

    call: str
    sdp: str


class Candidate(msgspec.Struct, tag="candidate", tag_field="type", frozen=True):
    """A place where the page may be reached; its own check will prove it, so nothing is done."""

    call: str


class HangUp(msgspec.Struct, tag="hang_up", tag_field="type", frozen=True):
    """End the call, or refuse it."""

    call: str


FromPage = Register | Offer | Candidate | HangUp


class SeatTold(msgspec.Struct, tag="seat", tag_field="type", frozen=True):
    """Whether this page is the one that rings and speaks."""

    extension: str
    owned: Literal["here", "elsewhere"]


class CallShown(msgspec.Struct, tag="call", tag_field="type", frozen=True):
    """A call at this seat: it rings, or waits for this page to offer."""

    call: str
    caller: str
    state: Literal["ringing", "waiting"]


class AnswerSent(msgspec.Struct, tag="answer", tag_field="type", frozen=True):
    """Our description for the page's offer."""

    call: str
    sdp: str


class Refused(msgspec.Struct, tag="refused", tag_field="type", frozen=True):
    """The offer is of no use."""

    call: str
    why: str


class CallOver(msgspec.Struct, tag="over", tag_field="type", frozen=True):
    """The call is over."""

    call: str


ToPage = SeatTold | CallShown | AnswerSent | Refused | CallOver

read_word = msgspec.json.Decoder(FromPage).decode
write_word = msgspec.json.Encoder().encode
