"""From any object to typed fields and nodes, with one problem for each field that does not fit.

Knows nothing of how nodes hang together: that is graph.check.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from cordboard.flows.model import Problem
from cordboard.flows.nodes.node import Node

MAX_DOCUMENT_BYTES = 256 * 1024
MAX_NODES = 500


def plain(document: object) -> dict[str, Any] | Problem:
    """The document as clean JSON objects, or why it cannot be stored as JSON.

    Args:
        document: Plain objects as JSON gives them, or JSON itself as bytes.
    """
    try:
        body = document if isinstance(document, bytes) else msgspec.json.encode(document)
        if len(body) > MAX_DOCUMENT_BYTES:
            return _no_document(f"a flow has at most {MAX_DOCUMENT_BYTES} bytes")
        if b"\\u0000" in body:
            return _no_document("the flow has a NUL character in it")
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError:
        return _no_document("a flow is a JSON object")
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return _no_document("the flow is no JSON")


def read_fields(
    shape: type[msgspec.Struct], raw: Mapping[str, Any], node_id: str, problems: list[Problem]
) -> dict[str, Any]:
    """The fields that fit, by name, with defaults; each that does not is added to problems."""
    found: dict[str, Any] = {}
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    problems.extend(
        Problem(node_id, name[:80], "unknown-field", "there is no such field")
        for name in sorted(raw.keys() - fields.keys())
    )
    for name, field in fields.items():
        if name in raw:
            try:
                found[name] = msgspec.convert(raw[name], type=field.type)
            except msgspec.ValidationError as error:
                message, _, where = str(error).partition(" - at `")
                path = name + where.rstrip("`").removeprefix("$")
                problems.append(Problem(node_id, path, "bad-value", message))
        elif field.required:
            problems.append(Problem(node_id, name, "missing-field", "this field is needed"))
        elif isinstance(field.default_factory, type):
            found[name] = field.default_factory()
        else:
            found[name] = field.default
    return found


def read_node(
    kinds: Mapping[str, type[Node]], node_id: str, raw: object, problems: list[Problem]
) -> tuple[Node | None, Mapping[str, str]]:
    """The node, or None if it has faults; and its exits as far as they can be read."""
    if not isinstance(raw, dict):
        problems.append(Problem(node_id, "", "bad-value", "a node is a JSON object"))
        return None, {}
    kind = raw.get("kind")
    shape = kinds.get(kind) if isinstance(kind, str) else None
    if shape is None:
        message = f"the kind of a node is one of {', '.join(kinds)}"
        problems.append(Problem(node_id, "kind", "unknown-kind", message))
        return None, {}
    before = len(problems)
    fields = {name: value for name, value in raw.items() if name != "kind"}
    found = read_fields(shape, fields, node_id, problems)
    exits = found.get("exits", {})
    return (shape(**found) if len(problems) == before else None), exits


def _no_document(message: str) -> Problem:
    return Problem("", "", "not-a-document", message)
