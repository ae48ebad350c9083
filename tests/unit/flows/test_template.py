import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.flows.model import Scope
from cordboard.flows.nodes.template import MAX_VALUE_CHARS, names, render, template_faults

pytestmark = pytest.mark.unit

SCOPE = Scope(variables=frozenset({"a", "b"}), languages=("zh",))


def test_variables_are_filled_in() -> None:
    assert render("{a}-{b}-{c}", {"a": "1", "b": "2"}) == "1-2-"


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert render("{a}", {"a": "{b}", "b": "no"}) == "{b}"


@pytest.mark.parametrize("text", ["{a.__class__}", "{a!r}", "{a[0]}", "{0}", "{}"])
def test_there_is_no_code_in_it(text: str) -> None:
    assert render(text, {"a": "x"}) == ""
    assert [fault.code for fault in template_faults("f", text, SCOPE)] == ["unknown-variable"]


@pytest.mark.parametrize("text", ["{", "}", "{a", "a}", "{{a}", "}{"])
def test_stray_braces_are_faults(text: str) -> None:
    assert "bad-template" in [fault.code for fault in template_faults("f", text, SCOPE)]


@given(st.text(), st.dictionaries(st.text(max_size=3), st.text(max_size=400)))
def test_any_text_is_rendered_and_never_too_long(text: str, values: dict[str, str]) -> None:
    assert len(render(text, values)) <= MAX_VALUE_CHARS
    assert isinstance(names(text), tuple)
