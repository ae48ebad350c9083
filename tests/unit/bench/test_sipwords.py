"""The generator's SIP: templates are whole messages, and finders find."""

import pytest

from bench import sipwords as words
from cordboard.sip.parser import parse

pytestmark = pytest.mark.unit

BODY = words.SDP % {b"host": b"127.0.0.1", b"port": 4000}
INVITE = words.invite(
    number=b"96511",
    target=b"127.0.0.1:5060",
    here=b"127.0.0.1:4001",
    caller=b"13000000001",
    call_id=b"7-abc@bench",
    body=BODY,
)
OK = words.answer(INVITE, b"200 OK", tag=b"t1", contact=b"<sip:a@127.0.0.1:9>", body=BODY)


def test_an_invite_is_one_that_the_products_own_parser_takes() -> None:
    message = parse(INVITE)
    assert message.body == BODY


def test_a_response_says_what_it_answers() -> None:
    parse(OK)
    assert words.status_of(OK) == 200
    assert words.method_of(OK) == b"INVITE"
    assert words.header(OK, b"Call-ID") == b"7-abc@bench"
    assert words.header(OK, b"To").endswith(b";tag=t1")


def test_a_tag_is_not_added_twice() -> None:
    bye = INVITE.replace(b"To: <sip:96511@127.0.0.1:5060>", b"To: <sip:96511@h>;tag=x")
    assert words.header(words.answer(bye, b"200 OK", tag=b"t1"), b"To").count(b"tag=") == 1


def test_requests_inside_a_dialog_carry_it() -> None:
    dialog = words.Dialog(b"sip:a@h:9", b"<sip:c@h>;tag=1", b"<sip:d@h>;tag=2", b"7@b", b"h:1")
    bye = words.request(dialog, b"BYE", 2)
    parse(bye)
    assert bye.startswith(b"BYE sip:a@h:9 SIP/2.0\r\n")
    assert words.header(bye, b"CSeq") == b"2 BYE"
    key = words.request(dialog, b"INFO", 3, kind=b"application/dtmf-relay", body=words.DTMF % b"1")
    assert parse(key).body == b"Signal=1\r\nDuration=160\r\n"


def test_the_ack_of_a_refusal_has_the_branch_of_its_invite() -> None:
    refused = words.answer(INVITE, b"503 Service Unavailable", tag=b"t1")
    ack = words.refused_ack(INVITE, refused)
    parse(ack)
    assert ack.startswith(b"ACK sip:96511@127.0.0.1:5060 SIP/2.0\r\n")
    assert words.header(ack, b"Via") == words.header(INVITE, b"Via")
    assert words.header(ack, b"To") == words.header(refused, b"To")


def test_short_forms_and_any_case_are_found() -> None:
    message = b"BYE sip:x SIP/2.0\r\ni:  7@b\r\nFROM : <sip:5@h>\r\n\r\n"
    assert words.header(message, b"Call-ID") == b"7@b"
    assert words.header(message, b"From") == b"<sip:5@h>"
    assert words.header(message, b"Contact") == b""


def test_all_lines_of_a_header_are_kept_in_order() -> None:
    message = b"BYE x SIP/2.0\r\nVia: a\r\nVia: b\r\nTo: c\r\n\r\nVia: no header, this is the body"
    assert words.headers(message, b"Via") == b"Via: a\r\nVia: b\r\n"


def test_routes_of_a_caller_run_backwards() -> None:
    message = b"SIP/2.0 200 OK\r\nRecord-Route: <sip:1>, <sip:2>\r\nRecord-Route: <sip:3>\r\n\r\n"
    assert words.caller_routes(message) == (
        b"Route: <sip:3>\r\nRoute: <sip:2>\r\nRoute: <sip:1>\r\n"
    )
    assert words.agent_routes(message).startswith(b"Route: <sip:1>, <sip:2>\r\n")


@pytest.mark.parametrize(
    ("text", "user"),
    [
        (b"<sip:139@h>;tag=1", b"139"),
        (b'"A" <sip:139@h:5>', b"139"),
        (b"INVITE sip:10001@127.0.0.1:9290 SIP/2.0", b"10001"),
        (b"tel:1", b""),
    ],
)
def test_the_user_of_a_uri_is_found(text: bytes, user: bytes) -> None:
    assert words.uri_user(text) == user


def test_a_contact_gives_its_uri() -> None:
    assert words.uri_in(b"<sip:a@h:1;x=y>;expires=3") == b"sip:a@h:1;x=y"
    assert words.uri_in(b"sip:a@h;expires=3") == b"sip:a@h"


def test_sound_goes_where_the_medias_own_line_says() -> None:
    own = BODY.replace(b"a=ptime:20", b"c=IN IP4 10.0.0.9")
    assert words.sound_address(OK) == ("127.0.0.1", 4000)
    assert words.sound_address(own) == ("10.0.0.9", 4000)
    assert words.sound_address(b"BYE x SIP/2.0\r\n\r\n") is None
