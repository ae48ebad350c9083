"""Everything of the house that reads what others wrote, and what each promises to raise."""

import tempfile
from contextlib import suppress
from pathlib import Path

from cordboard import media
from cordboard.app.site import BadSiteError, read_site
from cordboard.desk.service import parse_message
from cordboard.flows.errors import BadFlowError
from cordboard.flows.graph import check
from cordboard.media import rtcp
from cordboard.media.dtmf import EventFold
from cordboard.media.protocol import (
    FrameError,
    FrameReader,
    Order,
    decode_to_control,
    decode_to_media,
    frame,
)
from cordboard.media.rtp import HEADER, HEADER_BYTES, Reception, payload_bounds
from cordboard.media.wav import WavError, header, read_format
from cordboard.sip import (
    Flow,
    GuardSettings,
    RemoteProtocolError,
    SdpSide,
    SipCore,
    SipSettings,
    read_answer,
)
from cordboard.sip.digest import parse_fields
from cordboard.sip.parser import StreamFramer, parse, parse_uri
from cordboard.sip.peek import dialog_of, method_of, nonce_of, user_of
from cordboard.telephony.adapters.ng import read_reply
from cordboard.telephony.adapters.relay_digits import read_press
from tools.fuzz.engine import Target

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "fuzz-corpus"
_DEMO = ROOT / "src" / "cordboard" / "app" / "demo"
_WIRE = ROOT / "tests" / "wire"
_FLOW = Flow("udp", ("10.0.0.2", 5060), ("10.0.0.1", 5060))
_TRUNK = Flow("udp", ("10.0.0.2", 5060), ("10.0.0.3", 5060))
_SITE = Path(tempfile.gettempdir()) / "cordboard-fuzz"

_SDP = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    b"a=ptime:20\r\na=sendrecv\r\n"
)
_INVITE = (
    b"INVITE sip:bob@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport\r\n"
    b'From: "A" <sip:a@10.0.0.1>;tag=1\r\nTo: <sip:bob@10.0.0.2>\r\nCall-ID: c1\r\n'
    b"CSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.1>\r\nMax-Forwards: 70\r\n"
    b"Supported: timer,100rel\r\nSession-Expires: 1800;refresher=uac\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SDP), _SDP)
)
_REGISTER = (
    b"REGISTER sip:10.0.0.2 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKr\r\n"
    b"f: <sip:1001@h>;tag=2\r\nt: <sip:1001@h>\r\ni: r1\r\nCSeq: 2 REGISTER\r\n"
    b'm: <sip:1001@10.0.0.1>;expires=60;q=0.5\r\nAuthorization: Digest username="1001", '
    b'realm="house", nonce="1-2-3", uri="sip:10.0.0.2", response="0", qop=auth, nc=00000001, '
    b'cnonce="x", algorithm=MD5\r\nl: 0\r\n\r\n'
)


def _sip(data: bytes) -> object:
    framer = StreamFramer()
    framer.feed(data)
    with suppress(RemoteProtocolError):
        while framer.take() is not None:
            pass
    message = parse(data)
    return type(message), message.cseq_method, sorted(message.headers)[:4]


def _core(data: bytes) -> object:
    """A whole user agent in the midst of a call: it promises to raise nothing."""
    count = iter(range(1_000_000))
    core = SipCore(
        SipSettings(realm="house", trusted=lambda _: True),
        token=lambda: f"t{next(count)}",
        credentials=lambda _, user: "secret" if user == "1001" else None,
        guard=GuardSettings(exempt=lambda host: host == _TRUNK.remote[0]),
    )
    core.receive(_INVITE, _FLOW, 1.0)
    core.receive(data, _FLOW, 2.0)
    core.receive(data, _TRUNK, 3.0)  # which no guard keeps off
    core.tick(40.0)
    told = "".join(type(event).__name__[:4] for event in core.events())
    return told, "".join(f"{name[-3:]}{count}" for name, count in core.counters.items())


def _peek(data: bytes) -> object:
    fields = parse_fields(data.decode("latin-1"))
    return (
        method_of(data), dialog_of(data) is None, len(user_of(data)), nonce_of(data) is None,
        fields is None,
    )  # fmt: skip


def _uri(data: bytes) -> object:
    message = parse(b"OPTIONS " + data + _INVITE[23:].replace(b"1 INVITE", b"1 OPTIONS"))
    return type(parse_uri(message))  # type: ignore[arg-type]  # a request, by its first line


def _sdp(data: bytes) -> object:
    side = SdpSide("10.0.0.2", 1)
    with suppress(RemoteProtocolError):
        read_answer(data)
    body, agreed = side.answer(data, 4000)
    return agreed, len(body) > 0


def _rtp(data: bytes) -> object:
    """Packets, each with its length in front."""
    taken, bounds = Reception(), []
    for packet in _pieces(data):
        where = payload_bounds(packet)
        bounds.append(where is None)
        if where is not None:
            _, _, seq, ts, ssrc = HEADER.unpack_from(packet)
            taken.take(seq, ts, ssrc, len(bounds) * 160)
            assert HEADER_BYTES <= where[0] <= where[1] <= len(packet)
    return bounds


def _dtmf(data: bytes) -> object:
    fold, keys = EventFold(), ""
    for n, payload in enumerate(_pieces(data)):
        ts = int.from_bytes(payload[4:8], "big")
        keys += "".join(press.digit for press in fold.take(payload, ts, n * 20))
        fold.idle(n * 20)
    return keys


def _pieces(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = data[at]
        found.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    return found


def _ng(data: bytes) -> object:
    reply, press = read_reply(data), read_press(data)
    return reply is None, press is None, reply and reply[1].result[:8]


def _wav(data: bytes) -> object:
    shape = read_format(data, len(data))
    assert 0 <= shape.data_offset <= shape.data_offset + shape.data_bytes <= len(data)
    return shape.codec, shape.channels, shape.rate_hz


def _flow(data: bytes) -> object:
    try:
        return len(check(data).nodes)
    except BadFlowError as error:
        problems = error.details["problems"]
        assert isinstance(problems, list | tuple)
        return sorted({str(problem)[-40:] for problem in problems})


def _site(data: bytes) -> object:
    _SITE.mkdir(exist_ok=True)
    path = _SITE / "site.json"
    path.write_bytes(data)
    _, flows = read_site(path, lambda items: [])
    return len(flows)


def _screen(data: bytes) -> object:
    return sorted(parse_message(data.decode("utf-8", "replace")))[:4]


def _frames(data: bytes) -> object:
    kinds = []
    for body in (data, *FrameReader().feed(data)):
        for decode in (decode_to_media, decode_to_control):
            try:
                kinds.append(type(decode(body)).__name__)
            except FrameError as error:
                kinds.append(str(error)[:30])
    return kinds[:4]


def _sized(*packets: bytes) -> bytes:
    return b"".join(bytes([len(packet)]) + packet for packet in packets)


def _files(folder: Path, *endings: str) -> tuple[bytes, ...]:
    found = [p for p in sorted(folder.iterdir()) if p.suffix in endings]
    return tuple(path.read_bytes() for path in found)


def _targets() -> list[Target]:
    sip = (_INVITE, _REGISTER, *_files(_WIRE / "rfc4475", ".sip"))
    in_dialog = tuple(
        _INVITE.replace(b"INVITE", method).replace(b"bob@10.0.0.2>", b"bob@10.0.0.2>;tag=t2")
        for method in (b"ACK", b"BYE", b"CANCEL", b"UPDATE", b"PRACK", b"INFO", b"REFER")
    )
    packet = HEADER.pack(0x80, 8, 1, 160, 7) + b"\xd5" * 20
    event = b"\x05\x0a\x00\xa0\x00\x00\x01\x00"
    report = bytes([0x81, 201, 0, 7]) + bytes(4) + (7).to_bytes(4, "big") + bytes(20)
    sender = bytes([0x80, 200, 0, 6]) + bytes(24)
    order = frame(Order("1", media.Play("leg", "p", ["a"])))
    reply = b'1_1 {"result":"ok","sdp":"v=0","tags":{"a":{"medias":[]}},"totals":{}}'
    press = b'{"type":"DTMF","callid":"c","source_tag":"t","event":5,"duration":100}'
    refused = (RemoteProtocolError,)
    return [
        Target("sip", _sip, refused, sip),
        Target("sip-core", _core, (), (*sip, *in_dialog)),
        Target("sip-peek", _peek, (), sip),
        Target("sip-uri", _uri, refused, (b"sip:a@b", b"tel:+491", b"sip:a;b=c@[::1]:5;lr?x=y")),
        Target("sdp", _sdp, refused, (_SDP, _SDP.replace(b"sendrecv", b"sendonly"))),
        Target("rtp", _rtp, (), (_sized(packet, packet), _sized(packet[:13]))),
        Target("rtcp", lambda data: rtcp.parse(data, 7, 1), (), (report, sender + report)),
        Target("dtmf", _dtmf, (), (_sized(event, b"\x05\x8a\x03\x20\0\0\1\0"), _sized(event))),
        Target("ng", _ng, (), (reply, press)),
        Target("wav", _wav, (WavError,), (header("PCMA", 2, 40) + b"\xd5" * 80,)),
        Target("flow", _flow, (), _files(_WIRE / "flows", ".json", ".bin")),
        Target("site", _site, (BadSiteError,), ((_DEMO / "site.json").read_bytes(),)),
        Target("media", _frames, (FrameError,), (order, order[4:])),
        Target("screen", _screen, (), (b'{"type":"ready","id":1}', b"[" * 3_000)),
    ]


TARGETS = {target.name: target for target in _targets()}


def corpus_of(target: Target) -> list[bytes]:
    """Its seeds and its kept inputs."""
    folder = CORPUS / target.name
    kept = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
    return [*target.seeds, *kept]
