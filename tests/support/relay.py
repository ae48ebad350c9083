"""A bad network as a value: an own UDP relay that loses, delays, repeats and reorders.

What happens to a packet is decided by a `Lane`, which is pure: bytes and `now_s` in, bytes that
are due out, chance from a seed. `UdpRelay` gives each direction a lane and two sockets.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from typing_extensions import override

Address = tuple[str, int]


class Trouble(Protocol):
    """One thing that goes wrong on the way."""

    def apply(self, fates: list[float], number: int, chance: Random) -> list[float]:
        """Change the fate of a packet.

        Args:
            fates: Seconds after which each copy arrives; an empty list is a lost packet.
            number: Of the packet, from 0.
            chance: Seeded.
        """
        ...


@dataclass(frozen=True)
class Loss:
    """Packets that never arrive: a share of all (0.1), or by turns ("ok lost ok", then all ok)."""

    plan: float | str

    def apply(self, fates: list[float], number: int, chance: Random) -> list[float]:
        if isinstance(self.plan, str):
            words = self.plan.split()
            return [] if number < len(words) and words[number] == "lost" else fates
        return [] if chance.random() < self.plan else fates


@dataclass(frozen=True)
class Delay:
    """Every packet comes later, by `ms` and up to `jitter_ms` more."""

    ms: float
    jitter_ms: float = 0.0

    def apply(self, fates: list[float], number: int, chance: Random) -> list[float]:
        late_s = (self.ms + chance.random() * self.jitter_ms) / 1000
        return [fate + late_s for fate in fates]


@dataclass(frozen=True)
class Duplicate:
    """A share of the packets comes twice, the copy `ms` later."""

    share: float
    ms: float = 5.0

    def apply(self, fates: list[float], number: int, chance: Random) -> list[float]:
        return (
            [*fates, fates[0] + self.ms / 1000] if fates and chance.random() < self.share else fates
        )


@dataclass(frozen=True)
class Reorder:
    """Every n-th packet is overtaken by those sent within the next `ms`."""

    every: int
    ms: float = 40.0

    def apply(self, fates: list[float], number: int, chance: Random) -> list[float]:
        if number % self.every != self.every - 1:
            return fates
        return [fate + self.ms / 1000 for fate in fates]


class Lane:
    """One direction.

    Args:
        troubles: Applied in order.
        seed: Of chance; the same seed and packets give the same fates.
    """

    def __init__(self, troubles: Sequence[Trouble] = (), seed: int = 1) -> None:
        self._troubles = troubles
        self._chance = Random(seed)
        self._numbers = itertools.count()
        self._ties = itertools.count()
        self._waiting: list[tuple[float, int, bytes]] = []
        self.taken = 0
        self.lost = 0

    def put(self, data: bytes, now_s: float) -> None:
        """Take a packet."""
        fates = [0.0]
        number = next(self._numbers)
        for trouble in self._troubles:
            fates = trouble.apply(fates, number, self._chance)
        self.taken += 1
        self.lost += not fates
        for fate in fates:
            heapq.heappush(self._waiting, (now_s + fate, next(self._ties), data))

    def due(self, now_s: float) -> list[bytes]:
        """Packets that arrive now, in order of arrival."""
        found = []
        while self._waiting and self._waiting[0][0] <= now_s:
            found.append(heapq.heappop(self._waiting)[2])
        return found

    @property
    def next_s(self) -> float | None:
        """When the next packet is due."""
        return self._waiting[0][0] if self._waiting else None


class _Side(asyncio.DatagramProtocol):
    def __init__(self, came: Callable[[bytes, Address], None]) -> None:
        self._came = came

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._came(data, addr)


class UdpRelay:
    """Stands between a party and a server, on two sockets of 127.0.0.1.

    The party speaks to `front`, the server to `back`; each sees the other there.

    Args:
        server: Who is behind.
        party: Who is in front; None: whoever spoke last.
        to_server: Lane of the party's packets.
        to_party: Lane of the server's packets.
        back_port: Where the server knows the party to be; 0: any.
    """

    def __init__(
        self,
        server: Address | None = None,
        party: Address | None = None,
        to_server: Lane | None = None,
        to_party: Lane | None = None,
        *,
        back_port: int = 0,
    ) -> None:
        self._back_port = back_port
        self.server = server
        self.party = party
        self.to_server = to_server or Lane()
        self.to_party = to_party or Lane()
        self._front: asyncio.DatagramTransport | None = None
        self._back: asyncio.DatagramTransport | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    async def __aenter__(self) -> "UdpRelay":
        loop = asyncio.get_running_loop()
        here = ("127.0.0.1", 0)
        self._front, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_party), local_addr=here
        )
        self._back, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_server), local_addr=("127.0.0.1", self._back_port)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for timer in self._timers:
            timer.cancel()
        for transport in (self._front, self._back):
            if transport is not None:
                transport.close()

    @property
    def front(self) -> Address:
        """Where the party sends to."""
        assert self._front is not None
        host, port = self._front.get_extra_info("sockname")[:2]
        return host, port

    @property
    def back(self) -> Address:
        """Where the server sends to."""
        assert self._back is not None
        host, port = self._back.get_extra_info("sockname")[:2]
        return host, port

    def _from_party(self, data: bytes, address: Address) -> None:
        self.party = address
        self._take(self.to_server, data, lambda: (self._back, self.server))

    def _from_server(self, data: bytes, address: Address) -> None:
        self.server = self.server or address
        self._take(self.to_party, data, lambda: (self._front, self.party))

    def _take(
        self,
        lane: Lane,
        data: bytes,
        way: Callable[[], tuple[asyncio.DatagramTransport | None, Address | None]],
    ) -> None:
        loop = asyncio.get_running_loop()
        lane.put(data, loop.time())
        self._send_due(lane, way)

    def _send_due(
        self,
        lane: Lane,
        way: Callable[[], tuple[asyncio.DatagramTransport | None, Address | None]],
    ) -> None:
        loop = asyncio.get_running_loop()
        transport, address = way()
        for data in lane.due(loop.time()):
            if transport is not None and address is not None:
                transport.sendto(data, address)
        if lane.next_s is not None:
            self._timers = {timer for timer in self._timers if timer.when() > loop.time()}
            self._timers.add(loop.call_at(lane.next_s, self._send_due, lane, way))
