"""The web door: the line list, the line log, and the control interface, `/api/control`.

The WebSocket takes frames `{"id", "command", "parameters"}` and gives `{"id", "result"}` or
`{"id", "error"}`, and events `{"event", "at", "parameters"}` as they come. See
docs/protocols/control.md.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect

from cordboard.kit.clock import Clock, iso
from cordboard.kit.errors import DomainError
from cordboard.kit.tasks import Tasks

from .errors import BadCommandError
from .model import LineEvent
from .schemas import LineListOut, LineLogOut, LineOut
from .service import Control

Require = Callable[..., Callable[..., Any]]

PERMISSION = "lines.control"
UNAUTHENTICATED = 4401
FORBIDDEN = 4403
TOO_SLOW = 1013
"Close codes; the last of the RFC 6455 registry."

SEND_LIMIT_S = 20.0
PING_EVERY_S = 15.0
BOX_FRAMES = 2_000
"Frames that may wait for a program; one that takes them no faster is let go."

_encode = msgspec.json.encode


class Person(Protocol):
    """What this door asks of a user."""

    @property
    def id(self) -> str:
        """The user."""
        ...

    def may(self, permission: str) -> bool:
        """Whether the user holds a permission."""
        ...


class Log(Protocol):
    """A log that can be read."""

    def read(self, limit: int, *, errors_only: bool = False) -> list[str]:
        """The last lines, the newest last."""
        ...


Authenticate = Callable[[WebSocket], Awaitable[Person | None]]


def make_router(
    control: Control,
    log: Log,
    require: Require,
    authenticate: Authenticate,
    tasks: Tasks,
    clock: Clock,
) -> APIRouter:
    """The room's endpoints.

    Args:
        control: Commands, and the line list.
        log: The line log.
        require: `require(*permissions)` gives the dependency that yields the current user.
        authenticate: Who opens a WebSocket.
        tasks: Owns the sending side of each program.
        clock: For pings.
    """
    router = APIRouter(prefix="/api", tags=["lines"])
    leader = Annotated[Any, Depends(require("lines.see"))]

    @router.get("/lines")
    async def list_lines(_: leader) -> LineListOut:
        """Every outer and inner line, and where it stands."""
        return LineListOut(items=[LineOut.of(line) for line in control.lines.list_lines()])

    @router.get("/lines/log")
    async def read_log(
        _: leader,
        limit: Annotated[int, Query(ge=1, le=5000)] = 200,
        errors: bool = False,
    ) -> LineLogOut:
        """The last lines of the line log; only those marked error if asked."""
        lines = await asyncio.to_thread(log.read, limit, errors_only=errors)
        return LineLogOut(items=lines)

    @router.websocket("/control")
    async def control_lines(socket: WebSocket) -> None:
        user = await authenticate(socket)
        await socket.accept()
        if user is None:
            await socket.close(UNAUTHENTICATED, "log in first")
            return
        if not user.may(PERMISSION):
            await socket.close(FORBIDDEN, f"needs the permission {PERMISSION}")
            return
        await Program(socket, user, control, authenticate, clock).serve(tasks)

    return router


class Program:
    """One program at the control interface.

    Args:
        socket: Open and let in.
        user: Whose session it is.
        control: What it commands.
        authenticate: Asked again before each command: a session may end meanwhile.
        clock: For pings.
    """

    def __init__(
        self,
        socket: WebSocket,
        user: Person,
        control: Control,
        authenticate: Authenticate,
        clock: Clock,
    ) -> None:
        self._socket = socket
        self._user = user
        self._control = control
        self._authenticate = authenticate
        self._clock = clock
        self._box: asyncio.Queue[bytes | None] = asyncio.Queue(BOX_FRAMES)
        self._close = (UNAUTHENTICATED, "session ended")

    async def serve(self, tasks: Tasks) -> None:
        """Until it leaves."""
        unwatch = self._control.lines.watch(self._hear)
        tasks.start(self._send(), name="control")
        try:
            await self._listen()
        finally:
            unwatch()
            self._put(None)

    async def _listen(self) -> None:
        while True:
            try:
                text = await self._socket.receive_text()
            except (WebSocketDisconnect, KeyError, RuntimeError):
                return
            if await self._authenticate(self._socket) is None:
                return
            self._put(_encode(await self._answer(text)))

    async def _answer(self, text: str) -> dict[str, Any]:
        frame_id: object = None
        try:
            frame = _frame(text)
            frame_id = frame.get("id")
            result = await self._control.run(
                self._user.id, str(frame.get("command")), frame.get("parameters", {})
            )
        except DomainError as error:
            return {"id": frame_id, "error": {"code": error.code, "message": error.detail}}
        return {"id": frame_id, "result": result}

    def _hear(self, news: LineEvent) -> None:
        frame = {"event": news.event, "at": iso(news.at_ms), "parameters": news.parameters}
        self._put(_encode(frame))

    def _put(self, frame: bytes | None) -> None:
        """Let it be sent; a program that lags too far behind is let go."""
        if self._box.full():
            self._close = (TOO_SLOW, "too slow")
            while not self._box.empty():
                self._box.get_nowait()
            frame = None
        self._box.put_nowait(frame)

    async def _send(self) -> None:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            while (frame := await self._next()) is not None:
                async with asyncio.timeout(SEND_LIMIT_S):
                    await self._socket.send_text(frame.decode())
            async with asyncio.timeout(SEND_LIMIT_S):
                await self._socket.close(*self._close)

    async def _next(self) -> bytes | None:
        try:
            async with asyncio.timeout(PING_EVERY_S):
                return await self._box.get()
        except TimeoutError:
            if await self._authenticate(self._socket) is None:
                return None
            return _encode({"ping": iso(self._clock.now_ms())})


def _frame(text: str) -> dict[str, Any]:
    try:
        frame = msgspec.json.decode(text)
    except msgspec.DecodeError:
        frame = None
    if not isinstance(frame, dict):
        raise BadCommandError('send JSON objects: {"id": 1, "command": "...", "parameters": {}}')
    return frame
