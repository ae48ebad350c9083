"""When a new call is refused."""

import asyncio

import pytest

from cordboard.app.overload import Gate
from cordboard.kit.clock import LoopClock

pytestmark = pytest.mark.unit


class World:
    """What the gate asks."""

    calls = 0
    late = False


def a_gate(world: World) -> Gate:
    return Gate(
        LoopClock(),
        max_lag_s=0.1,
        max_calls=2,
        count_calls=lambda: world.calls,
        journal_is_late=lambda: world.late,
    )


async def test_calls_come_in_while_there_is_room() -> None:
    gate = a_gate(World())
    assert gate.ask() is None
    assert gate.refused == 0


async def test_a_full_house_a_late_journal_and_a_drain_each_refuse() -> None:
    world = World()
    gate = a_gate(world)
    world.calls = 2
    assert gate.ask() == 10
    world.calls, world.late = 0, True
    assert gate.ask() == 5
    world.late, gate.is_draining = False, True
    assert gate.ask() == 60
    assert gate.refused == 3


async def test_a_loop_that_stays_late_refuses_until_it_has_caught_up() -> None:
    gate = a_gate(World())
    watching = asyncio.ensure_future(gate.watch())
    await asyncio.sleep(1)
    assert gate.ask() is None

    gate.lag_s = gate._lag_before_s = 0.3
    assert gate.ask() == 5
    await asyncio.sleep(0.12)
    assert gate.ask() is None
    watching.cancel()


async def test_one_hiccup_refuses_nobody() -> None:
    gate = a_gate(World())
    gate.lag_s = 0.3
    assert gate.ask() is None


async def test_a_loop_that_was_late_and_stands_still_refuses_before_its_next_probe() -> None:
    gate = a_gate(World())
    gate._lag_before_s, gate._due_s = 0.3, -1.0  # a probe was due a second before time began
    assert gate.ask() == 5
