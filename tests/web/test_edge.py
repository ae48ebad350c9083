"""What every request and every answer passes: headers, checks, problems, pages, health."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from cordboard.app.http_edge import MOST_BODY_BYTES
from cordboard.kit.errors import ConflictError
from tests.support.databases import a_database
from tests.support.web import WebHouse, a_web_house, problem_of

pytestmark = pytest.mark.web


class Skill(BaseModel):
    level: int


class Need(BaseModel):
    skills: list[Skill] = []


def a_router() -> APIRouter:
    router = APIRouter(prefix="/api/try")

    @router.get("/bug")
    async def bug() -> None:
        raise RuntimeError("the password is 13800138000")

    @router.get("/late-bug")
    async def late_bug() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("in the middle")

        return StreamingResponse(parts())

    @router.get("/conflict")
    async def conflict() -> None:
        raise ConflictError("The queue is closed.", queue_id="q-1", retry_after_s=7)

    @router.get("/gone")
    async def gone() -> None:
        raise HTTPException(410, "It was forgotten.")

    @router.get("/number")
    async def number(limit: int = Query(le=10)) -> int:
        return limit

    @router.post("/need")
    async def need(need: Need) -> int:
        return len(need.skills)

    return router


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>" + "<p>house</p>" * 200)
    (root / "assets" / "app-C-V1Wsz2.js").write_text("let house = 1;\n" * 500)
    (root / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return root


@pytest.fixture
async def house(tmp_path: Path, pages: Path) -> AsyncIterator[WebHouse]:
    with a_database("sqlite", tmp_path) as url:
        async with a_web_house(url, routers=(a_router(),), pages=pages) as house:
            yield house


class TestProblems:
    async def test_an_unforeseen_error_shows_its_number_and_nothing_else(
        self, house: WebHouse, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await house.client().get("/api/try/bug")

        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (500, "internal")
        assert len(problem["incident_id"]) == 12
        assert problem["incident_id"] in problem["detail"]
        assert "RuntimeError" not in answer.text
        assert "138" not in answer.text.replace(problem["incident_id"], "")

    async def test_an_error_in_the_middle_leaves_the_answer_unfinished(
        self, house: WebHouse
    ) -> None:
        """So that the server breaks the line and nobody takes half an answer for a whole one."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.Event().wait()  # the browser stays

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "method": "GET",
            "path": "/api/try/late-bug",
            "query_string": b"",
            "headers": [],
        }
        await house.app(scope, receive, send)

        assert [message["type"] for message in sent] == [
            "http.response.start",
            "http.response.body",
        ]
        assert sent[1] == {"type": "http.response.body", "body": b"half", "more_body": True}

    async def test_a_domain_error_tells_its_code_and_details(self, house: WebHouse) -> None:
        answer = await house.client().get("/api/try/conflict")

        assert problem_of(answer) == {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "code": "conflict",
            "detail": "The queue is closed.",
            "queue_id": "q-1",
            "retry_after_s": 7,
        }
        assert answer.headers["retry-after"] == "7"

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/api/nothing", 404, "not-found"),
            ("POST", "/api/nothing", 404, "not-found"),
            ("GET", "/api", 404, "not-found"),
            ("GET", "/api/", 404, "not-found"),
            ("DELETE", "/api/try/bug", 405, "method-not-allowed"),
            ("POST", "/anything", 405, "method-not-allowed"),
            ("GET", "/api/try/gone", 410, "http-410"),
            ("GET", "/api/try/number?limit=11", 422, "invalid"),
            ("GET", "/api/try/number", 422, "invalid"),
        ],
    )
    async def test_whatever_the_framework_refuses_is_a_problem_too(
        self, house: WebHouse, method: str, path: str, status: int, code: str
    ) -> None:
        answer = await house.client().request(method, path)
        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (status, code)
        if status == 405:
            assert answer.headers["allow"]

    async def test_fields_are_named_by_their_path(self, house: WebHouse) -> None:
        sent = {"skills": [{"level": 1}, {"level": "x"}, {}]}
        problem = problem_of(await house.client().post("/api/try/need", json=sent))
        assert [each["field"] for each in problem["errors"]] == ["skills.1.level", "skills.2.level"]
        assert all(each["message"].endswith(".") for each in problem["errors"])

    @pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
    async def test_a_body_that_is_not_json(self, house: WebHouse, content: bytes) -> None:
        answer = await house.client().post(
            "/api/try/need", content=content, headers={"Content-Type": "application/json"}
        )
        assert problem_of(answer)["status"] in (400, 422)

    async def test_a_body_without_end_is_refused(self, house: WebHouse) -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536

        said = await house.client().post("/api/try/need", content=b"x" * (MOST_BODY_BYTES + 1))
        unsaid = await house.client().post("/api/try/need", content=endless())

        assert problem_of(said)["code"] == problem_of(unsaid)["code"] == "too-large"


class TestHeaders:
    async def test_every_answer_is_guarded(self, house: WebHouse) -> None:
        for path in ("/", "/api/try/bug", "/api/nothing", "/healthz"):
            headers = (await house.client().get(path)).headers
            assert "script-src" not in headers["content-security-policy"]
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-request-id"]

    async def test_answers_of_the_api_are_kept_by_nobody(self, house: WebHouse) -> None:
        assert (await house.client().get("/healthz")).headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("given", "kept"), [("trace-1.2_3", True), ("a b", False), ("x" * 65, False), ("", False)]
    )
    async def test_a_request_id_is_taken_over_if_it_is_one(
        self, house: WebHouse, given: str, kept: bool
    ) -> None:
        answer = await house.client().get("/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) is kept


class TestPages:
    async def test_addresses_of_the_front_end_get_the_index(self, house: WebHouse) -> None:
        for path in ("/", "/desk", "/calls/c-01jd", "/index.html"):
            answer = await house.client().get(path)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
            assert answer.text.startswith("<!doctype html>")
            assert answer.headers["content-type"] == "text/html; charset=utf-8"

    async def test_files_with_a_hash_are_kept_for_a_year(self, house: WebHouse) -> None:
        answer = await house.client().get("/assets/app-C-V1Wsz2.js")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/javascript")

    async def test_a_file_that_is_not_there_is_not_the_index(self, house: WebHouse) -> None:
        for path in (
            "/assets/app-0ld.js",
            "/robots.txt",
            "/assets/../../secret.txt",
            "/..%2fsecret.txt",
        ):
            assert problem_of(await house.client().get(path))["status"] == 404

    async def test_they_are_compressed_for_whoever_can_read_that(
        self, house: WebHouse, pages: Path
    ) -> None:
        client = house.client()
        small = await client.get("/", headers={"Accept-Encoding": "gzip"})
        plain = await client.get("/", headers={"Accept-Encoding": "identity"})

        assert small.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert small.text == plain.text == (pages / "index.html").read_text()
        assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 5
        assert len(gzip.compress(plain.content)) < len(plain.content)

    async def test_what_the_browser_has_is_not_sent_again(self, house: WebHouse) -> None:
        client = house.client()
        etag = (await client.get("/favicon.svg")).headers["etag"]
        again = await client.get("/favicon.svg", headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")

    async def test_head_has_no_body(self, house: WebHouse) -> None:
        answer = await house.client().request("HEAD", "/")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0

    async def test_a_new_build_is_seen_without_a_restart(
        self, house: WebHouse, pages: Path
    ) -> None:
        client = house.client()
        await client.get("/")
        (pages / "assets" / "new-1.js").write_text("1")
        (pages / "index.html").write_text("new")

        assert (await client.get("/")).text == "new"
        assert (await client.get("/assets/new-1.js")).text == "1"

    async def test_without_pages_the_reason_is_said(self, tmp_path: Path) -> None:
        with a_database("sqlite", tmp_path) as url:
            async with a_web_house(url) as house:
                problem = problem_of(await house.client().get("/"))
        assert "not built" in problem["detail"]


class TestHealth:
    async def test_the_process_is_alive(self, house: WebHouse) -> None:
        assert (await house.client().get("/healthz")).json() == {
            "status": "ok",
            "calls": "taken",
        }

    async def test_ready_says_which_check_fails(self, house: WebHouse) -> None:
        ready = await house.client().get("/readyz")
        house.checks["not-draining"] = False
        draining = await house.client().get("/readyz")

        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert (draining.status_code, draining.json()) == (
            503,
            {"ready": False, "checks": {"database": True, "not-draining": False}},
        )

    async def test_requests_are_counted_by_route_and_not_by_address(self, house: WebHouse) -> None:
        await house.client().get("/api/try/number?limit=3")
        await house.client().get("/calls/c-01jd")
        text = (await house.client().get("/metrics")).text

        assert (
            'http_request_seconds_count{method="GET",route="/api/try/number",status="200"}' in text
        )
        assert 'route="-"' in text
        assert "c-01jd" not in text

    async def test_the_interface_is_described(self, house: WebHouse) -> None:
        described: dict[str, Any] = json.loads((await house.client().get("/api/openapi.json")).text)
        assert "/api/session" in described["paths"]
