"""The web door of flows: list, show, check and publish."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends

from .graph import check
from .schemas import FlowOut, FlowSummary, full, summary
from .service import FlowService


def make_router(service: FlowService, require: Callable[..., Callable[..., Any]]) -> APIRouter:
    """The routes, for administrators only.

    Args:
        service: Does it.
        require: `directory`'s maker of dependencies: `require("administrator")`.
    """
    router = APIRouter(
        prefix="/api/flows", tags=["flows"], dependencies=[Depends(require("administrator"))]
    )

    @router.get("")
    async def list_flows() -> list[FlowSummary]:
        """The live flows, by id."""
        return [summary(flow) for flow in service.list_live()]

    @router.get("/{flow_id}")
    async def get_flow(flow_id: str) -> FlowOut:
        """One live flow with its document. Errors: 404 no-such-flow."""
        return full(service.get_live(flow_id))

    @router.post("", status_code=201)
    async def publish_flow(document: dict[str, Any]) -> FlowOut:
        """Check a document and make it live.

        Errors: 422 bad-flow with all `problems`; 409 flow-version-taken.
        """
        return full(await service.publish(check(document)))

    return router
