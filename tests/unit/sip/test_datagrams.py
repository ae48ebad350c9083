"""Datagrams that lay unread tell for how long, by the kernel's own clock."""

import asyncio
import socket
import time

import pytest

from cordboard.sip.datagrams import LONGEST_S, Datagrams
from cordboard.sip.model import Flow

pytestmark = pytest.mark.unit


class Reader:
    """What one socket handed on."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []
        self.read: list[bytes] = []
        self.protocol = Datagrams(self._take, self.waited_s.append)
        self._arrived = asyncio.Semaphore(0)

    def _take(self, data: bytes, flow: Flow) -> None:
        self.read.append(data)
        self._arrived.release()

    async def open(self) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self.protocol, local_addr=("127.0.0.1", 0))
        return self.protocol.local

    async def until(self, count: int) -> None:
        for _ in range(count):
            await self._arrived.acquire()


async def test_a_datagram_that_lay_unread_tells_how_long() -> None:
    reader = Reader()
    address = await reader.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(50):  # the kernel begins to keep times a moment after it was asked to
            peer.sendto(b"old", address)
            sent_s = time.monotonic()
            while time.monotonic() < sent_s + 0.02:
                pass  # the loop is busy with something else
            peer.sendto(b"new", address)
            await reader.until(2)
            old_s, new_s = reader.waited_s[-2:]
            if old_s > 0.015:
                break

    assert reader.read[-2:] == [b"old", b"new"]
    assert old_s >= 0.02
    assert old_s > new_s


async def test_it_says_how_long_before_the_message_is_worked_on() -> None:
    order: list[str] = []
    protocol = Datagrams(lambda *_: order.append("read"), lambda _: order.append("waited"))
    protocol.datagram_received(b"x", ("127.0.0.1", 1))
    assert order == ["waited", "read"]


@pytest.mark.parametrize("ahead_s", [-5.0, 2 * LONGEST_S])
async def test_a_clock_that_was_set_makes_nothing_old(
    ahead_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    address = await reader.open()
    monkeypatch.setattr("cordboard.sip.datagrams.wall_s", lambda: time.time() + ahead_s)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"x", address)
        await reader.until(1)
    assert reader.waited_s == [0.0]


async def test_a_socket_that_cannot_tell_makes_nothing_old() -> None:
    waited_s: list[float] = []
    protocol = Datagrams(lambda *_: None, waited_s.append)
    protocol.datagram_received(b"x", ("127.0.0.1", 1))
    assert waited_s == [0.0]
