"""Session descriptions: reading them, and finding them in a message body.

Offers and answers are `offers`' affair. This file knows no SIP message and no socket.

Source: RFC 8866 (SDP), RFC 3264 §8.4 (hold), RFC 3551 (static payload types).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from .errors import RemoteProtocolError

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
STATIC = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000", 13: "CN/8000"}
"Payload types that need no rtpmap. RFC 3551 table 4."

MAX_MEDIA = 16
MAX_SDP_BYTES = 32_768
EVENT = "telephone-event/8000"
_MEDIA = re.compile(r"([A-Za-z0-9-]+) ([0-9]{1,5})(?:/[0-9]+)? ([A-Za-z0-9/]+) (.+)")
_RTPMAP = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9.\-_]+/[0-9]+)(?:/1)?$")
_CONNECTION = re.compile(r"IN (IP[46]) ([A-Za-z0-9.:\-]+)")
_DASHES = b"--"


@dataclass(frozen=True, slots=True)
class Media:
    """One m= line and what belongs to it."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    "From its own c= line or the session's."

    direction: Direction = "sendrecv"
    names: dict[int, str] = field(default_factory=dict)
    "Payload type → `PCMA/8000`, in upper case but telephone-event."

    fmtp: dict[int, str] = field(default_factory=dict)
    ptime_ms: int | None = None
    attributes: tuple[str, ...] = ()
    "All a= lines, for rooms that know more (crypto, rtcp-mux)."

    @property
    def is_rtp_audio(self) -> bool:
        """A line that we can talk on."""
        return self.kind == "audio" and self.port > 0 and self.protocol in ("RTP/AVP", "RTP/SAVP")

    @property
    def on_hold(self) -> bool:
        """The sender of this line does not want our media."""
        return self.direction in ("sendonly", "inactive") or self.host in ("0.0.0.0", "::")  # noqa: S104

    def payload_type(self, name: str) -> int | None:
        """The first payload type of a codec by name, e.g. `PCMA/8000`."""
        wanted = name.upper()
        for text in self.formats:
            number = int(text) if _number(text) else -1
            if self.names.get(number, STATIC.get(number, "")).upper() == wanted:
                return number
        return None


@dataclass(frozen=True, slots=True)
class Sdp:
    """One session description."""

    session_id: int
    version: int
    media: tuple[Media, ...]
    host: str = ""
    user: str = "-"

    @property
    def audio(self) -> Media | None:
        """The first audio line that we can talk on, held or not."""
        return next((m for m in self.media if m.is_rtp_audio), None)


@lru_cache(maxsize=64)
def parse_sdp(body: bytes) -> Sdp:
    """Read a description; one body is asked for several times in a row.

    Raises:
        RemoteProtocolError: If it is broken or too large (hint 400; 488 belongs to the answer).
    """
    if len(body) > MAX_SDP_BYTES:
        raise RemoteProtocolError("SDP too large", 413)
    lines = body.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0] != "v=0":
        raise RemoteProtocolError("SDP without v=0")
    session: list[tuple[str, str]] = []
    blocks: list[list[tuple[str, str]]] = [session]
    for line in lines[1:]:
        if len(line) < 2 or line[1] != "=":
            raise RemoteProtocolError("broken SDP line")
        if line[0] == "m":
            blocks.append([])
        blocks[-1].append((line[0], line[2:]))
    if len(blocks) > MAX_MEDIA + 1:
        raise RemoteProtocolError("too many m= lines", 413)
    fields = dict(session[::-1])
    user, session_id, version = _origin(fields.get("o", ""))
    host = _host(fields.get("c"))
    common = _direction(session, "sendrecv")
    media = tuple(_media(block, host, common) for block in blocks[1:])
    return Sdp(session_id, version, media, host, user)


def _origin(text: str) -> tuple[str, int, int]:
    parts = text.split(" ")
    if len(parts) != 6 or not (_number(parts[1]) and _number(parts[2])):
        raise RemoteProtocolError("broken SDP origin")
    return parts[0], int(parts[1]), int(parts[2])


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _format(text: str) -> str:
    """A payload type as it is written elsewhere: `08` is 8."""
    return str(int(text)) if _number(text) else text


def _host(text: str | None) -> str:
    if text is None:
        return ""
    found = _CONNECTION.match(text)
    if found is None:
        raise RemoteProtocolError("broken SDP connection")
    return found[2]


def _direction(block: list[tuple[str, str]], otherwise: Direction) -> Direction:
    for kind, value in block:
        if kind == "a":
            for name in DIRECTIONS:
                if value == name:
                    return name
    return otherwise


def _media(block: list[tuple[str, str]], host: str, common: Direction) -> Media:
    found = _MEDIA.fullmatch(block[0][1])
    if found is None or int(found[2]) > 65535:
        raise RemoteProtocolError("broken m= line")
    names: dict[int, str] = {}
    fmtp: dict[int, str] = {}
    ptime_ms: int | None = None
    for kind, value in block[1:]:
        if kind == "c":
            host = _host(value)
        if kind != "a":
            continue
        name, _, rest = value.partition(":")
        if name == "rtpmap" and (line := _RTPMAP.match(rest)) is not None:
            names[int(line[1])] = line[2]
        elif name == "fmtp" and _number(rest.partition(" ")[0]):
            fmtp[int(rest.partition(" ")[0][:3])] = rest.partition(" ")[2]
        elif name == "ptime" and _number(rest[:4]):
            ptime_ms = int(rest[:4])
    return Media(
        found[1], int(found[2]), found[3], tuple(map(_format, found[4].split())), host,
        _direction(block, common), names, fmtp, ptime_ms,
        tuple(value for kind, value in block[1:] if kind == "a"),
    )  # fmt: skip


def is_hold(body: bytes | None) -> bool:
    """Whether an offer puts us on hold; False for what cannot be read."""
    if not body:
        return False
    try:
        audio = parse_sdp(body).audio
    except RemoteProtocolError:
        return False
    return audio is not None and audio.on_hold


def body_sdp(content_type: str | None, body: bytes) -> bytes | None:
    """The description in a message body, also from inside a multipart; None if there is none.

    Raises:
        RemoteProtocolError: If there is a body of another kind (hint 415).
    """
    if not body:
        return None
    kind, _, params = (content_type or "application/sdp").partition(";")
    kind = kind.strip(" \t").lower()
    if kind == "application/sdp":
        return body
    if kind.startswith("multipart/"):
        return _part(params, body)
    raise RemoteProtocolError("body of an unknown type", 415)


def _part(params: str, body: bytes) -> bytes | None:
    found = re.search(r"boundary[ \t]*=[ \t]*\"?([^\";]{1,70})", params, re.IGNORECASE)
    if found is None:
        raise RemoteProtocolError("multipart without boundary")
    for part in body.split(_DASHES + found[1].encode("latin-1"))[1:9]:
        head, _, content = part.partition(b"\r\n\r\n")
        if b"application/sdp" in head.lower():
            return content.removesuffix(b"\r\n")
    return None
