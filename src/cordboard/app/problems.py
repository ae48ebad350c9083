"""Errors become answers here and nowhere else: RFC 9457 problem documents.

A DomainError says its own code and status; whatever the framework refuses gets the same shape.
An error that nobody foresaw is logged with its trace and an incident id; the answer carries the
id and nothing else.
"""

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from cordboard.kit.errors import DomainError

MEDIA_TYPE = "application/problem+json"

_CODES = {
    400: "bad-request",
    401: "signed-out",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}
_OWN = {"type", "title", "status", "code", "detail"}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document.

    Args:
        status: HTTP status.
        code: Kebab-case word for machines.
        detail: One sentence that says what to do.
        members: Further members, for example `errors` or `retry_after_s`.
        headers: Further headers.
    """
    extra = {key: value for key, value in (members or {}).items() if key not in _OWN}
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }
    sent = dict(headers or {})
    if isinstance(wait_s := extra.get("retry_after_s"), int):
        sent["Retry-After"] = str(wait_s)
    return Response(
        msgspec.json.encode(body, enc_hook=str), status, headers=sent, media_type=MEDIA_TYPE
    )


def incident() -> tuple[str, Response]:
    """An id to log an unforeseen error under, and the answer that names it."""
    incident_id = secrets.token_hex(6)
    detail = f"Something went wrong here. Tell your administrator this number: {incident_id}"
    return incident_id, problem(500, "internal", detail, members={"incident_id": incident_id})


def install(app: FastAPI) -> None:
    """Let the app answer foreseen errors as problems."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


async def _domain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return problem(error.status, error.code, error.detail, members=error.details)


async def _validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors: Sequence[Any] = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return problem(400, "invalid-json", "The body is not JSON.")
    fields = [
        {"field": _field(each["loc"]), "message": _sentence(str(each["msg"]))} for each in errors
    ]
    detail = "; ".join(f"{each['field']}: {each['message']}" for each in fields)
    return problem(422, "invalid", detail, members={"errors": fields})


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status < 400 or status in (204, 304):
        return Response(status_code=status, headers=error.headers)
    detail = error.detail if error.detail != HTTPStatus(status).phrase else _DETAILS.get(status, "")
    code = _CODES.get(status, f"http-{status}")
    return problem(status, code, detail or str(error.detail), headers=error.headers)


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
}


def _field(place: Sequence[object]) -> str:
    """`("body", "needs", 0, "level")` as `needs.0.level`; the body itself as `body`."""
    return ".".join(map(str, place[1:])) or str(place[0])


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")
