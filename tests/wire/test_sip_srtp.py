"""SRTP keys in descriptions: offered, answered and refused as the trunk's policy says. RFC 4568."""

import base64

import pytest

from cordboard.sip import Keys, RemoteProtocolError, SdpSide, SrtpPolicy, parse_sdp
from cordboard.sip.crypto import read_crypto

pytestmark = pytest.mark.wire
KEY = base64.b64encode(bytes(range(30))).decode()
GOOD = f"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"
SHORT = f"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20"


def offer(*lines: str, profile: str = "RTP/SAVP") -> bytes:
    head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    return "\r\n".join([*head, f"m=audio 4000 {profile} 8", *lines, ""]).encode()


def side(srtp: SrtpPolicy, byte: bytes = b"k") -> SdpSide:
    return SdpSide("192.0.2.9", 1, srtp=srtp, keys=Keys(lambda: byte * 30))


class TestAnswers:
    @pytest.mark.parametrize("policy", ["optional", "required"])
    def test_an_encrypted_offer_is_answered_with_its_tag_and_our_key(
        self, policy: SrtpPolicy
    ) -> None:
        own = side(policy)
        body, agreed = own.answer(offer(SHORT, GOOD), 5000)
        assert agreed.srtp is not None
        assert (agreed.srtp.suite, agreed.srtp.theirs) == (
            "AES_CM_128_HMAC_SHA1_80", bytes(range(30)),
        )  # fmt: skip
        text = body.decode()
        assert "m=audio 5000 RTP/SAVP 8" in text
        ours = base64.b64encode(b"k" * 30).decode()
        assert f"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{ours}\r\n" in text
        assert text.count("a=crypto") == 1
        assert own.answer(offer(SHORT, GOOD), 5000)[0] == body, "the same offer, the same answer"

    def test_an_offer_in_clear_is_taken_unless_encryption_is_required(self) -> None:
        plain = offer(profile="RTP/AVP")
        assert side("optional").answer(plain, 5000)[1].srtp is None
        with pytest.raises(RemoteProtocolError) as refused:
            side("required").answer(plain, 5000)
        assert refused.value.sip_status_hint == 488

    def test_where_it_is_off_an_encrypted_offer_is_refused(self) -> None:
        with pytest.raises(RemoteProtocolError):
            side("off").answer(offer(GOOD), 5000)
        with pytest.raises(RemoteProtocolError):
            SdpSide("h", 1).answer(offer(GOOD), 5000)

    def test_of_two_lines_the_encrypted_one_is_taken(self) -> None:
        both = offer(profile="RTP/AVP") + f"m=audio 4002 RTP/SAVP 8\r\n{GOOD}\r\n".encode()
        body, agreed = side("optional").answer(both, 5000)
        assert agreed.remote_port == 4002
        assert [media.port for media in parse_sdp(body).media] == [0, 5000]

    @pytest.mark.parametrize(
        "line",
        [
            "a=x:1",
            f"a=crypto:1 AES_CM_256_HMAC_SHA1_80 inline:{KEY}",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:={KEY}",
        ],
    )
    def test_a_line_that_wants_more_than_we_can_is_passed_over(self, line: str) -> None:
        assert not read_crypto([line[2:]])
        with pytest.raises(RemoteProtocolError):
            side("required").answer(offer(line), 5000)


class TestOffers:
    def test_both_ends_come_to_the_same_keys(self) -> None:
        own, other = side("required", b"a"), side("required", b"b")
        body, theirs = other.answer(own.offer(5000), 6000)
        ours = own.read_answer(body)
        assert ours.srtp is not None
        assert theirs.srtp is not None
        assert (ours.srtp.ours, ours.srtp.theirs) == (theirs.srtp.theirs, theirs.srtp.ours)
        assert ours.srtp.suite == theirs.srtp.suite == "AES_CM_128_HMAC_SHA1_80"

    def test_an_answer_in_clear_to_an_encrypted_offer_is_none(self) -> None:
        own = side("optional")
        own.offer(5000)
        with pytest.raises(RemoteProtocolError):
            own.read_answer(offer(profile="RTP/AVP"))

    def test_what_was_agreed_decides_what_later_offers_say(self) -> None:
        own = side("optional")
        own.answer(offer(profile="RTP/AVP"), 5000)
        assert b"RTP/AVP" in own.offer(5000, direction="sendonly")
        own.answer(offer(GOOD), 5000)
        assert b"RTP/SAVP" in own.offer(5000, direction="sendonly")

    def test_a_key_is_made_once_and_only_if_wanted(self) -> None:
        made: list[int] = []

        def make() -> bytes:
            made.append(1)
            return b"k" * 30

        own = SdpSide("h", 1, srtp="optional", keys=Keys(make))
        own.answer(offer(profile="RTP/AVP"), 5000)
        assert not made
        own.answer(offer(GOOD), 5000)
        own.offer(5000)
        assert len(made) == 1
