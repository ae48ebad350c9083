"""Three times with three names."""

import asyncio

import pytest

from cordboard.kit.clock import LoopClock, SystemClock, iso

pytestmark = pytest.mark.unit


async def test_the_loop_clock_follows_virtual_time() -> None:
    clock = LoopClock(epoch_ms=1_000_000)
    began_ms = clock.now_ms()

    await clock.sleep(90)

    assert clock.now_ms() - began_ms == 90_000
    assert clock.now_s() == asyncio.get_running_loop().time()


def test_the_system_clock_never_goes_backwards() -> None:
    clock = SystemClock()
    read = [clock.now_ms() for _ in range(1_000)]

    assert read == sorted(read)


def test_moments_are_shown_in_utc_with_milliseconds() -> None:
    assert iso(1_795_000_000_007) == "2026-11-18T11:06:40.007Z"
