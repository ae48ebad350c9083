"""The web door of flows, through ASGI in memory."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from cordboard.flows.router import make_router
from cordboard.kit.errors import DomainError
from tests.unit.flows.hotline import BYE, Hotline, a_flow

pytestmark = pytest.mark.web

FOLDER = Path(__file__).resolve().parents[3] / "src" / "cordboard" / "app" / "demo" / "flows"
DEMO = (FOLDER / "demo.json").read_bytes()


def require(*roles: str) -> Callable[[Request], None]:
    """The directory's dependency, with the role in a header."""

    def user(request: Request) -> None:
        if request.headers.get("x-role") not in roles:
            raise HTTPException(403)

    return user


def problem(_: Request, error: Exception) -> JSONResponse:
    """The app's edge, as far as these tests look at it."""
    assert isinstance(error, DomainError)
    body = {"code": error.code, "detail": error.detail, **error.details}
    return JSONResponse(body, status_code=error.status)


@pytest.fixture
async def administrator() -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    hotline = Hotline(a_flow({"bye": BYE}, version=2, name="供水热线"))
    app.include_router(make_router(hotline.service, require))
    app.add_exception_handler(DomainError, problem)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://house",
        headers={"x-role": "administrator"},
    ) as client:
        yield client


async def test_flows_are_listed(administrator: httpx2.AsyncClient) -> None:
    answer = await administrator.get("/api/flows")

    assert answer.json() == [
        {
            "id": "demo",
            "name": "供水热线",
            "name_en": "",
            "version": 2,
            "languages": ["zh", "en"],
            "node_count": 1,
        }
    ]


async def test_a_flow_is_shown_with_its_document(administrator: httpx2.AsyncClient) -> None:
    flow = (await administrator.get("/api/flows/demo")).json()

    assert flow["document"]["nodes"] == {"bye": BYE}
    assert flow["warnings"] == []


async def test_a_flow_that_is_not_there(administrator: httpx2.AsyncClient) -> None:
    answer = await administrator.get("/api/flows/none")

    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-flow")


async def test_a_good_document_is_published_with_its_warnings(
    administrator: httpx2.AsyncClient,
) -> None:
    lonely = {"kind": "hang_up"}
    document = a_flow({"bye": BYE, "lonely": lonely}, version=3)
    answer = await administrator.post("/api/flows", json=document)

    assert answer.status_code == 201
    assert answer.json()["warnings"] == [
        {
            "node_id": "lonely",
            "path": "",
            "code": "unreachable",
            "message": "no exit leads here",
            "severity": "warning",
        }
    ]
    assert (await administrator.get("/api/flows/demo")).json()["version"] == 3


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        (a_flow({"bye": {"kind": "dance"}}, version=3), 422, "bad-flow"),
        (a_flow({"bye": BYE}, version=2, name="Other"), 409, "flow-version-taken"),
    ],
)
async def test_a_refused_document_changes_nothing(
    administrator: httpx2.AsyncClient, document: Any, status: int, code: str
) -> None:
    answer = await administrator.post("/api/flows", json=document)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 422:
        assert answer.json()["problems"][0]["path"] == "kind"
    assert (await administrator.get("/api/flows/demo")).json()["name"] == "供水热线"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"[" * 100_000, b'{"a": NaN}', b"\xff"])
async def test_any_body_is_answered(administrator: httpx2.AsyncClient, body: bytes) -> None:
    answer = await administrator.post(
        "/api/flows", content=body, headers={"content-type": "application/json"}
    )
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("role", ["agent", "supervisor", ""])
async def test_flows_are_for_administrators(administrator: httpx2.AsyncClient, role: str) -> None:
    for method, path in (("GET", ""), ("GET", "/demo"), ("POST", "")):
        answer = await administrator.request(
            method, f"/api/flows{path}", headers={"x-role": role}, json={}
        )
        assert answer.status_code == 403
