"""Logs say what happened and never to whom."""

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from cordboard.kit import logs
from cordboard.kit.pii import Pii
from tests.support.tree import modules

pytestmark = pytest.mark.unit

EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
METHODS = {"debug", "info", "warning", "error", "critical", "exception"}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def logged(lines: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return found


def test_a_line_is_an_event_with_keys(lines: io.StringIO) -> None:
    logs.configure("json", stream=lines)

    structlog.get_logger("x").info("offer.made", call_id="c-01jdabc", wait_ms=1_795_000_000_000)

    line = logged(lines)
    assert (line["event"], line["call_id"]) == ("offer.made", "c-01jdabc")
    assert (line["wait_ms"], line["level"]) == (1_795_000_000_000, "info")
    assert line["timestamp"].endswith("Z")


def test_personal_values_print_as_stars(lines: io.StringIO) -> None:
    logs.configure("json", stream=lines)

    structlog.get_logger("x").info(
        "call.arrived", caller=Pii("Li Min"), **{"pii.caller": Pii("Li Min")}, keys=[Pii("12")]
    )

    line = logged(lines)
    assert (line["caller"], line["pii.caller"], line["keys"]) == ("***", "***", ["***"])
    assert "Li Min" not in lines.getvalue()


def test_personal_values_are_shown_under_their_key_where_that_is_allowed(
    lines: io.StringIO,
) -> None:
    logs.configure("json", show_personal=True, stream=lines)

    structlog.get_logger("x").info("a", caller=Pii("Li Min"), **{"pii.caller": Pii("Li Min")})

    line = logged(lines)
    assert (line["caller"], line["pii.caller"]) == ("***", "Li Min")


@pytest.mark.parametrize(
    "text", ["13800138000", "to +86 138 0013 8000 now", "021-62345678", "sent 6225880123456789 on"]
)
def test_a_number_that_slipped_in_is_masked(lines: io.StringIO, text: str) -> None:
    logs.configure("json", stream=lines)

    structlog.get_logger("x").info("a.b", text=text, nested={"deep": [text]})
    logging.getLogger("elsewhere").warning("called %s", text)

    assert not re.search(r"\d{4}", re.sub(r'"timestamp": "[^"]*"', "", lines.getvalue()))


@pytest.mark.parametrize(
    "text",
    ["c-01jd0000012345678", "192.168.100.200:15060", "2026-11-22 17:37:36", "8001", "0.0001234567"],
)
def test_ids_addresses_and_times_are_not_masked(lines: io.StringIO, text: str) -> None:
    logs.configure("json", stream=lines)

    structlog.get_logger("x").info("a.b", text=text)

    assert logged(lines)["text"] == text


def test_a_trace_has_no_local_variables_and_no_numbers(lines: io.StringIO) -> None:
    logs.configure("json", stream=lines)
    secret = "geheim-and-local"  # noqa: F841 - must not be shown

    try:
        raise ValueError("cannot dial 13800138000")
    except ValueError:
        structlog.get_logger("x").exception("work.failed")

    line = logged(lines)
    assert "ValueError: cannot dial ***" in line["exception"]
    assert "geheim-and-local\n" not in line["exception"].replace('secret = "geheim', "")


def test_people_get_lines_too(lines: io.StringIO) -> None:
    logs.configure("console", "debug", stream=lines)

    structlog.get_logger("x").debug("state.changed", before="idle", after="ringing")

    assert "state.changed" in lines.getvalue()
    assert "before=idle" in lines.getvalue()


def test_what_is_below_the_level_is_not_printed(lines: io.StringIO) -> None:
    logs.configure("json", "warning", stream=lines)

    structlog.get_logger("x").info("a.b")

    assert lines.getvalue() == ""


def loose_events(tree: ast.Module) -> list[str]:
    """Log calls whose event is no static snake word."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in METHODS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("log", "_log", "logger")
    ]
    return [
        f"line {call.lineno}"
        for call in calls
        if not (
            call.args
            and isinstance(call.args[0], ast.Constant)
            and isinstance(call.args[0].value, str)
            and EVENT.fullmatch(call.args[0].value)
        )
    ]


def test_every_event_of_the_house_is_static_words() -> None:
    assert {str(path): lines for path, tree in modules() if (lines := loose_events(tree))} == {}


def test_this_rule_bites() -> None:
    assert loose_events(ast.parse('_log.info(f"call {x}")')) == ["line 1"]
    assert loose_events(ast.parse('_log.info("Call arrived")')) == ["line 1"]
    assert loose_events(ast.parse('_log.info("call.arrived", call_id=x)')) == []
