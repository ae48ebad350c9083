"""When a new call is refused, and what is told of it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from cordboard.app.overload import Gate
from cordboard.kit.clock import LoopClock

pytestmark = pytest.mark.unit


class World:
    """What the gate asks."""

    calls = 0
    journal_waits_s = 0.0


def a_gate(world: World) -> Gate:
    return Gate(
        LoopClock(),
        target_s=0.1,
        max_calls=2,
        count_calls=lambda: world.calls,
        journal_waits_s=lambda: world.journal_waits_s,
    )


async def wire_is_late(gate: Gate) -> None:
    """Datagrams lie unread for a while."""
    for _ in range(30):
        gate.saw_wire(0.3)
        await asyncio.sleep(0.01)


async def test_calls_come_in_while_there_is_room() -> None:
    gate = a_gate(World())
    assert gate.ask() is None
    assert gate.refused.total() == 0
    assert gate.says == "taken"


async def test_a_full_house_and_a_drain_refuse() -> None:
    world = World()
    gate = a_gate(world)
    world.calls = 2
    assert gate.ask() == 10
    world.calls, gate.is_draining = 0, True
    assert gate.ask() == 60
    assert gate.refused == {"late": 0, "rate": 0, "full": 1, "draining": 1}


async def test_datagrams_that_lie_unread_refuse_until_one_is_fresh() -> None:
    gate = a_gate(World())
    await wire_is_late(gate)
    assert gate.ask() == 2
    assert gate.refused["late"] == 1

    gate.saw_wire(0.0)
    assert gate.ask() is None


async def test_a_journal_that_stays_late_refuses_until_it_has_caught_up() -> None:
    world = World()
    gate = a_gate(world)
    watching = asyncio.ensure_future(gate.watch())
    await asyncio.sleep(1)
    assert gate.ask() is None

    world.journal_waits_s = 0.4
    await asyncio.sleep(0.5)
    assert gate.ask() == 2
    world.journal_waits_s = 0.0
    await asyncio.sleep(0.05)
    assert gate.ask() is None
    watching.cancel()


async def test_a_loop_that_stays_late_refuses_and_one_hiccup_refuses_nobody() -> None:
    gate = a_gate(World())
    gate.look(due_s=-0.3)  # the loop's time begins at zero
    assert gate.ask() is None
    for _ in range(12):
        await asyncio.sleep(0.02)
        gate.look(due_s=asyncio.get_running_loop().time() - 0.3)
    assert gate.ask() == 2
    assert gate.waits_s["loop"] == pytest.approx(0.3)


async def test_an_episode_is_logged_once_with_its_cause_and_once_with_its_end() -> None:
    gate = a_gate(World())
    watching = asyncio.ensure_future(gate.watch())
    with capture_logs() as logs:
        await wire_is_late(gate)
        for _ in range(5):
            gate.ask()
        assert gate.says == "late"
        await asyncio.sleep(10)
    watching.cancel()

    began, ended = logs
    assert (began["event"], began["why"], began["wire_ms"]) == ("overload.began", "late", 300)
    assert (ended["event"], ended["refused"]) == ("overload.ended", 5)
    assert gate.says == "taken"


async def test_a_drain_is_no_overload() -> None:
    gate = a_gate(World())
    gate.is_draining = True
    with capture_logs() as logs:
        gate.ask()
    assert gate.says == "draining"
    assert logs == []
