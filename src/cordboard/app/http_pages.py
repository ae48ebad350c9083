"""The built web pages, kept in memory, compressed once.

Files under `assets/` have a hash in their name and are cached by browsers for a year; everything
else is asked for anew each time and answered with 304 if it is the same. Any other address of the
front end (it has its own router) gets `index.html`; an address with a file's ending that is not
there, or below `/api/`, is not found.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
INDEX = "index.html"

_COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml")
_LEAST_BYTES = 1_000
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}


class Page(NamedTuple):
    """One file."""

    body: bytes
    compressed: bytes | None
    media_type: str
    etag: str
    caching: str


class Pages:
    """Answers what no route answered.

    Args:
        root: Directory of the build; None if there is none.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._pages: dict[str, Page] = {}
        self._built_at_ns = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request for a page.

        Raises:
            HTTPException: 404 or 405.
        """
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 4404})
            return
        path = scope["path"].lstrip("/")
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        page = self._find(path)
        await _response(page, Headers(scope=scope))(scope, receive, send)

    def _find(self, path: str) -> Page:
        self._refresh()
        page = self._pages.get(path or INDEX)
        if page is None and "." not in path.rpartition("/")[2]:
            page = self._pages.get(INDEX)
        if page is None:
            missing = not self._pages
            raise HTTPException(
                404, "The web pages are not built: make build." if missing else None
            )
        return page

    def _refresh(self) -> None:
        """Read the build anew when it was built anew."""
        if self._root is None:
            return
        index = self._root / INDEX
        built_at_ns = index.stat().st_mtime_ns if index.exists() else 0
        if built_at_ns != self._built_at_ns:
            self._built_at_ns = built_at_ns
            files = sorted(path for path in self._root.rglob("*") if path.is_file())
            self._pages = {
                path.relative_to(self._root).as_posix(): _page(path, self._root) for path in files
            }


def _page(path: Path, root: Path) -> Page:
    body = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    media_type = _TYPES.get(path.suffix, guessed)
    compressed = None
    if media_type.startswith(_COMPRESSED) and len(body) >= _LEAST_BYTES:
        compressed = gzip.compress(body, 6, mtime=0)
    hashed = path.relative_to(root).parts[0] == "assets"
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Page(body, compressed, media_type, etag, FOR_EVER if hashed else ASK_AGAIN)


def _response(page: Page, asked: Headers) -> Response:
    headers = {"ETag": page.etag, "Cache-Control": page.caching, "Vary": "Accept-Encoding"}
    if page.etag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = page.body
    if page.compressed is not None and "gzip" in asked.get("accept-encoding", ""):
        body = page.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=page.media_type)
