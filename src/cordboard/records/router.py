"""The web door of records: lists, one call, its facts, its sound.

Filters are parsed here by hand, so that a bad or unknown one is a `bad-filter` problem that names
its field. Sound is sent in ranges (RFC 9110 §14): one range per request, others are ignored, one
behind the end is answered 416.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, get_args

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from cordboard.calls import Direction
from cordboard.directory import User
from cordboard.kit.clock import iso
from cordboard.media import FORMATS, FormatName

from .access import Names, RecordAccess
from .effects import Sound
from .errors import BadFilterError, DownloadForbiddenError
from .model import CallFilter, CallPage, Result
from .schemas import (
    CallDetail,
    CallList,
    FactList,
    FactView,
    Views,
    WaveformView,
    waveform_view,
)
from .service import RecordingKeeper
from .state import header

Audit = Callable[[User, str, str, Mapping[str, str]], Awaitable[None]]
"(who, `recording.listen` or `recording.download`, recording id, {call_id})."

Require = Callable[..., Callable[..., Any]]
"`require(*roles)`: a dependency that yields the User."

_FILTERS = ("from", "to", "number", "direction", "result", "queue_id", "agent_id")
_PAGING = ("cursor", "limit")
_NUMBER = re.compile(r"[0-9+*#]{1,32}")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_MAX_LIMIT = 200
_AUDIT_AGAIN_MS = 600_000
"A player asks for one file in many ranges: within this time they are one listening."

_AUDITED_KEPT = 1_000


def make_router(
    access: RecordAccess,
    keeper: RecordingKeeper,
    names: Names,
    require: Require,
    audit: Audit,
    now_ms: Callable[[], int],
) -> APIRouter:
    """The routes under /api.

    Args:
        access: The gate.
        keeper: The sound files.
        names: Who has what id.
        require: Makes the dependency that yields the user.
        audit: Called for every listening and every download.
        now_ms: UTC milliseconds, for calls that go on.
    """
    door = _Door(access, keeper, Views(names), audit, now_ms)
    router = APIRouter(prefix="/api", tags=["records"])
    anybody = Annotated[User, Depends(require("agent", "supervisor", "administrator"))]
    leader = Annotated[User, Depends(require("supervisor", "administrator"))]

    @router.get("/calls")
    async def list_calls(
        request: Request,
        user: anybody,
        from_: Annotated[str | None, Query(alias="from")] = None,
        to: str | None = None,
        number: str | None = None,
        direction: str | None = None,
        result: str | None = None,
        queue_id: str | None = None,
        agent_id: str | None = None,
        cursor: str | None = None,
        limit: str | None = None,
    ) -> CallList:
        """Calls, newest first; an agent's own, a supervisor's all."""
        return await door.list_calls(user, dict(request.query_params))

    @router.get("/calls/{call_id}")
    async def get_call(call_id: str, user: anybody) -> CallDetail:
        """One call with all that is known of it, also while it goes on."""
        return await door.get_call(user, call_id)

    @router.get("/calls/{call_id}/facts")
    async def list_facts(call_id: str, user: leader) -> FactList:
        """The facts of which the record is made."""
        return await door.list_facts(user, call_id)

    @router.get("/callers/{number}/calls")
    async def list_calls_of(
        number: str,
        user: anybody,
        limit: str | None = None,
    ) -> CallList:
        """What this caller's number brought so far."""
        return await door.list_calls_of(user, number, limit)

    @router.get("/recordings/{recording_id}/audio", response_class=StreamingResponse)
    async def get_audio(
        recording_id: str,
        request: Request,
        user: anybody,
        original: bool = False,
        download: bool = False,
    ) -> Response:
        """The sound as 16-bit PCM WAV, or as it was stored; with ranges, also while it grows."""
        return await door.get_audio(
            user, recording_id, request.headers.get("range"), original=original, download=download
        )

    @router.get("/recordings/{recording_id}/file", response_class=Response)
    async def get_file(recording_id: str, user: anybody, format: FormatName = "mp3") -> Response:
        """The whole recording in another format; VOX, GSM and raw files hold both parties mixed."""
        return await door.get_file(user, recording_id, format)

    @router.get("/recordings/{recording_id}/waveform")
    async def get_waveform(
        recording_id: str,
        user: anybody,
        points: str | None = None,
    ) -> WaveformView:
        """Peaks of what the customer said and heard, over equal stretches."""
        return await door.get_waveform(user, recording_id, points)

    return router


class _Door:
    """Parses, asks, shows."""

    def __init__(
        self,
        access: RecordAccess,
        keeper: RecordingKeeper,
        views: Views,
        audit: Audit,
        now_ms: Callable[[], int],
    ) -> None:
        self._access = access
        self._keeper = keeper
        self._views = views
        self._audit = audit
        self._now_ms = now_ms
        self._audited: dict[tuple[str, str, str], int] = {}

    async def list_calls(self, user: User, query: dict[str, str]) -> CallList:
        for field in query:
            if field not in (*_FILTERS, *_PAGING):
                raise BadFilterError("There is no such filter.", field=field)
        page = await self._access.list_calls(
            user,
            _filter(query),
            _cursor(query.get("cursor")),
            _count("limit", query.get("limit"), 50, _MAX_LIMIT),
        )
        return self._page(user, page)

    def _page(self, user: User, page: CallPage) -> CallList:
        hidden = frozenset(
            one.call_id for one in page.headers if not self._access.sees_number(user, one)
        )
        cursor = None
        if page.next_cursor is not None:
            at_ms, call_id = page.next_cursor
            cursor = urlsafe_b64encode(f"{at_ms}/{call_id}".encode()).decode()
        return self._views.call_list(page, cursor, self._now_ms(), hidden)

    async def list_calls_of(self, user: User, number: str, limit: str | None) -> CallList:
        if not _NUMBER.fullmatch(number):
            raise BadFilterError("A number has digits, + * and #.", field="number")
        count = _count("limit", limit, 20, _MAX_LIMIT)
        return self._page(user, await self._access.list_calls_of(user, number, count))

    async def get_call(self, user: User, call_id: str) -> CallDetail:
        record = await self._access.access_record(user, call_id)
        hide = not self._access.sees_number(user, header(record))
        return self._views.detail(record, self._now_ms(), hide=hide)

    async def list_facts(self, user: User, call_id: str) -> FactList:
        items = []
        for seq, fact in await self._access.access_facts(user, call_id):
            data = msgspec.to_builtins(fact)
            at_ms = data.pop("at_ms")
            items.append(FactView(id=seq, at=iso(at_ms), kind=type(fact).__name__, data=data))
        return FactList(items=items)

    async def get_audio(
        self, user: User, recording_id: str, range_: str | None, *, original: bool, download: bool
    ) -> Response:
        if download and not user.may("recordings.download"):
            raise DownloadForbiddenError("Your role may listen to recordings, not download them.")
        stored = await self._access.access_recording(user, recording_id)
        sound = await self._keeper.open_sound(stored)
        action = "recording.download" if download else "recording.listen"
        await self._note(user, action, recording_id, stored.call_id)
        return _audio(self._keeper, sound, range_, original=original, name=recording_id
                      if download else None)  # fmt: skip

    async def get_file(self, user: User, recording_id: str, name: FormatName) -> Response:
        if not user.may("recordings.download"):
            raise DownloadForbiddenError("Your role may listen to recordings, not download them.")
        stored = await self._access.access_recording(user, recording_id)
        sound = await self._keeper.open_sound(stored)
        await self._note(user, "recording.download", recording_id, stored.call_id)
        data = await run_in_threadpool(self._keeper.files.convert, sound, name)
        wanted = FORMATS[name]
        headers = {
            "Content-Disposition": f'attachment; filename="{recording_id}.{wanted.suffix}"',
            "Cache-Control": "private, max-age=3600" if sound.is_whole else "no-store",
        }
        return Response(data, media_type=wanted.media_type, headers=headers)

    async def _note(self, user: User, action: str, recording_id: str, call_id: str) -> None:
        now_ms = self._now_ms()
        key = (user.id, action, recording_id)
        if now_ms - self._audited.get(key, -_AUDIT_AGAIN_MS) < _AUDIT_AGAIN_MS:
            return
        await self._audit(user, action, recording_id, {"call_id": call_id})
        self._audited[key] = now_ms
        while len(self._audited) > _AUDITED_KEPT:
            del self._audited[next(iter(self._audited))]

    async def get_waveform(self, user: User, recording_id: str, points: str | None) -> WaveformView:
        count = _count("points", points, 800, 4_000)
        stored = await self._access.access_recording(user, recording_id)
        sound = await self._keeper.open_sound(stored)
        return waveform_view(await run_in_threadpool(self._keeper.files.waveform, sound, count))


def _audio(
    keeper: RecordingKeeper, sound: Sound, range_: str | None, *, original: bool, name: str | None
) -> Response:
    total = sound.file_bytes if original else sound.pcm_bytes
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600" if sound.is_whole else "no-store",
    }
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}.wav"'
    start, stop, status = 0, total, 200
    wanted = _RANGE.fullmatch(range_) if range_ else None
    if wanted is not None and wanted.group(0) != "bytes=-":
        start, stop = _span(wanted.group(1), wanted.group(2), total)
        status = 206
        if start >= stop:
            headers["Content-Range"] = f"bytes */{total}"
            return Response(status_code=416, headers=headers)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
    headers["Content-Length"] = str(stop - start)
    send = keeper.files.stream_original if original else keeper.files.stream_pcm
    return StreamingResponse(
        send(sound, start, stop), status_code=status, headers=headers, media_type="audio/wav"
    )


def _span(first: str, last: str, total: int) -> tuple[int, int]:
    """The half-open range that `first-last` asks of `total` bytes."""
    if not first:
        return max(0, total - int(last)), total
    return int(first), min(total, int(last) + 1 if last else total)


def _filter(query: Mapping[str, str]) -> CallFilter:
    number = query.get("number") or None
    if number is not None and not _NUMBER.fullmatch(number):
        raise BadFilterError("A number has digits, + * and #.", field="number")
    for field, words in (("direction", get_args(Direction)), ("result", get_args(Result))):
        if query.get(field) and query[field] not in words:
            raise BadFilterError(f"One of {', '.join(words)}.", field=field)
    return CallFilter(
        from_ms=_moment("from", query.get("from")),
        to_ms=_moment("to", query.get("to")),
        number=number,
        direction=query.get("direction") or None,
        result=query.get("result") or None,
        queue_id=query.get("queue_id") or None,
        agent_id=query.get("agent_id") or None,
    )


def _moment(field: str, text: str | None) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise BadFilterError(
            "A time with its zone, for example 2026-11-22T09:00:00.000Z.", field=field
        ) from None


def _count(field: str, text: str | None, default: int, highest: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text[:9]) <= highest:
        raise BadFilterError(f"A number from 1 to {highest}.", field=field)
    return int(text)


def _cursor(text: str | None) -> tuple[int, str] | None:
    if not text:
        return None
    try:
        at_ms, slash, call_id = urlsafe_b64decode(text).decode().partition("/")
        if not slash:
            raise ValueError("no call")
        return int(at_ms), call_id
    except ValueError:
        raise BadFilterError("Take next_cursor of the page before.", field="cursor") from None
