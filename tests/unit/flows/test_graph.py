"""What a good flow is; bad ones stand in tests/wire/flows."""

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.flows.errors import BadFlowError
from cordboard.flows.graph import Flow, check, check_prompts
from cordboard.flows.nodes import KINDS
from tests.unit.flows.hotline import BYE, a_flow

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).resolve().parents[3] / "src" / "cordboard" / "app" / "demo" / "flows"
DEMO = (FOLDER / "demo.json").read_bytes()
SMALL = a_flow({"bye": BYE})


def problems_of(document: object) -> list[Any]:
    """Where and what, for each problem; empty for a good flow."""
    try:
        check(document)
    except BadFlowError as error:
        bad = error
    else:
        return []
    found: Any = bad.details["problems"]
    assert found
    assert (bad.status, bad.code) == (422, "bad-flow")
    assert all(msgspec.json.encode(one) for one in found)
    return [(one["node_id"], one["path"], one["code"]) for one in found]


def test_the_smallest_flow() -> None:
    flow = check(SMALL)

    assert (flow.id, flow.version, flow.start, flow.languages) == ("demo", 1, "bye", ("zh", "en"))
    assert flow.document == SMALL


def test_bytes_and_objects_are_the_same_flow() -> None:
    assert check(DEMO) == check(msgspec.json.decode(DEMO))


def test_a_node_that_nobody_reaches_is_a_warning() -> None:
    lonely = {"kind": "play", "items": ["x"], "exits": {"done": "bye"}}
    flow = check(a_flow({"bye": BYE, "lonely": lonely}))

    assert [(one.node_id, one.code, one.severity) for one in flow.warnings] == [
        ("lonely", "unreachable", "warning")
    ]


def test_a_loop_in_which_the_caller_hears_something_is_a_flow() -> None:
    play = {"kind": "play", "items": ["x"], "exits": {"done": "count"}}
    count = {"kind": "set", "add": {"n": 1}, "exits": {"done": "enough"}}
    enough = {
        "kind": "compare",
        "variable": "n",
        "op": "ge",
        "value": "3",
        "exits": {"true": "bye", "false": "play"},
    }
    nodes = {"play": play, "count": count, "enough": enough, "bye": BYE}

    assert check(a_flow(nodes, variables={"n": "0"})).warnings == ()


def test_all_faults_are_listed_at_once() -> None:
    nodes = {
        "a": {"kind": "play", "items": [], "exits": {"done": "nowhere"}, "colour": "red"},
        "b": {"kind": "dance"},
        "c": {"kind": "say", "value": "{who}", "exits": {}},
        "d": 7,
    }
    found = problems_of(a_flow(nodes, start="z", version="one"))

    assert set(found) == {
        ("", "version", "bad-value"),
        ("", "start", "no-such-node"),
        ("a", "colour", "unknown-field"),
        ("a", "items", "bad-value"),
        ("a", "exits.done", "no-such-node"),
        ("b", "kind", "unknown-kind"),
        ("c", "value", "unknown-variable"),
        ("c", "exits.done", "missing-exit"),
        ("d", "", "bad-value"),
    }


@pytest.mark.parametrize(
    "document",
    [
        None, 7, "text", [], [SMALL], b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 50_000,
        {"a": object()}, {1: 2}, {"a": {1j}}, {"a": "\ud800"}, {"a": "\x00"}, {"a": 10**400},
        {**SMALL, "name": "x" * 300_000}, {**SMALL, "variables": {"a": math.nan}},
        b'{"a": "\\ud800"}', b'{"id": "\\u0000"}',
    ],
    ids=range(20),
)  # fmt: skip
def test_what_is_no_document_is_a_bad_flow(document: object) -> None:
    assert problems_of(document)


def test_a_document_in_itself_is_a_bad_flow() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop

    assert problems_of(loop) == [("", "", "not-a-document")]


class TestPrompts:
    def test_prompts_of_all_nodes_and_languages_are_asked_for_once(self) -> None:
        asked: list[tuple[str, ...]] = []

        def missing(items: tuple[str, ...]) -> tuple[str, ...]:
            asked.append(items)
            return ()

        assert check_prompts(check(DEMO), missing) == ()
        (items,) = asked
        assert len(set(items)) == len(items)
        assert {"file:zh/menus/main_water", "file:en/system/error", "file:en/goodbye"} <= set(items)
        assert not any(item.startswith("say:") for item in items)

    def test_a_flow_of_one_language_needs_no_prompts_of_another(self) -> None:
        flow = check(a_flow({"bye": {"kind": "hang_up", "items": ["goodbye"]}}, languages=["zh"]))
        found = check_prompts(flow, lambda items: items)

        assert [(one.node_id, one.message) for one in found] == [
            ("bye", "there is no prompt file:zh/goodbye"),
            ("", "there is no prompt file:zh/system/error"),
        ]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = sorted({field for kind in KINDS.values() for field in kind.__struct_fields__})
NODE = st.dictionaries(
    st.sampled_from(["kind", *FIELDS]),
    JUNK | st.sampled_from([*KINDS, {"done": "a"}, {"1": "x"}, ["x"], "{a}", "language"]),
    max_size=8,
)


@given(JUNK)
def test_any_object_is_a_flow_or_a_bad_flow(document: object) -> None:
    assert problems_of(document)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_flow_or_a_bad_flow(document: bytes) -> None:
    assert problems_of(document)


@given(st.dictionaries(st.sampled_from("abc"), NODE, min_size=1, max_size=3), JUNK)
def test_any_nodes_are_a_flow_or_a_bad_flow(nodes: dict[str, Any], junk: object) -> None:
    problems_of(a_flow(nodes, start="a", variables={"a": ""}))
    problems_of(a_flow(nodes, variables=junk, languages=junk))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, one in inner:
        is_branch = isinstance(one, dict | list)
        found += _paths(one, (*path, key)) if is_branch else [(*path, key)]
    return found


PATHS = _paths(msgspec.json.decode(DEMO))


@given(st.sampled_from(PATHS), JUNK | st.just("DROP"))
def test_the_demo_with_anything_changed_is_a_flow_or_a_bad_flow(
    path: tuple[Any, ...], junk: object
) -> None:
    document = msgspec.json.decode(DEMO)
    place = document
    for key in path[:-1]:
        place = place[key]
    if junk == "DROP":
        del place[path[-1]]
    else:
        place[path[-1]] = junk
    problems_of(document)


@given(st.integers(0, len(DEMO) - 1), st.integers(0, 255))
def test_the_demo_with_any_byte_changed_is_a_flow_or_a_bad_flow(at: int, byte: int) -> None:
    problems_of(DEMO[:at] + bytes([byte]) + DEMO[at + 1 :])


def test_the_demo_cut_anywhere_is_a_bad_flow() -> None:
    whole = DEMO.rstrip()
    for end in range(0, len(whole), 41):
        assert problems_of(whole[:end]), end


def test_the_largest_flow_is_checked_and_a_larger_one_refused() -> None:
    play = {"kind": "play", "items": ["x"]}
    nodes = {f"n{i}": {**play, "exits": {"done": f"n{(i + 1) % 500}"}} for i in range(500)}
    assert isinstance(check(a_flow(nodes)), Flow)
    nodes["more"] = {**play, "exits": {"done": "n0"}}

    assert problems_of(a_flow(nodes)) == [("", "nodes", "bad-value")]
