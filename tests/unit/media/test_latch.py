import pytest

from cordboard.media.latch import Latch, Verdict

pytestmark = pytest.mark.unit

SDP = ("198.51.100.7", 4000)
SIGNALLING = "203.0.113.9"


def test_strict_believes_the_sdp_alone() -> None:
    latch = Latch("strict", *SDP, SIGNALLING)
    assert latch.consider(("198.51.100.7", 4002)) is Verdict.FOREIGN
    assert latch.consider((SIGNALLING, 4000)) is Verdict.FOREIGN
    assert latch.consider(SDP) is Verdict.HEAR
    assert latch.consider(SDP) is Verdict.COMMIT
    assert latch.settled == SDP


@pytest.mark.parametrize("host", [SDP[0], SIGNALLING])
def test_nat_believes_any_port_of_two_addresses(host: str) -> None:
    latch = Latch("nat", *SDP, SIGNALLING)
    assert latch.consider(("192.0.2.1", 4000)) is Verdict.FOREIGN
    assert latch.consider((host, 61000)) is Verdict.HEAR
    assert latch.consider((host, 61000)) is Verdict.COMMIT


def test_two_good_packets_must_come_from_one_place() -> None:
    latch = Latch("nat", *SDP)
    assert latch.consider((SDP[0], 1)) is Verdict.HEAR
    assert latch.consider((SDP[0], 2)) is Verdict.HEAR
    assert latch.consider((SDP[0], 1)) is Verdict.HEAR
    assert latch.consider((SDP[0], 1)) is Verdict.COMMIT


def test_once_settled_nobody_else_is_heard() -> None:
    latch = Latch("nat", *SDP)
    for _ in range(2):
        latch.consider((SDP[0], 9))
    assert latch.consider((SDP[0], 10)) is Verdict.FOREIGN
    assert latch.consider((SDP[0], 9)) is Verdict.HEAR


def test_a_held_address_is_nobodys() -> None:
    latch = Latch("nat", "0.0.0.0", 4000)
    assert latch.consider(("0.0.0.0", 4000)) is Verdict.FOREIGN


def test_only_a_changed_wish_opens_it_again() -> None:
    latch = Latch("nat", *SDP, SIGNALLING)
    assert latch.same_wish("nat", *SDP, SIGNALLING)
    assert not latch.same_wish("nat", SDP[0], 4444, SIGNALLING)
    assert not latch.same_wish("strict", *SDP, SIGNALLING)
