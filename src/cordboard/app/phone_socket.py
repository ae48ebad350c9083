"""The door of pages that are telephones: a WebSocket at `/api/phone`, JSON, behind the session.

One page, one socket; whose seat it is the user's extension says. Decides nothing: words go to the
seats of the exchange and back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from cordboard.directory import User
from cordboard.telephony.adapters.browser_words import (
    MAX_MESSAGE_BYTES,
    ToPage,
    read_word,
    write_word,
)
from cordboard.telephony.adapters.browsers import Browsers

Authenticate = Callable[[WebSocket], Awaitable[User | None]]
UNAUTHENTICATED, NO_SEAT, NOT_UNDERSTOOD, TOO_SLOW = 4401, 4404, 1007, 1013
MAX_UNSENT_WORDS = 64
SEND_S = 10.0
"A page that takes nothing for so long is let go."


class PhoneSocket:
    """One page's socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._unsent: asyncio.Queue[ToPage] = asyncio.Queue(MAX_UNSENT_WORDS)
        self._is_over = asyncio.Event()
        self._code = TOO_SLOW

    def say(self, word: ToPage) -> None:
        """Send a word, after those before it."""
        try:
            self._unsent.put_nowait(word)
        except asyncio.QueueFull:
            self._is_over.set()

    async def serve(
        self, hear: Callable[[bytes], None], is_allowed: Callable[[], Awaitable[bool]]
    ) -> None:
        """Carry words both ways until one side has had enough."""
        async with asyncio.TaskGroup() as workers:
            both = [
                workers.create_task(self._send()),
                workers.create_task(self._receive(hear, is_allowed)),
            ]
            await self._is_over.wait()
            for worker in both:
                worker.cancel()
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(1):
                await self._socket.close(self._code)

    async def _send(self) -> None:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            while True:
                word = await self._unsent.get()
                async with asyncio.timeout(SEND_S):
                    await self._socket.send_text(write_word(word).decode())
        self._is_over.set()

    async def _receive(
        self, hear: Callable[[bytes], None], is_allowed: Callable[[], Awaitable[bool]]
    ) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, KeyError):
            while True:
                text = await self._socket.receive_text()
                if not await is_allowed():
                    self._code = UNAUTHENTICATED
                    break
                try:
                    hear(text.encode()[: MAX_MESSAGE_BYTES + 1])
                except msgspec.MsgspecError:
                    self._code = NOT_UNDERSTOOD
                    break
        self._is_over.set()


def make_router(browsers: Browsers | None, authenticate: Authenticate) -> APIRouter:
    """The route.

    Args:
        browsers: The seats; None where the exchange has none.
        authenticate: Who connects, asked again with every word.
    """
    router = APIRouter()

    @router.websocket("/api/phone")
    async def phone(socket: WebSocket) -> None:
        user = await authenticate(socket)
        await socket.accept()
        if user is None:
            await socket.close(UNAUTHENTICATED, "no session")
            return
        if browsers is None or not user.extension:
            await socket.close(NO_SEAT, "no seat")
            return
        door = PhoneSocket(socket)
        page = browsers.open(user.extension, door.say)

        async def is_allowed() -> bool:
            now = await authenticate(socket)
            return now is not None and now.extension == page.extension

        try:
            await door.serve(lambda text: browsers.hear(page, read_word(text)), is_allowed)
        finally:
            browsers.close(page)

    return router
