"""Phones register, refresh, leave and run out."""

import pytest

from cordboard.sip import Flow, InviteReceived, Registered, Unregistered
from cordboard.sip.digest import DigestClient
from cordboard.sip.messages import Request, Response
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import OFFER, Party, feed, request, statuses, tokens

pytestmark = pytest.mark.unit
PHONE = Flow("udp", ("10.0.0.2", 5060), ("203.0.113.7", 40000))
AOR = "<sip:1001@example>"


class Phone:
    """Sends REGISTERs with proof."""

    def __init__(self, own: Party, flow: Flow = PHONE, user: str = "1001") -> None:
        self.own, self.flow, self.user = own, flow, user
        self.client = DigestClient(user, "secret" if user == "1001" else "geheim", tokens("p"))
        self.cseq = 0
        self.count = 0

    def send(
        self, contact: str | None, *extra: str, now_s: float = 100.0, cseq: int | None = None
    ) -> Response:
        challenge = self._one(contact, extra, now_s, cseq)
        assert challenge.status == 401
        value = self.client.answer(
            challenge.headers["www-authenticate"], "REGISTER", "sip:example", b""
        )
        return self._one(contact, (*extra, f"Authorization: {value}"), now_s, cseq)

    def _one(
        self, contact: str | None, extra: tuple[str, ...], now_s: float, cseq: int | None
    ) -> Response:
        self.count += 1
        self.cseq += 1
        lines = [*extra, f"Contact: {contact}"] if contact is not None else list(extra)
        data = request(
            "REGISTER", *lines, uri="sip:example", to=f"<sip:{self.user}@example>",
            branch=f"z9hG4bK{self.user}{self.count}", cseq=cseq or self.cseq, contact=False,
            host="192.168.1.9", call_id=self.user,
        )  # fmt: skip
        return feed(self.own, data, now_s, self.flow)[0]


@pytest.fixture
def own() -> Party:
    return Party("b", "10.0.0.2", trusted=frozenset())


def test_a_phone_registers_and_its_200_lists_the_contact(own: Party) -> None:
    answer = Phone(own).send("<sip:1001@192.168.1.9:5060>;q=0.5", "Expires: 300", "User-Agent: Tel")
    assert answer.status == 200
    assert answer.headers["contact"] == ["<sip:1001@192.168.1.9:5060>;expires=300;q=0.5"]
    told = own.last(Registered)
    assert (told.user, told.contact_uri, told.expires_s) == (
        "1001",
        "sip:1001@192.168.1.9:5060",
        300,
    )
    assert (told.flow, told.user_agent, told.fresh) == (PHONE, "Tel", True)


def test_a_call_to_a_phone_behind_nat_goes_over_its_flow(own: Party) -> None:
    Phone(own).send("<sip:1001@192.168.1.9:5060>")
    binding = own.core.bindings("1001")[0]
    own.core.invite(
        "s", request_uri=binding.contact, from_="sip:x@h", to="sip:1001@h", sdp=OFFER,
        next_hop=binding.flow, now_s=100.0,
    )  # fmt: skip
    out = own.core.outputs()[-1]
    assert out.destination == ("203.0.113.7", 40000, "udp")
    assert out.data.startswith(b"INVITE sip:1001@192.168.1.9:5060 ")


def test_a_registered_phone_may_call_without_a_second_proof(own: Party) -> None:
    assert statuses(own, request("INVITE"), flow=PHONE) == [401]
    Phone(own).send("<sip:1001@192.168.1.9:5060>")
    assert statuses(own, request("INVITE", branch="z9hG4bKi"), flow=PHONE) == [100]
    assert own.last(InviteReceived).authenticated_user == "1001"


def test_a_refresh_is_told_as_such_and_an_old_one_is_refused(own: Party) -> None:
    phone = Phone(own)
    phone.send("<sip:1001@192.168.1.9>")
    assert phone.send("<sip:1001@192.168.1.9>").status == 200
    assert [e.fresh for e in own.all(Registered)] == [True, False]
    assert phone.send("<sip:1001@192.168.1.9>", cseq=1).status == 500


def test_too_brief_is_refused_and_too_long_is_cut(own: Party) -> None:
    phone = Phone(own)
    answer = phone.send("<sip:1001@h>;expires=10")
    assert (answer.status, answer.get("min-expires")) == (423, "60")
    assert phone.send("<sip:1001@h>;expires=999999").headers["contact"] == [
        "<sip:1001@h>;expires=3600"
    ]
    assert phone.send("<sip:1001@h>;expires=soon").status == 200


def test_leaving_by_zero_and_by_star(own: Party) -> None:
    phone = Phone(own)
    phone.send("<sip:1001@h1>, <sip:1001@h2>")
    assert phone.send("<sip:1001@h1>;expires=0").headers["contact"][0].startswith("<sip:1001@h2>")
    assert own.last(Unregistered).still_registered
    assert phone.send("*").status == 400
    assert phone.send("*", "Expires: 60").status == 400
    assert "contact" not in phone.send("*", "Expires: 0").headers
    assert not own.last(Unregistered).still_registered
    assert own.core.bindings("1001") == []


def test_a_contact_runs_out(own: Party) -> None:
    Phone(own).send("<sip:1001@h>;expires=60", now_s=100.0)
    own.core.tick(159.0)
    assert own.core.bindings("1001")
    own.core.tick(161.0)
    assert not own.core.bindings("1001")
    assert isinstance(own.core.events()[-1], Unregistered)


def test_a_refresh_moves_the_end(own: Party) -> None:
    phone = Phone(own)
    phone.send("<sip:1001@h>;expires=60", now_s=100.0)
    phone.send("<sip:1001@h>;expires=60", now_s=150.0)
    own.core.tick(170.0)
    assert own.core.bindings("1001")
    own.core.tick(211.0)
    assert not own.core.bindings("1001")


def test_a_query_changes_nothing(own: Party) -> None:
    phone = Phone(own)
    phone.send("<sip:1001@h>")
    assert len(phone.send(None).headers["contact"]) == 1
    assert len(own.all(Registered)) == 1


def test_contacts_are_bounded_and_all_or_nothing(own: Party) -> None:
    many = ", ".join(f"<sip:1001@h{n}>" for n in range(9))
    phone = Phone(own)
    assert phone.send(many).status == 403
    assert own.core.bindings("1001") == []
    assert phone.send("<sip:1001@h1>, <sip:>").status == 400
    assert own.core.bindings("1001") == []


def test_nobody_registers_for_another(own: Party) -> None:
    phone = Phone(own)
    challenge = phone._one("<sip:1001@h>", (), 100.0, None)
    value = DigestClient("1002", "geheim", tokens("q")).answer(
        challenge.headers["www-authenticate"], "REGISTER", "sip:example", b""
    )
    assert phone._one("<sip:1001@h>", (f"Authorization: {value}",), 100.0, None).status == 403


def test_a_closed_connection_takes_its_contacts_along(own: Party) -> None:
    flow = Flow("tcp", ("10.0.0.2", 5060), ("203.0.113.7", 40001), 3)
    Phone(own, flow).send("<sip:1001@192.168.1.9;transport=tcp>")
    own.core.connection_lost(Flow("tcp", ("10.0.0.2", 5060), ("203.0.113.7", 40001), 4), 100.0)
    assert own.core.bindings("1001")
    own.core.connection_lost(flow, 100.0)
    assert not own.core.bindings("1001")


def test_two_users_on_one_flow_must_prove_each_call(own: Party) -> None:
    Phone(own).send("<sip:1001@h>")
    Phone(own, user="1002").send("<sip:1002@h>")
    assert statuses(own, request("INVITE"), flow=PHONE) == [401]


def test_best_q_comes_first(own: Party) -> None:
    Phone(own).send("<sip:1001@h1>;q=0.2, <sip:1001@h2>;q=0.9")
    assert [b.contact for b in own.core.bindings("1001")] == ["sip:1001@h2", "sip:1001@h1"]


def test_a_registration_is_put_back_after_a_restart(own: Party) -> None:
    own.core.restore_binding("1001", "sip:1001@h", PHONE, 200.0)
    assert own.core.bindings("1001")[0].flow == PHONE
    own.core.tick(201.0)
    assert own.core.bindings("1001") == []


def test_the_request_is_read_as_written() -> None:
    message = parse(request("REGISTER", uri="sip:example", to=AOR))
    assert isinstance(message, Request)
