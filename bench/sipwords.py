"""SIP as the generator speaks it: templates to fill, and the few finders that reading needs.

Not the product's SIP room on purpose: the peer is independent of what it measures, and cheap.
Nothing is validated; a message that cannot be read is dropped and shows up as a lost call.
"""

import re
from typing import NamedTuple

SDP = (
    b"v=0\r\no=bench 1 1 IN IP4 %(host)b\r\ns=-\r\nc=IN IP4 %(host)b\r\nt=0 0\r\n"
    b"m=audio %(port)d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)
INVITE = (
    b"INVITE sip:%(number)b@%(target)b SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP %(here)b;branch=z9hG4bK%(branch)b;rport\r\n"
    b"From: <sip:%(caller)b@%(here)b>;tag=%(tag)b\r\nTo: <sip:%(number)b@%(target)b>\r\n"
    b"Call-ID: %(call_id)b\r\nCSeq: 1 INVITE\r\nContact: <sip:%(caller)b@%(here)b>\r\n"
    b"Max-Forwards: 70\r\nAllow: INVITE, ACK, BYE, CANCEL, INFO\r\n"
    b"Content-Type: application/sdp\r\nContent-Length: %(length)d\r\n\r\n%(body)b"
)
IN_DIALOG = (
    b"%(method)b %(uri)b SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP %(here)b;branch=z9hG4bK%(branch)b;rport\r\n%(route)b"
    b"From: %(from_)b\r\nTo: %(to)b\r\nCall-ID: %(call_id)b\r\nCSeq: %(cseq)d %(method)b\r\n"
    b"Max-Forwards: 70\r\n%(typed)bContent-Length: %(length)d\r\n\r\n%(body)b"
)
ANSWER = (
    b"SIP/2.0 %(status)b\r\n%(via)b%(record_route)bFrom: %(from_)b\r\nTo: %(to)b\r\n"
    b"Call-ID: %(call_id)b\r\nCSeq: %(cseq)b\r\n%(extra)bContent-Length: %(length)d\r\n\r\n%(body)b"
)
DTMF = b"Signal=%b\r\nDuration=160\r\n"

_SHORT = {b"via": b"v", b"from": b"f", b"to": b"t", b"call-id": b"i", b"contact": b"m"}


def header(message: bytes, name: bytes) -> bytes:
    """The first value of a header, empty if there is none. Also finds short forms."""
    at = message.find(b"\r\n" + name + b": ")
    if at >= 0:
        at += len(name) + 4
        return message[at : message.find(b"\r\n", at)]
    found = _pattern(name).search(message)
    return found[1] if found is not None else b""


def headers(message: bytes, name: bytes) -> bytes:
    """All lines of a header, each with its line end, as they stand."""
    head = message.partition(b"\r\n\r\n")[0] + b"\r\n"
    return b"".join(found[0] + b"\r\n" for found in _pattern(name).finditer(head))


_patterns: dict[bytes, re.Pattern[bytes]] = {}


def _pattern(name: bytes) -> re.Pattern[bytes]:
    if name not in _patterns:
        short = _SHORT.get(name.lower())
        either = re.escape(name) + (b"|" + short if short else b"")
        _patterns[name] = re.compile(rb"(?im)^(?:%b)[ \t]*:[ \t]*([^\r\n]*)" % either)
    return _patterns[name]


def status_of(message: bytes) -> int:
    """The status of a response; 0 for a request."""
    return int(message[8:11]) if message.startswith(b"SIP/2.0 ") else 0


def method_of(message: bytes) -> bytes:
    """The method of a request, or of the request that a response answers."""
    if message.startswith(b"SIP/2.0 "):
        return header(message, b"CSeq").rpartition(b" ")[2]
    return message[: message.find(b" ")]


def uri_user(text: bytes) -> bytes:
    """The user part of the URI in a header value or a request line."""
    at = text.find(b"sip:")
    return text[at + 4 :].partition(b"@")[0] if at >= 0 else b""


def uri_in(text: bytes) -> bytes:
    """The URI of a Contact, without what surrounds it."""
    if b"<" in text:
        return text.partition(b"<")[2].partition(b">")[0]
    return text.partition(b";")[0].strip()


class SoundAddress(NamedTuple):
    """Where the other side wants its RTP."""

    host: str
    port: int


def sound_address(message: bytes) -> SoundAddress | None:
    """What the SDP of a message says, or None if it has none."""
    at = message.find(b"m=audio ")
    if at < 0:
        return None
    port = int(message[at + 8 :].split(b" ", 1)[0])
    own = message.find(b"c=IN IP4 ", at)
    start = own if own >= 0 else message.find(b"c=IN IP4 ")
    return SoundAddress(message[start + 9 :].split(b"\r\n", 1)[0].decode(), port)


def invite(
    *, number: bytes, target: bytes, here: bytes, caller: bytes, call_id: bytes, body: bytes
) -> bytes:
    """A first INVITE; branch and tag follow from the Call-ID."""
    return INVITE % {
        b"number": number, b"target": target, b"here": here, b"caller": caller,
        b"branch": b"i" + call_id.partition(b"@")[0], b"tag": b"c" + caller, b"call_id": call_id,
        b"length": len(body), b"body": body,
    }  # fmt: skip


class Dialog(NamedTuple):
    """What requests inside a dialog carry."""

    uri: bytes
    from_: bytes
    to: bytes
    call_id: bytes
    here: bytes
    route: bytes = b""
    "Route lines, with their ends."


def request(
    dialog: Dialog, method: bytes, cseq: int, *, kind: bytes = b"", body: bytes = b""
) -> bytes:
    """A request inside a dialog: ACK, BYE, INFO."""
    branch = b"%b%d%b" % (method[:1].lower(), cseq, dialog.call_id.partition(b"@")[0])
    return IN_DIALOG % {
        b"method": method, b"uri": dialog.uri, b"here": dialog.here, b"branch": branch,
        b"route": dialog.route, b"from_": dialog.from_, b"to": dialog.to,
        b"call_id": dialog.call_id, b"cseq": cseq, b"length": len(body), b"body": body,
        b"typed": b"Content-Type: " + kind + b"\r\n" if kind else b"",
    }  # fmt: skip


def refused_ack(invite_sent: bytes, response: bytes) -> bytes:
    """The ACK of a refused INVITE: same branch and request line (RFC 3261 §17.1.1.3)."""
    line = invite_sent.partition(b"\r\n")[0]
    return (
        b"ACK" + line[6:] + b"\r\n" + headers(invite_sent, b"Via")
        + b"From: " + header(invite_sent, b"From") + b"\r\nTo: " + header(response, b"To")
        + b"\r\nCall-ID: " + header(invite_sent, b"Call-ID")
        + b"\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )  # fmt: skip


def answer(
    asked: bytes, status: bytes, *, tag: bytes = b"", contact: bytes = b"", body: bytes = b""
) -> bytes:
    """A response to a request.

    Args:
        asked: The request.
        status: `200 OK`.
        tag: Of To, if the request has none yet.
        contact: `<sip:...>`, for responses that make a dialog.
        body: SDP.
    """
    to = header(asked, b"To")
    if tag and b"tag=" not in to:
        to += b";tag=" + tag
    extra = b"Contact: " + contact + b"\r\n" if contact else b""
    if body:
        extra += b"Content-Type: application/sdp\r\n"
    return ANSWER % {
        b"status": status, b"via": headers(asked, b"Via"), b"from_": header(asked, b"From"),
        b"record_route": headers(asked, b"Record-Route"), b"to": to,
        b"call_id": header(asked, b"Call-ID"), b"cseq": header(asked, b"CSeq"),
        b"extra": extra, b"length": len(body), b"body": body,
    }  # fmt: skip


def caller_routes(response: bytes) -> bytes:
    """Route lines that a caller's further requests take: Record-Route, last first."""
    values = [
        part.strip()
        for line in headers(response, b"Record-Route").split(b"\r\n")
        if line
        for part in line.partition(b":")[2].split(b",")
    ]
    return b"".join(b"Route: " + value + b"\r\n" for value in reversed(values))


def agent_routes(invited: bytes) -> bytes:
    """Route lines that a called phone's further requests take: Record-Route in order."""
    values = headers(invited, b"Record-Route")
    return re.sub(rb"(?im)^Record-Route", b"Route", values)
