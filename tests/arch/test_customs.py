"""House customs around the import law that no linter of the shelf checks."""

import ast

import pytest

from tests.support.tree import HOUSE, modules

pytestmark = pytest.mark.arch

NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "base2",
}


def late_types(tree: ast.Module) -> list[int]:
    """Lines of `if TYPE_CHECKING:` blocks that import from another room."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom)
        and inner.level == 0
        and (inner.module or "").startswith("cordboard.")
    ]


def stars(tree: ast.Module) -> list[int]:
    """Lines of wildcard imports."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]


def test_no_arrow_is_hidden_behind_type_checking() -> None:
    assert {str(path): lines for path, tree in modules() if (lines := late_types(tree))} == {}


def test_nobody_imports_everything() -> None:
    assert {str(path): lines for path, tree in modules() if (lines := stars(tree))} == {}


def test_every_file_has_a_name_that_says_something() -> None:
    assert [
        str(path)
        for path in HOUSE.rglob("*.py")
        if path.stem in NAMES_THAT_SAY_NOTHING or path.stem.rstrip("_") != path.stem
        if not path.stem.startswith("__")
    ] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path, tree in modules() if not ast.get_docstring(tree)] == []


def test_these_rules_bite() -> None:
    hidden = "if TYPE_CHECKING:\n    from cordboard.queues import Queue"
    assert late_types(ast.parse(hidden)) == [1]
    assert late_types(ast.parse("if TYPE_CHECKING:\n    from .model import Queue")) == []
    assert stars(ast.parse("from cordboard.calls import *")) == [1]
