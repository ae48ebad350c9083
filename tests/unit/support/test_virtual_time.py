"""Virtual time jumps, keeps order, stands still for threads, and says when nothing can happen."""

import asyncio
import socket
import time

import pytest

from tests.support.virtual_time import StalledError, TimeRanOutError, VirtualTimeLoop, run_virtual

pytestmark = pytest.mark.unit


class TestJumping:
    def test_an_hour_passes_in_a_blink(self) -> None:
        async def wait() -> float:
            await asyncio.sleep(3600)
            return asyncio.get_running_loop().time()

        began_s = time.perf_counter()
        assert run_virtual(wait()) == pytest.approx(3600)
        assert time.perf_counter() - began_s < 5

    def test_time_stands_still_while_somebody_works(self) -> None:
        async def work() -> float:
            for _ in range(100):
                await asyncio.sleep(0)
            return asyncio.get_running_loop().time()

        assert run_virtual(work()) == 0.0

    def test_timers_fire_in_the_order_of_their_time(self) -> None:
        async def story() -> list[str]:
            heard: list[str] = []
            loop = asyncio.get_running_loop()
            loop.call_later(30, heard.append, "thirty")
            loop.call_later(5, heard.append, "five")
            await asyncio.sleep(31)
            return heard

        assert run_virtual(story()) == ["five", "thirty"]

    def test_a_timeout_runs_on_virtual_time(self) -> None:
        async def story() -> float:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(120):
                    await asyncio.Event().wait()
            return asyncio.get_running_loop().time()

        assert run_virtual(story()) == pytest.approx(120)


class TestRealNeighbours:
    def test_time_stands_still_while_a_thread_works(self) -> None:
        async def story() -> tuple[bool, float]:
            loop = asyncio.get_running_loop()
            fired: list[bool] = []
            loop.call_later(1, fired.append, True)
            await asyncio.to_thread(time.sleep, 0.02)
            return bool(fired), loop.time()

        assert run_virtual(story()) == (False, 0.0)

    def test_bytes_that_lie_ready_are_read_before_time_moves(self) -> None:
        async def story() -> tuple[bytes, float]:
            loop = asyncio.get_running_loop()
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.setblocking(False)
                theirs.send(b"ring")
                loop.call_later(10, theirs.send, b"late")
                return await loop.sock_recv(ours, 16), loop.time()

        assert run_virtual(story()) == (b"ring", 0.0)


class TestEnds:
    def test_waiting_for_nobody_is_an_error_and_not_a_hang(self) -> None:
        async def wait_for_nobody() -> None:
            await asyncio.Event().wait()

        with pytest.raises(StalledError):
            run_virtual(wait_for_nobody())

    def test_a_story_that_never_ends_meets_its_limit(self) -> None:
        async def announce_for_ever() -> None:
            loop = asyncio.get_running_loop()

            def announce() -> None:
                loop.call_later(30, announce)

            announce()
            await asyncio.Event().wait()

        with pytest.raises(TimeRanOutError, match="3600 virtual seconds"):
            run_virtual(announce_for_ever(), limit_s=3600)


async def test_unit_tests_and_stories_run_on_it_by_themselves() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


def test_the_fixture_gives_a_loop_to_drive_by_hand(virtual_loop: VirtualTimeLoop) -> None:
    virtual_loop.run_until_complete(asyncio.sleep(90))

    assert virtual_loop.time() == pytest.approx(90)
