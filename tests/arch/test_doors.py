"""A room is entered by its door: outsiders import `cordboard.<room>`, not what lies inside.

The wiring may look inside, because it builds the room; a room's own files may too.
"""

import ast

import pytest

from tests.support.tree import HOUSE, modules, rooms

pytestmark = pytest.mark.arch

OPEN = {"kit", "telephony"}  # furniture and ports: their modules are their doors
BUILDERS = {"app"}


def trespasses(tree: ast.Module, own_room: str) -> list[str]:
    """Absolute imports in `tree` that go past another room's door, with their line."""
    return [
        f"line {line}: {name}"
        for name, line in imported_names(tree)
        if (parts := name.split("."))[0] == "cordboard"
        and len(parts) > 2
        and parts[1] not in OPEN | {own_room}
    ]


def imported_names(tree: ast.Module) -> list[tuple[str, int]]:
    """Dotted names of all absolute imports; `from a import b` counts as `a`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.module, node.lineno))
        elif isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
    return found


def inner_modules(tree: ast.Module) -> list[str]:
    """`from cordboard.room import module`: a door used to reach a module behind it."""
    return [
        f"line {node.lineno}: {node.module} import {alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module
        for alias in node.names
        if node.module.startswith("cordboard.")
        and node.module.count(".") == 1
        and node.module.split(".")[1] not in OPEN
        and (HOUSE / node.module.split(".")[1] / f"{alias.name}.py").exists()
    ]


def test_rooms_are_entered_by_their_door() -> None:
    bad = {}
    for path, tree in modules():
        room = path.relative_to(HOUSE).parts[0]
        if room in BUILDERS:
            continue
        if lines := trespasses(tree, room) + inner_modules(tree):
            bad[str(path.relative_to(HOUSE))] = lines
    assert not bad


def test_this_rule_bites() -> None:
    past_the_door = ast.parse("from cordboard.calls.events import CallEnded")
    through_it = ast.parse("from cordboard.calls import CallEnded")
    module_through_it = ast.parse("from cordboard.calls import events")

    assert trespasses(past_the_door, "queues") == ["line 1: cordboard.calls.events"]
    assert not trespasses(past_the_door, "calls")
    assert not trespasses(through_it, "queues")
    assert inner_modules(module_through_it)
    assert not inner_modules(through_it)


@pytest.mark.parametrize(
    "room", [room.name for room in rooms() if room.name not in OPEN | BUILDERS]
)
def test_every_door_says_what_may_be_taken_out(room: str) -> None:
    tree = ast.parse((HOUSE / room / "__init__.py").read_text())
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__all__"
    ]
    assert listed, f"{room}: the door has no __all__"
    assert sorted(set(listed[0])) == sorted(listed[0]), f"{room}: a name stands twice in __all__"

    door = __import__(f"cordboard.{room}", fromlist=["*"])
    assert [name for name in listed[0] if not hasattr(door, name)] == []


@pytest.mark.parametrize("room", sorted(OPEN))
def test_an_open_room_exports_nothing_at_its_door(room: str) -> None:
    tree = ast.parse((HOUSE / room / "__init__.py").read_text())
    assert [node for node in tree.body if not isinstance(node, ast.Expr)] == []
