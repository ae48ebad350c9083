"""Microseconds to parse and to build; prints, never asserts.

Run: python bench/micro/sip_parse.py
"""

import timeit

from cordboard.sip import SdpSide, parse_sdp
from cordboard.sip.messages import build_response
from cordboard.sip.parser import parse

SDP = SdpSide("192.0.2.20", 1).offer(6000)
INVITE = (
    "INVITE sip:1001@192.0.2.10:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK-12345-1-0;rport\r\n"
    'From: "Alice" <sip:alice@192.0.2.20:5060>;tag=12345SIPpTag001\r\n'
    "To: <sip:1001@192.0.2.10:5060>\r\nCall-ID: 1-12345@192.0.2.20\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:alice@192.0.2.20:5060;transport=udp>\r\nMax-Forwards: 70\r\n"
    "User-Agent: Some Phone 1.2.3\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"
    "Supported: timer, replaces\r\nP-Asserted-Identity: <sip:+4930123456@192.0.2.20>\r\n"
    f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n"
).encode() + SDP


def best_us(work: object, number: int = 10_000) -> float:
    return min(timeit.repeat(work, number=number, repeat=7)) / number * 1e6  # type: ignore[arg-type]


if __name__ == "__main__":
    request = parse(INVITE)
    print(f"parse, {len(INVITE)} bytes: {best_us(lambda: parse(INVITE)):.1f} us")
    print(f"200 to it: {best_us(lambda: build_response(request, 200, to_tag='x')):.1f} us")  # type: ignore[arg-type]
    print(f"SDP: {best_us(lambda: parse_sdp(SDP)):.1f} us")
