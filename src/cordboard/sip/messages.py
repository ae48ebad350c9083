"""Requests and responses as values, and how they become bytes.

Headers are kept under lower-case full names, in order of arrival within a name. The few values
that every message needs are read at once, all others when somebody asks. This file knows no
transaction and no dialog.

Source: RFC 3261 §7 and §20.
"""

from collections.abc import Iterable

from .errors import LocalProtocolError, RemoteProtocolError
from .uri import NameAddr, Via, split_list

Headers = dict[str, list[str]]
Pairs = Iterable[tuple[str, str]]

REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued",
    183: "Session Progress", 200: "OK", 202: "Accepted", 301: "Moved Permanently",
    302: "Moved Temporarily", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    413: "Request Entity Too Large", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
    422: "Session Interval Too Small", 423: "Interval Too Brief",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
    482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
    513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline",
    604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip
"Reason phrases of RFC 3261 §21."

_PRETTY = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}


class Message:
    """What requests and responses share. The parser fills it; nobody changes it afterwards."""

    __slots__ = (
        "_contact", "body", "call_id", "cseq", "cseq_method", "doubled", "from_", "from_tag",
        "headers", "to", "to_tag", "via",
    )  # fmt: skip

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body
        self.doubled = True
        "Some header stands on several lines; False saves looking."

        self.call_id = ""
        self.cseq = 0
        self.cseq_method = ""
        self.from_ = ""
        self.from_tag: str | None = None
        self.to = ""
        self.to_tag: str | None = None
        self.via: Via | None = None
        self._contact: NameAddr | None = None

    def get(self, name: str) -> str | None:
        """First value under a lower-case name, or None."""
        values = self.headers.get(name)
        return values[0] if values else None

    def values(self, name: str) -> list[str]:
        """All items of a comma-separated header, over all its lines."""
        lines = self.headers.get(name)
        return [item for line in lines for item in split_list(line)] if lines else []

    def tokens(self, name: str) -> list[str]:
        """All items of a header of plain tokens (Require, Supported, Allow); empty ones skipped."""
        joined = ",".join(self.headers.get(name, ()))
        return [item for part in joined.split(",") if (item := part.strip(" \t"))]

    @property
    def contact(self) -> NameAddr | None:
        """The single Contact of a dialog-forming message, or None.

        Raises:
            RemoteProtocolError: If it is broken, or there are several.
        """
        if self._contact is None:
            values = self.values("contact")
            if len(values) > 1:
                raise RemoteProtocolError("several Contacts where one belongs")
            if values:
                self._contact = NameAddr.parse(values[0])
        return self._contact


class Request(Message):
    """A SIP request."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri

    def __bytes__(self) -> bytes:
        return build(f"{self.method} {self.uri} SIP/2.0", pairs_of(self.headers), self.body)


class Response(Message):
    """A SIP response."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    def __bytes__(self) -> bytes:
        return build(f"SIP/2.0 {self.status} {self.reason}", pairs_of(self.headers), self.body)


def names(message: Message, header: str, token: str) -> bool:
    """Whether a header of plain tokens names this one; cheap where it does not."""
    values = message.headers.get(header)
    if not values or not any(token in value for value in values):
        return False
    return token in message.tokens(header)


def pretty_name(name: str) -> str:
    """A header's usual spelling: `call-id` → `Call-ID`."""
    return _PRETTY.get(name) or name.title()


def pairs_of(headers: Headers) -> list[tuple[str, str]]:
    """Parsed headers as lines to send, without Content-Length, which `build` writes itself."""
    return [
        (pretty_name(name), value)
        for name, values in headers.items()
        if name != "content-length"
        for value in values
    ]


def build(start: str, pairs: Pairs, body: bytes = b"") -> bytes:
    """The bytes of a message; Content-Length is added.

    Args:
        start: Request or status line without line end.
        pairs: Header names and values; wire text.
        body: Octets after the empty line.

    Raises:
        LocalProtocolError: If a value would break out of its line, or is not wire text.
    """
    lines = [start]
    lines += [f"{name}: {value}" for name, value in pairs]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
        raise LocalProtocolError("a header value holds a line break")
    try:
        return head.encode("latin-1") + body
    except UnicodeEncodeError:
        raise LocalProtocolError("a header value is not wire text; see uri.wire") from None


def build_response(
    request: Request,
    status: int,
    *,
    to_tag: str | None = None,
    reason: str | None = None,
    extra: Pairs = (),
    body: bytes = b"",
) -> bytes:
    """The bytes of a response to `request`: Via, From, To, Call-ID and CSeq are copied.

    Args:
        request: What is answered; its top Via carries `received` and `rport` already.
        status: 100 to 699.
        to_tag: Our tag, added unless the request's To has one or the status is 100.
        reason: Phrase, or the usual one.
        extra: More headers, e.g. Record-Route and Contact.
        body: Octets of the body.
    """
    to = request.to
    if to_tag and not request.to_tag and status != 100:
        to = f"{to};tag={to_tag}"
    vias = request.headers["via"]
    pairs = [("Via", via) for via in vias]
    pairs += [
        ("From", request.from_),
        ("To", to),
        ("Call-ID", request.call_id),
        ("CSeq", f"{request.cseq} {request.cseq_method}"),
    ]
    pairs += extra
    return build(f"SIP/2.0 {status} {reason or REASONS.get(status, 'Unknown')}", pairs, body)
