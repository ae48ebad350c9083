import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media import Secured
from cordboard.telephony.adapters.browser_sdp import (
    BrowserSdpError,
    read_offer,
    write_answer,
)

pytestmark = pytest.mark.unit

PRINT = ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        "v=0", "o=- 46117 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "a=extmap-allow-mixed", "a=msid-semantic: WMS", "m=audio 9 UDP/TLS/RTP/SAVPF 8 0 126",
        "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:EsAw",
        "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {PRINT}", "a=setup:actpass", "a=mid:0", "a=sendrecv",
        "a=rtcp-mux", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:126 telephone-event/8000", "a=ssrc:2 cname:x", "",
    ]
)  # fmt: skip
OURS = Secured("l1", "uf", "a" * 32, PRINT)


def test_an_offer_of_chromium_is_read() -> None:
    offer = read_offer(OFFER)
    assert (offer.mid, offer.ufrag, offer.fingerprint) == ("0", "EsAw", PRINT)
    assert (offer.codec, offer.event_type) == ("PCMA", 126)


def test_the_codec_of_the_other_leg_is_taken_if_it_is_offered() -> None:
    assert read_offer(OFFER, "PCMU").codec == "PCMU"
    assert read_offer(OFFER.replace("SAVPF 8 0", "SAVPF 8"), "PCMU").codec == "PCMA"


def test_the_answer_names_the_lite_side_its_place_and_its_certificate() -> None:
    lines = write_answer(read_offer(OFFER), OURS, "192.0.2.7", 20004, 5).split("\r\n")
    assert "m=audio 20004 UDP/TLS/RTP/SAVPF 8 126" in lines
    assert "a=candidate:1 1 udp 2130706431 192.0.2.7 20004 typ host" in lines
    assert {"a=ice-lite", "a=setup:passive", "a=rtcp-mux", "a=end-of-candidates"} <= set(lines)
    assert f"a=fingerprint:sha-256 {PRINT}" in lines


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("a=rtcp-mux\r\n", "", "rtcp-mux"),
        ("sha-256", "sha-1", "fingerprint"),
        (PRINT, "AB:CD", "fingerprint"),
        ("a=ice-ufrag:EsAw", "a=x", "ice-ufrag"),
        ("actpass", "passive", "setup"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "SAVPF"),
        ("8 0 126", "111 126", "PCMA"),
        ("a=mid:0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "one audio line"),
        ("a=mid:0", "a=" + "x" * 20_000, "too long"),
    ],
)
def test_what_we_cannot_speak_is_refused_with_its_reason(old: str, new: str, why: str) -> None:
    with pytest.raises(BrowserSdpError, match=why):
        read_offer(OFFER.replace(old, new))


@given(st.text(max_size=200), st.integers(0, len(OFFER)))
def test_any_text_is_an_offer_or_refused(text: str, at: int) -> None:
    for whole in (text, OFFER[:at] + text + OFFER[at:]):
        try:
            read_offer(whole)
        except BrowserSdpError:
            continue
