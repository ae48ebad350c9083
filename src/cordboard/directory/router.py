"""The web door: session, password, users; and the gate that other rooms' doors are given."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response, WebSocket

from .access import Sessions, allow
from .model import User, UserId
from .schemas import (
    LanguageBody,
    LoginBody,
    NewUserBody,
    PasswordBody,
    SessionAnswer,
    UserChangeBody,
    UserItem,
    UserList,
)
from .service import Directory

COOKIE = "cordboard_session"


class Gate:
    """Says whose request it is; `require` and `session_of` are handed to all doors.

    Args:
        sessions: The sessions.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def require(
        self, *allowed: str, with_old_password: bool = False
    ) -> Callable[[Request], Awaitable[User]]:
        """A dependency that yields the current user.

        Args:
            allowed: Roles or permissions, one of which the user needs; none means any role.
            with_old_password: Whether a user may who must change the password first.
        """

        async def current_user(request: Request) -> User:
            user = await self._sessions.find_user(request.cookies.get(COOKIE))
            return allow(user, allowed, with_old_password=with_old_password)

        return current_user

    async def session_of(self, socket: WebSocket) -> User | None:
        """The user of a WebSocket, or None; None also if another site's page opened it.

        Browsers send cookies with WebSockets of any site, so the Origin must be ours.
        """
        if not is_same_origin_as(socket.headers):
            return None
        user = await self._sessions.find_user(socket.cookies.get(COOKIE))
        return None if user is None or user.must_change_password else user


def is_same_origin_as(headers: Mapping[str, str]) -> bool:
    """Whether the Origin, if the browser names one, is the host that was asked."""
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return host.casefold() == headers.get("host", "").casefold()


def make_router(
    directory: Directory, gate: Gate, *, time_zone: str = "UTC", secure_cookies: bool = False
) -> APIRouter:
    """The routes under /api/session and /api/users.

    Args:
        directory: The use cases.
        gate: Who may.
        time_zone: The site's, an IANA name.
        secure_cookies: True behind TLS: browsers send the cookie over TLS only.
    """
    router = APIRouter()
    _add_login(router, directory, time_zone, secure_cookies)
    _add_own(router, directory, gate, time_zone)
    _add_users(router, directory, gate)
    return router


def _add_login(router: APIRouter, directory: Directory, time_zone: str, secure: bool) -> None:
    @router.post("/api/session", tags=["session"])
    async def login(body: LoginBody, request: Request, response: Response) -> SessionAnswer:
        """Log in. 401 wrong-credentials; 429 too-many-attempts with retry_after_s."""
        token, user = await directory.login(body.name, body.password, _source(request))
        # Gone with the browser's session at the latest; the server's own limits are stricter.
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure)
        return SessionAnswer.of(user, time_zone)

    @router.delete("/api/session", tags=["session"], status_code=204)
    async def logout(request: Request, response: Response) -> None:
        """Log out; no error if nobody is logged in."""
        token = request.cookies.get(COOKIE)
        user = await directory.sessions.find_user(token)
        if token and user is not None:
            await directory.logout(user, token, _source(request))
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)


def _add_own(router: APIRouter, directory: Directory, gate: Gate, time_zone: str) -> None:
    me = Annotated[User, Depends(gate.require(with_old_password=True))]

    @router.get("/api/session", tags=["session"])
    async def who_am_i(user: me) -> SessionAnswer:
        """Who is logged in. 401 signed-out."""
        return SessionAnswer.of(user, time_zone)

    @router.patch("/api/session", tags=["session"])
    async def set_language(body: LanguageBody, user: me) -> SessionAnswer:
        """Choose the language of one's screens."""
        return SessionAnswer.of(await directory.set_language(user, body.language), time_zone)

    @router.post("/api/session/password", tags=["session"], status_code=204)
    async def set_password(body: PasswordBody, request: Request, user: me) -> None:
        """Change one's own password; the user's other logins end."""
        token = request.cookies[COOKIE]
        await directory.change_own_password(
            user, token, body.old_password, body.new_password, _source(request)
        )


def _add_users(router: APIRouter, directory: Directory, gate: Gate) -> None:
    administrator = Annotated[User, Depends(gate.require("users.change"))]
    see = Depends(gate.require("users.see"))

    @router.get("/api/users", tags=["users"], dependencies=[see])
    async def list_users() -> UserList:
        """All users by name."""
        accounts = await directory.list_accounts()
        return UserList(items=[UserItem.of(account) for account in accounts])

    @router.post("/api/users", tags=["users"], status_code=201)
    async def add_user(
        body: NewUserBody,
        request: Request,
        by: administrator,
    ) -> UserItem:
        """Make a user, who must change the password at the first login."""
        account = await directory.create_user(body.new_user(), by=by, source=_source(request))
        return UserItem.of(account)

    @router.patch("/api/users/{user_id}", tags=["users"])
    async def change_user(
        user_id: str,
        body: UserChangeBody,
        request: Request,
        by: administrator,
    ) -> UserItem:
        """Change a user; a new password or deactivation ends the user's logins."""
        account = await directory.change_user(
            UserId(user_id), body.change(), by=by, source=_source(request)
        )
        return UserItem.of(account)


def _source(request: Request) -> str:
    return request.client.host if request.client else ""
