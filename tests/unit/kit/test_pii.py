"""A personal value never shows what it holds by accident."""

import json

import pytest

from cordboard.kit.pii import Pii

pytestmark = pytest.mark.unit


def test_no_way_of_printing_shows_it() -> None:
    number = Pii("13800138000")

    assert f"{number} {number!r} {number:>5} {[number]}" == "*** *** *** [***]"
    assert json.dumps({"n": number}, default=repr) == '{"n": "***"}'
    assert number.reveal() == "13800138000"
