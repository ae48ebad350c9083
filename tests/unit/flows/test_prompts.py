import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.flows.model import LANGUAGES, Scope
from cordboard.flows.nodes.prompts import fixed_items, item_faults, resolve

pytestmark = pytest.mark.unit

SCOPE = Scope(variables=frozenset({"x"}), languages=LANGUAGES)


@pytest.mark.parametrize(
    ("item", "played"),
    [
        ("menus/main", "file:en/menus/main"),
        ("file:zh/menus/main", "file:zh/menus/main"),
        ("tone:busy/cn/3000", "tone:busy/cn/3000"),
        ("tone:beep/cn", "tone:beep/cn"),
        ("silence:500", "silence:500"),
        ("moh:default/5000", "moh:default/5000"),
        ("say:digits/{x}", "say:en:digits/42"),
        ("say:zh:number/1{x}", "say:zh:number/142"),
    ],
)
def test_items_get_the_language_of_the_caller(item: str, played: str) -> None:
    assert list(item_faults("items", [item], SCOPE)) == []
    assert resolve([item], "en", "", {"x": "42"}) == (played,)


@pytest.mark.parametrize(
    "item",
    [
        "../secret", "/etc/passwd", "a//b", "a/", "Menus", "file:{x}", "file:../x", "{x}",
        "tone:busy/cn", "moh:default", "silence:1234567", "silence:-1", "say:poem/1", "say:digits/",
        "say:de:digits/1", "http://example.org/x", "a b", "menus/main\n", "tts:hello",
    ],
)  # fmt: skip
def test_what_is_no_prompt_or_never_ends_is_a_fault(item: str) -> None:
    assert [fault.path for fault in item_faults("items", ["ok", item], SCOPE)] == ["items.1"]


def test_a_bilingual_prompt_is_chinese_then_english() -> None:
    items = ["hello", "silence:500"]

    assert resolve(items, "en", "both", {}) == (
        "file:zh/hello", "silence:500", "file:en/hello", "silence:500",
    )  # fmt: skip


def test_fixed_items_are_those_of_all_languages_and_no_values() -> None:
    items = ["hello", "say:digits/{x}", "silence:5"]

    assert set(fixed_items(items, "", LANGUAGES)) == {"file:zh/hello", "file:en/hello", "silence:5"}
    assert set(fixed_items(items, "en", LANGUAGES)) == {"file:en/hello", "silence:5"}


@given(st.text())
def test_no_value_names_a_file_or_another_item(value: str) -> None:
    for item in resolve(
        ["say:digits/{x}", "say:money/{x}", "say:date/{x}"], "zh", "", {"x": value}
    ):
        assert item.startswith("say:zh:")
        assert ".." not in item
        assert "\n" not in item
