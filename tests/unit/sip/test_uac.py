"""Outbound calls against a hand-written far end: forks, early dialogs, challenges."""

import pytest

from cordboard.sip import (
    Flow,
    NameAddr,
    ReinviteFailed,
    SessionAnswered,
    SessionEnded,
    SessionFailed,
    SessionProgress,
)
from cordboard.sip.messages import Request, build_response
from cordboard.sip.parser import parse
from cordboard.sip.uri import readable
from tests.unit.sip.exchange import ANSWER, OFFER, Party, request, statuses

pytestmark = pytest.mark.unit
PROXY = Flow("udp", ("10.0.0.1", 5060), ("10.0.0.9", 5060))


class FarEnd:
    """Answers one core by hand."""

    def __init__(self, sdp: bytes | None = OFFER, **login: str) -> None:
        self.own = Party("a", "10.0.0.1")
        self.now_s = 10.0
        self.own.core.invite(
            "s", request_uri="sip:bob@example.com", from_="sip:alice@10.0.0.1", to="sip:bob@h",
            sdp=sdp, next_hop=("10.0.0.9", 5060, "udp"), now_s=self.now_s,
            username=login.get("username"), password=login.get("password"),
        )  # fmt: skip
        self.invite = self.sent()[0]

    def sent(self) -> list[Request]:
        self.own.told += self.own.core.events()
        self.targets = []
        found = []
        for out in self.own.core.outputs():
            message = parse(out.data)
            assert isinstance(message, Request)
            found.append(message)
            self.targets.append(out.destination)
        return found

    def reply(
        self, status: int, tag: str | None = "b1", *extra: tuple[str, str],
        to: Request | None = None, contact: str | None = "sip:bob@10.0.0.7", sdp: bytes = b"",
    ) -> list[Request]:  # fmt: skip
        """Answer the INVITE (or another request); what the core sends then."""
        pairs = list(extra)
        if contact:
            pairs.append(("Contact", f"<{contact}>"))
        if sdp:
            pairs.append(("Content-Type", "application/sdp"))
        data = build_response(to or self.invite, status, to_tag=tag, extra=pairs, body=sdp)
        self.now_s += 0.01
        self.own.core.receive(data, PROXY, self.now_s)
        return self.sent()

    def run(self, seconds: float) -> list[Request]:
        found = []
        end_s = self.now_s + seconds
        while (at_s := self.own.core.next_deadline()) is not None and at_s <= end_s:
            self.own.core.tick(at_s)
            found += self.sent()
        self.now_s = end_s
        return found


def methods(requests: list[Request]) -> list[str]:
    return [request.method for request in requests]


class TestForks:
    def test_the_second_2xx_is_acked_to_its_own_contact_and_ended(self) -> None:
        far = FarEnd()
        assert methods(far.reply(200, "b1", sdp=ANSWER)) == ["ACK"]
        sent = far.reply(200, "b2", contact="sip:bob@10.0.0.8:5070", sdp=ANSWER)
        assert methods(sent) == ["ACK", "BYE"]
        assert {r.uri for r in sent} == {"sip:bob@10.0.0.8:5070"}
        assert far.targets == [("10.0.0.8", 5070, "udp")] * 2
        assert {r.to_tag for r in sent} == {"b2"}
        assert len(far.own.all(SessionAnswered)) == 1
        assert not far.own.all(SessionEnded)

    def test_each_repeated_2xx_gets_its_own_ack_again(self) -> None:
        far = FarEnd()
        first = far.reply(200, "b1")[0]
        far.reply(200, "b2")
        assert bytes(far.reply(200, "b1")[0]) == bytes(first)
        assert [r.to_tag for r in far.reply(200, "b2")] == ["b2"]

    def test_early_dialogs_are_kept_by_tag(self) -> None:
        far = FarEnd()
        far.reply(180, "b1")
        far.reply(183, "b2", sdp=ANSWER)
        session = far.own.core._end.sessions["s"]
        assert set(session.early) == {"b1", "b2"}
        assert [e.sdp for e in far.own.all(SessionProgress)] == [None, ANSWER]
        for n in range(100):
            far.reply(180, f"x{n}")
        assert len(session.early) == 16

    def test_after_cancel_every_fork_that_answers_is_ended(self) -> None:
        far = FarEnd()
        far.reply(180, "b1")
        far.own.core.hang_up("s", far.now_s)
        assert methods(far.sent()) == ["CANCEL"]
        for tag in ("b1", "b2"):
            assert methods(far.reply(200, tag)) == ["ACK", "BYE"]
        assert [e.status for e in far.own.all(SessionFailed)] == [487]

    def test_a_2xx_without_usable_contact_is_acked_the_first_way(self) -> None:
        far = FarEnd()
        ack = far.reply(200, contact="nonsense")[0]
        assert (ack.method, ack.uri) == ("ACK", "sip:bob@example.com")


class TestRouting:
    ROUTES = (("Record-Route", "<sip:p2.example.com;lr>, <sip:10.0.0.9:5062;lr>"),)

    def test_ack_and_later_requests_follow_the_reversed_record_route(self) -> None:
        far = FarEnd()
        ack = far.reply(200, "b1", *self.ROUTES)[0]
        assert ack.values("route") == ["<sip:10.0.0.9:5062;lr>", "<sip:p2.example.com;lr>"]
        assert ack.uri == "sip:bob@10.0.0.7"
        assert far.targets == [("10.0.0.9", 5062, "udp")]
        far.own.core.hang_up("s", far.now_s)
        bye = far.sent()[0]
        assert bye.values("route") == ack.values("route")
        assert bye.cseq == far.invite.cseq + 1
        assert far.targets == [("10.0.0.9", 5062, "udp")]

    def test_a_strict_router_gets_the_request_uri(self) -> None:
        far = FarEnd()
        ack = far.reply(200, "b1", ("Record-Route", "<sip:p2.h;lr>, <sip:10.0.0.9>"))[0]
        assert ack.uri == "sip:10.0.0.9"
        assert ack.values("route") == ["<sip:p2.h;lr>", "<sip:bob@10.0.0.7>"]

    def test_the_target_follows_the_peers_new_contact(self) -> None:
        far = FarEnd()
        far.reply(200)
        to = far.invite.from_
        from_ = f"{far.invite.to};tag=b1"
        update = request("UPDATE", to=to, from_=from_, call_id=far.invite.call_id, host="10.0.0.77")
        assert statuses(far.own, update) == [200]
        far.own.core.hang_up("s", far.now_s)
        assert far.sent()[0].uri == "sip:alice@10.0.0.77:5060"

    def test_a_flow_as_next_hop_is_kept_for_the_dialog(self) -> None:
        own = Party("a", "10.0.0.1")
        phone = Flow("tcp", ("10.0.0.1", 5060), ("203.0.113.7", 40001), 3)
        own.core.invite(
            "s", request_uri="sip:1001@192.168.1.9", from_="sip:a@h", to="sip:1001@h", sdp=OFFER,
            next_hop=phone, now_s=1.0,
        )  # fmt: skip
        out = own.core.outputs()[0]
        assert out.flow == phone
        invite = parse(out.data)
        assert isinstance(invite, Request)
        assert b"Via: SIP/2.0/TCP" in out.data
        ok = build_response(invite, 200, to_tag="b", extra=[("Contact", "<sip:1001@192.168.1.9>")])
        own.core.receive(ok, phone, 1.1)
        ack = own.core.outputs()[0]
        assert (ack.flow, ack.destination) == (phone, phone.hop)


class TestEarlyDialogs:
    def in_dialog(self, far: FarEnd, method: str, *extra: str, body: bytes = b"") -> bytes:
        return request(
            method, *extra, to=far.invite.from_, from_=f"{far.invite.to};tag=b1",
            call_id=far.invite.call_id, branch=f"z9hG4bK{method}{len(body)}", body=body,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("method", "body", "status"),
        [("UPDATE", b"", 200), ("UPDATE", OFFER, 491), ("PRACK", b"", 481), ("INFO", b"", 200)],
    )
    def test_requests_are_answered_sensibly(self, method: str, body: bytes, status: int) -> None:
        far = FarEnd()
        far.reply(183, "b1")
        assert statuses(far.own, self.in_dialog(far, method, body=body)) == [status]

    def test_an_unknown_tag_is_no_dialog(self) -> None:
        far = FarEnd()
        far.reply(183, "b1")
        data = self.in_dialog(far, "UPDATE").replace(b"tag=b1", b"tag=b7")
        assert statuses(far.own, data) == [481]


class TestChallenges:
    CHALLENGE = ("WWW-Authenticate", 'Digest realm="t", nonce="n1", qop="auth"')

    def test_a_challenge_is_answered_with_the_next_cseq_and_a_new_branch(self) -> None:
        far = FarEnd(username="u", password="p")
        ack, again = far.reply(401, "b1", self.CHALLENGE)
        assert (ack.method, again.method) == ("ACK", "INVITE")
        assert again.cseq == 2
        assert again.from_ == far.invite.from_
        assert again.call_id == far.invite.call_id
        assert again.headers["via"] != far.invite.headers["via"]
        assert "nc=00000001" in (again.get("authorization") or "")
        assert methods(far.reply(200, "b2", to=again)) == ["ACK"]
        far.own.core.hang_up("s", far.now_s)
        bye = far.sent()[0]
        assert bye.cseq == 3
        again = far.reply(407, "b2", ("Proxy-Authenticate", self.CHALLENGE[1]), to=bye)[0]
        assert (again.method, again.cseq) == ("BYE", 4)
        assert "nc=00000002" in (again.get("proxy-authorization") or "")

    def test_a_wrong_password_fails_in_the_end(self) -> None:
        far = FarEnd(username="u", password="p")
        invite = far.invite
        for _ in range(4):
            invite = far.reply(401, "b1", self.CHALLENGE, to=invite)[1]
        far.reply(401, "b1", self.CHALLENGE, to=invite)
        assert far.own.last(SessionFailed).status == 401

    def test_a_challenge_without_credentials_fails(self) -> None:
        far = FarEnd()
        far.reply(401, "b1", self.CHALLENGE)
        assert far.own.last(SessionFailed).status == 401


class TestReinviteOfOurs:
    def test_481_ends_the_session(self) -> None:
        far = FarEnd()
        far.reply(200)
        far.own.core.reinvite("s", OFFER, far.now_s)
        change = far.sent()[0]
        assert methods(far.reply(481, to=change)) == ["ACK", "BYE"]
        assert far.own.last(SessionEnded).by == "peer"

    def test_a_18x_to_a_reinvite_changes_nothing(self) -> None:
        far = FarEnd()
        far.reply(200)
        far.own.core.reinvite("s", OFFER, far.now_s)
        change = far.sent()[0]
        far.reply(180, "b1", to=change, contact="sip:evil@10.0.0.66")
        far.reply(488, "b1", to=change)
        assert far.own.last(ReinviteFailed).status == 488
        assert not far.own.all(SessionProgress)
        far.own.core.hang_up("s", far.now_s)
        assert far.sent()[0].uri == "sip:bob@10.0.0.7"

    def test_the_owner_of_the_call_id_waits_longer_after_glare(self) -> None:
        far = FarEnd()
        far.reply(200)
        far.own.core.reinvite("s", OFFER, far.now_s)
        far.reply(491, "b1", to=far.sent()[0])
        assert methods(far.run(2.0)) == []
        assert methods(far.run(2.1))[0] == "INVITE"


class TestStray:
    def test_a_response_with_two_vias_or_of_nobody_is_dropped(self) -> None:
        far = FarEnd()
        data = build_response(far.invite, 200, to_tag="x", extra=[("Contact", "<sip:b@h>")])
        doubled = data.replace(b"Via:", b"Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKp\r\nVia:", 1)
        for stray in (doubled, data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKX")):
            far.own.core.receive(stray, PROXY, 11.0)
        assert far.sent() == []
        assert far.own.core.counters["stray_responses"] == 2

    def test_a_transport_error_fails_the_call_at_once(self) -> None:
        own = Party("a", "10.0.0.1")
        own.core.invite(
            "s", request_uri="sip:b@10.0.0.9", from_="sip:a@h", to="sip:b@h", sdp=OFFER, now_s=1.0
        )
        own.core.send_failed(own.core.outputs()[0], 1.1)
        own.told += own.core.events()
        assert own.last(SessionFailed).status == 503

    @pytest.mark.parametrize("is_theirs", [True, False], ids=["their stream", "another"])
    def test_a_stream_that_dies_fails_the_requests_that_went_over_it(self, is_theirs: bool) -> None:
        own, hop = Party("a", "10.0.0.1"), ("pbx.example.com", 5060, "tcp")
        own.core.invite(
            "s",
            request_uri="sip:b@pbx.example.com;transport=tcp",
            from_="sip:a@h",
            to="sip:b@h",
            sdp=OFFER,
            next_hop=hop,
            now_s=1.0,
        )
        gone = Flow("tcp", ("10.0.0.1", 40000), ("10.0.0.9", 5060), 7)

        own.core.connection_lost(gone, 1.1, [hop] if is_theirs else [])

        own.told += own.core.events()
        failed = [event.status for event in own.told if isinstance(event, SessionFailed)]
        assert failed == ([503] if is_theirs else [])


def test_an_address_from_an_event_may_be_passed_on_to_the_next_leg() -> None:
    own = Party("a", "10.0.0.1")
    address = NameAddr("sip:alice@h", "王小明", {"tag": "other-leg"})
    own.core.invite("s", request_uri="sip:b@h", from_=address, to=address, sdp=OFFER, now_s=1.0)
    invite = parse(own.core.outputs()[0].data)
    assert invite.from_tag == "a000005"
    assert invite.to_tag is None
    assert readable(NameAddr.parse(invite.from_).display) == "王小明"
