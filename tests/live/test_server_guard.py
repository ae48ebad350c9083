"""Scans and floods from strange addresses while a trunk's calls go on: every call completes.

The strangers stand on other addresses of the loopback. Scans are written after what SIPVicious
does: one request for each extension, no challenge ever answered.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.crowd import Crowd
from tests.support.server import Seat, ServerProcess, a_site, free_port, until

pytestmark = pytest.mark.live
FLOOD_PER_S, FLOOD_S = 5_000, 5.0
EXTENSIONS = 400


class Stranger:
    """A socket on an address that the server does not know."""

    def __init__(self, host: str, server: ServerProcess) -> None:
        self.host, self.server = host, ("127.0.0.1", server.sip_port)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.setblocking(False)

    def ask(self, method: str, user: int) -> bytes:
        """A request about one user, as scanners write it."""
        port = self.sock.getsockname()[1]
        return (
            f"{method} sip:{user}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{port};branch=z9hG4bK-{method}-{user};rport\r\n"
            f'From: "{user}" <sip:{user}@127.0.0.1>;tag=a{user}\r\n'
            f'To: "{user}" <sip:{user}@127.0.0.1>\r\nCall-ID: {user}-{method}@{self.host}\r\n'
            f"CSeq: 1 {method}\r\nContact: <sip:{user}@{self.host}:{port}>\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def sweep(self, method: str, per_s: float) -> None:
        """One request for each extension."""
        for n in range(EXTENSIONS):
            self.sock.sendto(self.ask(method, 1000 + n), self.server)
            time.sleep(1 / per_s)

    def flood(self) -> None:
        """Bytes of no meaning, and every tenth a request."""
        began_s, count = time.monotonic(), 0
        garbage = [os.urandom(200) for _ in range(50)]
        while (passed_s := time.monotonic() - began_s) < FLOOD_S:
            while count < passed_s * FLOOD_PER_S:
                data = self.ask("INVITE", count) if count % 10 == 0 else garbage[count % 50]
                self.sock.sendto(data, self.server)
                count += 1
            time.sleep(0.002)

    def heard(self) -> list[int]:
        """Statuses of all answers that came."""
        found = []
        while True:
            try:
                found.append(int(self.sock.recv(8192).split(b" ", 2)[1]))
            except BlockingIOError:
                return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    site = a_site([Seat("8012", "8001", f"127.0.0.1:{free_port()}")])
    environment = {
        "CORDBOARD_CORE_LOG_LEVEL": "warning",
        "CORDBOARD_SIP_OVERLOAD_LAG_MS": "5000",  # a slow machine's gate is not asked about here
    }
    with ServerProcess(tmp_path, site, environment) as started:
        yield started


def calls_beside(crowd: Crowd, work: threading.Thread, count: int, per_s: float) -> None:
    """Take calls of the trunk while the work is done, and to their end."""
    work.start()
    crowd.burst(count, per_s)
    while work.is_alive():
        crowd.listen(0.02)
    crowd.rest()


def outcomes(crowd: Crowd) -> set[tuple[tuple[int, ...], int]]:
    """Final statuses of INVITE and BYE."""
    return {(tuple(caller.seen), caller.bye_status) for caller in crowd.callers.values()}


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
async def test_a_sweep_meets_silence_and_calls_go_on(server: ServerProcess, method: str) -> None:
    crowd, stranger = Crowd(server), Stranger("127.0.0.8", server)
    sweep = threading.Thread(target=stranger.sweep, args=(method, 80.0))

    calls_beside(crowd, sweep, 40, 10.0)

    assert outcomes(crowd) == {((200,), 200)}
    assert 1 <= len(stranger.heard()) < 60
    figures = server.figures()
    dropped = sum(value for name, value in figures.items() if name.startswith("guard_dropped"))
    assert dropped > EXTENSIONS - 60
    log = server.log.read_text()
    assert log.count("guard.silenced") == 1
    assert "127.0.0.8" not in log
    await until(lambda: not server.leftovers(), 20, server.leftovers)


async def test_a_flood_from_a_stranger_costs_no_call(server: ServerProcess) -> None:
    crowd, stranger = Crowd(server), Stranger("127.0.0.9", server)

    calls_beside(crowd, threading.Thread(target=stranger.flood), 80, 16.0)

    assert outcomes(crowd) == {((200,), 200)}
    assert len(stranger.heard()) < 60
    await until(lambda: not server.leftovers(), 20, server.leftovers)
    assert "Traceback" not in server.log.read_text()
