"""Descriptions as browsers write and read them: one audio line, PCMA or PCMU, ICE and DTLS.

Pure. We are the lite, controlled side and the DTLS server; all sound and reports share one port.
Sources: RFC 8829 (JSEP), RFC 8839 (ICE in SDP), RFC 8842 (DTLS in SDP), RFC 5761, RFC 9143.
"""

import re
from dataclasses import dataclass

from cordboard.media import Codec, Secured
from cordboard.sip import Agreed

BROWSER_HOST, BROWSER_PORT = "browser.invalid", 9
MAX_SDP_BYTES = 16_384
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}")
_NUMBERS: dict[Codec, int] = {"PCMA": 8, "PCMU": 0}


class BrowserSdpError(ValueError):
    """Nothing that we can answer; the message says why."""


@dataclass(frozen=True, slots=True)
class BrowserOffer:
    """What a browser offers that matters to us."""

    mid: str
    ufrag: str
    fingerprint: str
    codec: Codec
    event_type: int | None

    @property
    def agreed(self) -> Agreed:
        """The same as legs know it."""
        return Agreed(
            codec=f"{self.codec}/8000",
            payload_type=_NUMBERS[self.codec],
            event_type=self.event_type,
            remote_host=BROWSER_HOST,
            remote_port=BROWSER_PORT,
            direction="sendrecv",
        )


def read_offer(sdp: str, first: str = "PCMA") -> BrowserOffer:
    """Read an offer with one audio line.

    Args:
        sdp: As the page sent it.
        first: The codec to take if both are offered.

    Raises:
        BrowserSdpError: If it is no such offer.
    """
    if len(sdp) > MAX_SDP_BYTES:
        raise BrowserSdpError("too long")
    lines = sdp.replace("\r\n", "\n").split("\n")
    media = [line for line in lines if line.startswith("m=")]
    if len(media) != 1 or not media[0].startswith("m=audio "):
        raise BrowserSdpError("one audio line, and nothing else")
    words = media[0].split()
    if words[2:3] != ["UDP/TLS/RTP/SAVPF"]:
        raise BrowserSdpError("UDP/TLS/RTP/SAVPF")
    attributes = [line[2:].partition(":")[::2] for line in lines if line.startswith("a=")]
    found = dict(attributes)
    if "rtcp-mux" not in found:
        raise BrowserSdpError("rtcp-mux")
    if found.get("setup") not in ("actpass", "active"):
        raise BrowserSdpError("setup")
    if not found.get("ice-ufrag"):
        raise BrowserSdpError("ice-ufrag")
    kind, _, fingerprint = found.get("fingerprint", "").partition(" ")
    if kind.lower() != "sha-256" or not _FINGERPRINT.fullmatch(fingerprint):
        raise BrowserSdpError("fingerprint: sha-256")
    codecs = [codec for codec, number in _NUMBERS.items() if str(number) in words[3:]]
    if not codecs:
        raise BrowserSdpError("PCMA or PCMU")
    maps = [value.split() for name, value in attributes if name == "rtpmap"]
    events = [entry[0] for entry in maps if entry[1:] == ["telephone-event/8000"]]
    event_type = int(events[0]) if events and re.fullmatch(r"\d{2,3}", events[0]) else None
    return BrowserOffer(
        mid=found.get("mid", "0")[:32],
        ufrag=found["ice-ufrag"][:256],
        fingerprint=fingerprint,
        codec=next((codec for codec in codecs if codec == first), codecs[0]),
        event_type=event_type if event_type is not None and 96 <= event_type <= 127 else None,
    )


def write_answer(offer: BrowserOffer, ours: Secured, host: str, port: int, session_id: int) -> str:
    """Our description for an offer that was read.

    Args:
        offer: What was read.
        ours: Names, password and fingerprint of the leg.
        host: Where the leg is reached.
        port: Its port.
        session_id: Of the `o=` line.
    """
    number = _NUMBERS[offer.codec]
    family = "IP6" if ":" in host else "IP4"
    events = [] if offer.event_type is None else [str(offer.event_type)]
    lines = [
        "v=0", f"o=- {session_id} 1 IN {family} {host}", "s=-", "t=0 0", "a=ice-lite",
        f"a=group:BUNDLE {offer.mid}",
        " ".join([f"m=audio {port} UDP/TLS/RTP/SAVPF {number}", *events]),
        f"c=IN {family} {host}", "a=rtcp-mux", f"a=mid:{offer.mid}",
        f"a=ice-ufrag:{ours.ufrag}", f"a=ice-pwd:{ours.password}",
        f"a=fingerprint:sha-256 {ours.fingerprint}", "a=setup:passive", "a=sendrecv",
        f"a=rtpmap:{number} {offer.codec}/8000",
        *(f"a=rtpmap:{event} telephone-event/8000" for event in events),
        "a=ptime:20", f"a=candidate:1 1 udp 2130706431 {host} {port} typ host",
        "a=end-of-candidates", "",
    ]  # fmt: skip
    return "\r\n".join(lines)
