"""Deadlines by key."""

import asyncio

import pytest

from cordboard.kit.timers import Timers

pytestmark = pytest.mark.unit


async def test_a_timer_acts_once_at_its_time() -> None:
    timers, acted = Timers(), list[float]()
    loop = asyncio.get_running_loop()
    timers.set("ring", 15, lambda: acted.append(loop.time()))

    await asyncio.sleep(60)

    assert acted == [15.0]
    assert len(timers) == 0


async def test_setting_a_timer_again_moves_it() -> None:
    timers, acted = Timers(), list[str]()
    timers.set("ring", 15, lambda: acted.append("early"))
    timers.set("ring", 30, lambda: acted.append("late"))

    await asyncio.sleep(60)

    assert acted == ["late"]


async def test_a_dropped_timer_does_nothing() -> None:
    timers, acted = Timers(), list[str]()
    timers.set("ring", 15, lambda: acted.append("x"))
    timers.set("wrap-up", 15, lambda: acted.append("y"))
    timers.drop("ring")
    timers.drop("nobody")
    await asyncio.sleep(20)
    assert acted == ["y"]

    timers.set("ring", 15, lambda: acted.append("z"))
    timers.close()
    await asyncio.sleep(20)
    assert acted == ["y"]


async def test_a_failing_timer_stops_no_other() -> None:
    timers, acted = Timers(), list[str]()
    timers.set("bad", 1, lambda: [][1])
    timers.set("good", 2, lambda: acted.append("x"))

    await asyncio.sleep(3)

    assert acted == ["x"]
