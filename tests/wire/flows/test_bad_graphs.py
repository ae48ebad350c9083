"""Flow documents that must be refused, each in a file named by its fault; see ORIGIN.md."""

from pathlib import Path
from typing import Any

import pytest

from cordboard.flows.errors import BadFlowError
from cordboard.flows.graph import check

pytestmark = pytest.mark.wire

HERE = Path(__file__).parent

BAD: dict[str, list[tuple[str, str, str]]] = {
    "format_of_tomorrow": [("", "format", "bad-value")],
    "no_format": [("", "format", "missing-field")],
    "no_start": [("", "start", "missing-field")],
    "start_is_no_node": [("", "start", "no-such-node")],
    "no_nodes": [("", "nodes", "bad-value")],
    "nodes_are_a_list": [("", "nodes", "bad-value")],
    "version_zero": [("", "version", "bad-value")],
    "version_is_text": [("", "version", "bad-value")],
    "id_with_a_path": [("", "id", "bad-value")],
    "id_with_a_line_end": [("", "id", "bad-value")],
    "name_is_empty": [("", "name", "bad-value")],
    "language_of_nobody": [("", "languages[1]", "bad-value")],
    "field_of_nobody": [("", "colour", "unknown-field")],
    "variable_in_capitals": [("", "variables.Account", "bad-name")],
    "variable_of_the_system": [("", "variables.date", "bad-name")],
    "variable_is_a_number": [("", "variables[...]", "bad-value")],
    "node_id_with_a_space": [("n n", "", "bad-name")],
    "node_is_text": [("n", "", "bad-value")],
    "node_of_no_kind": [("n", "kind", "unknown-kind")],
    "node_of_unknown_kind": [("n", "kind", "unknown-kind")],
    "node_with_unknown_field": [("n", "volume", "unknown-field")],
    "exit_missing": [("n", "exits.done", "missing-exit")],
    "exits_missing": [("n", "exits.done", "missing-exit")],
    "exit_into_nothing": [("n", "exits.done", "no-such-node")],
    "exit_of_nobody": [("n", "exits.back", "unknown-exit")],
    "exits_are_a_list": [("n", "exits", "bad-value")],
    "exit_is_a_number": [("n", "exits[...]", "bad-value")],
    "served_is_text": [("n", "served", "bad-value")],
    "label_too_long": [("n", "label", "bad-value")],
    "play_nothing": [("n", "items", "bad-value")],
    "play_a_path": [("n", "items.0", "bad-prompt")],
    "play_a_variable_as_name": [("n", "items.0", "bad-prompt")],
    "play_music_without_end": [("n", "items.0", "bad-prompt")],
    "play_unknown_variable": [("n", "items.0", "unknown-variable")],
    "play_in_no_language": [("n", "language", "bad-value")],
    "menu_without_keys": [("n", "keys", "bad-value")],
    "menu_with_two_digit_key": [("n", "keys.12", "bad-key")],
    "menu_with_letter_key": [("n", "keys.A", "bad-key")],
    "menu_key_without_exit": [("n", "exits.two", "missing-exit")],
    "menu_without_no_input": [("n", "exits.no_input", "missing-exit")],
    "menu_without_invalid": [("n", "exits.invalid", "missing-exit")],
    "menu_sets_by_no_key": [("n", "sets.2", "bad-key")],
    "menu_sets_unknown_variable": [("n", "sets.1.who", "unknown-variable")],
    "menu_sets_a_language_of_nobody": [("n", "sets.1.language", "bad-language")],
    "menu_sets_a_language_the_flow_lacks": [("n", "sets.1.language", "bad-language")],
    "menu_waits_for_ever": [("n", "timeout_s", "bad-value")],
    "menu_asks_for_ever": [("n", "retries", "bad-value")],
    "collect_into_unknown_variable": [("n", "variable", "unknown-variable")],
    "collect_into_read_only_variable": [("n", "variable", "read-only")],
    "collect_into_language": [("n", "variable", "read-only")],
    "collect_upside_down": [("n", "min_digits", "bad-length")],
    "collect_too_much": [("n", "max_digits", "bad-value")],
    "collect_with_regular_expression": [("n", "pattern", "bad-pattern")],
    "collect_ended_by_letter": [("n", "terminators", "bad-value")],
    "collect_without_invalid": [("n", "exits.invalid", "missing-exit")],
    "say_nothing": [("n", "value", "missing-field")],
    "say_as_a_poem": [("n", "form", "bad-value")],
    "say_with_stray_brace": [("n", "value", "bad-template")],
    "say_code": [("n", "value", "unknown-variable")],
    "set_unknown_variable": [("n", "values.who", "unknown-variable")],
    "set_read_only_variable": [("n", "values.caller_number", "read-only")],
    "set_language_by_template": [("n", "values.language", "bad-language")],
    "count_by_text": [("n", "add[...]", "bad-value")],
    "count_a_language": [("n", "add.language", "bad-language")],
    "compare_unknown_variable": [("n", "variable", "unknown-variable")],
    "compare_by_unknown_test": [("n", "op", "bad-value")],
    "compare_with_regular_expression": [("n", "value", "bad-pattern")],
    "compare_without_false": [("n", "exits.false", "missing-exit")],
    "compare_in_two_forms": [("n", "cases", "two-forms")],
    "compare_cases_without_else": [("n", "exits.else", "missing-exit")],
    "compare_case_without_exit": [("n", "cases[0]", "bad-value")],
    "compare_case_with_bad_pattern": [("n", "cases.0.value", "bad-pattern")],
    "route_to_nobody": [("n", "to", "bad-value")],
    "route_without_target": [("n", "target", "missing-field")],
    "route_to_a_path": [("n", "target", "bad-target")],
    "route_with_skill_level_eleven": [("n", "needs[...]", "bad-value")],
    "route_without_way_back": [("n", "exits.failed", "missing-exit")],
    "hang_up_with_exit": [("n", "exits.done", "unknown-exit")],
    "hang_up_with_cause_zero": [("n", "cause", "bad-value")],
    "spins_on_itself": [("n", "exits", "spinning")],
    "spins_over_three_nodes": [("m", "exits", "spinning"), ("o", "exits", "spinning")],
    "spins_by_a_failed_route": [("n", "exits", "spinning"), ("m", "exits", "spinning")],
}
"File -> node, path and code of each problem."

NO_DOCUMENT = sorted(path.name for path in HERE.glob("*.bin"))


def problems_of(body: bytes) -> Any:
    with pytest.raises(BadFlowError) as caught:
        check(body)
    return caught.value.details["problems"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_graph_is_refused_with_the_place_of_each_fault(name: str) -> None:
    found = problems_of((HERE / f"{name}.json").read_bytes())

    assert [(one["node_id"], one["path"], one["code"]) for one in found] == BAD[name]
    assert all(one["message"] and one["severity"] == "error" for one in found)


def test_every_file_has_its_row() -> None:
    assert {path.stem for path in HERE.glob("*.json")} == set(BAD)


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_what_is_no_json_object_is_refused(name: str) -> None:
    (found,) = problems_of((HERE / name).read_bytes())[:1]

    assert found["code"] in {"not-a-document", "bad-value", "missing-field"}
