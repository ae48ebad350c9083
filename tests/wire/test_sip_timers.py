"""Session timers on the wire: who refreshes, how, and what becomes of a silent talk. RFC 4028."""

import pytest

from cordboard.sip import InviteReceived, SessionAnswered, SessionEnded, SessionFailed
from cordboard.sip.messages import Request, Response, build_response
from cordboard.sip.model import METHODS
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import (
    ANSWER,
    FLOW,
    OFFER,
    Exchange,
    Party,
    feed,
    idle,
    loses,
    request,
    ring,
    statuses,
    talk,
    two,
)

pytestmark = pytest.mark.wire
WITHOUT_UPDATE = tuple(method for method in METHODS if method != "UPDATE")


def first(x: Exchange, name: str, word: str) -> Request | Response:
    for sender, data in x.sent:
        message = parse(data)
        kind = message.method if isinstance(message, Request) else str(message.status)
        if sender == name and kind == word and message.cseq_method == "INVITE":
            return message
    raise AssertionError(f"{name} sent no {word}")


class TestAgreement:
    def test_the_callers_wish_is_met_and_the_caller_refreshes(self) -> None:
        a, b, x = two(session_expires_s=600)
        talk(a, b, x)
        invite, ok = first(x, "a", "INVITE"), first(x, "b", "200")
        assert (invite.get("session-expires"), invite.get("min-se")) == ("600", "90")
        assert "timer" in invite.tokens("supported")
        assert ok.get("session-expires") == "600;refresher=uac"
        assert ok.get("require") == "timer"
        x.run(920)
        assert x.count("a>UPDATE") == 3
        assert x.count("b>UPDATE") == 0
        assert not a.all(SessionEnded)

    def test_a_peer_without_update_is_refreshed_by_the_same_description(self) -> None:
        a = Party("a", "10.0.0.1", session_expires_s=600)
        b = Party("b", "10.0.0.2", session_expires_s=600, allow=WITHOUT_UPDATE)
        x = Exchange(a, b)
        other = talk(a, b, x)
        x.run(310)
        again = [parse(d) for n, d in x.sent if n == "a" and d.startswith(b"INVITE")]
        assert len(again) == 2
        assert again[1].body == again[0].body == OFFER
        assert again[1].get("session-expires") == "600;refresher=uac"
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        x.run(100)
        assert not a.all(SessionEnded)

    def test_a_peer_that_knows_no_timers_is_refreshed_by_us(self) -> None:
        own = Party("b", "10.0.0.2", session_expires_s=600)
        ok = answered(own, "Allow: INVITE, UPDATE, BYE")
        assert ok.get("session-expires") == "600;refresher=uas"
        assert ok.get("require") is None

    def test_a_peer_that_knows_neither_is_left_alone(self) -> None:
        own = Party("b", "10.0.0.2", session_expires_s=600)
        assert answered(own).get("session-expires") is None

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ("Session-Expires: 7200", "1800;refresher=uac"),
            ("Session-Expires: 7200;refresher=uas", "1800;refresher=uas"),
            ("x: 120 ; refresher=uac", "120;refresher=uac"),
            ("Session-Expires: 7200\r\nMin-SE: 3600", "3600;refresher=uac"),
        ],
    )
    def test_the_interval_is_never_longer_than_either_wants(self, asked: str, said: str) -> None:
        own = Party("b", "10.0.0.2")
        ok = answered(own, "Supported: timer", *asked.split("\r\n"))
        assert ok.get("session-expires") == said

    def test_nothing_is_said_where_it_is_switched_off_and_not_asked(self) -> None:
        a, b, x = two(session_expires_s=0)
        talk(a, b, x)
        assert first(x, "a", "INVITE").get("session-expires") is None
        assert first(x, "b", "200").get("session-expires") is None
        x.run(5000)
        assert not a.all(SessionEnded)


class TestTooShort:
    def test_a_short_interval_is_refused_with_the_least(self) -> None:
        own = Party("b", "10.0.0.2")
        invite = request("INVITE", "Supported: timer", "Session-Expires: 60", body=OFFER)
        response = feed(own, invite)[0]
        assert (response.status, response.get("min-se")) == (422, "90")
        assert not own.all(InviteReceived)

    def test_nonsense_is_broken(self) -> None:
        own = Party("b", "10.0.0.2")
        assert statuses(own, request("INVITE", "Session-Expires: soon", body=OFFER)) == [400]

    def test_a_call_refused_for_it_is_made_again(self) -> None:
        a = Party("a", "10.0.0.1", session_expires_s=100)
        b = Party("b", "10.0.0.2", min_se_s=400)
        x = Exchange(a, b)
        talk(a, b, x)
        assert a.all(SessionAnswered)
        invites = [parse(d) for n, d in x.sent if n == "a" and d.startswith(b"INVITE")]
        assert [(i.cseq, i.get("session-expires"), i.get("min-se")) for i in invites] == [
            (1, "100", "90"), (2, "400", "400"),
        ]  # fmt: skip

    def test_a_peer_that_is_never_content_ends_the_attempt(self) -> None:
        a = Party("a", "10.0.0.1")
        ring(a, Exchange(a))
        for cseq in (1, 2):
            invite = parse(a.core.outputs()[-1].data) if cseq == 2 else None
            sent = invite or sent_invite(a)
            assert isinstance(sent, Request)
            a.core.receive(
                build_response(sent, 422, to_tag="b", extra=[("Min-SE", "5000")]), FLOW, 101
            )
        a.told += a.core.events()
        assert a.last(SessionFailed).status == 422


def sent_invite(own: Party) -> Request:
    """The INVITE of the only call, as it was written."""
    draft = own.core._end.sessions["s"].draft
    assert draft is not None
    message = parse(bytes(draft))
    assert isinstance(message, Request)
    return message


class TestSilence:
    def test_a_caller_that_dies_is_noticed(self) -> None:
        a, b, x = two(session_expires_s=600)
        talk(a, b, x)
        x.rule = loses("a>UPDATE*", "a>BYE*", "a>200*")
        x.run(605)
        ended = b.last(SessionEnded)
        assert (ended.by, ended.reason) == ("timeout", "session timer expired")
        bye = next(parse(d) for n, d in x.sent if n == "b" and d.startswith(b"BYE"))
        assert bye.get("reason") == 'SIP;cause=408;text="Session timer expired"'

    def test_a_refresher_whose_peer_is_gone_ends_the_talk(self) -> None:
        a, b, x = two(session_expires_s=600)
        talk(a, b, x)
        x.rule = loses("b>200*")
        x.run(340)
        assert a.last(SessionEnded).by == "timeout"

    def test_a_refresher_whose_peer_forgot_ends_the_talk(self) -> None:
        a, b, x = two(session_expires_s=600)
        other = talk(a, b, x)
        b.core._end.forget(b.core._end.sessions[other])
        x.run(310)
        assert a.last(SessionEnded).by == "peer"

    def test_a_lost_refresh_is_repeated(self) -> None:
        a, b, x = two(loses("a>UPDATE", "b>200"), session_expires_s=600)
        talk(a, b, x)
        x.run(2000)
        assert not a.all(SessionEnded) + b.all(SessionEnded)

    def test_nothing_is_kept_of_a_talk_that_ended(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        timer = a.core._end.sessions["s"].timer
        a.core.hang_up("s", x.now_s)
        x.run(70)
        assert idle(x)
        assert timer is not None
        assert timer.act is None


class TestRestart:
    @pytest.mark.parametrize("allow", [METHODS, WITHOUT_UPDATE])
    def test_a_talk_taken_back_is_refreshed_soon(self, allow: tuple[str, ...]) -> None:
        a = Party("a", "10.0.0.1")
        b = Party("b", "10.0.0.2", allow=allow)
        x = Exchange(a, b)
        talk(a, b, x)
        paper = a.core.snapshot("s")
        again = Party("A", "10.0.0.1")
        again.core.restore(paper, x.now_s)
        x.parties["10.0.0.1"] = again
        x.run(10)
        assert x.count("A>UPDATE" if "UPDATE" in allow else "A>INVITE") == 1


def answered(own: Party, *extra: str) -> Response:
    """The 200 to an INVITE with these headers."""
    feed(own, request("INVITE", *extra, body=OFFER))
    own.core.answer(own.last(InviteReceived).session, ANSWER, 100.0)
    ok = parse(own.core.outputs()[-1].data)
    assert isinstance(ok, Response)
    return ok
