"""The checked graph of a flow: from any document to a Flow, or to every fault it has.

Pure. `check` is the only way to make a Flow, so a flow that runs cannot have a loose end: every
exit leads to a node, every variable is declared, no loop goes round without the caller hearing or
keying something. Whatever it is given, it returns a Flow or raises BadFlowError, nothing else.

Shape of a document, format 1: `{"format": 1, "id": "demo", "name": "...", "name_en": "...",
"version": 3, "languages": ["zh", "en"], "start": "n1", "variables": {"account": ""},
"nodes": {"n1": {"kind": "play", "items": ["menus/main"], "exits": {"done": "n2"}}}}`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from .errors import BadFlowError
from .model import FORMAT, LANGUAGES, SYSTEM_VARIABLES, FlowId, Language, Problem, Scope
from .nodes import APOLOGY, KINDS, NAME, Node
from .nodes.document import MAX_NODES, plain, read_fields, read_node

__all__ = ["Flow", "check", "check_prompts"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
Exits = Mapping[str, Mapping[str, str]]
"Node id -> exit -> node id."


class _Head(msgspec.Struct, kw_only=True):
    """The fields of a document around its nodes."""

    format: Annotated[int, Meta(ge=FORMAT, le=FORMAT)]
    id: Annotated[str, Meta(pattern=rf"^{_ID.pattern}\Z")]
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    name_en: Annotated[str, Meta(max_length=120)] = ""
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, max_length=2)] = LANGUAGES
    start: str
    variables: Annotated[dict[str, Annotated[str, Meta(max_length=256)]], Meta(max_length=64)] = (
        msgspec.field(default_factory=dict)
    )
    nodes: Annotated[dict[str, Any], Meta(min_length=1, max_length=MAX_NODES)]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that holds. Made by `check` alone."""

    id: FlowId
    name: str
    name_en: str
    version: int
    start: str
    languages: tuple[Language, ...]
    "What it speaks; the first is for callers who want another."

    variables: dict[str, str]
    "Name -> value while the call has none of this name."

    nodes: dict[str, Node]
    warnings: tuple[Problem, ...]
    document: dict[str, Any]
    "As it was published; nobody changes it any more."


def check(document: object) -> Flow:
    """The flow of a document.

    Args:
        document: Plain objects as JSON gives them, or JSON itself as bytes.

    Raises:
        BadFlowError: If it is no flow; `details["problems"]` lists every fault.
    """
    raw = plain(document)
    if isinstance(raw, Problem):
        raise bad_flow(raw)
    problems: list[Problem] = []
    head = read_fields(_Head, raw, "", problems)
    nodes: dict[str, Node] = {}
    exits: dict[str, Mapping[str, str]] = {}
    for node_id, one in head.get("nodes", {}).items():
        node, exits[node_id] = read_node(KINDS, node_id, one, problems)
        if node is not None:
            nodes[node_id] = node
    problems += _name_faults(head)
    problems += _node_faults(nodes, _scope(head))
    if exits:
        problems += _link_faults(head.get("start"), nodes, exits)
        problems += _spinning(nodes)
    if problems:
        raise bad_flow(*problems)
    del head["format"]
    head |= {"nodes": nodes, "warnings": _unreached(head["start"], exits), "document": raw}
    return Flow(**head)


def check_prompts(
    flow: Flow, missing_items: Callable[[tuple[str, ...]], Iterable[str]]
) -> tuple[Problem, ...]:
    """Which prompts of the flow do not exist, with the nodes that ask for them.

    Args:
        flow: The flow.
        missing_items: Says which of many items cannot be played (`Telephony.missing_items`).
    """
    wanted = {(f"file:{language}/{APOLOGY}", "") for language in flow.languages}
    for node_id, node in flow.nodes.items():
        wanted |= {(item, node_id) for item in node.prompts(flow.languages)}
    missing = set(missing_items(tuple(sorted({item for item, _ in wanted}))))
    return tuple(
        Problem(node_id, "", "missing-prompt", f"there is no prompt {item}")
        for item, node_id in sorted(wanted)
        if item in missing
    )


def bad_flow(*problems: Problem) -> BadFlowError:
    """The error that lists these."""
    rows = [msgspec.to_builtins(problem) for problem in problems]
    return BadFlowError(f"The flow has {len(rows)} fault(s): see problems.", problems=rows)


def _scope(head: Mapping[str, Any]) -> Scope:
    variables = frozenset(head.get("variables", {})) | SYSTEM_VARIABLES
    return Scope(variables=variables, languages=head.get("languages", LANGUAGES))


def _name_faults(head: Mapping[str, Any]) -> Iterator[Problem]:
    for name in head.get("variables", {}):
        path = f"variables.{name[:80]}"
        if not NAME.fullmatch(name):
            yield Problem("", path, "bad-name", "a variable is lower case: a-z, 0-9, _; up to 32")
        elif name in SYSTEM_VARIABLES:
            yield Problem("", path, "bad-name", "this is a system variable")
    for node_id in head.get("nodes", {}):
        if not _ID.fullmatch(node_id):
            yield Problem(node_id[:80], "", "bad-name", "a node id has a-z, 0-9, - and _; up to 64")


def _node_faults(nodes: Mapping[str, Node], scope: Scope) -> Iterator[Problem]:
    for node_id, node in nodes.items():
        for fault in node.faults(scope):
            yield Problem(node_id, fault.path, fault.code, fault.message)


def _link_faults(start: str | None, nodes: Mapping[str, Node], exits: Exits) -> Iterator[Problem]:
    if start is not None and start not in exits:
        yield Problem("", "start", "no-such-node", f"there is no node {start[:80]!r}")
    for node_id, ways in exits.items():
        for way, target in ways.items():
            if target not in exits:
                message = f"there is no node {target[:80]!r}"
                yield Problem(node_id, f"exits.{way[:80]}", "no-such-node", message)
    for node_id, node in nodes.items():
        names = node.exit_names()
        for way in sorted(set(names) - node.exits.keys()):
            yield Problem(node_id, f"exits.{way}", "missing-exit", "this exit must lead somewhere")
        for way in sorted(node.exits.keys() - set(names)):
            yield Problem(node_id, f"exits.{way[:80]}", "unknown-exit", "there is no such exit")


def _spinning(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """Nodes of loops in which the caller neither hears nor keys anything.

    What has no way on, or no way in, within the nodes that do not wait is on no such loop; taking
    it away again and again leaves the loops (and what lies between two of them).
    """
    silent = {key: set(node.exits.values()) for key, node in nodes.items() if not node.WAITS}
    while True:
        entered = set().union(*silent.values())
        kept = {
            key: ways & silent.keys()
            for key, ways in silent.items()
            if key in entered and ways & silent.keys()
        }
        if len(kept) == len(silent):
            break
        silent = kept
    for node_id in silent:
        yield Problem(node_id, "exits", "spinning", "a loop that never lets the caller hear or key")


def _unreached(start: str, exits: Exits) -> tuple[Problem, ...]:
    seen = {start}
    pending = [start]
    while pending:
        new = set(exits[pending.pop()].values()) - seen
        seen |= new
        pending.extend(new)
    return tuple(
        Problem(node_id, "", "unreachable", "no exit leads here", severity="warning")
        for node_id in exits
        if node_id not in seen
    )
