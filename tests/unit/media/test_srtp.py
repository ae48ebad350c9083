"""Encrypted sound: what one side seals the other opens, and nothing else is heard."""

from collections import deque

import pytest

from cordboard.media import SrtpKeys
from cordboard.media.srtp import Sealed, SealedSocket

pytestmark = pytest.mark.unit
A, B = bytes(range(30)), bytes(range(100, 130))
RTP = bytes.fromhex("8008000100000a00deadbeef") + b"\xd5" * 160
RTCP = bytes.fromhex("80c90001deadbeef")


class Wire:
    """A socket in memory."""

    def __init__(self) -> None:
        self.carried: deque[bytes] = deque()
        self.other: Wire = self

    def send(self, data: bytes, /) -> int:
        self.other.carried.append(data)
        return len(data)

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
        return self.send(data)

    def recv(self, size: int, /) -> bytes:
        if not self.carried:
            raise BlockingIOError
        return self.carried.popleft()

    def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]:
        return self.recv(size), ("192.0.2.1", 4000)

    def fileno(self) -> int:
        return 7

    def connect(self, address: tuple[str, int], /) -> None: ...
    def close(self) -> None: ...


def pair(suite: str, *, rtcp: bool = False) -> tuple[SealedSocket, SealedSocket, Wire]:
    one, two = Wire(), Wire()
    one.other, two.other = two, one
    first = SealedSocket(one, Sealed(SrtpKeys(suite, A, B)), rtcp=rtcp)
    return first, SealedSocket(two, Sealed(SrtpKeys(suite, B, A)), rtcp=rtcp), two


@pytest.mark.parametrize(
    ("suite", "tail"), [("AES_CM_128_HMAC_SHA1_80", 10), ("AES_CM_128_HMAC_SHA1_32", 4)]
)
def test_what_one_side_seals_the_other_opens(suite: str, tail: int) -> None:
    first, second, wire = pair(suite)
    first.send(RTP)
    sealed = wire.carried[0]
    assert len(sealed) == len(RTP) + tail
    assert sealed[:12] == RTP[:12], "the header stays readable"
    assert b"\xd5" * 16 not in sealed
    assert second.recv(2048) == RTP
    second.sendto(RTP, ("192.0.2.1", 1))
    assert first.recvfrom(2048)[0] == RTP


def test_reports_are_sealed_too() -> None:
    first, second, wire = pair("AES_CM_128_HMAC_SHA1_80", rtcp=True)
    first.sendto(RTCP, ("192.0.2.1", 1))
    assert len(wire.carried[0]) > len(RTCP)
    assert second.recvfrom(2048)[0] == RTCP


def test_what_proves_nothing_or_comes_twice_is_not_heard() -> None:
    first, second, wire = pair("AES_CM_128_HMAC_SHA1_80")
    first.send(RTP)
    sealed = wire.carried[0]
    assert second.recv(2048) == RTP
    for bad in (sealed, RTP, sealed[:-1] + b"x", b"", b"\x80"):
        wire.carried.append(bad)
        with pytest.raises(OSError, match="proves nothing"):
            second.recv(2048)
        wire.carried.append(bad)
        assert second.recvfrom(2048) == (b"", ("192.0.2.1", 4000))
    assert second._sealed.refused == 10


def test_an_empty_socket_stays_empty() -> None:
    first, _, _ = pair("AES_CM_128_HMAC_SHA1_80")
    with pytest.raises(BlockingIOError):
        first.recv(2048)


@pytest.mark.parametrize(
    "keys", [SrtpKeys("NULL", A, B), SrtpKeys("AES_CM_128_HMAC_SHA1_80", A, b"")]
)
def test_keys_that_cannot_be_used_are_named_but_not_shown(keys: SrtpKeys) -> None:
    with pytest.raises(ValueError, match="SRTP"):
        Sealed(keys)
    assert "x01" not in repr(keys)
