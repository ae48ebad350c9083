"""Who is on the line, and the way to whom we dial."""

import hashlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from cordboard.kit.clock import SystemClock
from cordboard.sip import (
    Flow,
    Ha1,
    InviteReceived,
    NameAddr,
    OptionsAnswered,
    OptionsFailed,
    Registered,
    RegistrationEnded,
    RegistrationFailed,
    RegistrationMade,
    Unregistered,
)
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_identity import user_of
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.embedded_route import DialRoute, host_port
from cordboard.telephony.adapters.embedded_sound import info_digit
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone, SipPolicy, Trunk
from cordboard.telephony.ports import DialTarget

pytestmark = pytest.mark.unit

LINES = Lines(
    trunks=(
        Trunk(id="open", name="", hosts=("192.0.2.1",), shown_number="96510", max_calls=1),
        Trunk(id="named", name="", hosts=("192.0.2.2",), username="carrier", password="pw"),
    ),
    phones=(
        Phone(extension="8001", ha1_md5="m", ha1_sha256="s"),
        Phone(extension="8002", contact="192.0.2.82:5070"),
    ),
)


class Book:
    """A line book whose words are kept."""

    def __init__(self, folder: Path) -> None:
        self.told: list[wire.TelephonyEvent] = []
        self.folder = folder
        self.book = self.again()

    def again(self) -> LineBook:
        memory = SipMemory(self.folder / "memory")
        return LineBook(LINES, memory, SystemClock(), self.told.append)


@pytest.fixture
def kept(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.mark.parametrize("host", ["192.0.2.1", "192.0.2.2", "192.0.2.82"])
def test_trunks_and_fixed_contacts_stand_somewhere_whoever_proves_them(
    kept: Book, host: str
) -> None:
    assert kept.book.stands_at(host)
    assert not kept.book.stands_at("198.51.100.7")


def flow(host: str, port: int = 5060) -> Flow:
    return Flow("udp", ("192.0.2.9", 5060), (host, port))


def invite(host: str, user: str | None = None, port: int = 5060, pai: str = "") -> InviteReceived:
    return InviteReceived(
        session="s",
        request_uri="sip:96510@x",
        from_=NameAddr.parse("<sip:0138-00@192.0.2.1>"),
        to=NameAddr.parse("<sip:96510@x>"),
        headers={"p-asserted-identity": (pai,)} if pai else {},
        sdp=None,
        flow=flow(host, port),
        sip_call_id="c",
        authenticated_user=user,
    )


def registered(fresh: bool = True) -> Registered:
    return Registered(
        user="8001",
        contact_uri="sip:8001@192.0.2.81:5062",
        flow=flow("192.0.2.81", 5062),
        expires_s=600,
        user_agent="phone",
        fresh=fresh,
    )


def best(book: LineBook, target: DialTarget) -> DialRoute:
    routes = book.find_routes(target)
    assert isinstance(routes, list)
    return routes[0]


class TestInbound:
    def test_a_trunk_is_known_by_its_address(self, kept: Book) -> None:
        line = kept.book.find_line(invite("192.0.2.1"))
        assert line is not None
        assert (line.kind, line.id, line.caller_number) == ("trunk", "open", "013800")

    def test_the_asserted_identity_wins_over_from(self, kept: Book) -> None:
        line = kept.book.find_line(invite("192.0.2.1", pai="<tel:+86-138;ext=1>"))
        assert line is not None
        assert line.caller_number == "+86138"

    def test_a_phone_is_known_by_who_it_proved_to_be(self, kept: Book) -> None:
        line = kept.book.find_line(invite("198.51.100.7", user="8001"))
        assert line is not None
        assert (line.kind, line.id, line.caller_number) == ("phone", "8001", "8001")

    def test_a_phone_at_a_fixed_contact_is_known_by_it(self, kept: Book) -> None:
        line = kept.book.find_line(invite("192.0.2.82", port=5070))
        assert line is not None
        assert line.id == "8002"

    def test_a_registered_phone_on_a_trunks_own_host_is_a_phone(self, kept: Book) -> None:
        there = flow("192.0.2.1", 5062)
        kept.book.on_sip(
            Registered(
                user="8001",
                contact_uri="sip:8001@192.0.2.1:5062",
                flow=there,
                expires_s=600,
                user_agent="phone",
            )
        )
        call = replace(invite("192.0.2.1", port=5062), from_=NameAddr.parse("<sip:8001@192.0.2.9>"))
        line = kept.book.find_line(call)
        assert line is not None
        assert (line.kind, line.id) == ("phone", "8001")
        assert [extension for extension, _ in kept.again().living_bindings()] == ["8001"]

    def test_a_stranger_is_nobody(self, kept: Book) -> None:
        assert kept.book.find_line(invite("203.0.113.5")) is None

    def test_a_full_trunk_lets_nobody_in(self, kept: Book) -> None:
        kept.book.count("open", 1)
        assert kept.book.find_line(invite("192.0.2.1")) is None
        kept.book.count("open", -1)
        assert kept.book.find_line(invite("192.0.2.1")) is not None

    def test_only_unnamed_trunks_and_fixed_contacts_need_no_digest(self, kept: Book) -> None:
        hosts = ["192.0.2.1", "192.0.2.2", "192.0.2.82", "203.0.113.5"]
        assert [kept.book.trusts(host) for host in hosts] == [True, False, True, False]

    def test_secrets_of_phones_and_trunks(self, kept: Book) -> None:
        assert kept.book.secret_of("r", "8001") == Ha1("m", "s")
        assert kept.book.secret_of("r", "carrier") == "pw"
        assert kept.book.secret_of("r", "8002") is None
        assert kept.book.secret_of("r", "mallory") is None


class TestOutbound:
    def test_a_fixed_contact(self, kept: Book) -> None:
        route = best(kept.book, DialTarget(extension="8002"))
        assert route.next_hop == ("192.0.2.82", 5070, "udp")

    def test_an_unknown_extension_is_not_found_and_an_absent_phone_unavailable(
        self, kept: Book
    ) -> None:
        assert kept.book.find_routes(DialTarget(extension="8009")) == 404
        assert kept.book.find_routes(DialTarget(extension="8001")) == 480

    def test_a_registered_phone_is_reached_over_its_flow_also_after_a_restart(
        self, kept: Book
    ) -> None:
        assert kept.book.on_sip(registered())
        for book in (kept.book, kept.again()):
            route = best(book, DialTarget(extension="8001"))
            assert route.next_hop == flow("192.0.2.81", 5062)
            assert route.request_uri == "sip:8001@192.0.2.81:5062"

    def test_a_phone_that_left_is_unavailable(self, kept: Book) -> None:
        kept.book.on_sip(registered())
        kept.book.on_sip(
            Unregistered(
                user="8001", contact_uri="sip:8001@192.0.2.81:5062", still_registered=False
            )
        )
        assert kept.book.find_routes(DialTarget(extension="8001")) == 480
        assert kept.again().find_routes(DialTarget(extension="8001")) == 480
        states = [e.state for e in kept.told if isinstance(e, wire.LineChanged)]
        assert states == ["registered", "unregistered"]

    def test_a_full_or_fallen_trunk_is_passed_over(self, kept: Book) -> None:
        number = DialTarget(number="138")
        first = best(kept.book, number)
        assert (first.trunk_id, first.shown_number) == ("open", "96510")
        kept.book.count("open", 1)
        second = best(kept.book, number)
        assert (second.trunk_id, second.username) == ("named", "carrier")
        for _ in range(3):
            kept.book.on_sip(OptionsFailed(ping_id="named", target=("192.0.2.2", 5060, "udp")))
        assert kept.book.find_routes(number) == 503


class TestHealth:
    def test_up_after_two_answers_and_down_after_three_silences(self, kept: Book) -> None:
        yes = OptionsAnswered(ping_id="open", status=200)
        no = OptionsFailed(ping_id="open", target=("192.0.2.1", 5060, "udp"))
        states: list[list[str]] = []
        for event in (yes, yes, no, no, no, no, yes, yes):
            before = len(kept.told)
            kept.book.on_sip(event)
            states.append([e.state for e in kept.told[before:] if isinstance(e, wire.LineChanged)])
        assert states == [[], ["up"], [], [], ["down"], [], [], ["up"]]

    def test_every_line_says_where_it_stands_at_start(self, kept: Book) -> None:
        kept.book.announce()
        said = {e.line_id: e.state for e in kept.told if isinstance(e, wire.LineChanged)}
        assert said == {"8001": "unregistered", "8002": "registered"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:5070", ("10.0.0.1", 5070)),
        ("host", ("host", 5060)),
        ("[2001:db8::1]:5070", ("2001:db8::1", 5070)),
        ("2001:db8::1", ("2001:db8::1", 5060)),
    ],
)
def test_host_and_port(text: str, expected: tuple[str, int]) -> None:
    assert host_port(text) == expected


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:138-0@x", "1380"),
        ("tel:+86138;isub=1", "+86138"),
        ("sip:x", ""),
        ("nonsense", ""),
    ],
)
def test_the_number_in_a_uri(uri: str, user: str) -> None:
    assert user_of(uri) == user


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay; x=y", b"Signal= *\r\n", "*"),
        ("application/dtmf-relay", b"Signal=11", "#"),
        ("application/dtmf", b"7", "7"),
        ("application/dtmf-relay", b"Duration=160", ""),
        ("application/dtmf", b"77", ""),
        ("text/plain", b"5", ""),
        ("application/dtmf", b"\xff", ""),
    ],
)
def test_the_key_in_an_info(kind: str, body: bytes, digit: str) -> None:
    assert info_digit(kind, body) == digit


class TestDigest:
    def test_after_sha256_md5_is_no_proof_any_more_also_after_a_restart(self, kept: Book) -> None:
        assert kept.book.secret_of("realm", "8001") == Ha1("m", "s")

        kept.book.proved("realm", "8001", "MD5")
        assert kept.book.secret_of("realm", "8001") == Ha1("m", "s")
        kept.book.proved("realm", "8001", "SHA-256")

        for book in (kept.book, kept.again()):
            assert book.secret_of("realm", "8001") == Ha1(None, "s")

    def test_another_password_begins_anew(self, kept: Book) -> None:
        kept.book.proved("realm", "8001", "SHA-256")

        kept.book.load(Lines(phones=(Phone(extension="8001", ha1_md5="m2", ha1_sha256="s2"),)))

        assert kept.book.secret_of("realm", "8001") == Ha1("m2", "s2")

    def test_a_trunk_with_a_name_is_held_to_it_as_well(self, kept: Book) -> None:
        assert kept.book.secret_of("realm", "carrier") == "pw"

        kept.book.proved("realm", "carrier", "SHA-256")

        secret = hashlib.sha256(b"carrier:realm:pw").hexdigest()
        assert kept.book.secret_of("realm", "carrier") == Ha1(None, secret)

    def test_who_is_unknown_stays_unknown(self, kept: Book) -> None:
        kept.book.proved("realm", "7777", "SHA-256")

        assert kept.book.secret_of("realm", "7777") is None


class TestTrunksWhereWeRegister:
    LINES = Lines(
        trunks=(
            Trunk(
                id="itsp", name="", hosts=("192.0.2.7",), username="86100", password="pw",
                sip=SipPolicy(registers=True, domain="sip.example.org"),
            ),
        ),
    )  # fmt: skip

    def test_their_calls_come_by_address_for_our_account(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        assert kept.book.trusts("192.0.2.7")
        assert kept.book.secret_of("r", "86100") is None, "our password opens nothing of ours"
        call = replace(invite("192.0.2.7"), request_uri="sip:86100@192.0.2.9")
        line = kept.book.find_line(call)
        assert line is not None
        assert (line.id, line.called_number) == ("itsp", "96510")

    def test_calls_there_go_to_its_domain(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        route = best(kept.book, DialTarget(number="139"))
        assert route.request_uri == "sip:139@sip.example.org"
        assert route.next_hop == ("192.0.2.7", 5060, "udp")

    def test_the_line_is_up_while_it_is_registered(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        made = RegistrationMade(registration="itsp", expires_s=60, is_fresh=True)
        for event in (
            made,
            replace(made, is_fresh=False),
            RegistrationFailed(
                registration="itsp", status=408, reason="", retry_in_s=1, still_known=True
            ),
            RegistrationEnded(registration="itsp", reason="connection lost"),
            made,
            RegistrationFailed(
                registration="itsp", status=403, reason="", retry_in_s=1, still_known=False
            ),
        ):
            assert kept.book.on_sip(event)
        told = [e.state for e in kept.told if isinstance(e, wire.LineChanged)]
        assert told == ["up", "down", "up", "down"]


def test_a_browser_is_nobody_until_it_proves_itself(kept: Book) -> None:
    """Its address is its proxy's, which may be a trunk's host or a phone's."""
    page = replace(invite("192.0.2.1"), flow=Flow("wss", ("h", 1), ("192.0.2.1", 2), 3))
    assert kept.book.find_line(page) is None
    line = kept.book.find_line(replace(page, authenticated_user="8001"))
    assert line is not None
    assert line.id == "8001"


def test_a_phone_at_a_fixed_contact_may_be_moved(kept: Book) -> None:
    kept.book.move_phone("8002", "192.0.2.83:5071")

    route = best(kept.book, DialTarget(extension="8002"))
    assert route.next_hop == ("192.0.2.83", 5071, "udp")
    line = kept.book.find_line(invite("192.0.2.83", port=5071))
    assert line is not None
    assert line.id == "8002"


class TestSeveralTargets:
    LINES = Lines(
        trunks=(
            Trunk(id="srv", name="", hosts=("example.org",), sip=SipPolicy(uses_srv=True)),
            Trunk(id="two", name="", hosts=("192.0.2.1", "192.0.2.2")),
        ),
    )

    def test_all_are_tried_trunk_by_trunk(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        kept.book.learn("srv", [("192.0.2.8", 5070, "udp"), ("192.0.2.9", 5060, "udp")], [])
        routes = kept.book.find_routes(DialTarget(number="139"))
        assert isinstance(routes, list)
        assert [(r.trunk_id, r.next_hop) for r in routes] == [
            ("srv", ("192.0.2.8", 5070, "udp")), ("srv", ("192.0.2.9", 5060, "udp")),
            ("two", ("192.0.2.1", 5060, "udp")), ("two", ("192.0.2.2", 5060, "udp")),
        ]  # fmt: skip

    def test_calls_come_from_where_the_names_lead(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        assert kept.book.find_line(invite("192.0.2.8")) is None
        kept.book.learn("srv", [("192.0.2.8", 5070, "udp")], ["192.0.2.8"])
        line = kept.book.find_line(invite("192.0.2.8"))
        assert line is not None
        assert line.id == "srv"
        assert kept.book.trusts("192.0.2.8")

    def test_only_names_are_asked_for(self, kept: Book) -> None:
        kept.book.load(self.LINES)
        assert [trunk.id for trunk in kept.book.named_trunks()] == ["srv"]
