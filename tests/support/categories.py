"""Each test module says in one word what kind of test it holds.

`make quick` and `make test` choose by these words; a module without one would never be run by the
first, and one with two would be run in a world that it does not expect.
"""

from types import ModuleType

import pytest
from typing_extensions import override

CATEGORIES = frozenset({"unit", "wire", "contract", "story", "replay", "web", "arch", "live"})

VIRTUAL = frozenset({"unit", "story"})
"Categories whose async tests run in virtual time."


def categories_of(module: ModuleType) -> list[str]:
    """The categories that `pytestmark` of the module names, in order of naming."""
    marks = getattr(module, "pytestmark", [])
    listed = marks if isinstance(marks, list | tuple) else [marks]
    return [mark.name for mark in listed if mark.name in CATEGORIES]


class CategorisedModule(pytest.Module):
    """A test module that is collected only if it declares exactly one category."""

    @override
    def collect(self) -> "list[pytest.Item | pytest.Collector]":
        """The tests of the module.

        Raises:
            CollectError: If `pytestmark` names no category, or more than one.
        """
        found = categories_of(self.obj)
        if len(found) != 1:
            raise self.CollectError(
                f"{self.path.name} declares {' and '.join(found) or 'no category'}: write exactly "
                f"one `pytestmark = pytest.mark.<{'|'.join(sorted(CATEGORIES))}>`"
            )
        return list(super().collect())
