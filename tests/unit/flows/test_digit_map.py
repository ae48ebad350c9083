import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.flows.nodes.digit_map import expand, matches
from cordboard.media.collect import compile_pattern

pytestmark = pytest.mark.unit

KEYS = "0123456789*#"


@pytest.mark.parametrize(
    ("text", "digits", "fits"),
    [
        ("XXXX", "0009", True),
        ("XXXX", "000", False),
        ("ZX", "05", False),
        ("NX", "15", False),
        ("1[358-9]", "18", True),
        ("1[358-9]", "17", False),
        ("*#", "*#", True),
        ("12|34", "34", True),
        ("12|34", "1234", False),
    ],
)
def test_an_entry_matches_in_full_or_not_at_all(text: str, digits: str, fits: bool) -> None:
    assert matches(text, digits) is fits


@pytest.mark.parametrize(
    "text",
    [
        "", "|", "1|", "X+", "(X)*", "[5-1]", "[", "[]", "[X]", "x", "X" * 33,
        "|".join("1" * 17), "1\n", "[" + "1" * 11 + "]", "１", "^1$", ".",
    ],
)  # fmt: skip
def test_what_is_no_digit_map_is_refused_and_matches_nothing(text: str) -> None:
    assert expand(text) is None
    assert not matches(text, text)


@given(st.text(alphabet="0129XZN*#[]-|", max_size=24), st.text(alphabet=KEYS, max_size=8))
def test_media_reads_the_alternatives_as_we_do(text: str, digits: str) -> None:
    patterns = expand(text)

    if patterns is not None:
        assert matches(text, digits) == any(re.fullmatch(one, digits) for one in patterns)
        assert matches(text, digits) == any(
            compile_pattern(one).fullmatch(digits) is not None for one in patterns
        )


def test_no_map_takes_long() -> None:
    hard = "|".join(["X" * 32] * 16)
    began = time.perf_counter()
    matches(hard, "1" * 31 + "*")

    assert time.perf_counter() - began < 0.1
