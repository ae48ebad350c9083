"""Timers that wait until a start is done."""

import asyncio

import pytest

from cordboard.kit.timers import Timers

pytestmark = pytest.mark.unit


async def test_what_comes_due_while_held_happens_at_the_release_in_order() -> None:
    timers = Timers()
    done: list[str] = []
    timers.hold()
    timers.set("a", 2, lambda: done.append("a"))
    timers.set("b", 1, lambda: done.append("b"))
    timers.set("c", 1, lambda: done.append("c"))
    timers.set("late", 10, lambda: done.append("late"))
    await asyncio.sleep(3)
    timers.drop("c")
    assert done == []

    timers.release()
    assert done == ["b", "a"]
    await asyncio.sleep(8)
    assert done == ["b", "a", "late"]
