"""Modules stay small enough to be read at one sitting; a longer one has a listed reason."""

import pytest

from tests.support.tree import HOUSE, ROOT, modules

pytestmark = pytest.mark.arch

MOST_LINES = 400

REASONS: dict[str, str] = {
    "app/config.py": "every setting in one place, to be found and read",
    "calls/events.py": "one list of all that a call tells, none longer than it says",
}
"Path under src/cordboard → why this file is better whole."


def test_no_module_is_long_without_a_reason() -> None:
    long = {
        str(path.relative_to(HOUSE)): lines
        for path, _ in modules()
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert {path: lines for path, lines in long.items() if path not in REASONS} == {}
    assert [path for path in REASONS if path not in long] == [], "a reason that is no longer needed"


def test_rooms_introduce_themselves_in_fifteen_to_forty_lines() -> None:
    bad = {}
    for door in sorted(HOUSE.glob("*/__init__.py")):
        readme = door.with_name("README.md")
        lines = len(readme.read_text().splitlines()) if readme.exists() else 0
        if not 15 <= lines <= 40:
            bad[str(readme.relative_to(ROOT))] = lines
    assert bad == {}
