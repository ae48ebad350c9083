"""What every request passes on its way in, and every answer on its way out.

Request id, forgery and size checks, security headers, time taken, and the net for errors that
nobody foresaw. Plain ASGI, because it stands in front of each request. WebSockets pass untouched:
their door checks the origin itself.

Sources: OWASP Cross-Site Request Forgery Prevention Cheat Sheet (custom header, origin check);
OWASP HTTP Headers Cheat Sheet.
"""

import re
import secrets
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cordboard.app.problems import incident, problem
from cordboard.directory.router import is_same_origin_as

MOST_BODY_BYTES = 4 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORGERY_HEADER = "x-requested-with"
FORGERY_VALUE = "cordboard"

SECURITY_HEADERS = {
    # Styles are made in the page by the component library; scripts come from our files alone.
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}

Timed = Callable[[str, str, int, float], None]
"`(method, route, status, seconds)` of each answer."

_TOO_LARGE = f"Send at most {MOST_BODY_BYTES} bytes."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger(__name__)


class Edge:
    """The outermost ring.

    Args:
        app: What lies inside.
        now_s: Monotonic seconds.
        timed: Told of each answer.
        is_secure: Whether browsers reach us over TLS only.
    """

    def __init__(
        self, app: ASGIApp, *, now_s: Callable[[], float], timed: Timed, is_secure: bool = False
    ) -> None:
        self._app = app
        self._now_s = now_s
        self._timed = timed
        self._headers = {**SECURITY_HEADERS, **(STRICT_TRANSPORT if is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = self._now_s()
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = secrets.token_hex(8)
        answer = _Answer(send, {**self._headers, "X-Request-ID": request_id})
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._answer(scope, headers, receive, answer)
        route = getattr(scope.get("route"), "path", "-")
        self._timed(scope["method"], route, answer.status, self._now_s() - started_s)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, answer: "_Answer"
    ) -> None:
        refusal = _refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, answer.send)
            return
        body = _Body(receive)
        try:
            await self._app(scope, body.receive, answer.send)
        except Exception:  # noqa: BLE001 - the edge: nothing behind it may show itself
            incident_id, response = incident()
            _log.exception("request.failed", incident_id=incident_id, method=scope["method"])
            if not answer.status:
                await response(scope, receive, answer.send)


class TooLargeError(HTTPException):
    """The body is longer than anybody here reads."""

    def __init__(self) -> None:
        super().__init__(413, _TOO_LARGE)


class _Answer:
    """Adds the house's headers to an answer and remembers its status (0: none yet)."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


class _Body:
    """Counts what comes in."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MOST_BODY_BYTES

    async def receive(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLargeError  # the framework lets its own errors through, and no others
        return message


def _refusal(method: str, headers: Headers) -> ASGIApp | None:
    if method in SAFE:
        return None
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        return _too_large()
    if headers.get(FORGERY_HEADER) != FORGERY_VALUE:
        return problem(
            403, "forged", f"Send the header X-Requested-With: {FORGERY_VALUE} with changes."
        )
    if not is_same_origin_as(headers):
        return problem(403, "forged", "This request comes from a page of another site.")
    return None


def _too_large() -> ASGIApp:
    return problem(413, "too-large", _TOO_LARGE)
