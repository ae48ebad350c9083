"""Who may come in: hand-written requests and the answers they get."""

import pytest

from cordboard.sip import Flow, InviteReceived, SipCore, SipSettings
from cordboard.sip.digest import DigestClient
from cordboard.sip.messages import Request
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import (
    FLOW,
    OFFER,
    Party,
    feed,
    replies,
    request,
    statuses,
    tokens,
)

pytestmark = pytest.mark.unit


def party(**settings: object) -> Party:
    return Party("b", "10.0.0.2", **settings)


def stranger_proof(own: Party, data: bytes, user: str = "1001", password: str = "secret") -> bytes:
    """The same request with credentials for the challenge that it got."""
    challenge = feed(own, data)[0]
    assert challenge.status == 401
    message = parse(data)
    assert isinstance(message, Request)
    client = DigestClient(user, password, tokens("cn"))
    value = client.answer(
        challenge.headers["www-authenticate"], message.method, message.uri, message.body
    )
    text = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKauth")
    return text.replace(b"Max-Forwards", f"Authorization: {value}\r\nMax-Forwards".encode(), 1)


def refusing_party(asked: list[Flow] | None = None, *, after: int = 0, **settings: object) -> Party:
    """One whose gate shuts after so many calls; it notes whom it was asked about."""
    own, seen = party(**settings), asked if asked is not None else []

    def gate(flow: Flow) -> int | None:
        seen.append(flow)
        return None if len(seen) <= after else 2

    own.core._end.gate = gate
    return own


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (request("FROBNICATE"), 405),
            (request("INVITE", "Require: replaces, foo"), 420),
            (request("INVITE", "Max-Forwards: 0"), 483),
            (request("INVITE", uri="tel:+4930123"), 416),
            (request("INVITE", uri="nobody:knows"), 416),
            (request("INVITE", uri="sip:bob@"), 400),
            (request("INVITE", contact=False), 400),
            (request("INVITE", "Record-Route: <nonsense>"), 400),
            (request("INVITE", "Content-Type: text/plain", body=b"hello"), 415),
            (request("INVITE", "Content-Encoding: gzip", body=OFFER), 415),
            (request("INVITE", "Accept: text/nothing"), 406),
            (request("BYE"), 481),
            (request("BYE", to="<sip:bob@10.0.0.2>;tag=gone"), 481),
            (request("INVITE", to="<sip:bob@10.0.0.2>;tag=gone"), 481),
            (request("CANCEL"), 481),
            (request("OPTIONS"), 200),
            (request("OPTIONS", "Max-Forwards: 0"), 200),
        ],
    )
    def test_a_request_gets_the_status_it_deserves(self, data: bytes, status: int) -> None:
        own = party()
        assert statuses(own, data) == [status]
        assert not own.all(InviteReceived)

    def test_unknown_methods_are_told_what_is_allowed(self) -> None:
        own = party()
        assert "INVITE" in (feed(own, request("FROBNICATE"))[0].get("allow") or "")

    def test_unknown_extensions_are_named(self) -> None:
        own = party()
        answer = feed(own, request("INVITE", "Require: replaces, path, foo"))[0]
        assert answer.get("unsupported") == "path, foo"

    def test_an_ack_is_never_answered(self) -> None:
        own = party()
        assert statuses(own, request("ACK", to="<sip:bob@10.0.0.2>;tag=gone")) == []
        assert statuses(own, request("ACK").replace(b"To: <", b"To: <<")) == []

    def test_a_repeated_invite_gets_the_same_answer_and_no_second_call(self) -> None:
        own = party()
        assert statuses(own, request("INVITE", body=OFFER)) == [100]
        own.core.progress(own.last(InviteReceived).session, 180, now_s=100.0)
        first = replies(own)[0]
        again = feed(own, request("INVITE", body=OFFER))[0]
        assert (again.status, again.to) == (180, first.to)
        assert len(own.all(InviteReceived)) == 1

    def test_a_merged_request_is_refused(self) -> None:
        own = party()
        assert statuses(own, request("INVITE")) == [100]
        assert statuses(own, request("INVITE", branch="z9hG4bKother")) == [482]

    def test_our_own_request_that_comes_back_is_a_loop(self) -> None:
        own = party()
        own.core.invite(
            "s", request_uri="sip:bob@10.0.0.9", from_="sip:a@h", to="sip:b@h", sdp=OFFER, now_s=1.0
        )
        sent = own.core.outputs()[0].data
        via = b"Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKproxy\r\nVia:"
        looped = sent.replace(b"Via:", via, 1)
        assert statuses(own, looped, 1.0) == [482]
        spiral = looped.replace(b"INVITE sip:bob@10.0.0.9", b"INVITE sip:carol@10.0.0.2")
        assert statuses(own, spiral.replace(b"4bKproxy", b"4bKp2"), 1.0) == [100]

    def test_responses_go_to_the_source_port_with_rport_and_else_to_the_via(self) -> None:
        own = party()
        data = request("OPTIONS", host="192.168.1.5")
        own.core.receive(data, FLOW, 1.0)
        out = own.core.outputs()[0]
        assert out.destination == ("10.0.0.1", 5060, "udp")
        assert b";rport=5060" in out.data
        assert b";received=10.0.0.1" in out.data
        other = data.replace(b";rport", b"").replace(b":5060;branch", b":5099;branch")
        own.core.receive(other.replace(b"z9hG4bKx1", b"z9hG4bKx2"), FLOW, 1.0)
        assert own.core.outputs()[0].destination == ("10.0.0.1", 5099, "udp")

    def test_names_in_any_script_reach_the_rooms_above(self) -> None:
        own = party()
        feed(own, request("INVITE", from_='"王小明" <sip:wang@10.0.0.1>;tag=ft'))
        assert own.last(InviteReceived).from_.display == "王小明"

    def test_headers_that_rooms_may_see_are_shown(self) -> None:
        own = party()
        extra = ["P-Asserted-Identity: <sip:+4930@t>", "X-Case: 17", "Organization: hidden"]
        feed(own, request("INVITE", *extra))
        headers = own.last(InviteReceived).headers
        assert headers["p-asserted-identity"] == ("<sip:+4930@t>",)
        assert headers["x-case"] == ("17",)
        assert "organization" not in headers

    def test_sdp_inside_a_multipart_is_found(self) -> None:
        own = party()
        body = b"--b1\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--b1--\r\n"
        feed(own, request("INVITE", "Content-Type: multipart/mixed;boundary=b1", body=body))
        assert own.last(InviteReceived).sdp == OFFER


class TestOverload:
    def test_new_calls_get_503_while_talks_go_on(self) -> None:
        wait: list[int | None] = [None]
        core = SipCore(
            SipSettings(realm="r", trusted=lambda _: True),
            token=tokens("t"),
            credentials=lambda *_: None,
            gate=lambda _: wait[0],
        )
        own = party()
        own.core = core
        feed(own, request("INVITE", body=OFFER))
        session = own.last(InviteReceived).session
        core.answer(session, OFFER, 100.0)
        to = replies(own)[0].to
        wait[0] = 3
        refused = feed(own, request("INVITE", branch="z9hG4bKy", call_id="c2"))[0]
        assert (refused.status, refused.get("retry-after")) == (503, "3")
        assert statuses(own, request("BYE", branch="z9hG4bKz", to=to, cseq=2)) == [200]

    def test_a_refusal_keeps_nothing_and_its_ack_is_absorbed(self) -> None:
        own = refusing_party()
        data = request("INVITE", body=OFFER)
        first, again = (feed(own, data)[0] for _ in range(2))
        assert (first.status, first.get("retry-after")) == (503, "2")
        assert again.to == first.to, "a repeated INVITE gets the same answer"
        assert statuses(own, request("ACK", to=first.to)) == []
        assert own.core.load == {"sessions": 0, "transactions": 0}
        assert own.core.next_deadline() is None
        assert own.told == []

    def test_a_call_in_progress_repeats_its_answer_though_new_ones_are_refused(self) -> None:
        asked: list[Flow] = []
        own = refusing_party(asked, after=1)
        data = request("INVITE", body=OFFER)
        assert statuses(own, data) == [100]
        assert statuses(own, data) == [100]
        assert statuses(own, request("CANCEL")) == [200, 487]
        assert len(asked) == 1, "only a new call is asked about"

    def test_strangers_do_not_use_up_the_room_of_those_who_may_call(self) -> None:
        asked: list[Flow] = []
        own = refusing_party(asked, trusted=frozenset())
        assert statuses(own, request("INVITE", body=OFFER)) == [401]
        assert asked == []
        proven = stranger_proof(own, request("INVITE", branch="z9hG4bKp", call_id="c9"))
        assert statuses(own, proven) == [503]
        assert len(asked) == 1

    def test_a_leg_that_takes_another_over_is_no_new_call(self) -> None:
        asked: list[Flow] = []
        own = refusing_party(asked)
        replaces = "Replaces: gone@10.0.0.1;to-tag=a;from-tag=b"
        assert statuses(own, request("INVITE", replaces, body=OFFER)) != [503]
        assert asked == []

    def test_transactions_are_bounded_and_lingering_ones_make_room(self) -> None:
        own = party(max_transactions=100)
        for n in range(1000):
            data = request("OPTIONS", branch=f"z9hG4bKn{n}", call_id=f"n{n}")
            assert statuses(own, data) == [200]
        assert own.core.load["transactions"] <= 100

    def test_a_flood_of_calls_is_bounded_and_talks_go_on(self) -> None:
        own = party(max_transactions=100)
        seen = [
            statuses(own, request("INVITE", branch=f"z9hG4bKn{n}", call_id=f"n{n}"))[0]
            for n in range(150)
        ]
        assert seen.count(100) == 100
        assert seen[-1] == 503

    def test_sessions_are_bounded(self) -> None:
        own = party(max_sessions=1)
        assert statuses(own, request("INVITE")) == [100]
        assert statuses(own, request("INVITE", branch="z9hG4bKy", call_id="c2")) == [503]

    def test_strangers_cost_no_memory(self) -> None:
        own = party(trusted=frozenset())
        for n in range(500):
            data = request("INVITE", branch=f"z9hG4bKn{n}", call_id=f"n{n}")
            assert statuses(own, data) == [401]
        assert own.core.load == {"sessions": 0, "transactions": 0}
        assert not own.core._end.agenda._heap


class TestDigest:
    def test_a_stranger_who_proves_himself_may_call(self) -> None:
        own = party(trusted=frozenset())
        data = stranger_proof(own, request("INVITE", body=OFFER))
        assert statuses(own, data) == [100]
        assert own.last(InviteReceived).authenticated_user == "1001"

    def test_wrong_password_and_unknown_user_get_the_same_answer(self) -> None:
        own = party(trusted=frozenset())
        shapes = []
        for user, password in (("1001", "wrong"), ("nobody", "secret"), ("nobody", "")):
            answer = feed(own, stranger_proof(own, request("INVITE"), user, password))[0]
            names = list(answer.headers)
            shapes.append((answer.status, names, "stale" in str(answer.headers)))
        assert shapes[0] == shapes[1] == shapes[2]
        assert shapes[0][0] == 401

    def test_a_replayed_proof_is_stale(self) -> None:
        own = party(trusted=frozenset())
        data = stranger_proof(own, request("INVITE"))
        assert statuses(own, data) == [100]
        replay = data.replace(b"4bKauth", b"4bKagain").replace(b"Call-ID: c1", b"Call-ID: c9")
        answer = feed(own, replay)[0]
        assert answer.status == 401
        assert "stale=true" in (answer.get("www-authenticate") or "")

    def test_an_old_nonce_is_stale(self) -> None:
        own = party(trusted=frozenset())
        data = stranger_proof(own, request("INVITE"))
        answer = feed(own, data, 100.0 + 301)[0]
        assert "stale=true" in (answer.get("www-authenticate") or "")

    def test_the_algorithm_that_proved_a_user_is_told(self) -> None:
        proved: list[tuple[str, str]] = []
        own = party(trusted=frozenset(), proved=lambda *what: proved.append(what))

        feed(own, stranger_proof(own, request("INVITE")), 100.0)

        assert proved == [("1001", "SHA-256")]

    def test_challenges_offer_sha256_first(self) -> None:
        own = party(trusted=frozenset())
        data = request("INVITE", "User-Agent: Phone 1.0")
        values = feed(own, data)[0].headers["www-authenticate"]
        assert ["SHA-256" in v for v in values] == [True, False]
        assert all('qop="auth,auth-int"' in v for v in values)

    @pytest.mark.parametrize(
        "name", ["baresip v1.0.0 (x86_64/linux)", "PJSUA v2.10 Linux", "SIPp 3.6"]
    )
    def test_a_phone_that_gives_up_at_sha256_is_challenged_with_md5_alone(self, name: str) -> None:
        own = party(trusted=frozenset())
        values = feed(own, request("INVITE", f"User-Agent: {name}"))[0].headers["www-authenticate"]
        assert ["algorithm=MD5," in v for v in values] == [True]

    @pytest.mark.parametrize("name", ["baresip v3.10.1 (x86_64/Linux)", "PJSUA v2.12 Linux"])
    def test_its_successor_is_challenged_with_both(self, name: str) -> None:
        own = party(trusted=frozenset())
        values = feed(own, request("INVITE", f"User-Agent: {name}"))[0].headers["www-authenticate"]
        assert ["SHA-256" in v for v in values] == [True, False]

    def test_a_client_that_does_not_name_itself_finds_the_strongest_first(self) -> None:
        own = party(trusted=frozenset())
        values = feed(own, request("INVITE"))[0].headers["www-authenticate"]
        assert ["SHA-256" in v for v in values] == [True, False]
