import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media import stun

pytestmark = pytest.mark.unit

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
"RFC 5769 §2.1."

RESPONSE = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
"RFC 5769 §2.2."


def test_the_request_of_the_rfc_is_read_and_its_proof_holds() -> None:
    message = stun.parse(REQUEST)
    assert message is not None
    assert (message.kind, message.username) == (stun.BINDING_REQUEST, "evtj:h6vY")
    assert message.is_controlled
    assert not message.nominates
    assert stun.is_signed(REQUEST, message, PASSWORD)
    assert not stun.is_signed(REQUEST, message, b"another")


def test_the_response_of_the_rfc_is_read_and_its_proof_holds() -> None:
    message = stun.parse(RESPONSE)
    assert message is not None
    assert message.kind == stun.BINDING_SUCCESS
    assert stun.is_signed(RESPONSE, message, PASSWORD)


def test_our_answer_hides_the_address_as_the_rfc_does() -> None:
    request = stun.parse(REQUEST)
    assert request is not None
    answer = stun.success(request, ("192.0.2.1", 32853), PASSWORD)
    assert bytes.fromhex("002000080001a147e112a643") in answer
    message = stun.parse(answer)
    assert message is not None
    assert stun.is_signed(answer, message, PASSWORD)
    sixth = stun.success(request, ("2001:db8:1234:5678:11:2233:4455:6677", 32853), PASSWORD)
    assert bytes.fromhex("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9") in sixth
    assert ipaddress.ip_address("192.0.2.1").version == 4


@given(st.integers(0, len(REQUEST) - 1), st.integers(1, 255))
def test_a_changed_message_is_nobodys(at: int, change: int) -> None:
    data = bytearray(REQUEST)
    data[at] ^= change
    assert stun.parse(bytes(data)) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_a_message_or_none(data: bytes) -> None:
    stun.parse(data)
    stun.parse(REQUEST[:8] + data)


def test_a_check_with_the_name_behind_its_proof_has_no_name() -> None:
    own = stun.check(bytes(12), "a:b", b"secret", nominates=True)
    message = stun.parse(own)
    assert message is not None
    assert message.nominates
    assert stun.is_signed(own, message, b"secret")
