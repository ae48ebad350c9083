"""Reliable provisionals and early changes on the wire. RFC 3262, RFC 3311."""

import pytest

from cordboard.sip import (
    InviteCancelled,
    InviteReceived,
    ProgressConfirmed,
    ReinviteReceived,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionFailed,
    SessionProgress,
)
from cordboard.sip.messages import Request, Response
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import (
    ANSWER,
    HOLD,
    OFFER,
    Exchange,
    Party,
    call,
    feed,
    idle,
    loses,
    request,
    statuses,
    two,
)
from tests.unit.sip.test_uac import FarEnd, methods

pytestmark = pytest.mark.wire
RELIABLE = (("Require", "100rel"), ("RSeq", "7"))


def sent(x: Exchange, name: str, word: str) -> list[Request | Response]:
    found = []
    for sender, data in x.sent:
        message = parse(data)
        kind = message.method if isinstance(message, Request) else str(message.status)
        if sender == name and kind == word:
            found.append(message)
    return found


class TestOurs:
    def test_early_media_is_acknowledged_and_the_200_carries_no_second_description(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        x.run()
        early, prack = sent(x, "b", "183")[0], sent(x, "a", "PRACK")[0]
        assert early.get("require") == "100rel"
        assert prack.get("rack") == f"{early.get('rseq')} 1 INVITE"
        assert prack.cseq == 2
        b.core.answer(other, ANSWER, x.now_s)
        x.run()
        ok = next(m for m in sent(x, "b", "200") if m.cseq_method == "INVITE")
        assert ok.body == b""
        assert a.last(SessionAnswered).sdp == ANSWER, "what the 183 said"
        assert a.last(SessionProgress).sdp == ANSWER
        assert b.all(SessionConfirmed)
        a.core.hang_up("s", x.now_s)
        x.run(70)
        assert sent(x, "a", "BYE")[0].cseq == 3, "the early dialog's numbers go on"
        assert idle(x)

    def test_mere_ringing_needs_none(self) -> None:
        a, b, x = two()
        b.core.progress(call(a, b, x), 180, now_s=x.now_s)
        x.run()
        assert sent(x, "b", "180")[0].get("require") is None
        assert not sent(x, "a", "PRACK")

    def test_where_it_is_required_every_provisional_is_acknowledged(self) -> None:
        a, b, x = two(provisionals="required")
        other = call(a, b, x)
        assert sent(x, "a", "INVITE")[0].get("require") == "100rel"
        b.core.progress(other, 180, now_s=x.now_s)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        x.run()
        first, second = sent(x, "b", "180")[0], sent(x, "b", "183")[0]
        assert int(second.get("rseq") or 0) == int(first.get("rseq") or 0) + 1
        assert [e.status for e in a.all(SessionProgress)] == [180, 183]
        assert x.trace.index("b>183") > x.trace.index("a>PRACK"), "one after the other"

    def test_where_it_is_required_a_caller_that_cannot_is_refused(self) -> None:
        own = Party("b", "10.0.0.2", provisionals="required")
        response = feed(own, request("INVITE", body=OFFER))[0]
        assert (response.status, response.get("require")) == (421, "100rel")

    def test_a_caller_that_demands_it_gets_it(self) -> None:
        own = Party("b", "10.0.0.2")
        feed(own, request("INVITE", "Require: 100rel", body=OFFER))
        own.core.progress(own.last(InviteReceived).session, 180, now_s=100.0)
        ringing = parse(own.core.outputs()[-1].data)
        assert ringing.get("rseq")
        wrong = self.prack(ringing, f"{int(ringing.get('rseq') or 0) + 1} 1 INVITE")
        assert statuses(own, wrong) == [481]
        right = self.prack(ringing, f"{ringing.get('rseq')} 1 INVITE", cseq=3)
        assert statuses(own, right) == [200]
        assert statuses(own, self.prack(ringing, f"{ringing.get('rseq')} 1 INVITE", 4)) == [481]

    def prack(self, ringing: Request | Response, rack: str, cseq: int = 2) -> bytes:
        return request("PRACK", f"RAck: {rack}", to=ringing.to, branch=f"z9hG4bKp{cseq}", cseq=cseq)

    @pytest.mark.parametrize("lost", [["b>183"], ["b>183", "b>183"], ["a>PRACK"], ["b>200"]])
    def test_lost_messages_are_repeated(self, lost: list[str]) -> None:
        a, b, x = two(loses(*lost))
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        x.run(4)
        assert [e.sdp for e in a.all(SessionProgress)] == [ANSWER]
        b.core.answer(other, ANSWER, x.now_s)
        x.run(4)
        assert b.all(SessionConfirmed)

    def test_a_200_waits_for_the_prack_of_a_description(self) -> None:
        a, b, x = two(loses("a>PRACK"))
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        b.core.answer(other, ANSWER, x.now_s)
        x.run(0.3)
        assert not a.all(SessionAnswered)
        x.run(1)
        assert a.all(SessionAnswered)
        assert b.all(SessionConfirmed)

    def test_without_any_prack_the_call_has_failed(self) -> None:
        a, b, x = two(loses("a>PRACK*"))
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        x.run(33)
        assert b.last(InviteCancelled).reason == "no PRACK"
        assert a.last(SessionFailed).status == 504
        assert x.count("b>183") == 7
        x.run(70)
        assert idle(x)

    def test_a_caller_may_give_up_meanwhile(self) -> None:
        a, b, x = two(loses("a>PRACK*"))
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        b.core.answer(other, ANSWER, x.now_s)
        x.run(0.1)
        a.core.hang_up("s", x.now_s)
        x.run(70)
        assert b.all(InviteCancelled)
        assert not b.all(SessionEnded)
        assert idle(x)

    def test_a_late_offer_is_answered_in_the_prack(self) -> None:
        a, b, x = two()
        other = call(a, b, x, sdp=None)
        b.core.progress(other, 183, OFFER, now_s=x.now_s)
        x.run()
        assert not sent(x, "a", "PRACK"), "our answer belongs into it"
        assert a.core.acknowledge("s", ANSWER, x.now_s)
        x.run()
        assert b.last(ProgressConfirmed).sdp == ANSWER
        b.core.answer(other, OFFER, x.now_s)
        x.run()
        assert b.all(SessionConfirmed)


class TestThePeers:
    def test_each_is_acknowledged_once_and_in_order(self) -> None:
        far = FarEnd()
        assert methods(far.reply(183, "b1", *RELIABLE, sdp=ANSWER)) == ["PRACK"]
        assert not far.reply(183, "b1", *RELIABLE, sdp=ANSWER), "a repetition"
        assert not far.reply(180, "b1", ("Require", "100rel"), ("RSeq", "9")), "one is missing"
        prack = far.reply(180, "b1", ("Require", "100rel"), ("RSeq", "8"))[0]
        assert (prack.get("rack"), prack.cseq) == ("8 1 INVITE", 3)
        assert prack.uri == "sip:bob@10.0.0.7"
        assert [e.status for e in far.own.all(SessionProgress)] == [183, 180]

    def test_each_fork_counts_for_itself(self) -> None:
        far = FarEnd()
        far.reply(183, "b1", *RELIABLE)
        prack = far.reply(183, "b2", ("Require", "100rel"), ("RSeq", "100"))[0]
        assert (prack.get("rack"), prack.to_tag) == ("100 1 INVITE", "b2")

    def test_a_broken_number_is_no_provisional(self) -> None:
        far = FarEnd()
        assert not far.reply(183, "b1", ("Require", "100rel"), ("RSeq", "many"))
        assert not far.own.all(SessionProgress)

    def test_a_challenged_prack_is_sent_again(self) -> None:
        far = FarEnd(username="alice", password="pw")
        prack = far.reply(183, "b1", *RELIABLE)[0]
        challenge = ("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=MD5')
        again = far.reply(401, "b1", challenge, to=prack)[0]
        assert (again.method, again.get("rack")) == ("PRACK", "7 1 INVITE")
        assert again.get("authorization")


class TestEarlyChanges:
    def early(self) -> tuple[Party, Party, Exchange, str]:
        a, b, x = two()
        other = call(a, b, x)
        b.core.progress(other, 183, ANSWER, now_s=x.now_s)
        x.run()
        return a, b, x, other

    def update(self, x: Exchange, host: str, body: bytes) -> bytes:
        """An UPDATE of one side within the early dialog."""
        early = sent(x, "b", "183")[0]
        to, from_ = early.to, early.from_
        if host == "10.0.0.2":
            to, from_ = from_, to
        return request(
            "UPDATE", to=to, from_=from_, call_id=early.call_id, host=host, cseq=50,
            branch="z9hG4bKupd", body=body,
        )  # fmt: skip

    def test_the_caller_may_change_what_was_agreed(self) -> None:
        _, b, x, other = self.early()
        assert statuses(b, self.update(x, "10.0.0.1", HOLD)) == []
        assert b.last(ReinviteReceived).is_hold
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        response = parse(b.core.outputs()[-1].data)
        assert (isinstance(response, Response) and response.status, response.body) == (200, ANSWER)

    def test_so_may_the_called_side(self) -> None:
        a, _, x, _ = self.early()
        assert statuses(a, self.update(x, "10.0.0.2", HOLD)) == []
        assert a.core.accept_reinvite("s", OFFER, x.now_s)
        assert parse(a.core.outputs()[-1].data).body == OFFER

    def test_a_second_offer_waits_for_the_first(self) -> None:
        _, b, x, _ = self.early()
        feed(b, self.update(x, "10.0.0.1", HOLD))
        second = self.update(x, "10.0.0.1", OFFER).replace(b"z9hG4bKupd", b"z9hG4bKup2")
        assert statuses(b, second.replace(b"CSeq: 50", b"CSeq: 51")) == [500]
