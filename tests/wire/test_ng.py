"""The control protocol: cookies, repetition, refusals, and whatever else may come in a datagram."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.telephony.adapters.ng import NgAwayError, NgClient, NgError, read_reply
from cordboard.telephony.adapters.relay_digits import read_press

pytestmark = pytest.mark.wire


class Listener:
    """A far end that answers what it is told to."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.heard: list[bytes] = []

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.sock.getsockname()
        return host, port

    async def next(self) -> tuple[str, bytes]:
        """Cookie and body of the next request."""
        data, self.peer = await asyncio.get_running_loop().sock_recvfrom(self.sock, 65536)
        self.heard.append(data)
        cookie, _, body = data.partition(b" ")
        return cookie.decode(), body

    def say(self, data: bytes) -> None:
        self.sock.sendto(data, self.peer)


@pytest.fixture
async def far() -> AsyncIterator[Listener]:
    listener = Listener()
    yield listener
    listener.sock.close()


@pytest.fixture
async def client(far: Listener) -> AsyncIterator[NgClient]:
    client = NgClient(far.address, "x")
    client.open()
    yield client
    client.close()


async def test_a_reply_finds_its_request(far: Listener, client: NgClient) -> None:
    first, second = client.ask("ping"), client.ask("query", call_id="c")
    (one, _), (other, body) = await far.next(), await far.next()
    assert body == b'{"command":"query","call-id":"c"}'
    far.say(other.encode() + b' {"result":"ok","sdp":"v=0"}')
    far.say(one.encode() + b' {"result":"pong"}')
    assert ((await first).result, (await second).sdp) == ("pong", "v=0")
    assert client.pending == 0


async def test_an_error_is_raised_with_its_reason(far: Listener, client: NgClient) -> None:
    asked = client.ask("query", call_id="c")
    cookie, _ = await far.next()
    far.say(cookie.encode() + b' {"result":"error","error-reason":"Unknown call-id"}')
    with pytest.raises(NgError, match="Unknown call-id"):
        await asked


async def test_a_lost_request_goes_out_again_under_its_cookie(
    far: Listener, client: NgClient
) -> None:
    asked = client.ask("ping")
    first, again = await far.next(), await far.next()
    assert first == again
    far.say(again[0].encode() + b' {"result":"pong"}')
    far.say(again[0].encode() + b' {"result":"pong"}')
    assert (await asked).result == "pong"
    assert client.repeated == 1


async def test_patience_ends(far: Listener, client: NgClient) -> None:
    with pytest.raises(NgAwayError):
        await client.ask("ping")
    assert client.pending == 0


async def test_a_machine_that_says_nobody_listens_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = nobody.getsockname()
    refused = asyncio.Event()
    client = NgClient(address, "x", refused.set)
    client.open()
    asked = client.ask("ping")
    await asyncio.wait_for(refused.wait(), 5)
    assert client.pending == 1  # it may be coming back this moment
    client.close()
    with pytest.raises(NgAwayError):
        await asked


async def test_what_is_no_reply_is_counted(far: Listener, client: NgClient) -> None:
    asked = client.ask("ping")
    cookie, _ = await far.next()
    for noise in (b"", b"x", b"nobody {}", b"\xff {}", cookie.encode() + b" d6:resulte"):
        far.say(noise)
    far.say(cookie.encode() + b' {"result":"pong"}')
    assert (await asked).result == "pong"
    assert client.malformed == 4


async def test_too_many_requests_are_refused(client: NgClient) -> None:
    waiting = [client.ask("ping") for _ in range(2000)]
    with pytest.raises(NgAwayError, match="too many"):
        await client.ask("ping")
    client.close()
    await asyncio.gather(*waiting, return_exceptions=True)


@given(st.binary(max_size=200))
def test_no_datagram_breaks_the_readers(noise: bytes) -> None:
    read_reply(noise)
    read_reply(b"x1 " + noise)
    read_reply(b"x1 {" + noise)
    read_press(noise)
    read_press(b'{"type":"DTMF",' + noise)


def test_a_key_is_read() -> None:
    said = (
        b'{"callid":"c","source_tag":"A","tags":["A","I"],"type":"DTMF","timestamp":1,'
        b'"source_ip":"127.0.0.1","event":11,"duration":200,"volume":10}'
    )
    press = read_press(said)
    assert press is not None
    assert (press.callid, press.source_tag, press.event, press.duration) == ("c", "A", 11, 200)
