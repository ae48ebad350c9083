"""Where a trunk's hosts are now: SRV records and addresses, asked in the background.

Calls never wait for a name server: they take what was found last. A name server that is away
changes nothing.

Source: RFC 3263 §4.1 and §4.2 (SRV, then addresses), RFC 2782.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from typing_extensions import override

from cordboard.kit.clock import Clock
from cordboard.sip import Hop
from cordboard.telephony.adapters.dns_srv import (
    Answer,
    BadAnswerError,
    in_order,
    question,
    read_answer,
)
from cordboard.telephony.lines import Trunk

ASK_S = 2.0
TRIES = 2
LEAST_S, USUAL_S = 30, 300
"Seconds between two looks: a TTL within these bounds; after a failure the least."

_SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_log = structlog.get_logger(__name__)


class Resolver(Protocol):
    """Names to targets."""

    async def srv(self, name: str) -> Answer:
        """SRV records.

        Raises:
            OSError: If nobody answers.
        """
        ...

    async def addresses(self, host: str) -> list[str]:
        """IPv4 addresses of a host.

        Raises:
            OSError: If there are none.
        """
        ...


class DnsResolver:
    """Asks the name servers of this machine.

    Args:
        servers: Host and port; None: those of /etc/resolv.conf.
    """

    def __init__(self, servers: list[tuple[str, int]] | None = None) -> None:
        self._servers = servers

    async def srv(self, name: str) -> Answer:
        """SRV records, from the first server that answers."""
        servers = self._servers if self._servers is not None else name_servers()
        failure: Exception = OSError("no name server is known")
        for server in servers * TRIES:
            try:
                return await _ask(server, name)
            except (OSError, TimeoutError, BadAnswerError) as error:
                failure = error
        raise OSError(f"{name}: {failure}")

    async def addresses(self, host: str) -> list[str]:
        """IPv4 addresses, as the system knows them."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, 0, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def name_servers(path: Path = Path("/etc/resolv.conf")) -> list[tuple[str, int]]:
    """The name servers of this machine."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [(word[1], 53) for word in words if len(word) > 1 and word[0] == "nameserver"]


class _Question(asyncio.DatagramProtocol):
    def __init__(self, number: int) -> None:
        self._number = number
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.answer.done() or data[:2] != self._number.to_bytes(2, "big"):
            return
        try:
            self.answer.set_result(read_answer(data, self._number))
        except BadAnswerError as error:
            self.answer.set_exception(error)

    @override
    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _ask(server: tuple[str, int], name: str) -> Answer:
    number = secrets.randbelow(1 << 16)
    transport, asked = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Question(number), remote_addr=server
    )
    try:
        transport.sendto(question(name, number))
        async with asyncio.timeout(ASK_S):
            return await asked.answer
    finally:
        transport.close()


Learn = Callable[[str, list[Hop], list[str]], None]
"(trunk id, targets in the order to try, addresses that its calls may come from)."


class TrunkWatch:
    """Keeps asking where trunks are.

    Args:
        resolver: Asked.
        clock: Waits.
        learn: Told what was found, each time.
    """

    def __init__(self, resolver: Resolver, clock: Clock, learn: Learn) -> None:
        self._resolver = resolver
        self._clock = clock
        self._learn = learn

    async def watch(self, trunk: Trunk) -> None:
        """Ask, tell, wait, again."""
        while True:
            wait_s = float(LEAST_S)
            try:
                wait_s = await self.look(trunk)
            except (OSError, ValueError) as error:
                _log.warning("trunk.not_found", trunk=trunk.id, error=str(error))
            await self._clock.sleep(wait_s)

    async def look(self, trunk: Trunk) -> float:
        """Ask once; seconds for which the answer holds.

        Raises:
            OSError: If nothing was found.
        """
        ttl_s = USUAL_S
        targets: list[tuple[str, int]] = []
        for host in trunk.hosts:
            found, ttl = await self._targets(trunk, host)
            targets += found
            ttl_s = min(ttl_s, ttl)
        hops: list[Hop] = []
        addresses: list[str] = []
        failure: OSError | None = None
        for host, port in dict.fromkeys(targets):
            try:
                known = await self._resolver.addresses(host)
            except OSError as error:
                failure = error
                continue
            addresses += known
            # A certificate is for a name: TLS connects to it, and proves it.
            names = [host] if trunk.transport == "tls" else known
            hops += [(name, port, trunk.transport) for name in names]
        if not hops:
            raise failure or OSError(f"trunk {trunk.id} has no targets")
        self._learn(trunk.id, hops, addresses)
        return max(LEAST_S, min(ttl_s, USUAL_S))

    async def _targets(self, trunk: Trunk, host: str) -> tuple[list[tuple[str, int]], int]:
        if not trunk.sip.uses_srv:
            return [(host, trunk.port)], USUAL_S
        answer = await self._resolver.srv(f"{_SERVICES[trunk.transport]}.{host}")
        if not answer.records:
            return [(host, trunk.port)], USUAL_S  # RFC 3263 §4.2: then its own addresses
        ordered = in_order(answer.records, lambda most: secrets.randbelow(most + 1))
        return [(record.host, record.port) for record in ordered], answer.ttl_s
