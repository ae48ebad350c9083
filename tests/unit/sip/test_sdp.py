"""Offer and answer of one audio line, as a table."""

import pytest

from cordboard.sip import (
    RemoteProtocolError,
    SdpSide,
    is_hold,
    order_codecs,
    parse_sdp,
    read_answer,
)
from cordboard.sip.sdp import MAX_MEDIA

pytestmark = pytest.mark.unit
HEAD = "v=0\r\no=- 7 3 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"


def offer(*lines: str, head: str = HEAD) -> bytes:
    return (head + "".join(f"{line}\r\n" for line in lines)).encode()


def side() -> SdpSide:
    return SdpSide("192.0.2.1", 99)


TABLE = [
    # the peer's lines, codec, payload type, event type, our direction
    (["m=audio 4000 RTP/AVP 8 0"], "PCMA/8000", 8, None, "sendrecv"),
    (["m=audio 4000 RTP/AVP 0 8"], "PCMU/8000", 0, None, "sendrecv"),
    (["m=audio 4000 RTP/AVP 08 0"], "PCMA/8000", 8, None, "sendrecv"),
    (["m=audio 4000 RTP/AVP 18 0"], "PCMU/8000", 0, None, "sendrecv"),
    (
        ["m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 pcma/8000/1",
         "a=rtpmap:97 telephone-event/8000"],
        "PCMA/8000", 96, 97, "sendrecv",
    ),
    (["m=audio 4000 RTP/AVP 8", "a=sendonly"], "PCMA/8000", 8, None, "recvonly"),
    (["m=audio 4000 RTP/AVP 8", "a=recvonly"], "PCMA/8000", 8, None, "sendonly"),
    (["m=audio 4000 RTP/AVP 8", "a=inactive"], "PCMA/8000", 8, None, "inactive"),
    (["m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"], "PCMA/8000", 8, None, "recvonly"),
    (["a=sendonly", "m=audio 4000 RTP/AVP 8"], "PCMA/8000", 8, None, "recvonly"),
    (["m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8"], "PCMA/8000", 8, None, "sendrecv"),
    (["m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 0"], "PCMU/8000", 0, None, "sendrecv"),
]  # fmt: skip


class TestAnswer:
    @pytest.mark.parametrize(("lines", "codec", "number", "event", "direction"), TABLE)
    def test_one_codec_and_digits_on_one_line(
        self, lines: list[str], codec: str, number: int, event: int | None, direction: str
    ) -> None:
        body, agreed = side().answer(offer(*lines), 6000)
        assert (agreed.codec, agreed.payload_type) == (codec, number)
        assert (agreed.event_type, agreed.direction) == (event, direction)
        answer = parse_sdp(body)
        asked = parse_sdp(offer(*lines))
        assert [m.kind for m in answer.media] == [m.kind for m in asked.media]
        live = [m for m in answer.media if m.port]
        assert [m.port for m in live] == [6000]
        formats = [str(number)] + ([str(event)] if event is not None else [])
        assert list(live[0].formats) == formats
        assert live[0].direction == direction

    @pytest.mark.parametrize(
        "lines",
        [
            [],
            ["m=audio 4000 RTP/AVP 18"],
            ["m=audio 0 RTP/AVP 8"],
            ["m=video 4000 RTP/AVP 8"],
            ["m=audio 4000 RTP/SAVP 8"],
        ],
    )
    def test_what_does_not_fit_is_488(self, lines: list[str]) -> None:
        with pytest.raises(RemoteProtocolError) as error:
            side().answer(offer(*lines), 6000)
        assert error.value.sip_status_hint == 488

    def test_the_same_offer_gets_the_same_answer(self) -> None:
        own = side()
        first, _ = own.answer(offer("m=audio 4000 RTP/AVP 8"), 6000)
        again, _ = own.answer(offer("m=audio 4000 RTP/AVP 8"), 6000)
        assert first == again
        held, _ = own.answer(offer("m=audio 4000 RTP/AVP 8", "a=sendonly"), 6000)
        assert parse_sdp(held).version == parse_sdp(first).version + 1
        assert parse_sdp(held).session_id == parse_sdp(first).session_id == 99

    def test_another_address_of_ours_makes_another_version(self) -> None:
        ours = side()
        first = parse_sdp(ours.offer(7000))
        ours.host = "192.0.2.7"
        moved = parse_sdp(ours.offer(7000))
        assert (moved.version, moved.media[0].host) == (first.version + 1, "192.0.2.7")

    def test_our_hold_is_never_more_than_the_peer_allows(self) -> None:
        body, agreed = side().answer(offer("m=audio 4000 RTP/AVP 8"), 6000, direction="sendonly")
        assert agreed.direction == "sendonly"
        _, agreed = side().answer(
            offer("m=audio 4000 RTP/AVP 8", "a=sendonly"), 6000, direction="sendonly"
        )
        assert agreed.direction == "inactive"
        assert b"a=sendonly" in body

    def test_our_own_order_may_win(self) -> None:
        _, agreed = side().answer(offer("m=audio 4000 RTP/AVP 0 8"), 6000, prefer_ours=True)
        assert agreed.codec == "PCMA/8000"


class TestOffer:
    def test_the_second_leg_is_offered_the_first_legs_codec_first(self) -> None:
        body = side().offer(6000, codecs=order_codecs("PCMU/8000"))
        assert parse_sdp(body).media[0].formats == ("0", "8", "101")
        assert order_codecs("G729/8000") == order_codecs(None)

    def test_the_peers_answer_to_our_offer_is_read(self) -> None:
        agreed = read_answer(
            offer("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:30")
        )
        assert (agreed.remote_host, agreed.remote_port) == ("10.0.0.1", 4000)
        assert (agreed.codec, agreed.event_type, agreed.ptime_ms) == ("PCMU/8000", 101, 30)

    def test_offer_and_answer_understand_each_other(self) -> None:
        asked = side().offer(6000)
        body, agreed = SdpSide("2001:db8::1", 5).answer(asked, 7000)
        assert b"c=IN IP6 2001:db8::1" in body
        assert agreed.event_type == read_answer(body).event_type == 101


class TestHold:
    @pytest.mark.parametrize(
        ("lines", "held"),
        [
            (["m=audio 1 RTP/AVP 8"], False),
            (["m=audio 1 RTP/AVP 8", "a=sendonly"], True),
            (["m=audio 1 RTP/AVP 8", "a=inactive"], True),
            (["m=audio 1 RTP/AVP 8", "a=recvonly"], False),
            (["m=audio 1 RTP/AVP 8", "c=IN IP4 0.0.0.0"], True),
        ],
    )
    def test_hold_is_seen(self, lines: list[str], held: bool) -> None:
        assert is_hold(offer(*lines)) is held

    def test_nothing_and_nonsense_hold_nobody(self) -> None:
        assert not is_hold(None)
        assert not is_hold(b"nonsense")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=1\r\n",
        b"v=0\r\n",
        b"v=0\r\no=- x 1 IN IP4 h\r\n",
        offer("m=audio"),
        offer("m=audio 99999 RTP/AVP 8"),
        offer("nonsense"),
        offer(head=HEAD.replace("c=IN IP4", "c=ATM")),
        offer(*["m=audio 1 RTP/AVP 8"] * (MAX_MEDIA + 1)),
        b"v=0\r\n" + b"a" * 40_000,
    ],
)
def test_broken_descriptions_are_the_peers_fault(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_sdp(body)
