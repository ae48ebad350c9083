"""SIP over WebSocket (RFC 7118) through the web's port, with a client of the websockets library."""

import asyncio
import contextlib
import hashlib
import re
import secrets
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI
from typing_extensions import override
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cordboard.app.sip_socket import make_router
from cordboard.sip import (
    InviteReceived,
    Registered,
    SessionAnswered,
    SessionEnded,
    SipCore,
    SipDriver,
    SipSettings,
    Unregistered,
)
from cordboard.sip.messages import Request, Response, build_response
from cordboard.sip.parser import parse
from tests.live.test_sip_driver import SDP, House, Listener, answers

pytestmark = pytest.mark.live


class WebHouse(House):
    """A core that browsers reach, and the web server in front."""

    def __init__(self, listener: Listener | None = None, most: int = 4000) -> None:
        super().__init__(listener)
        self._most = most

    @override
    async def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        settings = SipSettings(
            realm="house",
            advertised=dict.fromkeys(("ws", "wss"), ("127.0.0.1", self.port)),
            trusted=frozenset(["127.0.0.1"]),
        )
        self.core = SipCore(
            settings, token=lambda: secrets.token_hex(6), credentials=lambda *_: "secret"
        )
        self.driver = SipDriver(self.core, self._hear, listen=(), max_connections=self._most)
        await self.driver.start()
        app = FastAPI()
        app.include_router(make_router(self.driver))
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws_max_size=65_536)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        await self.until(lambda: self._server.started)

    async def close(self) -> None:
        self._server.should_exit = True
        await self._serving
        await self.driver.close()


@contextlib.asynccontextmanager
async def web(listener: Listener | None = None, most: int = 4000) -> AsyncIterator[WebHouse]:
    built = WebHouse(listener, most)
    await built.start()
    try:
        yield built
    finally:
        await built.close()


class Page:
    """What a page with a SIP library does: random host names that end in .invalid."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.host = f"{secrets.token_hex(6)}.invalid"
        self.uri = "sip:8001@127.0.0.1"
        self._tag = secrets.token_hex(4)
        self._cseq = 0
        self.call_id = secrets.token_hex(8)

    async def ask(self, method: str, *extra: str, to: str = "", body: bytes = b"") -> str:
        """Send a request; its branch."""
        branch = f"z9hG4bK{secrets.token_hex(6)}"
        if method != "ACK":
            self._cseq += 1
        lines = [
            f"{method} {self.uri} SIP/2.0", f"Via: SIP/2.0/WS {self.host};branch={branch}",
            "Max-Forwards: 70", f"From: <sip:8001@127.0.0.1>;tag={self._tag}",
            f"To: {to or '<sip:8001@127.0.0.1>'}", f"Call-ID: {self.call_id}",
            f"CSeq: {self._cseq} {method}", f"Contact: <sip:page@{self.host};transport=ws>", *extra,
        ]  # fmt: skip
        if body:
            lines.append("Content-Type: application/sdp")
        await self.socket.send("\r\n".join([*lines, "", ""]) + body.decode())
        return branch

    async def message(self) -> Request | Response:
        async with asyncio.timeout(10):
            data = await self.socket.recv()
        assert isinstance(data, str), "browsers expect text"
        return parse(data.encode())

    async def response(self, status: int) -> Response:
        while True:
            message = await self.message()
            if isinstance(message, Response) and message.status == status:
                return message

    async def request(self, method: str) -> Request:
        while True:
            message = await self.message()
            if isinstance(message, Request) and message.method == method:
                return message

    async def register(self) -> None:
        await self.ask("REGISTER", "Expires: 300")
        challenge = next(
            c for c in (await self.response(401)).headers["www-authenticate"] if "MD5" in c
        )
        nonce = re.search('nonce="([^"]+)"', challenge)
        assert nonce is not None
        ha1 = hashlib.md5(b"8001:house:secret").hexdigest()
        ha2 = hashlib.md5(f"REGISTER:{self.uri}".encode()).hexdigest()
        said = hashlib.md5(f"{ha1}:{nonce[1]}:00000001:c:auth:{ha2}".encode()).hexdigest()
        await self.ask(
            "REGISTER", "Expires: 300",
            f'Authorization: Digest username="8001", realm="house", nonce="{nonce[1]}", '
            f'uri="{self.uri}", response="{said}", qop=auth, nc=00000001, cnonce="c"',
        )  # fmt: skip
        await self.response(200)


@contextlib.asynccontextmanager
async def page(own: WebHouse) -> AsyncIterator[Page]:
    url = f"ws://127.0.0.1:{own.port}/sip"
    async with connect(url, subprotocols=["sip"]) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == "sip"
        yield Page(socket)


async def test_a_page_registers_calls_and_is_called_over_its_socket() -> None:
    async with web(answers) as own, page(own) as browser:
        await browser.register()
        bound = next(e for e in own.told if isinstance(e, Registered))
        assert bound.flow.transport == "ws"
        assert bound.contact_uri.endswith(".invalid;transport=ws")

        browser.call_id = secrets.token_hex(8)
        await browser.ask("INVITE", body=SDP)
        ok = await browser.response(200)
        assert "transport=ws" in (ok.get("contact") or "")
        await browser.ask("ACK", to=ok.to)
        session = next(e.session for e in own.told if isinstance(e, InviteReceived))
        own.core.hang_up(session, own.driver.now_s())
        own.driver.kick()
        bye = await browser.request("BYE")
        assert bye.uri.endswith(".invalid;transport=ws"), "pinned to its flow, not resolved"
        assert (bye.get("via") or "").startswith("SIP/2.0/WS ")
        await browser.socket.send(build_response(bye, 200).decode())

        own.core.invite(
            "s", request_uri=bound.contact_uri, from_="sip:1@127.0.0.1", to="sip:8001@127.0.0.1",
            sdp=SDP, next_hop=bound.flow, now_s=own.driver.now_s(),
        )  # fmt: skip
        own.driver.kick()
        invite = await browser.request("INVITE")
        contact = [("Contact", f"<sip:page@{browser.host};transport=ws>")]
        await browser.socket.send(build_response(invite, 200, to_tag="t", extra=contact).decode())
        await browser.request("ACK")
        await own.until(lambda: own.count(SessionAnswered) == 1)


async def test_a_page_must_prove_itself_whatever_its_address() -> None:
    async with web(answers) as own, page(own) as browser:
        await browser.ask("INVITE", body=SDP)
        await browser.response(401)
        assert not own.count(InviteReceived)


async def test_a_reload_takes_the_registration_along() -> None:
    async with web() as own:
        async with page(own) as browser:
            await browser.register()
        await own.until(lambda: own.count(Unregistered) == 1)
        async with page(own) as again:
            await again.register()


async def test_a_call_to_a_page_that_is_gone_fails_at_once() -> None:
    async with web() as own:
        async with page(own) as browser:
            await browser.register()
            bound = next(e for e in own.told if isinstance(e, Registered))
        await own.until(lambda: own.count(Unregistered) == 1)
        own.core.invite(
            "s", request_uri=bound.contact_uri, from_="sip:1@h", to="sip:8001@h", sdp=SDP,
            next_hop=bound.flow, now_s=own.driver.now_s(),
        )  # fmt: skip
        own.driver.kick()
        await own.until(lambda: any(getattr(e, "status", 0) == 503 for e in own.told))


async def test_a_keep_alive_is_answered_and_an_empty_frame_is_not() -> None:
    async with web() as own, page(own) as browser:
        await browser.socket.send(b"\r\n\r\n")
        async with asyncio.timeout(5):
            assert await browser.socket.recv() in ("\r\n", b"\r\n")
        await browser.socket.send("")
        await browser.socket.send("nonsense")
        await browser.ask("OPTIONS")
        await browser.response(200)


async def test_another_subprotocol_is_no_telephone() -> None:
    async with web() as own:
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://127.0.0.1:{own.port}/sip"):
                pass


async def test_too_many_are_refused() -> None:
    async with web(most=1) as own, page(own):
        with pytest.raises(ConnectionClosed):
            async with page(own) as second:
                await second.message()


async def test_a_page_that_never_reads_is_let_go_and_slows_nobody() -> None:
    async with web() as own, page(own) as other:
        url = f"ws://127.0.0.1:{own.port}/sip"
        async with connect(url, subprotocols=["sip"], max_queue=1) as deaf:  # type: ignore[list-item]
            rude = Page(deaf)
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(20):
                    while len(own.driver._streams) == 2:
                        await rude.ask("OPTIONS", f"X-Filler: {'x' * 1000}")
            await own.until(lambda: len(own.driver._streams) == 1)
        await other.ask("OPTIONS")
        await other.response(200)
        assert not own.count(SessionEnded)
