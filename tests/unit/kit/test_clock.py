"""Three times with three names."""

import asyncio
import time
from pathlib import Path

import pytest

from cordboard.kit.clock import LoopClock, Occupancy, SystemClock, iso

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


def test_waiting_for_a_processor_counts_as_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schedule, now_s = tmp_path / "schedstat", 100.0
    monkeypatch.setattr("cordboard.kit.clock._SCHEDSTAT", schedule)
    monkeypatch.setattr("cordboard.kit.clock.time.monotonic", lambda: now_s)
    schedule.write_text("5000000000 1000000000 7\n")
    occupancy = Occupancy()

    now_s = 100.2
    schedule.write_text("5060000000 1040000000 9\n")  # ran for 60 ms and waited for 40
    assert occupancy.share() == pytest.approx(0.5)
    assert occupancy.share() == 0.0, "no time has passed"


def test_where_the_kernel_tells_no_schedule_cpu_time_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cordboard.kit.clock._SCHEDSTAT", tmp_path / "none")
    occupancy = Occupancy()
    until_s = time.thread_time() + 0.02
    while time.thread_time() < until_s:
        pass
    assert occupancy.share() > 0.0
