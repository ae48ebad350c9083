"""A whole call between two cores, and every order in which it can end."""

import itertools
import json

import pytest

from cordboard.sip import (
    InfoReceived,
    InviteCancelled,
    InviteReceived,
    LocalProtocolError,
    OptionsAnswered,
    OptionsFailed,
    ReinviteAnswered,
    ReinviteFailed,
    ReinviteReceived,
    ReinviteWithdrawn,
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
    idle,
    loses,
    ring,
    talk,
    two,
)

pytestmark = pytest.mark.unit


class TestCall:
    def test_a_call_rings_is_answered_and_ended_by_the_caller(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.progress(other, 180, now_s=x.now_s)
        x.run()
        b.core.answer(other, ANSWER, x.now_s)
        x.run()
        a.core.hang_up("s", x.now_s)
        x.run()

        assert b.last(InviteReceived).sdp == OFFER
        assert a.last(SessionProgress).status == 180
        assert a.last(SessionAnswered).sdp == ANSWER
        assert b.last(SessionConfirmed).sdp is None
        assert a.last(SessionEnded).by == "local"
        assert b.last(SessionEnded).by == "peer"
        assert x.trace == ["a>INVITE", "b>100", "b>180", "b>200", "a>ACK", "a>BYE", "b>200"]
        x.run(70)
        assert idle(x)

    def test_the_called_side_hangs_up_and_its_cause_is_told(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        b.core.hang_up(other, x.now_s, [("Reason", 'Q.850;cause=31;text="bye bye"')])
        x.run()
        assert (a.last(SessionEnded).cause, a.last(SessionEnded).reason) == (31, "bye bye")

    def test_a_late_offer_is_answered_in_the_ack(self) -> None:
        a, b, x = two()
        other = call(a, b, x, sdp=None)
        b.core.answer(other, OFFER, x.now_s)
        x.run()
        assert a.last(SessionAnswered).sdp == OFFER
        assert not b.all(SessionConfirmed)
        a.core.acknowledge("s", ANSWER, x.now_s)
        x.run(2)
        assert b.last(SessionConfirmed).sdp == ANSWER

    def test_digits_travel_as_info(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        a.core.send_info("s", "application/dtmf-relay", b"Signal=5", x.now_s)
        x.run()
        assert b.last(InfoReceived).body == b"Signal=5"

    def test_a_refusal_tells_status_cause_and_retry_after(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        headers = [("Retry-After", "7 (busy)"), ("Reason", "Q.850;cause=17")]
        b.core.reject(other, 486, "Busy", headers, now_s=x.now_s)
        x.run(40)
        failed = a.last(SessionFailed)
        assert (failed.status, failed.reason, failed.cause, failed.retry_after_s) == (
            486,
            "Busy",
            17,
            7,
        )
        assert x.count("b>486") == x.count("a>ACK") == 1
        assert idle(x)

    def test_a_redirect_tells_the_new_target(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.reject(other, 302, headers=[("Contact", "<sip:carol@10.9.9.9>")], now_s=x.now_s)
        x.run()
        assert a.last(SessionFailed).redirect == "sip:carol@10.9.9.9"

    def test_options_tells_that_a_peer_lives_or_not(self) -> None:
        a, _, x = two()
        a.core.options("p1", ("10.0.0.2", 5060, "udp"), x.now_s)
        a.core.options("p2", ("10.0.0.9", 5060, "udp"), x.now_s)
        x.run(33)
        assert a.last(OptionsAnswered).ping_id == "p1"
        assert a.last(OptionsFailed).ping_id == "p2"

    def test_an_order_to_a_session_that_is_over_is_answered_false(self) -> None:
        a, _, x = two()
        assert a.core.hang_up("nobody", x.now_s) is False
        assert a.core.reinvite("nobody", OFFER, x.now_s) is False

    def test_an_order_that_never_fits_is_our_own_bug(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        with pytest.raises(LocalProtocolError):
            a.core.answer("s", ANSWER, x.now_s)
        with pytest.raises(LocalProtocolError):
            a.core.reject("s", 200, now_s=x.now_s)
        with pytest.raises(LocalProtocolError):
            ring(a, x)


class TestLoss:
    @pytest.mark.parametrize(
        "lost",
        [
            ["a>INVITE", "a>INVITE"],
            ["b>100"],
            ["b>200"],
            ["b>200", "b>200", "b>200"],
            ["a>ACK"],
            ["a>ACK", "a>ACK", "a>ACK"],
            ["b>100", "b>200", "a>ACK"],
        ],
    )
    def test_a_call_comes_about_although_messages_are_lost(self, lost: list[str]) -> None:
        a, b, x = two(loses(*lost))
        ring(a, x)
        x.run(3)
        b.core.answer(b.last(InviteReceived).session, ANSWER, x.now_s)
        x.run(15)
        assert len(a.all(SessionAnswered)) == len(b.all(SessionConfirmed)) == 1
        assert len(b.all(InviteReceived)) == 1
        a.core.hang_up("s", x.now_s)
        x.run(70)
        assert idle(x)

    @pytest.mark.parametrize("lost", [["a>BYE"], ["b>200"], ["a>BYE", "b>200", "a>BYE"]])
    def test_a_lost_bye_or_its_answer_is_repeated(self, lost: list[str]) -> None:
        a, b, x = two()
        talk(a, b, x)
        x.rule = loses(*lost)
        a.core.hang_up("s", x.now_s)
        x.run(10)
        assert len(b.all(SessionEnded)) == len(a.all(SessionEnded)) == 1
        x.run(70)
        assert idle(x)

    def test_a_dead_peer_is_told_as_408_after_timer_b(self) -> None:
        a, _, x = two(loses("a>INVITE*"))
        ring(a, x)
        x.run(31.9)
        assert not a.all(SessionFailed)
        x.run(0.2)
        assert a.last(SessionFailed).status == 408
        assert x.count("a>INVITE") == 7
        assert idle(x)

    def test_an_invite_answered_only_by_100_still_times_out(self) -> None:
        a, b, x = two()
        call(a, b, x)
        x.run(33)
        assert a.last(SessionFailed).status == 408
        assert b.all(InviteCancelled)

    def test_ringing_without_end_is_cancelled_by_timer_c(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.progress(other, 180, now_s=x.now_s)
        x.run(400)
        assert not a.all(SessionFailed), "the called side repeats 180 each minute"
        x.rule = loses("b>180*")
        x.run(200)
        assert a.last(SessionFailed).status == 408
        x.run(70)
        assert idle(x)

    def test_an_answer_that_is_never_acked_ends_with_bye(self) -> None:
        a, b, x = two(loses("a>ACK*"))
        other = talk(a, b, x)
        x.run(40)
        assert b.last(SessionEnded).by == "timeout"
        assert b.last(SessionEnded).session == other
        assert a.last(SessionEnded).by == "peer"
        assert x.count("b>200") >= 10
        x.run(70)
        assert idle(x)

    def test_non_invite_requests_back_off_up_to_t2(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        x.rule = loses("a>BYE*")
        at: list[float] = []
        a.core.hang_up("s", x.now_s)
        start_s, seen = x.now_s, x.count("a>BYE")
        while x.now_s < start_s + 33:
            x.run(0.1)
            if x.count("a>BYE") > seen:
                seen = x.count("a>BYE")
                at.append(round(x.now_s - start_s, 0))
        assert len(at) == 11
        assert [b - a for a, b in itertools.pairwise(at[4:])] == [4.0] * 6


class TestHangUpCrossings:
    def test_cancel_waits_for_the_first_provisional(self) -> None:
        a, b, x = two(loses("a>INVITE"))
        ring(a, x)
        a.core.hang_up("s", x.now_s)
        x.run(0.1)
        assert "a>CANCEL" not in x.trace
        x.run(1)
        assert x.trace[-4:] == ["a>CANCEL", "b>200", "b>487", "a>ACK"]
        assert a.last(SessionFailed).status == 487
        assert b.all(InviteCancelled)
        x.run(70)
        assert idle(x)

    def test_cancel_has_the_branch_and_target_of_the_invite(self) -> None:
        a, b, x = two()
        call(a, b, x)
        a.core.hang_up("s", x.now_s)
        x.run()
        ours = [parse(d) for name, d in x.sent if name == "a"]
        invite = next(m for m in ours if isinstance(m, Request) and m.method == "INVITE")
        cancel = next(m for m in ours if isinstance(m, Request) and m.method == "CANCEL")
        assert cancel.headers["via"] == invite.headers["via"]
        assert (cancel.uri, cancel.cseq, cancel.to, cancel.from_) == (
            invite.uri, invite.cseq, invite.to, invite.from_,
        )  # fmt: skip

    def test_a_200_that_crosses_cancel_is_acked_and_ended_with_bye(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.answer(other, ANSWER, x.now_s)
        a.core.hang_up("s", x.now_s)
        x.run(5)
        assert a.last(SessionFailed).status == 487
        assert not a.all(SessionAnswered)
        assert b.last(SessionEnded).by == "peer"
        assert not b.all(InviteCancelled)
        assert [x.count(step) for step in ("a>CANCEL", "a>ACK", "a>BYE")] == [1, 1, 1]
        x.run(70)
        assert idle(x)

    def test_a_lost_200_that_crossed_cancel_is_still_ended(self) -> None:
        a, b, x = two(loses("b>200", "b>200", "a>ACK", "a>BYE"))
        other = call(a, b, x)
        b.core.answer(other, ANSWER, x.now_s)
        a.core.hang_up("s", x.now_s)
        x.run(100)
        assert len(a.all(SessionFailed)) == len(b.all(SessionEnded)) == 1
        assert idle(x)

    def test_both_sides_hang_up_at_once(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.hang_up("s", x.now_s)
        b.core.hang_up(other, x.now_s)
        x.run(5)
        assert [e.by for e in a.all(SessionEnded)] == ["local"]
        assert [e.by for e in b.all(SessionEnded)] == ["local"]
        assert x.trace[-2:] == ["b>200", "a>200"] or x.trace[-2:] == ["a>200", "b>200"]
        x.run(70)
        assert idle(x)

    def test_the_called_side_waits_for_the_ack_before_its_bye(self) -> None:
        a, b, x = two(loses("a>ACK"))
        other = call(a, b, x)
        b.core.answer(other, ANSWER, x.now_s)
        b.core.hang_up(other, x.now_s)
        assert b.core.hang_up(other, x.now_s) is False
        x.run(0.1)
        assert "b>BYE" not in x.trace
        x.run(3)
        assert "b>BYE" in x.trace
        assert b.last(SessionEnded).by == "local"
        assert a.last(SessionEnded).by == "peer"
        x.run(70)
        assert idle(x)

    def test_hang_up_of_a_ringing_inbound_call_refuses_it(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.hang_up(other, x.now_s, status=603)
        x.run(40)
        assert a.last(SessionFailed).status == 603
        assert not b.all(SessionEnded)
        assert idle(x)

    def test_a_bye_that_overtakes_its_ack_ends_the_call(self) -> None:
        a, b, x = two(loses("a>ACK*"))
        talk(a, b, x)
        a.core.hang_up("s", x.now_s)
        x.run(100)
        assert [e.by for e in b.all(SessionEnded)] == ["peer"]
        assert idle(x)

    def test_hang_up_twice_sends_one_cancel(self) -> None:
        a, b, x = two()
        call(a, b, x)
        a.core.hang_up("s", x.now_s)
        a.core.hang_up("s", x.now_s)
        x.run()
        a.core.hang_up("s", x.now_s)
        assert x.count("a>CANCEL") == 1

    def test_hang_up_before_anything_came_back_ends_with_timer_b(self) -> None:
        a, _, x = two(loses("a>INVITE*"))
        ring(a, x)
        a.core.hang_up("s", x.now_s)
        x.run(40)
        assert [e.status for e in a.all(SessionFailed)] == [487]
        assert "a>CANCEL" not in x.trace
        assert idle(x)

    def test_cancel_without_a_final_response_gives_up(self) -> None:
        a, b, x = two()
        call(a, b, x)
        x.rule = loses("b>487*", "a>CANCEL*")
        a.core.hang_up("s", x.now_s)
        x.run(40)
        assert [e.status for e in a.all(SessionFailed)] == [487]


class TestReinvite:
    def test_hold_is_offered_accepted_and_told(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        x.run()
        assert b.last(ReinviteReceived).is_hold
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        x.run()
        assert a.last(ReinviteAnswered).sdp == ANSWER
        assert x.trace[-4:] == ["a>INVITE", "b>100", "b>200", "a>ACK"]
        b.core.hang_up(other, x.now_s)
        x.run(70)
        assert idle(x)

    def test_a_refused_change_leaves_the_session_as_it_was(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        b.core.reinvite(other, HOLD, x.now_s)
        x.run()
        a.core.refuse_reinvite("s", 488, x.now_s)
        x.run()
        assert b.last(ReinviteFailed).status == 488
        b.core.hang_up(other, x.now_s)
        x.run()
        assert a.last(SessionEnded).by == "peer"

    def test_glare_is_settled_by_waiting(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        b.core.reinvite(other, HOLD, x.now_s)
        for _ in range(60):
            x.run(0.1)
            a.core.accept_reinvite("s", ANSWER, x.now_s)
            b.core.accept_reinvite(other, ANSWER, x.now_s)
        assert x.count("a>491") == x.count("b>491") == 1
        assert len(a.all(ReinviteAnswered)) == len(b.all(ReinviteAnswered)) == 1

    def test_a_change_waits_while_the_peers_change_is_open(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        x.run()
        b.core.reinvite(other, OFFER, x.now_s)
        x.run()
        assert "b>INVITE" not in x.trace
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        x.run()
        a.core.accept_reinvite("s", ANSWER, x.now_s)
        x.run()
        assert b.all(ReinviteAnswered)

    def test_a_change_ordered_before_the_ack_waits_for_it(self) -> None:
        a, b, x = two(loses("a>ACK"))
        other = call(a, b, x)
        b.core.answer(other, ANSWER, x.now_s)
        b.core.reinvite(other, OFFER, x.now_s)
        x.run(0.1)
        assert "b>INVITE" not in x.trace
        x.run(2)
        assert a.all(ReinviteReceived)

    def test_lost_messages_of_a_change_are_repeated(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        x.rule = loses("a>INVITE", "b>200", "a>ACK")
        a.core.reinvite("s", HOLD, x.now_s)
        x.run(2)
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        x.run(8)
        assert len(a.all(ReinviteAnswered)) == len(b.all(ReinviteReceived)) == 1
        a.core.hang_up("s", x.now_s)
        x.run(70)
        assert idle(x)

    def test_a_change_that_nobody_answers_ends_the_session(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        x.rule = loses("a>INVITE*")
        a.core.reinvite("s", HOLD, x.now_s)
        x.run(40)
        assert a.last(SessionEnded).by == "timeout"
        assert b.last(SessionEnded).by == "peer"

    def test_an_accepted_change_without_ack_ends_the_session(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        x.run()
        x.rule = loses("a>ACK*")
        b.core.accept_reinvite(other, ANSWER, x.now_s)
        x.run(40)
        assert b.last(SessionEnded).by == "timeout"

    def test_hang_up_while_a_change_is_open(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        x.run()
        a.core.hang_up("s", x.now_s)
        x.run(5)
        assert b.last(SessionEnded).by == "peer"
        assert b.core.accept_reinvite(other, ANSWER, x.now_s) is False
        x.run(70)
        assert idle(x)

    def test_the_peer_may_take_its_change_back(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        a.core.reinvite("s", HOLD, x.now_s)
        x.run()
        session = a.core._end.sessions["s"]
        assert session.outgoing is not None
        cancel = session.outgoing.draft.cancel([])
        a.core._end.start(cancel, None, ("10.0.0.2", 5060, "udp"), lambda *_: None, x.now_s)
        x.run()
        assert b.all(ReinviteWithdrawn)
        assert a.last(ReinviteFailed).status == 487

    def test_a_late_offer_in_a_change_is_answered_in_the_ack(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.reinvite("s", None, x.now_s)
        x.run()
        b.core.accept_reinvite(other, OFFER, x.now_s)
        x.run()
        assert a.last(ReinviteAnswered).sdp == OFFER
        a.core.acknowledge("s", ANSWER, x.now_s)
        x.run()
        ack = parse(x.sent[-1][1])
        assert isinstance(ack, Request)
        assert (ack.method, ack.body) == ("ACK", ANSWER)


class TestAfterACrash:
    @staticmethod
    def reborn(party: Party, x: Exchange, session: str) -> Party:
        paper = json.loads(json.dumps(party.core.snapshot(session)))
        again = Party("r" + party.name, party.host)
        assert again.core.restore(paper, x.now_s) == session
        x.parties[party.host] = again
        return again

    def test_an_answered_call_is_ended_by_either_side(self) -> None:
        for hangs_up in ("a", "b"):
            a, b, x = two()
            other = talk(a, b, x)
            a = self.reborn(a, x, "s")
            b = self.reborn(b, x, other)
            (a if hangs_up == "a" else b).core.hang_up("s" if hangs_up == "a" else other, x.now_s)
            x.run(5)
            assert a.all(SessionEnded)
            assert b.all(SessionEnded)
            x.run(70)
            assert idle(x)

    def test_a_calling_session_is_cancelled_with_its_own_branch(self) -> None:
        a, b, x = two()
        call(a, b, x)
        a = self.reborn(a, x, "s")
        a.core.hang_up("s", x.now_s)
        x.run(5)
        assert a.last(SessionFailed).status == 487
        assert b.all(InviteCancelled)
        assert "ra>ACK" in x.trace
        x.run(70)
        assert idle(x)

    def test_a_late_200_after_the_crash_is_acked_and_ended(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        a = self.reborn(a, x, "s")
        b.core.answer(other, ANSWER, x.now_s)
        a.core.hang_up("s", x.now_s)
        x.run(5)
        assert b.last(SessionEnded).by == "peer"
        x.run(70)
        assert idle(x)

    def test_an_unanswered_inbound_call_is_refused(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b.core.progress(other, 180, now_s=x.now_s)
        x.run()
        b = self.reborn(b, x, other)
        b.core.hang_up(other, x.now_s)
        x.run(5)
        assert a.last(SessionFailed).status == 480
        x.run(70)
        assert idle(x)

    def test_a_restored_inbound_call_may_be_answered_too(self) -> None:
        a, b, x = two()
        other = call(a, b, x)
        b = self.reborn(b, x, other)
        b.core.answer(other, ANSWER, x.now_s)
        x.run()
        assert a.all(SessionAnswered)
        assert b.all(SessionConfirmed)

    def test_a_snapshot_of_another_format_is_refused(self) -> None:
        a, _, x = two()
        with pytest.raises(LocalProtocolError):
            a.core.restore({"format": 99}, x.now_s)
        with pytest.raises(LocalProtocolError):
            a.core.snapshot("nobody")


def test_responses_are_parsed_from_what_we_build() -> None:
    a, b, x = two()
    talk(a, b, x)
    assert all(isinstance(parse(data), Request | Response) for _, data in x.sent)
