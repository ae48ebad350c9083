"""Whatever bytes come: a message or a RemoteProtocolError, nothing else, and in bounded time."""

import pathlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.sip import Flow, Limits, RemoteProtocolError
from cordboard.sip.crypto import read_crypto
from cordboard.sip.digest import parse_fields
from cordboard.sip.messages import Request, Response, build_response
from cordboard.sip.parser import StreamFramer, parse
from cordboard.sip.refer import Replaces
from cordboard.sip.sdp import body_sdp, parse_sdp
from cordboard.sip.uri import NameAddr, SipUri, Via, parse_params, split_list
from tests.unit.sip.exchange import OFFER, Party, request

pytestmark = pytest.mark.wire
TORTURE = sorted((pathlib.Path(__file__).parent / "rfc4475").glob("*.sip"))
INVITE = request("INVITE", "Record-Route: <sip:p;lr>, <sip:q>", body=OFFER)
FLOW = Flow("udp", ("10.0.0.2", 5060), ("10.0.0.1", 5060))


def accepted(data: bytes) -> bool:
    try:
        message = parse(data)
    except RemoteProtocolError:
        return False
    assert isinstance(message, Request | Response)
    return True


@pytest.mark.parametrize("path", TORTURE, ids=lambda path: path.stem)
def test_each_message_truncated_at_every_length(path: pathlib.Path) -> None:
    data = path.read_bytes()
    for size in range(len(data)):
        accepted(data[:size])


def test_an_invite_truncated_anywhere_in_its_head_is_refused() -> None:
    end = INVITE.index(b"\r\n\r\n") + 4
    assert not any(accepted(INVITE[:size]) for size in range(end))
    assert accepted(INVITE)
    assert accepted(INVITE + b"trailing")


def mutate(data: bytes, chance: random.Random) -> bytes:
    work = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(work))
        match chance.randrange(4):
            case 0:
                work[at] = chance.randrange(256)
            case 1:
                work[at:at] = chance.choice([b"\r\n", b"\0", b'"', b"<", b";", b",", b"\xff", b" "])
            case 2:
                del work[at : at + chance.randint(1, 9)]
            case _:
                work[at:at] = work[at : at + chance.randint(1, 40)]
    return bytes(work)


def test_mutated_messages_never_break_the_parser() -> None:
    chance = random.Random(4475)
    seeds = [INVITE, *(path.read_bytes() for path in TORTURE)]
    assert sum(accepted(mutate(chance.choice(seeds), chance)) for _ in range(6_000)) > 500


def test_mutated_messages_never_break_a_core_in_the_midst_of_a_call() -> None:
    chance = random.Random(3261)
    own = Party("b", "10.0.0.2", max_transactions=200, max_sessions=100)
    seeds = [INVITE] + [
        request(method, branch=f"z9hG4bK{method}", cseq=n, to=to)
        for n, method in enumerate(
            ["BYE", "ACK", "CANCEL", "UPDATE", "INFO", "OPTIONS", "REGISTER"]
        )
        for to in ("<sip:bob@10.0.0.2>", "<sip:bob@10.0.0.2>;tag=b000002")
    ]
    for n in range(4_000):
        own.core.receive(mutate(chance.choice(seeds), chance), FLOW, n / 10)
        own.core.tick(n / 10)
        own.core.outputs()
        own.core.events()
    assert own.core.load["transactions"] <= 250


CRYPTO = OFFER.replace(b"RTP/AVP", b"RTP/SAVP") + (
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^20\r\n"
)
SAID_IN_A_TALK = (
    ("REFER", b"", "Refer-To: <sip:c@h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>"),
    ("NOTIFY", b"SIP/2.0 200 OK\r\n", "Event: refer;id=2", "Subscription-State: terminated"),
    ("UPDATE", b"", "Supported: timer", "Session-Expires: 90;refresher=uas", "Min-SE: 90"),
    ("INVITE", CRYPTO, "Session-Expires: 1800", "Require: timer", "Allow: UPDATE, BYE"),
    ("PRACK", CRYPTO, "RAck: 776656 1 INVITE"),
    ("INFO", b"Signal=5", "Content-Type: application/dtmf-relay"),
)


def orders(own: Party, session: str, now_s: float, chance: random.Random) -> None:
    """What the rooms above may say to any of it."""
    if chance.random() < 0.5:
        own.core.accept_refer(session, now_s)
    if chance.random() < 0.5:
        own.core.notify_refer(session, 200, now_s)
    if chance.random() < 0.5:
        own.core.accept_reinvite(session, OFFER, now_s)


def test_mutated_requests_never_break_a_talk() -> None:
    """Transfers, timers and early changes, with everything above them decided one way or other."""
    chance = random.Random(3515)
    for seed in range(60):
        own = Party("b", "10.0.0.2")
        own.core.receive(request("INVITE", "Require: 100rel", body=OFFER), FLOW, 0.0)
        [session] = own.core._end.sessions
        if seed % 2:
            own.core.progress(session, 183, OFFER, now_s=0.1)
        else:
            own.core.answer(session, OFFER, 0.1)
        to = f"<sip:bob@10.0.0.2>;tag={own.core._end.sessions[session].local_tag}"
        for n in range(1, 60):
            method, body, *lines = chance.choice(SAID_IN_A_TALK)
            seen = request(method, *lines, branch=f"z9hG4bK{n}", cseq=n, to=to, body=body)
            own.core.receive(mutate(seen, chance), FLOW, n / 10)
            own.core.tick(n * chance.choice([0.1, 30.0]))
            orders(own, session, n / 10, chance)
            own.core.outputs()
            own.core.events()


ANSWERS = (
    (183, ("Require", "100rel"), ("RSeq", "7")),
    (180, ("X", "y")),
    (200, ("Session-Expires", "90;refresher=uac")),
    (200, ("Contact", "<sip:1001@10.0.0.1:5060>;expires=60")),
    (302, ("Contact", "<sip:c@h>")),
    (401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"')),
    (422, ("Min-SE", "4000")),
    (423, ("Min-Expires", "4000")),
    (503, ("Retry-After", "7")),
)


def test_mutated_responses_never_break_what_we_began() -> None:
    chance = random.Random(3262)
    for n in range(400):
        own = Party("a", "10.0.0.1")
        own.core.invite(
            "s", request_uri="sip:b@10.0.0.2", from_="sip:a@h", to="sip:b@h",
            sdp=chance.choice([OFFER, None]), username="u", password="p", now_s=0.0,
        )  # fmt: skip
        own.core.register(
            "r", aor="sip:1001@10.0.0.2", user="1001", registrar=("10.0.0.2", 5060, "udp"),
            password="p", now_s=0.0,
        )  # fmt: skip
        for step in range(8):
            own.core.tick(2.0 + step)
            for out in own.core.outputs():
                message = parse(out.data)
                if not isinstance(message, Request):
                    continue
                status, *more = chance.choice(ANSWERS)
                extra = [*more, ("Content-Type", "application/sdp")]
                reply = build_response(message, status, to_tag="t", extra=extra, body=CRYPTO)
                own.core.receive(mutate(reply, chance) if n % 4 else reply, FLOW, 2.0 + step)
                own.core.acknowledge("s", OFFER, 2.0 + step)
            own.core.events()


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    accepted(data)
    own = Party("b", "10.0.0.2")
    own.core.receive(data, FLOW, 1.0)


TEXT = st.text(st.characters(max_codepoint=255), max_size=80)


def payload_type_of(formats: str) -> int | None:
    sdp = parse_sdp(OFFER + f"m=audio 1 RTP/AVP {formats}\r\n".encode("latin-1"))
    return sdp.media[-1].payload_type("PCMA/8000")


@given(TEXT)
def test_any_text_in_a_header(text: str) -> None:
    for read in (
        NameAddr.parse, SipUri.parse, Via.parse, parse_params, split_list,
        lambda t: parse_fields("Digest " + t), lambda t: parse_sdp(t.encode("latin-1")),
        lambda t: body_sdp(t, b"x"), Replaces.parse, lambda t: read_crypto([f"crypto:1 {t}"]),
        payload_type_of,
    ):  # fmt: skip
        try:
            read(text)
        except RemoteProtocolError:
            continue


WORD = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)


@given(st.text(st.characters(codec="latin-1", exclude_characters="\0\r\n"), max_size=20), WORD)
def test_a_name_addr_survives_a_round_trip(display: str, tag: str) -> None:
    address = NameAddr("sip:a;b=%41@h.example", display.strip(" \t"), {"tag": tag})
    assert NameAddr.parse(str(address)) == address


@given(WORD, st.integers(0, 65535), st.none() | WORD)
def test_a_via_survives_a_round_trip(branch: str, port: int, received: str | None) -> None:
    via = Via("UDP", "h.example", port or None, {"branch": branch, "received": received})
    assert Via.parse(str(via)) == via


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 7))
def test_a_stream_in_pieces_gives_the_same_messages(bodies: list[bytes], size: int) -> None:
    messages = [request("OPTIONS", body=body) for body in bodies]
    stream = b"\r\n\r\n".join(messages)
    framer, found = StreamFramer(), []
    for at in range(0, len(stream), size):
        framer.feed(stream[at : at + size])
        while (message := framer.take()) is not None:
            found.append(message)
    assert found == messages


class TestFloods:
    @pytest.mark.parametrize(
        "data",
        [
            INVITE.replace(
                b"Call-ID", b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"Call-ID"
            ),
            INVITE.replace(b"Call-ID", b"X: " + b"y" * 10_000 + b"\r\nCall-ID"),
            INVITE.replace(b"Call-ID", b"X: y\r\n" * 200 + b"Call-ID"),
            b"INVITE " + b"a" * 60_000,
            b"x" * 70_000,
            b"\r\n" * 30_000,
        ],
    )
    def test_an_oversized_message_is_refused_unread(self, data: bytes) -> None:
        assert not accepted(data)

    @pytest.mark.parametrize(
        "value",
        ['"' * 4000, "<" * 4000, "a " * 2000, "\\" * 4000, ";a" * 2000, '"\\' * 2000, "," * 4000],
    )
    def test_hostile_values_cost_linear_time(self, value: str) -> None:
        for read in (NameAddr.parse, Via.parse, SipUri.parse, split_list, parse_params):
            try:
                read(value)
            except RemoteProtocolError:
                continue

    def test_a_stream_without_end_is_broken_at_its_cap(self) -> None:
        framer = StreamFramer(Limits(head_bytes=1_000))
        framer.feed(b"INVITE sip:x SIP/2.0\r\n" + b"X: y\r\n" * 1_000)
        with pytest.raises(RemoteProtocolError):
            framer.take()
        assert framer.broken

    @pytest.mark.parametrize(
        "head", [b"l: 5\r\nl: 5", b"Content-Length: -1", b"Content-Length: 99999999", b"X: y"]
    )
    def test_a_stream_whose_framing_is_broken_cannot_be_followed(self, head: bytes) -> None:
        framer = StreamFramer()
        framer.feed(b"OPTIONS sip:x SIP/2.0\r\n" + head + b"\r\n\r\n")
        with pytest.raises(RemoteProtocolError):
            framer.take()
        assert framer.broken

    def test_keep_alives_are_counted_and_skipped(self) -> None:
        framer = StreamFramer()
        framer.feed(b"\r\n\r\n" + request("OPTIONS"))
        assert framer.take() == request("OPTIONS")
        assert framer.pings == 1
