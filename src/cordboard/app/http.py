"""The web application: rooms' doors, health, metrics and pages behind one edge."""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response

from cordboard.app import problems
from cordboard.app.http_edge import Edge
from cordboard.app.http_pages import Pages
from cordboard.kit.metrics import CONTENT_TYPE_LATEST, Metrics

Checks = Callable[[], Mapping[str, bool]]
"What must hold for new work to be taken, by name."


def make_app(
    routers: Iterable[APIRouter],
    *,
    checks: Checks,
    metrics: Metrics,
    calls: Callable[[], str],
    now_s: Callable[[], float],
    pages: Path | None,
    is_secure: bool = False,
) -> FastAPI:
    """The application.

    Args:
        routers: The doors of the rooms, already given what they need.
        checks: For `/readyz`, asked at each request; draining is one of them.
        metrics: For `/metrics`; the edge adds its own.
        calls: For `/healthz`: whether new calls are taken, or why not.
        now_s: Monotonic seconds.
        pages: Directory of the built web pages, if any.
        is_secure: Whether browsers reach us over TLS only.
    """
    app = FastAPI(
        title="Cordboard",
        version=version("cordboard"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    problems.install(app)
    app.include_router(_health(checks, metrics, calls))
    for router in routers:
        app.include_router(router)
    app.router.default = Pages(pages)
    took = metrics.histogram(
        "http_request_seconds", "Time to answer a request.", labels=("method", "route", "status")
    )
    app.add_middleware(
        Edge,
        now_s=now_s,
        timed=lambda method, route, status, seconds: took.labels(method, route, status).observe(
            seconds
        ),
        is_secure=is_secure,
    )
    return app


def _health(checks: Checks, metrics: Metrics, calls: Callable[[], str]) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def is_alive() -> dict[str, str]:
        """200 while the process answers at all."""
        return {"status": "ok", "calls": calls()}

    @router.get("/readyz")
    async def is_ready() -> JSONResponse:
        """200 while new work is taken, else 503; both say which checks hold."""
        found = dict(checks())
        ready = all(found.values())
        return JSONResponse({"ready": ready, "checks": found}, 200 if ready else 503)

    @router.get("/metrics")
    async def figures() -> Response:
        """All figures in Prometheus' text format."""
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router
