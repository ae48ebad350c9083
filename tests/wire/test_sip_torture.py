"""The 49 messages of RFC 4475: what the parser says, and what the core answers."""

import hashlib
import pathlib

import pytest

from cordboard.sip import Flow, RemoteProtocolError
from cordboard.sip.messages import Request, Response
from cordboard.sip.parser import StreamFramer, parse
from cordboard.sip.uri import NameAddr
from tests.unit.sip.exchange import Party

pytestmark = pytest.mark.wire
FILES = pathlib.Path(__file__).parent / "rfc4475"
FLOW = Flow("tcp", ("192.0.2.99", 5060), ("192.0.2.98", 40000), 1)

ACCEPTED: dict[str, list[int]] = {
    # file: statuses that the core answers
    "wsinv": [481],  # its To has a tag that nobody gave
    "intmeth": [405],
    "esc01": [100],
    "escnull": [401],
    "esc02": [405],
    "lwsdisp": [200],
    "longreq": [100],
    "dblreq": [401],
    "semiuri": [200],
    "transports": [200],
    "mpart01": [405],
    "unreason": [],
    "noreason": [],
    "escruri": [400],
    "baddate": [100],
    "badbranch": [200],
    "regbadct": [401],
    "unkscm": [416],
    "novelsc": [416],
    "unksm2": [401],
    "bext01": [420],
    "invut": [415],
    "regaut01": [401],
    "bcast": [],
    "zeromf": [200],
    "cparam01": [401],
    "cparam02": [401],
    "regescrt": [401],
    "sdp01": [406],
    "inv2543": [400],
}
REFUSED: dict[str, tuple[str, list[int]]] = {
    # file: the parser's reason, statuses that the core answers
    "badinv01": ("broken list in a header", []),
    "clerr": ("body shorter than Content-Length", [400]),
    "ncl": ("broken Content-Length", []),
    "scalar02": ("broken CSeq", []),
    "scalarlg": ("broken CSeq", []),
    "quotbal": ("broken address", [400]),
    "ltgtruri": ("broken request line", [400]),
    "lwsruri": ("broken request line", [400]),
    "lwsstart": ("broken request line", [400]),
    "trws": ("broken request line", [400]),
    "badaspec": ("URI needs angle brackets", [400]),
    "baddn": ("URI needs angle brackets", [400]),
    "badvers": ("SIP version not supported", []),
    "mismatch01": ("CSeq of another method", [400]),
    "mismatch02": ("CSeq of another method", [400]),
    "bigcode": ("broken status line", []),
    "insuf": ("a mandatory header is missing", []),
    "multi01": ("header given twice", [400]),
    "mcl01": ("broken Content-Length", []),
}


def read(name: str) -> bytes:
    return (FILES / f"{name}.sip").read_bytes()


def test_the_table_has_all_of_them() -> None:
    assert sorted([*ACCEPTED, *REFUSED]) == sorted(f.stem for f in FILES.glob("*.sip"))
    assert len([*ACCEPTED, *REFUSED]) == 49


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_message_is_accepted(name: str) -> None:
    assert isinstance(parse(read(name)), Request | Response)


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_message_is_refused_by_name(name: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        parse(read(name))
    assert error.value.reason == REFUSED[name][0]


@pytest.mark.parametrize("name", [*ACCEPTED, *REFUSED])
def test_the_core_answers_each_as_it_deserves(name: str) -> None:
    own = Party("b", "192.0.2.99")
    expected = ACCEPTED[name] if name in ACCEPTED else REFUSED[name][1]
    own.core.receive(read(name), FLOW, 1.0)
    sent = [out.data for out in own.core.outputs()]  # our echo of a broken From is broken too
    assert [int(data[8:11]) for data in sent] == expected


@pytest.mark.parametrize("name", [n for n in ACCEPTED if n not in ("dblreq", "inv2543")])
def test_an_accepted_message_survives_a_stream_and_a_round_trip(name: str) -> None:
    framer = StreamFramer()
    for byte in read(name):
        framer.feed(bytes([byte]))
    whole = framer.take()
    assert whole == read(name)
    first = parse(whole)
    again = parse(bytes(first))
    assert again.headers == first.headers | {"content-length": again.headers["content-length"]}
    assert (again.body, again.call_id, again.cseq) == (first.body, first.call_id, first.cseq)


def test_they_are_the_bytes_of_the_rfc() -> None:
    """One digest over all; how they were compared is told in ORIGIN-sip.md."""
    whole = hashlib.sha256()
    for path in sorted(FILES.glob("*.sip")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    assert whole.hexdigest() == "33abfb8f38cf49736cf9cd113d4346424b10b200bbb254261431f3200ca26d0a"


class TestMeaning:
    def test_wsinv(self) -> None:
        message = parse(read("wsinv"))
        assert isinstance(message, Request)
        assert (message.to_tag, message.from_tag) == ("1918181833n", "98asjd8")
        assert NameAddr.parse(message.from_).display == 'J Rosenberg \\"'
        assert (message.cseq, message.cseq_method, message.get("max-forwards")) == (
            9,
            "INVITE",
            "0068",
        )
        assert [v.split(";")[0].rstrip() for v in message.values("via")][1:] == [
            "SIP  / 2.0  / TCP     spindle.example.com",
            "SIP  /    2.0   / UDP  192.168.255.111",
        ]
        assert message.via is not None
        assert (message.via.transport, message.via.host) == ("UDP", "192.0.2.2")
        contact = message.contact
        assert contact is not None
        assert (contact.display, contact.params["q"]) == ('Quoted string ""', "0.33")
        assert message.get("newfangledheader") == "newfangled value continued newfangled value"
        assert message.get("subject") == ""
        assert len(message.body) == 150

    def test_escapes_are_kept_as_they_came(self) -> None:
        message = parse(read("esc01"))
        assert isinstance(message, Request)
        assert message.uri == "sip:sips%3Auser%40example.com@example.net"
        assert NameAddr.parse(message.to).user == "%75se%72"
        assert "c%6fntact" in parse(read("esc02")).headers

    def test_a_semicolon_in_the_user_part_is_no_parameter(self) -> None:
        message = parse(read("semiuri"))
        assert isinstance(message, Request)
        assert NameAddr.parse(f"<{message.uri}>").user == "user;par=u%40example.net"

    def test_a_second_message_in_a_datagram_is_dropped_and_framed_in_a_stream(self) -> None:
        assert parse(read("dblreq")).body == b""
        framer = StreamFramer()
        framer.feed(read("dblreq"))
        first, second = framer.take(), framer.take()
        assert first is not None
        assert second is not None
        assert second.startswith(b"INVITE sip:joe@example.com")

    def test_headers_without_an_end_are_no_message(self) -> None:
        with pytest.raises(RemoteProtocolError, match="no end of headers"):
            parse(read("baddn").removesuffix(b"\r\n"))

    def test_parameters_outside_and_inside_brackets(self) -> None:
        outside, inside = parse(read("cparam01")).contact, parse(read("cparam02")).contact
        assert outside is not None
        assert inside is not None
        assert "unknownparam" in outside.params
        assert inside.params == {}
        assert inside.uri.endswith(";unknownparam")
