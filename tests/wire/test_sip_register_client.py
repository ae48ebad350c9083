"""Our names at registrars of others, on the wire: proof, refresh, back-off, leaving."""

import pytest

from cordboard.sip import (
    Flow,
    Registered,
    RegistrationEnded,
    RegistrationFailed,
    RegistrationMade,
    Unregistered,
)
from cordboard.sip.messages import Request, build_response
from cordboard.sip.parser import parse
from tests.unit.sip.exchange import Exchange, Party, loses, two

pytestmark = pytest.mark.wire
REGISTRAR = Flow("udp", ("10.0.0.1", 5060), ("10.0.0.2", 5060))


def register(
    a: Party, x: Exchange, password: str = "secret", *, expires_s: int = 600, name: str = "r"
) -> None:
    a.core.register(
        name, aor="sip:1001@10.0.0.2", user="1001", registrar=("10.0.0.2", 5060, "udp"),
        password=password, expires_s=expires_s, now_s=x.now_s,
    )  # fmt: skip


def sent(x: Exchange) -> list[Request]:
    found = [parse(data) for name, data in x.sent if name == "a"]
    return [m for m in found if isinstance(m, Request) and m.method == "REGISTER"]


class Alone:
    """A party whose registrar is written by hand."""

    def __init__(self, expires_s: int = 600) -> None:
        self.own = Party("a", "10.0.0.1")
        self.now_s = 100.0
        register(self.own, Exchange(self.own), expires_s=expires_s)
        self.request = self.next()

    def next(self, within_s: float = 5000) -> Request:
        """Let time pass until the next REGISTER."""
        end_s = self.now_s + within_s
        while True:
            at_s = self.own.core.next_deadline()
            assert at_s is not None
            assert at_s <= end_s, "none came"
            self.now_s = max(at_s, self.now_s)
            self.own.core.tick(self.now_s)
            self.own.told += self.own.core.events()
            for out in self.own.core.outputs():
                message = parse(out.data)
                if isinstance(message, Request) and message.cseq > getattr(self, "seen", 0):
                    self.seen = message.cseq
                    return message

    def reply(self, status: int, *extra: tuple[str, str], echo: str = "") -> None:
        pairs = list(extra)
        if echo:
            pairs.append(("Contact", f"{self.request.get('contact')};expires={echo}"))
        data = build_response(self.request, status, to_tag="r", extra=pairs)
        self.own.core.receive(data, REGISTRAR, self.now_s)
        self.own.told += self.own.core.events()


class TestRegistered:
    def test_we_prove_ourselves_and_refresh_in_time(self) -> None:
        a, b, x = two()
        register(a, x)
        x.run(3)
        made = a.last(RegistrationMade)
        assert (made.registration, made.expires_s, made.is_fresh) == ("r", 600, True)
        assert b.last(Registered).contact_uri == "sip:1001@10.0.0.1:5060"
        assert b.last(Registered).user == "1001"
        x.run(6000)
        assert not b.all(Unregistered)
        assert [m.is_fresh for m in a.all(RegistrationMade)[1:4]] == [False] * 3
        requests = sent(x)
        assert [r.cseq for r in requests] == list(range(1, len(requests) + 1))
        assert len({r.call_id for r in requests}) == 1

    def test_a_lost_message_is_repeated(self) -> None:
        a, _, x = two(loses("a>REGISTER", "b>401", "b>200"))
        register(a, x)
        x.run(20)
        assert a.all(RegistrationMade)

    def test_we_leave(self) -> None:
        a, b, x = two()
        register(a, x)
        x.run(3)
        assert a.core.unregister("r", x.now_s)
        x.run(3)
        assert b.all(Unregistered)
        assert not a.core.unregister("r", x.now_s)
        x.run(2000)
        assert not b.all(Registered)[1:]

    def test_what_the_registrar_grants_counts(self) -> None:
        far = Alone(expires_s=3600)
        far.reply(200, ("Contact", "<sip:other@h>;expires=9"), echo="60")
        assert far.own.last(RegistrationMade).expires_s == 60
        before_s = far.now_s
        far.next()
        assert 40 < far.now_s - before_s < 57

    def test_refreshes_do_not_come_all_at_once(self) -> None:
        own = Party("a", "10.0.0.1")
        x = Exchange(own)
        for n in range(20):
            register(own, x, name=f"r{n}")
        deadlines = {own.core._register.all[f"r{n}"].deadline for n in range(20)}
        assert len(deadlines) > 10


class TestRefused:
    def test_a_wrong_password_waits_long(self) -> None:
        a, _, x = two()
        register(a, x, "wrong")
        x.run(5)
        failed = a.last(RegistrationFailed)
        assert (failed.status, failed.still_known) == (401, False)
        assert failed.retry_in_s >= 300
        assert len(sent(x)) == 5, "four proofs, no more"

    def test_a_silent_registrar_is_asked_ever_later(self) -> None:
        far = Alone()
        waits = []
        for _ in range(8):
            far.next()
            waits.append(far.own.last(RegistrationFailed).retry_in_s)
        assert far.own.last(RegistrationFailed).status == 408
        assert waits[0] <= 30
        assert all(wait <= 1800 for wait in waits)
        assert waits[-1] > 600

    def test_it_comes_when_it_is_told_to(self) -> None:
        far = Alone()
        far.reply(503, ("Retry-After", "7"))
        before_s = far.now_s
        far.next()
        assert 7 <= far.now_s - before_s < 10

    def test_a_time_too_short_is_mended_at_once(self) -> None:
        far = Alone(expires_s=60)
        far.reply(423, ("Min-Expires", "900"))
        again = far.next(1)
        assert again.get("expires") == "900"

    def test_while_an_earlier_registration_holds_nothing_is_down(self) -> None:
        far = Alone()
        far.reply(200, echo="600")
        far.request = far.next()
        far.reply(500)
        assert far.own.last(RegistrationFailed).still_known
        far.request = far.next()
        far.reply(200, echo="600")
        assert not far.own.last(RegistrationMade).is_fresh

    def test_in_the_end_it_is_forgotten_and_told(self) -> None:
        far = Alone()
        far.reply(200, echo="600")
        for _ in range(40):
            far.request = far.next()
            far.reply(500)
            if not far.own.last(RegistrationFailed).still_known:
                break
        assert not far.own.last(RegistrationFailed).still_known
        far.request = far.next()
        far.reply(200, echo="600")
        assert far.own.last(RegistrationMade).is_fresh


def test_a_lost_connection_is_registered_anew() -> None:
    own = Party("a", "10.0.0.1")
    own.core.register(
        "r", aor="sip:1@h", user="1", registrar=("10.0.0.2", 5061, "tls"), password="p", now_s=100.0
    )
    own.core.tick(103.0)
    request = parse(own.core.outputs()[0].data)
    assert isinstance(request, Request)
    flow = Flow("tls", ("10.0.0.1", 4000), ("10.0.0.2", 5061), 7)
    own.core.receive(build_response(request, 200, to_tag="r"), flow, 103.1)
    own.core.connection_lost(flow, 200.0)
    own.told += own.core.events()
    assert own.last(RegistrationEnded).reason == "connection lost"
    own.core.tick(206.0)
    assert own.core.outputs()[0].data.startswith(b"REGISTER")
