"""Bytes to messages: one hand-written, strict, linear pass, and the framing of streams.

Whatever arrives, the outcome is a message or a `RemoteProtocolError`, in time proportional to
the size, which is capped before any work is done. This file knows no socket and no meaning
beyond the five headers that name a transaction.

Source: RFC 3261 §7, §18.3, §20 and §25; RFC 5626 §3.5.1 (keep-alive).
"""

import re
from dataclasses import dataclass

from .errors import RemoteProtocolError
from .messages import Headers, Message, Request, Response
from .uri import WORD, NameAddr, Params, SipUri, Via, split_list


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes above which a message is refused unread."""

    message_bytes: int = 65_535
    head_bytes: int = 16_384
    header_count: int = 96
    header_bytes: int = 4_096


DEFAULT_LIMITS = Limits()
_COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding",
    "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported", "l": "content-length",
    "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to",
    "u": "allow-events", "v": "via", "x": "session-expires",
}  # fmt: skip
_USUAL = (
    "Via From To Call-ID CSeq Contact Max-Forwards Route Record-Route Content-Type Content-Length "
    "Allow Supported Require Proxy-Require User-Agent Server Expires Min-Expires Authorization "
    "Proxy-Authorization WWW-Authenticate Proxy-Authenticate P-Asserted-Identity Privacy "
    "Diversion History-Info User-to-User Reason Date Accept Subject Retry-After Warning "
    "Session-Expires Min-SE RAck RSeq Refer-To Referred-By Replaces Event Subscription-State "
    "Content-Disposition Content-Encoding Accept-Encoding Accept-Language Allow-Events Path"
)
_NAMES = {name: name.lower() for name in _USUAL.split()}
_NAMES |= {name.lower(): name.lower() for name in _USUAL.split()}
_NAMES |= _COMPACT | {short.upper(): name for short, name in _COMPACT.items()}
_TOKEN = re.compile(WORD)
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9]) ([^\r\n]*)", re.IGNORECASE)
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_CSEQ = re.compile(rf"([0-9]{{1,10}})[ \t]+({WORD})")
_PLAIN_ADDRESS = re.compile(
    r'(?:"[^"\\]*" *|[A-Za-z0-9\-.+_ ]*)<(?:sips?:(?:[A-Za-z0-9\-_.+*;=]+@)?[A-Za-z0-9.\-]+'
    rf"(?::[0-9]{{1,5}})?)>(?:;tag=({WORD}))?"
)
_PLAIN_VIA = re.compile(
    r"SIP/2\.0/(UDP|TCP|TLS|WS|WSS) ([A-Za-z0-9.\-]+)"
    r"(?::([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
    r"((?:;[a-z]+(?:=[A-Za-z0-9\-.!%*_+`'~]+)?)+)"
)
_SINGLE = (
    "from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "expires",
)  # fmt: skip


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Request | Response:
    """Read one whole message, e.g. one datagram.

    Bytes beyond Content-Length are dropped; without Content-Length the body is the rest.

    Raises:
        RemoteProtocolError: If the message is broken or too large.
    """
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")
    end = _head_end(data, limits)
    message = _parse_head(data, end, limits)
    length = content_length(message.headers)
    rest = len(data) - end - 4
    if length is not None and length > rest:
        _read_names(message)
        raise RemoteProtocolError("body shorter than Content-Length", 400, message)
    message.body = data[end + 4 :] if length is None else data[end + 4 : end + 4 + length]
    _read_names(message)
    return message


def _head_end(data: bytes, limits: Limits) -> int:
    """Index of the empty line, after the caps were checked."""
    if len(data) > limits.message_bytes:
        raise RemoteProtocolError("message too large", 513)
    end = data.find(b"\r\n\r\n", 0, limits.head_bytes + 4)
    if end < 0:
        raise RemoteProtocolError("no end of headers in sight")
    lines = data.count(b"\r\n", 0, end)
    if lines > limits.header_count:
        raise RemoteProtocolError("too many headers", 513)
    if data.count(b"\n", 0, end) != lines or data.count(b"\r", 0, end) != lines:
        raise RemoteProtocolError("bare CR or LF")
    if data.count(b"\0", 0, end) != data.count(b"\\\0", 0, end):
        raise RemoteProtocolError("NUL in a header")  # legal only as a quoted-pair
    return end


def _parse_head(data: bytes, end: int, limits: Limits) -> Request | Response:
    """Start line and headers, the latter unread."""
    head = data[:end].decode("latin-1")
    if "\r\n " in head or "\r\n\t" in head:
        head = _FOLD.sub(" ", head)
    start, *lines = head.split("\r\n")
    if end > limits.header_bytes and max(map(len, lines), default=end) > limits.header_bytes:
        raise RemoteProtocolError("header too long", 513)
    headers: Headers = {}
    names = _NAMES
    for line in lines:
        name, colon, value = line.partition(":")
        known = names.get(name) or _header_name(name)
        if not colon:
            raise RemoteProtocolError("header line without colon")
        value = value.strip(" \t")
        if known in headers:
            headers[known].append(value)
        else:
            headers[known] = [value]
    message = _start_line(start, headers)
    message.doubled = len(headers) != len(lines)
    return message


def _header_name(raw: str) -> str:
    """Lower-case full name of an unusual spelling; white space before the colon is legal."""
    name = raw.rstrip(" \t")
    if _TOKEN.fullmatch(name) is None:
        raise RemoteProtocolError("broken header name")
    lower = name.lower()
    return _COMPACT.get(lower, lower)


def _start_line(line: str, headers: Headers) -> Request | Response:
    if line[:4].upper() == "SIP/":
        found = _STATUS.fullmatch(line)
        if found is None:
            raise RemoteProtocolError("broken status line")
        return Response(int(found[1]), found[2], headers)
    parts = line.split(" ")
    if len(parts) != 3:
        raise RemoteProtocolError(
            "broken request line", 400, _partial(line, headers) if len(parts) > 3 else None
        )
    method, uri, version = parts
    if _TOKEN.fullmatch(method) is None or not uri or "<" in uri or '"' in uri or "\t" in uri:
        raise RemoteProtocolError("broken request line", 400, _partial(line, headers))
    request = Request(method, uri, headers)
    if version not in ("SIP/2.0", "sip/2.0"):
        if _VERSION.fullmatch(version) is None:
            raise RemoteProtocolError("broken request line")
        raise RemoteProtocolError("SIP version not supported", 505, _readable(request))
    return request


def _partial(line: str, headers: Headers) -> Message | None:
    """A request with a broken first line, if it can still be answered."""
    return _readable(Request(line.partition(" ")[0], "", headers))


def _readable(message: Request) -> Message | None:
    try:
        _read_names(message)
    except RemoteProtocolError:
        return None
    return message


def content_length(headers: Headers) -> int | None:
    """The Content-Length, or None if there is none.

    Raises:
        RemoteProtocolError: If it is not one small number.
    """
    values = headers.get("content-length")
    if values is None:
        return None
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise RemoteProtocolError("broken Content-Length")
    return int(text)


def _read_names(message: Request | Response) -> None:
    """Read the values that name transaction and dialog.

    Raises:
        RemoteProtocolError: If one is missing, doubled or broken. The message travels with
            it once Via, From, To, Call-ID and CSeq are known well enough for an answer.
    """
    headers = message.headers
    try:
        message.from_ = headers["from"][0]
        message.to = headers["to"][0]
        message.call_id = headers["call-id"][0]
        cseq = headers["cseq"][0]
        via = headers["via"][0]
    except KeyError:
        raise RemoteProtocolError("a mandatory header is missing") from None
    message.via = _top_via(via, headers)
    _read_cseq(message, cseq)
    try:
        if message.doubled and any(len(headers.get(name, ())) > 1 for name in _SINGLE):
            raise RemoteProtocolError("header given twice")
        message.from_tag = _tag(message.from_)
        message.to_tag = _tag(message.to)
        if not message.call_id or " " in message.call_id:
            raise RemoteProtocolError("broken Call-ID")
        if isinstance(message, Request):
            _check_request(message)
    except RemoteProtocolError as error:
        error.message = message
        raise


def _check_request(message: Request) -> None:
    if message.cseq_method != message.method:
        raise RemoteProtocolError("CSeq of another method")
    hops = message.get("max-forwards")
    if hops is not None and not (hops.isascii() and hops.isdigit() and int(hops[:9]) <= 255):
        raise RemoteProtocolError("broken Max-Forwards")


def _top_via(text: str, headers: Headers) -> Via:
    found = _PLAIN_VIA.fullmatch(text)
    if found is not None:
        transport, host, port, tail = found.groups()
        items = tail.split(";")[1:]
        params: Params = {}
        for item in items:
            name, equals, value = item.partition("=")
            params[name] = value if equals else None
        if len(params) == len(items):
            return Via(transport, host, int(port) if port else None, params)
    values = split_list(text)
    if len(values) > 1:
        headers["via"][:1] = values
    return Via.parse(values[0])


def _read_cseq(message: Message, text: str) -> None:
    found = _CSEQ.fullmatch(text)
    if found is None:
        raise RemoteProtocolError("broken CSeq")
    message.cseq, message.cseq_method = int(found[1]), found[2]
    if message.cseq >= 2**31:
        message.cseq = 0
        raise RemoteProtocolError("CSeq out of range")


def _tag(text: str) -> str | None:
    found = _PLAIN_ADDRESS.fullmatch(text)
    return found[1] if found is not None else NameAddr.parse(text).tag


def parse_uri(request: Request) -> SipUri:
    """The Request-URI; a broken one is a 400, a foreign scheme a 416."""
    uri = SipUri.parse(request.uri)
    if uri.headers:
        raise RemoteProtocolError("headers in the Request-URI", 400, request)
    return uri


class StreamFramer:
    """Cuts one TCP, TLS or WebSocket byte stream into messages.

    The owner feeds bytes and takes messages. After a `RemoteProtocolError` from `take` with
    `broken` set, the place in the stream is lost and the connection must be closed.
    """

    __slots__ = ("_buffer", "_limits", "broken", "pings")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._buffer = bytearray()
        self._limits = limits
        self.broken = False
        "True once the stream can no longer be followed."

        self.pings = 0
        "Keep-alive double CRLFs seen; the owner answers each with one CRLF and resets it."

    def feed(self, data: bytes) -> None:
        """Append what was received."""
        self._buffer += data

    def take(self) -> bytes | None:
        """Next whole message as bytes for `parse`, or None if more must arrive.

        Raises:
            RemoteProtocolError: If no message boundary can be found; `broken` is then set.
        """
        buffer = self._buffer
        self._skip_blank(buffer)
        if not buffer:
            return None
        try:
            size = self._size(buffer)
        except RemoteProtocolError:
            self.broken = True
            buffer.clear()
            raise
        if size is None or len(buffer) < size:
            return None
        message = bytes(buffer[:size])
        del buffer[:size]
        return message

    def _skip_blank(self, buffer: bytearray) -> None:
        blank = 0
        while buffer[blank : blank + 2] == b"\r\n":
            blank += 2
        if blank:
            self.pings += blank // 4
            del buffer[:blank]

    def _size(self, buffer: bytearray) -> int | None:
        """Bytes of the first message, or None while its head is incomplete."""
        end = buffer.find(b"\r\n\r\n", 0, self._limits.head_bytes + 4)
        if end < 0:
            if len(buffer) > self._limits.head_bytes:
                raise RemoteProtocolError("headers too large", 513)
            return None
        found = _LENGTH.findall(buffer, 0, end + 2)
        if len(found) != 1 or len(found[0]) > 9:
            raise RemoteProtocolError("a stream needs exactly one Content-Length")
        size = end + 4 + int(found[0])
        if size > self._limits.message_bytes:
            raise RemoteProtocolError("message too large", 513)
        return size


_LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?([0-9]+)[ \t]*(?=\r\n)", re.IGNORECASE
)
