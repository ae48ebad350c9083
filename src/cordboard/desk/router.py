"""The live door: one WebSocket per screen, `/api/live`.

The screen gets a snapshot, then facts with patches and a ping in quiet times; it may say
`{"type": "resync"}`. Without a session, or when the session ends, the socket is closed with 4401.
A screen that takes nothing for SEND_LIMIT_S is let go.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from cordboard.directory import User
from cordboard.kit.tasks import Tasks

from .service import Desk, Screen, parse_message

Authenticate = Callable[[WebSocket], Awaitable[User | None]]
"The user of the session cookie, or None."

UNAUTHENTICATED = 4401
TOO_SLOW = 1013
"Try again later (RFC 6455 registry)."

SEND_LIMIT_S = 20.0
CLOSE_LIMIT_S = 5.0


def make_router(desk: Desk, authenticate: Authenticate, tasks: Tasks) -> APIRouter:
    """The route.

    Args:
        desk: The live picture.
        authenticate: Who connects.
        tasks: Owns the sending side of each screen.
    """
    router = APIRouter(tags=["desk"])

    @router.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        user = await authenticate(socket)
        await socket.accept()
        if user is None:
            await socket.close(UNAUTHENTICATED, "no session")
            return
        screen = desk.open(user)
        tasks.start(_send(desk, socket, screen), name="screen")
        try:
            await _listen(socket, screen)
        finally:
            desk.close(screen)

    return router


async def _listen(socket: WebSocket, screen: Screen) -> None:
    while True:
        try:
            text = await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            return
        if parse_message(text).get("type") == "resync":
            screen.refresh()


async def _send(desk: Desk, socket: WebSocket, screen: Screen) -> None:
    try:
        while (message := await desk.next_message(screen)) is not None:
            async with asyncio.timeout(SEND_LIMIT_S):
                await socket.send_text(message.decode())
        await socket.close(UNAUTHENTICATED, "session ended")
    except TimeoutError:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await socket.close(TOO_SLOW, "too slow")
    except (RuntimeError, WebSocketDisconnect):
        pass  # gone already: `_listen` hears it and closes the screen
