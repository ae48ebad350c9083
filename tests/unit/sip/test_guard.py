"""Whom the guard hears: strangers a little, trunks always, and who is shut out for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.sip import Flow
from cordboard.sip.guard import Guard, GuardSettings
from tests.unit.sip.exchange import request

pytestmark = pytest.mark.unit
TRUNK = "192.0.2.1"
HERE = ("10.0.0.2", 5060)


def a_flow(host: str = "198.51.100.7", transport: str = "udp", number: int = 0) -> Flow:
    return Flow(transport, HERE, (host, 5060), number)


def a_guard(**settings: object) -> Guard:
    """One that exempts the trunk; nonces are good if they name the host; one dialog lives."""
    options: dict[str, object] = {"exempt": lambda host: host == TRUNK}
    return Guard(
        GuardSettings(**(options | settings)),  # type: ignore[arg-type]
        echoes=lambda nonce, host, now_s: nonce == f"for {host}",
        in_dialog=lambda names: names == ("c1", "ours"),
    )


def asks(user: int = 1, method: str = "REGISTER") -> bytes:
    return request(method, to=f"<sip:{user}@10.0.0.2>")


def answers(host: str) -> bytes:
    return request("REGISTER", f'Authorization: Digest realm="x", nonce="for {host}", nc=1')


def scan(guard: Guard, flow: Flow, *, start_s: float = 0.0, users: int = 200) -> list[str]:
    return [guard.verdict(asks(n), flow, start_s + n / 20) for n in range(users)]


def is_silenced(guard: Guard, now_s: float, flow: Flow) -> bool:
    guard.verdict(asks(), flow, now_s)
    return guard.verdict(asks(), flow, now_s) == "drop"


class TestStrangers:
    def test_a_stranger_that_scans_is_answered_no_more(self) -> None:
        guard = a_guard()

        scan(guard, a_flow())

        assert guard.sentences == {"silenced": 1, "banned": 0}
        assert guard.dropped["silenced"] > 100

    def test_a_silenced_stranger_still_gets_a_rare_challenge(self) -> None:
        guard = a_guard()
        scan(guard, a_flow())

        heard = [guard.verdict(asks(7), a_flow(), 20 + n) for n in range(90)]

        assert 2 <= heard.count("hear") <= 4

    def test_a_phone_behind_a_silenced_address_is_let_in_by_its_nonce(self) -> None:
        guard = a_guard()
        scan(guard, a_flow())

        assert guard.verdict(answers("198.51.100.7"), a_flow(), 11) == "hear"
        assert guard.verdict(asks(), a_flow(), 11) == "hear"

    def test_a_nonce_that_another_host_was_given_proves_nothing(self) -> None:
        guard = a_guard()
        scan(guard, a_flow())

        assert guard.verdict(answers("198.51.100.8"), a_flow(), 11) == "drop"

    def test_an_office_that_begins_at_once_and_answers_is_no_scan(self) -> None:
        guard = a_guard(registers_per_s=50.0)
        first = [guard.verdict(asks(n), a_flow(), 0.0) for n in range(40)]
        second = [guard.verdict(answers("198.51.100.7"), a_flow(), 0.1) for _ in range(40)]

        assert set(first + second) == {"hear"}
        assert guard.verdict(asks(99), a_flow(), 5.0) == "hear"

    def test_silence_ends(self) -> None:
        guard = a_guard(silence_s=60.0)
        scan(guard, a_flow())

        assert is_silenced(guard, 30, a_flow())
        assert not is_silenced(guard, 90, a_flow())

    def test_all_strangers_together_have_a_limit_too(self) -> None:
        guard = a_guard(strangers_per_s=10.0)

        heard = [guard.verdict(asks(), a_flow(f"10.1.{n >> 8}.{n & 255}"), 0.0) for n in range(999)]

        assert heard.count("hear") == 40
        assert guard.dropped["crowd"] == 959

    def test_one_flood_leaves_room_for_other_strangers(self) -> None:
        guard = a_guard(strangers_per_s=30.0)

        for _ in range(5_000):
            guard.verdict(asks(), a_flow(), 0.0)

        assert guard.verdict(asks(), a_flow("203.0.113.5"), 0.0) == "hear"

    @pytest.mark.parametrize("data", [b"\x00" * 40, b"GET / HTTP/1.1\r\n\r\n", b"INVITE sip:x"])
    def test_what_is_no_sip_is_not_read(self, data: bytes) -> None:
        guard = a_guard()

        assert guard.verdict(data, a_flow(), 0.0) == "drop"
        assert guard.verdict(data, a_flow(transport="tcp", number=4), 0.0) == "cut"
        assert guard.dropped["garbage"] == 2

    def test_a_flood_of_sources_is_forgotten_and_drives_out_nobody_known(self) -> None:
        guard = a_guard(max_sources=100, strangers_per_s=1e9)
        guard.knows(a_flow("203.0.113.5"), 0.0)

        for n in range(5_000):
            guard.verdict(asks(), a_flow(f"10.1.{n >> 8}.{n & 255}"), 0.0)

        assert guard.sources == 101
        heard = [guard.verdict(asks(), a_flow("203.0.113.5"), 1.0) for _ in range(100)]
        assert set(heard) == {"hear"}


class TestAlwaysHeard:
    @pytest.mark.parametrize("data", [asks(), asks(method="INVITE"), b"garbage\r\n\r\n"])
    def test_a_trunk(self, data: bytes) -> None:
        guard = a_guard()

        assert {guard.verdict(data, a_flow(TRUNK), 0.0) for _ in range(2_000)} == {"hear"}
        assert all(guard.admits_connection(a_flow(TRUNK, "tcp", n), 0.0) for n in range(2_000))

    def test_a_living_dialog_of_a_silenced_and_of_a_banned_source(self) -> None:
        guard = a_guard()
        bye = request("BYE", to="<sip:bob@10.0.0.2>;tag=ours")
        scan(guard, a_flow())
        for _ in range(30):
            guard.failed("", a_flow(transport="tcp", number=3), 10.0)

        assert guard.verdict(bye, a_flow(), 10.0) == "hear"
        assert guard.verdict(bye, a_flow(transport="tcp", number=3), 10.0) == "hear"

    def test_a_to_tag_alone_opens_nothing(self) -> None:
        guard = a_guard()
        forged = request("BYE", to="<sip:bob@10.0.0.2>;tag=guessed")

        heard = [guard.verdict(forged, a_flow(), 0.0) for _ in range(500)]

        assert heard.count("hear") == 20

    def test_what_a_known_source_has_begun_goes_on(self) -> None:
        guard = a_guard()
        guard.knows(a_flow(), 0.0)

        heard = {guard.verdict(asks(method="CANCEL"), a_flow(), 0.0) for _ in range(2_000)}

        assert heard == {"hear"}


class TestBans:
    def test_wrong_passwords_over_tcp(self) -> None:
        guard = a_guard()
        flow = a_flow(transport="tcp", number=3)
        for _ in range(21):
            guard.failed("", flow, 0.0)

        assert guard.verdict(asks(), flow, 1.0) == "cut"
        assert not guard.admits_connection(a_flow(transport="tcp", number=4), 1.0)
        assert guard.sentences["banned"] == 1

    def test_wrong_passwords_with_a_nonce_of_this_host(self) -> None:
        guard = a_guard()
        for _ in range(21):
            guard.failed("for 198.51.100.7", a_flow(), 0.0)

        assert guard.verdict(answers("198.51.100.7"), a_flow(), 1.0) == "drop"
        assert guard.dropped["banned"] == 1

    def test_wrong_passwords_in_the_name_of_somebody_else_ban_nobody(self) -> None:
        guard = a_guard()
        for _ in range(1_000):
            guard.failed("for 203.0.113.9", a_flow(), 0.0)

        assert guard.verdict(asks(), a_flow(), 1.0) == "hear"

    def test_a_ban_ends(self) -> None:
        guard = a_guard(ban_s=60.0)
        flow = a_flow(transport="tcp", number=3)
        for _ in range(21):
            guard.failed("", flow, 0.0)

        assert guard.verdict(asks(), flow, 61.0) == "hear"

    def test_one_phone_with_a_wrong_password_is_no_attack(self) -> None:
        guard = a_guard()
        for n in range(1_000):
            guard.failed("for 198.51.100.7", a_flow(), n * 10.0)

        assert guard.sentences["banned"] == 0

    def test_a_right_digest_makes_good(self) -> None:
        guard = a_guard()
        for n in range(100):
            guard.failed("for 198.51.100.7", a_flow(), 0.0)
            if n % 10 == 0:
                guard.knows(a_flow(), 0.0)

        assert guard.sentences["banned"] == 0

    def test_a_scan_over_tcp_is_banned_and_the_same_host_on_udp_is_not(self) -> None:
        guard = a_guard()
        flow = a_flow(transport="tcp", number=3)

        assert scan(guard, flow)[-1] == "cut"
        assert guard.verdict(asks(), a_flow(), 11.0) == "hear"

    def test_one_browser_behind_a_proxy_is_cut_and_the_next_is_heard(self) -> None:
        guard = a_guard()
        scan(guard, a_flow(transport="ws", number=3))

        assert guard.verdict(asks(), a_flow(transport="ws", number=3), 11.0) == "cut"
        assert guard.verdict(asks(), a_flow(transport="ws", number=4), 11.0) == "hear"
        assert guard.admits_connection(a_flow(transport="ws", number=5), 11.0)


def test_new_connections_of_one_host_have_a_rate() -> None:
    guard = a_guard()

    taken = [guard.admits_connection(a_flow(transport="tcp", number=n), 0.0) for n in range(100)]

    assert taken.count(True) == 20
    assert guard.refused_connections == 80
    assert guard.admits_connection(a_flow(transport="tcp", number=101), 10.0)


STEP = st.tuples(
    st.sampled_from(["asks", "invites", "answers", "garbage", "fails", "connects"]),
    st.sampled_from([TRUNK, "198.51.100.7", "198.51.100.8"]),
    st.sampled_from(["udp", "tcp"]),
    st.integers(0, 40),
    st.floats(0, 20),
)


def play(guard: Guard, what: str, flow: Flow, user: int, now_s: float) -> None:
    match what:
        case "asks":
            guard.verdict(asks(user), flow, now_s)
        case "invites":
            guard.verdict(asks(user, "INVITE"), flow, now_s)
        case "answers":
            guard.verdict(answers("198.51.100.8"), flow, now_s)
        case "garbage":
            guard.verdict(b"\xff" * 30, flow, now_s)
        case "fails":
            guard.failed("for 198.51.100.8", flow, now_s)
        case _:
            guard.admits_connection(flow, now_s)


@given(st.lists(STEP, max_size=120))
def test_whatever_comes_trunks_are_heard_forgeries_ban_nobody_and_all_recover(
    steps: list[tuple[str, str, str, int, float]],
) -> None:
    guard = a_guard(scan_users=3, max_sources=2)
    told: list[tuple[str, str]] = []
    guard.told = lambda sentence, host: told.append((sentence, host))
    now_s = 0.0
    for what, host, transport, user, passed_s in steps:
        now_s += passed_s / 10
        is_udp_only = host == "198.51.100.7"
        flow = a_flow(host, "udp" if is_udp_only else transport, 0)
        play(guard, what, flow, user, now_s)
        assert guard.verdict(asks(user), a_flow(TRUNK), now_s) == "hear"

    assert ("banned", "198.51.100.7") not in told, "it was never shown to be there"
    assert all(host != TRUNK for _, host in told)
    assert guard.sources <= 4
    for host in ("198.51.100.7", "198.51.100.8"):
        for transport in ("udp", "tcp"):
            assert guard.verdict(asks(), a_flow(host, transport, 0), now_s + 700) == "hear"
