"""A core with its guard on the wire: who is silent towards whom, told by the bytes that go out."""

import pytest

from cordboard.sip import Flow, GuardSettings, SipCore, SipSettings
from cordboard.sip.digest import DigestClient
from cordboard.sip.messages import Request, Response
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import OFFER, request, tokens

pytestmark = pytest.mark.wire
TRUNK = "192.0.2.1"
SCANNER = "198.51.100.7"


def a_core() -> SipCore:
    return SipCore(
        SipSettings(realm="house", trusted=frozenset([TRUNK])),
        token=tokens("t"),
        credentials=lambda _, user: {"1001": "secret"}.get(user),
        guard=GuardSettings(exempt=lambda host: host == TRUNK),
    )


def at(host: str, transport: str = "udp", number: int = 0) -> Flow:
    return Flow(transport, ("10.0.0.2", 5060), (host, 5060), number)


def heard(core: SipCore, data: bytes, flow: Flow, now_s: float) -> list[Response]:
    core.receive(data, flow, now_s)
    core.events()
    found = [parse(out.data) for out in core.outputs()]
    return [message for message in found if isinstance(message, Response)]


def sweep(core: SipCore, method: str, flow: Flow, count: int = 300) -> list[int]:
    """One request for each extension, 20 a second, as SIPVicious does it; the answers."""
    answers: list[int] = []
    for n in range(count):
        body = OFFER if method == "INVITE" else b""
        data = request(
            method,
            uri=f"sip:{n}@10.0.0.2",
            to=f"<sip:{n}@10.0.0.2>",
            branch=f"z9hG4bK{n}",
            call_id=f"scan-{n}",
            host=flow.remote[0],
            body=body,
        )
        answers += [response.status for response in heard(core, data, flow, 100 + n / 20)]
    return answers


def register(
    core: SipCore, flow: Flow, now_s: float, *, password: str = "secret", n: int = 0
) -> int | None:
    """Register with a fresh challenge; the last answer, or None for silence."""
    data = request("REGISTER", to="<sip:1001@10.0.0.2>", branch=f"z9hG4bKr{n}", call_id=f"r{n}")
    challenge = heard(core, data, flow, now_s)
    if not challenge or challenge[0].status != 401:
        return None
    message = parse(data)
    assert isinstance(message, Request)
    client = DigestClient("1001", password, tokens(f"cn{n}"))
    value = client.answer(
        challenge[0].headers["www-authenticate"], message.method, message.uri, message.body
    )
    again = data.replace(b"z9hG4bKr", b"z9hG4bKq").replace(
        b"Max-Forwards", f"Authorization: {value}\r\nMax-Forwards".encode()
    )
    answered = heard(core, again, flow, now_s + 0.05)
    return answered[0].status if answered else None


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_a_sweep_over_extensions_hears_a_few_answers_and_then_silence(method: str) -> None:
    core = a_core()

    answers = sweep(core, method, at(SCANNER))

    assert 0 < len(answers) < 60
    assert core.guard is not None
    assert core.guard.sentences["silenced"] == 1
    assert core.load == {"sessions": 0, "transactions": answers.count(200)}


def test_a_trunk_may_ask_for_as_many_numbers_as_it_likes() -> None:
    assert len(sweep(a_core(), "OPTIONS", at(TRUNK), 300)) == 300


def test_a_phone_beside_the_scanner_registers_as_ever() -> None:
    core = a_core()
    sweep(core, "REGISTER", at(SCANNER))

    assert register(core, at("203.0.113.5"), 115.0) == 200


def test_a_phone_at_the_scanners_own_address_gets_in_within_a_minute() -> None:
    core = a_core()
    sweep(core, "REGISTER", at(SCANNER))

    tries = [register(core, at(SCANNER), 116.0 + n, n=n) for n in range(60)]

    assert 200 in tries
    assert set(tries[tries.index(200) :]) == {200}


def test_guessed_passwords_end_in_a_ban_that_ends() -> None:
    core = a_core()
    tries = [register(core, at(SCANNER), 100 + n / 10, password=f"p{n}", n=n) for n in range(60)]

    assert 20 <= tries.count(401) <= 22
    assert tries[-1] is None
    assert register(core, at(SCANNER), 110.0, n=99) is None, "not even with the right one"
    assert register(core, at(SCANNER), 710.0, n=100) == 200


def test_bytes_that_are_no_sip_get_no_answer_and_no_event() -> None:
    core = a_core()

    for n in range(1_000):
        core.receive(b"OPTIONS \x00\xff %d" % n, at(SCANNER), 100.0)

    assert core.outputs() == []
    assert core.events() == []
