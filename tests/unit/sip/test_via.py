"""The top Via: usual spellings are read on a short way, with the outcome of the long one."""

import pytest

from cordboard.sip import RemoteProtocolError
from cordboard.sip.parser import parse
from cordboard.sip.uri import Via

pytestmark = pytest.mark.unit

USUAL = (
    "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1",
    "SIP/2.0/UDP 192.0.2.1:65535;branch=z9hG4bK-1;rport",
    "SIP/2.0/TCP host.example;rport;branch=z9hG4bK-1",
    "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport=60123;received=192.0.2.9",
    "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;alias;ttl=1",
)


def message(via: str) -> bytes:
    return (
        f"SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n"
        "Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("text", USUAL)
def test_a_usual_via_is_read_as_any_other(text: str) -> None:
    assert parse(message(text)).via == Via.parse(text)
    assert str(parse(message(text)).via) == text


@pytest.mark.parametrize(
    "text",
    [
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1;rport;rport",
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1;branch=z9hG4bK-2",
        "SIP/2.0/UDP 192.0.2.1:65536;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1:70000;branch=z9hG4bK-1",
    ],
)
def test_a_via_with_a_doubled_parameter_or_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(message(text))
