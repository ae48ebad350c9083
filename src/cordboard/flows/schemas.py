"""What the web is told of flows."""

from typing import Any

import msgspec
from pydantic import BaseModel

from .graph import Flow


class ProblemOut(BaseModel):
    """A fault or a warning."""

    node_id: str
    path: str
    code: str
    message: str
    severity: str


class FlowSummary(BaseModel):
    """A live flow in a list."""

    id: str
    name: str
    name_en: str
    version: int
    languages: list[str]
    node_count: int


class FlowOut(FlowSummary):
    """A live flow with its document."""

    document: dict[str, Any]
    warnings: list[ProblemOut]


def summary(flow: Flow) -> FlowSummary:
    """The flow as a list shows it."""
    return FlowSummary(
        id=flow.id,
        name=flow.name,
        name_en=flow.name_en,
        version=flow.version,
        languages=list(flow.languages),
        node_count=len(flow.nodes),
    )


def full(flow: Flow) -> FlowOut:
    """The flow with all that an editor needs."""
    warnings = [ProblemOut(**msgspec.to_builtins(problem)) for problem in flow.warnings]
    return FlowOut(**summary(flow).model_dump(), document=flow.document, warnings=warnings)
