"""REFER both ways with its NOTIFYs, and INVITE with Replaces, on the wire. RFC 3515, RFC 3891."""

import pytest

from cordboard.sip import (
    InviteReceived,
    LocalProtocolError,
    ReferAnswered,
    ReferProgress,
    ReferReceived,
    SessionEnded,
)
from cordboard.sip.messages import Request, Response, build_response
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import (
    ANSWER,
    FLOW,
    OFFER,
    Exchange,
    Party,
    call,
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


def requests(x: Exchange, name: str, method: str) -> list[Request]:
    found = [parse(data) for sender, data in x.sent if sender == name]
    return [m for m in found if isinstance(m, Request) and m.method == method]


def responses(x: Exchange, name: str, method: str) -> list[int]:
    found = [parse(data) for sender, data in x.sent if sender == name]
    return [m.status for m in found if isinstance(m, Response) and m.cseq_method == method]


class TestThePeerRefersUs:
    def test_it_hears_of_its_transfer_until_the_end(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.refer("s", "sip:carol@10.0.0.3", x.now_s)
        x.run()
        asked = b.last(ReferReceived)
        assert (asked.session, asked.target.uri) == (other, "sip:carol@10.0.0.3")
        assert (asked.replaces, asked.replaces_session) == (None, None)
        assert "alice" in asked.referred_by

        assert b.core.accept_refer(other, x.now_s)
        x.run()
        assert b.core.notify_refer(other, 180, x.now_s)
        x.run()
        assert b.core.notify_refer(other, 200, x.now_s)
        x.run()

        assert responses(x, "b", "REFER") == [202]
        assert a.last(ReferAnswered).status == 202
        told = [(e.status, e.is_final) for e in a.all(ReferProgress)]
        assert told == [(100, False), (180, False), (200, True)]
        notes = requests(x, "b", "NOTIFY")
        assert [n.get("event") for n in notes] == ["refer"] * 3
        assert [n.get("subscription-state") for n in notes] == [
            "active;expires=180", "active;expires=180", "terminated;reason=noresource",
        ]  # fmt: skip
        assert notes[0].body == b"SIP/2.0 100 Trying\r\n"
        assert notes[0].get("content-type") == "message/sipfrag;version=2.0"
        assert responses(x, "a", "NOTIFY") == [200, 200, 200]
        assert not b.core.notify_refer(other, 200, x.now_s), "nobody listens any more"

    def test_the_second_transfer_names_itself(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        for target in ("sip:c@h", "sip:d@h"):
            a.core.refer("s", target, x.now_s)
            x.run()
            b.core.accept_refer(other, x.now_s)
            b.core.notify_refer(other, 486, x.now_s)
            x.run()
        refers, notes = requests(x, "a", "REFER"), requests(x, "b", "NOTIFY")
        assert [n.get("event") for n in notes[2:]] == [f"refer;id={refers[1].cseq}"] * 2
        assert [e.status for e in a.all(ReferProgress)] == [100, 486, 100, 486]

    def test_a_refused_transfer_leaves_the_talk_as_it_was(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        a.core.refer("s", "sip:c@h", x.now_s)
        x.run()
        assert b.core.refuse_refer(other, 603, x.now_s)
        x.run()
        assert a.last(ReferAnswered).status == 603
        assert not requests(x, "b", "NOTIFY")
        assert not b.core.accept_refer(other, x.now_s), "it is decided"
        b.core.hang_up(other, x.now_s)
        x.run(70)
        assert idle(x)

    def test_lost_messages_are_repeated(self) -> None:
        a, b, x = two(loses("a>REFER", "b>202", "b>NOTIFY", "a>200"))
        other = talk(a, b, x)
        a.core.refer("s", "sip:c@h", x.now_s)
        x.run(1)
        b.core.accept_refer(other, x.now_s)
        x.run(3)
        b.core.notify_refer(other, 200, x.now_s)
        x.run(3)
        assert len(b.all(ReferReceived)) == 1
        assert [e.status for e in a.all(ReferProgress)] == [100, 200]

    def test_a_peer_that_wants_no_notes_gets_none(self) -> None:
        own, refer = a_talk()
        sent = feed(own, refer("Refer-To: <sip:c@h>", "Refer-Sub: false", "Require: norefersub"))
        assert not sent
        session = own.last(ReferReceived).session
        own.core.accept_refer(session, 101.0)
        out = [parse(o.data) for o in own.core.outputs()]
        assert [(m.status, m.get("refer-sub")) for m in out if isinstance(m, Response)] == [
            (202, "false")
        ]
        assert not own.core.notify_refer(session, 200, 101.0)

    @pytest.mark.parametrize(
        "extra",
        [
            ("X-A: 1",),
            ("Refer-To: <sip:c@h>, <sip:d@h>",),
            ("Refer-To: nonsense",),
            ("Refer-To: <sip:c@h?Replaces=without-tags>",),
        ],
    )
    def test_a_broken_refer_is_refused_and_told_nobody(self, extra: tuple[str, ...]) -> None:
        own, refer = a_talk()
        assert statuses(own, refer(*extra)) == [400]
        assert not own.all(ReferReceived)

    def test_one_at_a_time(self) -> None:
        own, refer = a_talk()
        assert not statuses(own, refer("Refer-To: <sip:c@h>"))
        assert statuses(own, refer("Refer-To: <sip:d@h>", cseq=3)) == [491]

    def test_outside_a_dialog_there_is_nobody_to_refer(self) -> None:
        assert statuses(Party("b", "10.0.0.2"), request("REFER", "Refer-To: <sip:c@h>")) == [481]

    def test_the_end_of_the_talk_answers_a_transfer_that_nobody_decided(self) -> None:
        own, refer = a_talk()
        feed(own, refer("Refer-To: <sip:c@h>"))
        own.core.hang_up(own.last(ReferReceived).session, 101.0)
        assert 487 in [
            m.status for o in own.core.outputs() if isinstance(m := parse(o.data), Response)
        ]


def a_talk() -> tuple[Party, "Refer"]:
    """A party in a talk with a hand-written peer, and the maker of that peer's REFERs."""
    own = Party("b", "10.0.0.2")
    feed(own, request("INVITE", body=OFFER))
    session = own.last(InviteReceived).session
    own.core.answer(session, ANSWER, 100.0)
    ok = parse(own.core.outputs()[-1].data)
    to = f"<sip:bob@10.0.0.2>;tag={ok.to_tag}"
    feed(own, request("ACK", to=to, branch="z9hG4bKack"))
    return own, Refer(to)


class Refer:
    def __init__(self, to: str) -> None:
        self.to = to

    def __call__(
        self, *extra: str, cseq: int = 2, method: str = "REFER", body: bytes = b""
    ) -> bytes:
        branch = f"z9hG4bK{method}{cseq}"
        return request(method, *extra, to=self.to, branch=branch, cseq=cseq, body=body)


class TestWeReferThePeer:
    def test_it_shall_take_over_our_other_talk(self) -> None:
        a, b = Party("a", "10.0.0.1"), Party("b", "10.0.0.2")
        c = Party("c", "10.0.0.3")
        x = Exchange(a, b, c)
        talk(a, b, x, "first")
        a.core.invite(
            "second", request_uri="sip:carol@10.0.0.3", from_="sip:alice@10.0.0.1",
            to="sip:carol@10.0.0.3", sdp=OFFER, now_s=x.now_s,
        )  # fmt: skip
        x.run(0.01)
        third = c.last(InviteReceived).session
        c.core.answer(third, ANSWER, x.now_s)
        x.run()
        assert a.core.refer("first", "", x.now_s, replaces="second")
        x.run()

        asked = b.last(ReferReceived)
        assert asked.target.uri == "sip:cordboard@10.0.0.3:5060"
        assert asked.replaces_session is None, "that dialog is between others"
        assert asked.replaces is not None
        b.core.accept_refer(asked.session, x.now_s)
        b.core.invite(
            "over", request_uri=asked.target.uri, from_="sip:bob@10.0.0.2", to=asked.target,
            sdp=OFFER, headers=[("Replaces", asked.replaces)], now_s=x.now_s,
        )  # fmt: skip
        x.run()
        taken = c.last(InviteReceived)
        assert taken.replaces == third
        c.core.answer(taken.session, ANSWER, x.now_s)
        c.core.hang_up(third, x.now_s)
        b.core.notify_refer(asked.session, 200, x.now_s)
        x.run()
        assert [e.session for e in a.all(SessionEnded)] == ["second"]
        assert a.last(ReferProgress).is_final

    def test_a_peer_may_name_a_dialog_of_ours(self) -> None:
        """An attended transfer of a phone: both its talks are with us."""
        phone, own, x = two()
        talk(phone, own, x, "one")
        second = talk(phone, own, x, "two")
        phone.core.refer("one", "", x.now_s, replaces="two")
        x.run()
        assert own.last(ReferReceived).replaces_session == second

    def test_silence_is_told(self) -> None:
        a, b, x = two(loses("a>REFER*"))
        talk(a, b, x)
        a.core.refer("s", "sip:c@h", x.now_s)
        x.run(33)
        assert a.last(ReferAnswered).status == 408

    def test_a_note_of_nothing_is_refused(self) -> None:
        own, note = a_talk()
        frag = ("Content-Type: message/sipfrag",)
        refer = note(*frag, "Event: refer", method="NOTIFY", body=b"SIP/2.0 200 OK\r\n")
        assert statuses(own, refer) == [481]
        other = note(*frag, "Event: dialog", method="NOTIFY", cseq=3, body=b"x")
        assert statuses(own, other) == [489]

    def test_a_subscription_that_ends_without_a_word_is_final(self) -> None:
        a, b, x = two()
        talk(a, b, x)
        a.core.refer("s", "sip:c@h", x.now_s)
        x.run(0.01)
        refer = requests(x, "a", "REFER")[0]
        accepted = build_response(refer, 202, to_tag=None)
        b_flow = FLOW.__class__("udp", ("10.0.0.1", 5060), ("10.0.0.2", 5060))
        a.core.receive(accepted, b_flow, x.now_s)
        note = request(
            "NOTIFY", "Event: refer", "Subscription-State: terminated;reason=timeout",
            to=refer.from_, from_=refer.to, call_id=refer.call_id, cseq=77,
            branch="z9hG4bKn", host="10.0.0.2",
        )  # fmt: skip
        a.core.receive(note, b_flow, x.now_s)
        x.run()
        assert (a.last(ReferProgress).status, a.last(ReferProgress).is_final) == (500, True)

    def test_a_caller_without_answer_cannot_be_referred(self) -> None:
        a, b, x = two()
        call(a, b, x)
        with pytest.raises(LocalProtocolError):
            a.core.refer("s", "sip:c@h", x.now_s)


class TestReplaces:
    def replacing(
        self, own: Party, name: str, *, early: str = "", twice: bool = False
    ) -> list[int]:
        """What an INVITE that replaces the dialog of this session is answered."""
        dialog = own.core._end.sessions[name].dialog
        assert dialog is not None
        value = f"{dialog.call_id};from-tag={dialog.remote_tag};to-tag={dialog.local_tag}{early}"
        lines = [f"Replaces: {value}"] * (2 if twice else 1)
        invite = request(
            "INVITE", *lines, "Require: replaces", branch="z9hG4bKrep", call_id="new", body=OFFER
        )
        return statuses(own, invite)

    def test_an_answered_call_is_named(self) -> None:
        a, b, x = two()
        other = talk(a, b, x)
        assert self.replacing(b, other) == [100]
        assert b.last(InviteReceived).replaces == other

    def test_early_only_does_not_take_an_answered_call(self) -> None:
        a, b, x = two()
        assert self.replacing(b, talk(a, b, x), early=";early-only") == [486]

    def test_a_call_that_rings_here_cannot_be_taken(self) -> None:
        a, b, x = two()
        assert self.replacing(b, call(a, b, x)) == [481]

    def test_a_call_of_ours_that_rings_there_can_be_taken(self) -> None:
        a, b, x = two()
        ring(a, x)
        b.core.progress(b.last(InviteReceived).session, 180, now_s=x.now_s)
        x.run(0.01)
        early = next(iter(a.core._end.sessions["s"].early.values()))
        value = f"{early.call_id};from-tag={early.remote_tag};to-tag={early.local_tag};early-only"
        invite = request("INVITE", f"Replaces: {value}", branch="z9hG4bKe", call_id="n", body=OFFER)
        assert statuses(a, invite) == [100]
        assert a.last(InviteReceived).replaces == "s"

    def test_twice_is_broken(self) -> None:
        a, b, x = two()
        assert self.replacing(b, talk(a, b, x), twice=True) == [400]

    @pytest.mark.parametrize(
        ("value", "status"),
        [("nobody;to-tag=1;from-tag=2", 481), ("nobody;to-tag=1", 400), (";;", 400)],
    )
    def test_nobody_and_nonsense(self, value: str, status: int) -> None:
        own = Party("b", "10.0.0.2")
        assert statuses(own, request("INVITE", f"Replaces: {value}", body=OFFER)) == [status]
        assert not own.all(InviteReceived)
