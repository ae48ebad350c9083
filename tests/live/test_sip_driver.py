"""The driver on loopback against real SIPp, over UDP and TCP, and against rude peers."""

import asyncio
import contextlib
import pathlib
import secrets
import shutil
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from cordboard.sip import (
    InviteCancelled,
    InviteReceived,
    OptionsAnswered,
    OptionsFailed,
    ReferReceived,
    SessionAnswered,
    SessionEnded,
    SipCore,
    SipDriver,
    SipEvent,
    SipSettings,
)

pytestmark = pytest.mark.live
SCENARIOS = pathlib.Path(__file__).parent / "sipp"
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 7000 RTP/AVP 8\r\n"
)
Listener = Callable[["House", SipEvent], None]


class House:
    """A core with its driver, and a listener that says what to do."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.listener = listener
        self.told: list[SipEvent] = []
        self.core: SipCore
        self.driver: SipDriver
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        advertised: dict[str, tuple[str, int]] = {"udp": ("127.0.0.1", 0)}
        settings = SipSettings(
            realm="house", advertised=advertised, trusted=frozenset(["127.0.0.1"])
        )
        self.core = SipCore(
            settings, token=lambda: secrets.token_hex(6), credentials=lambda *_: None
        )
        listen = (("127.0.0.1", 0, "udp"), ("127.0.0.1", 0, "tcp"))
        self.driver = SipDriver(self.core, self._hear, listen=listen)
        await self.driver.start()
        for host, port, transport in self.driver.addresses:
            advertised[transport] = (host, port)
            self.ports[transport] = port

    def _hear(self, event: SipEvent) -> None:
        self.told.append(event)
        if self.listener is not None:
            self.listener(self, event)

    def tell_transfer(self, session: str, status: int) -> None:
        """NOTIFY how the transfer goes."""
        self.core.notify_refer(session, status, self.driver.now_s())
        self.driver.kick()

    def count(self, kind: type[SipEvent]) -> int:
        return sum(1 for event in self.told if isinstance(event, kind))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 (a socket's end is no event)
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def house(listener: Listener | None = None) -> AsyncIterator[House]:
    built = House(listener)
    await built.start()
    try:
        yield built
    finally:
        await built.driver.close()


async def sipp(scenario: str, port: int, *, transport: str = "udp", calls: int = 20) -> str:
    """Run SIPp to its end; its output if it failed, else nothing."""
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("sipp is not installed")
    process = await asyncio.create_subprocess_exec(
        program, f"127.0.0.1:{port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1",
        "-m", str(calls), "-r", "50", "-t", "u1" if transport == "udp" else "t1", "-nostdin",
        "-timeout", "20", "-timeout_error",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return "" if process.returncode == 0 else output.decode(errors="replace")[-3000:]


def answers(own: House, event: SipEvent) -> None:
    if isinstance(event, InviteReceived):
        now_s = own.driver.now_s()
        own.core.progress(event.session, 180, now_s=now_s)
        own.core.answer(event.session, SDP, now_s)


def rings(own: House, event: SipEvent) -> None:
    if isinstance(event, InviteReceived):
        own.core.progress(event.session, 180, now_s=own.driver.now_s())


def refuses(own: House, event: SipEvent) -> None:
    if isinstance(event, InviteReceived):
        own.core.reject(event.session, 486, now_s=own.driver.now_s())


def passes_on(own: House, event: SipEvent) -> None:
    """Answers, and lets every transfer come about."""
    answers(own, event)
    if isinstance(event, ReferReceived):
        now_s = own.driver.now_s()
        own.core.accept_refer(event.session, now_s)
        # Apart, as a transfer goes: SIPp 3.6 trips over several NOTIFYs in one TCP segment.
        loop = asyncio.get_running_loop()
        for after_s, status in ((0.1, 180), (0.2, 200)):
            loop.call_later(after_s, own.tell_transfer, event.session, status)


def speaks_early(own: House, event: SipEvent) -> None:
    """Answers after early media; the 200 waits for the PRACK by itself."""
    if isinstance(event, InviteReceived):
        now_s = own.driver.now_s()
        own.core.progress(event.session, 183, SDP, now_s=now_s)
        own.core.answer(event.session, SDP, now_s)


class TestSipp:
    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_a_phone_sends_its_talk_on(self, transport: str) -> None:
        async with house(passes_on) as own:
            assert not await sipp("caller_transfers", own.ports[transport], transport=transport)
            assert own.count(ReferReceived) == 20
            assert own.count(SessionEnded) == 20

    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_a_caller_hears_early_and_refreshes_its_talk(self, transport: str) -> None:
        async with house(speaks_early) as own:
            scenario = "caller_hears_early_and_refreshes"
            assert not await sipp(scenario, own.ports[transport], transport=transport)
            assert own.count(SessionEnded) == 20

    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_calls_are_answered_and_ended_by_the_caller(self, transport: str) -> None:
        async with house(answers) as own:
            assert not await sipp("caller_hangs_up", own.ports[transport], transport=transport)
            assert own.count(SessionEnded) == 20

    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_a_caller_gives_up_while_it_rings(self, transport: str) -> None:
        async with house(rings) as own:
            assert not await sipp("caller_gives_up", own.ports[transport], transport=transport)
            assert own.count(InviteCancelled) == 20

    async def test_a_caller_is_refused(self) -> None:
        async with house(refuses) as own:
            assert not await sipp("caller_is_refused", own.ports["udp"])
            assert own.count(InviteReceived) == 20


def test_the_driver_runs_on_uvloop_as_well() -> None:
    async def story() -> None:
        async with house(answers) as own:
            for transport in ("udp", "tcp"):
                assert not await sipp("caller_hangs_up", own.ports[transport], transport=transport)
            assert own.count(SessionEnded) == 40

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story())


class TestTwoDrivers:
    @pytest.mark.parametrize("transport", ["udp", "tcp"])
    async def test_one_calls_the_other_by_name(self, transport: str) -> None:
        async with house() as a, house(answers) as b:
            a.core.invite(
                "s",
                request_uri=f"sip:b@localhost:{b.ports[transport]};transport={transport}",
                from_="sip:a@localhost",
                to="sip:b@localhost",
                sdp=SDP,
                next_hop=("localhost", b.ports[transport], transport),
                now_s=a.driver.now_s(),
            )
            a.driver.kick()
            await a.until(lambda: a.count(SessionAnswered) == 1)
            session = next(e.session for e in b.told if isinstance(e, InviteReceived))
            b.core.hang_up(session, b.driver.now_s())
            b.driver.kick()
            await a.until(lambda: a.count(SessionEnded) == 1)

    async def test_a_port_where_nobody_listens_is_told_at_once(self) -> None:
        async with house() as a:
            a.core.options("p", ("127.0.0.1", 9, "tcp"), a.driver.now_s())
            a.driver.kick()
            await a.until(lambda: a.count(OptionsFailed) == 1)

    async def test_a_stream_that_dies_before_the_answer_is_told_at_once(self) -> None:
        async def hear_and_leave(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(hear_and_leave, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, house() as a:
            a.core.options("p", ("localhost", port, "tcp"), a.driver.now_s())
            a.driver.kick()
            await a.until(lambda: a.count(OptionsFailed) == 1)


class TestRudePeers:
    async def test_a_broken_stream_is_closed(self) -> None:
        async with house() as own:
            reader, writer = await asyncio.open_connection("127.0.0.1", own.ports["tcp"])
            writer.write(b"INVITE sip:x SIP/2.0\r\nVia: broken\r\n\r\n")
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
            writer.close()

    async def test_a_keep_alive_is_answered(self) -> None:
        async with house() as own:
            reader, writer = await asyncio.open_connection("127.0.0.1", own.ports["tcp"])
            writer.write(b"\r\n\r\n")
            async with asyncio.timeout(5):
                assert await reader.readexactly(2) == b"\r\n"
            writer.close()

    async def test_a_peer_that_never_reads_is_cut_off_and_slows_nobody(self) -> None:
        async with house() as own, house() as other:
            loop = asyncio.get_running_loop()
            reader, writer = await asyncio.open_connection("127.0.0.1", own.ports["tcp"], limit=64)
            del reader
            message = (
                "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK{n}"
                "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: {n}\r\n"
                "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
            )
            ended_at_s = loop.time() + 15
            with contextlib.suppress(ConnectionError):
                for n in range(100_000):
                    writer.write(message.format(n=n).encode())
                    if n % 200 == 0:
                        await asyncio.sleep(0)
                        async with asyncio.timeout_at(ended_at_s):
                            await writer.drain()
                    if not own.driver._streams and n > 1000:
                        break
            await own.until(lambda: not own.driver._streams)
            other.core.options("p", ("127.0.0.1", own.ports["udp"], "udp"), other.driver.now_s())
            other.driver.kick()
            await own.until(lambda: other.count(OptionsAnswered) == 1)
            writer.close()
