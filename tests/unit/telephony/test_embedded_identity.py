"""Who calls and as whom we call: identities, withheld numbers, forwarded calls, allow lists."""

import pytest

from cordboard.sip import Flow, HeaderView, InviteReceived, NameAddr
from cordboard.telephony.adapters.embedded_identity import (
    caller_number,
    diverted_from,
    let_out,
    shown_as,
    taken_in,
)
from cordboard.telephony.lines import SipPolicy

pytestmark = pytest.mark.unit


def invite(from_: str = "<sip:138@h>", **headers: str) -> InviteReceived:
    view: HeaderView = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return InviteReceived(
        session="s", request_uri="sip:96510@x", from_=NameAddr.parse(from_),
        to=NameAddr.parse("<sip:96510@x>"), headers=view, sdp=None,
        flow=Flow("udp", ("h", 1), ("h", 2)), sip_call_id="c", authenticated_user=None,
    )  # fmt: skip


class TestTheCaller:
    @pytest.mark.parametrize(
        ("event", "number"),
        [
            (invite(), "138"),
            (invite(p_asserted_identity='"A, B" <sip:+86-139@h;user=phone>'), "+86139"),
            (invite(p_asserted_identity="<tel:+86139;phone-context=x>"), "+86139"),
            (invite("<sip:anonymous@anonymous.invalid>"), "anonymous"),
            (invite(p_asserted_identity="broken <", from_="<sip:138;isub=1@h>"), "138"),
            (invite("<sip:x@h>", p_asserted_identity="<sip:139@h>", privacy="id"), "anonymous"),
            (
                invite("<sip:x@h>", p_asserted_identity="<sip:139@h>", privacy="user;id"),
                "anonymous",
            ),
            (invite("<sip:x@h>", p_asserted_identity="<sip:139@h>", privacy="none"), "139"),
        ],
    )
    def test_is_known_by_what_the_trunk_vouches_for(
        self, event: InviteReceived, number: str
    ) -> None:
        assert caller_number(event, SipPolicy()) == number

    def test_a_withheld_number_is_shown_where_the_law_says_so(self) -> None:
        event = invite("<sip:x@h>", p_asserted_identity="<sip:110@h>", privacy="id")
        assert caller_number(event, SipPolicy(shows_withheld=True)) == "110"


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ({}, ""),
        ({"diversion": ("<sip:400@h>;reason=no-answer",)}, "400"),
        ({"diversion": ("<sip:second@h>;reason=x", "<sip:first@h>;reason=y")}, "first"),
        ({"history-info": ("<sip:400@h?Reason=SIP>;index=1, <sip:500@h>;index=1.1",)}, "400"),
        ({"history-info": ("<sip:500@h>;index=1",)}, ""),
        ({"diversion": ("nonsense",)}, ""),
    ],
)
def test_a_forwarded_call_tells_what_was_dialled_first(
    headers: dict[str, tuple[str, ...]], number: str
) -> None:
    assert diverted_from(headers) == number


def test_only_what_the_line_may_bring_is_taken_in() -> None:
    headers = {
        "user-to-user": ("3132;encoding=hex",), "x-order": ("1",), "x-vip-level": ("2",),
        "x-other": ("3",), "user-agent": ("x",), "diversion": ("<sip:1@h>", "<sip:2@h>"),
    }  # fmt: skip
    assert taken_in(headers, ("X-Order", "x-vip*")) == {
        "user-to-user": "3132;encoding=hex", "x-order": "1", "x-vip-level": "2",
        "diversion": "<sip:1@h>, <sip:2@h>",
    }  # fmt: skip


def test_only_what_the_trunk_may_see_is_let_out_and_no_line_break() -> None:
    given = {"X-Cordboard-Call": "c", "X-Order": "7\r\nEvil: 1", "User-to-User": "31", "Via": "x"}
    assert let_out(given, ("x-order",)) == [("X-Order", "7"), ("User-to-User", "31")]
    assert ("X-Cordboard-Call", "c") in let_out(given, ("x-*",))


class TestAsWhomWeCall:
    @pytest.mark.parametrize(
        ("policy", "from_", "headers"),
        [
            (SipPolicy(), "<sip:96510@h>", []),
            (
                SipPolicy(identity="asserted"),
                "<sip:96510@h>",
                [("P-Asserted-Identity", "<sip:96510@h>")],
            ),
            (
                SipPolicy(identity="preferred", from_account=True),
                "<sip:acc@h>",
                [("P-Preferred-Identity", "<sip:96510@h>")],
            ),
        ],
    )
    def test_each_trunk_is_told_in_its_way(
        self, policy: SipPolicy, from_: str, headers: list[tuple[str, str]]
    ) -> None:
        assert shown_as("96510", "96510", "acc", "h", policy) == (from_, headers)

    @pytest.mark.parametrize("number", ["", "anonymous"])
    def test_a_withheld_number_is_proved_to_the_trunk_and_shown_to_nobody(
        self, number: str
    ) -> None:
        from_, headers = shown_as(number, "96510", "acc", "h", SipPolicy(identity="asserted"))
        assert from_ == '"Anonymous" <sip:anonymous@anonymous.invalid>'
        assert headers == [("P-Asserted-Identity", "<sip:96510@h>"), ("Privacy", "id")]

    def test_a_number_cannot_break_out_of_its_uri(self) -> None:
        from_, _ = shown_as("1>;evil\r\nX: y", "", "", "h", SipPolicy())
        assert from_ == "<sip:1evilXy@h>"
