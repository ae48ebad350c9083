"""The door of browsers that speak SIP: a WebSocket at `/sip`, subprotocol `sip`, on the web's port.

One TLS, one port and one proxy for pages, API and telephones. A frame is a message; what a browser
sends goes to the SIP driver, what the driver writes waits in a bounded queue. Proves nobody: that
is the digest's affair, so no cookie counts and no origin matters.

Source: RFC 7118 (SIP over WebSocket), RFC 5626 §4.4.1 (CRLF keep-alive).
"""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from cordboard.sip import Flow, SipDriver

PROTOCOL = "sip"
MAX_UNSENT_MESSAGES = 128
SEND_S = 10.0
"A browser that takes nothing for so long is let go."

IDLE_S = 900.0
"A connection without a frame for so long is closed; registered phones refresh sooner."

_REFUSED, _TOO_SLOW = 1013, 1008


class SipSocket:
    """One browser; a `Connection` of the SIP driver.

    Args:
        socket: Accepted.
        number: Of the flow.
    """

    def __init__(self, socket: WebSocket, number: int) -> None:
        transport = "wss" if socket.url.scheme in ("wss", "https") else "ws"
        local = socket.scope.get("server") or ("", 0)
        client = socket.client
        remote = (client.host, client.port) if client is not None else ("", 0)
        self.flow = Flow(transport, (str(local[0]), int(local[1] or 0)), remote, number)
        self._socket = socket
        self._unsent: asyncio.Queue[bytes] = asyncio.Queue(MAX_UNSENT_MESSAGES)
        self.is_gone = asyncio.Event()

    def write(self, data: bytes) -> bool:
        """Send a message; False if the browser is gone or does not read."""
        if self.is_gone.is_set():
            return False
        try:
            self._unsent.put_nowait(data)
        except asyncio.QueueFull:
            self.abort()
            return False
        return True

    def abort(self) -> None:
        """Let it go."""
        self.is_gone.set()

    async def send(self) -> None:
        """Send what was written, until the browser is gone or too slow."""
        try:
            while True:
                data = await self._unsent.get()
                async with asyncio.timeout(SEND_S):
                    try:
                        await self._socket.send_text(data.decode())
                    except UnicodeDecodeError:
                        await self._socket.send_bytes(data)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            self.abort()

    async def receive(self, driver: SipDriver) -> None:
        """Hand each frame to the driver, until the browser is gone."""
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            while True:
                async with asyncio.timeout(IDLE_S):
                    frame = await self._socket.receive()
                if frame["type"] == "websocket.disconnect":
                    break
                data = frame.get("bytes") or (frame.get("text") or "").encode()
                if data == b"\r\n\r\n":
                    self.write(b"\r\n")
                elif data.strip(b"\r\n"):
                    driver.received(data, self.flow)
        self.abort()


def make_router(driver: SipDriver) -> APIRouter:
    """The route, for the driver of the exchange."""
    router = APIRouter()

    @router.websocket("/sip")
    async def sip(socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope.get("subprotocols", ()):
            await socket.close(_REFUSED)
            return
        await socket.accept(PROTOCOL)
        peer = SipSocket(socket, driver.next_connection_id())
        if not driver.adopt(peer):
            await socket.close(_REFUSED)
            return
        try:
            async with asyncio.TaskGroup() as workers:
                both = [workers.create_task(peer.send()), workers.create_task(peer.receive(driver))]
                await peer.is_gone.wait()
                for worker in both:
                    worker.cancel()
        finally:
            driver.lost(peer)
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                async with asyncio.timeout(1):
                    await socket.close(_TOO_SLOW)

    return router
