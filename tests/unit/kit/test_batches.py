"""When turns that came close to each other are handed over together."""

import asyncio
from collections.abc import Sequence

import pytest

from cordboard.kit.batches import Batches
from cordboard.kit.clock import LoopClock

pytestmark = pytest.mark.unit

PAUSE_S, CALM_S = 0.002, 0.008


class Thread:
    """Takes batches; says that they are stored when it is told to."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.taken: list[tuple[float, list[str]]] = []
        self.batches: Batches[str] = Batches(
            self.take, self.clock.now_s, size=3, pause_s=PAUSE_S, calm_s=CALM_S
        )

    def take(self, entries: Sequence[str]) -> None:
        self.taken.append((self.clock.now_s(), list(entries)))

    async def at(self, second: float) -> None:
        await asyncio.sleep(second - self.clock.now_s())

    @property
    def words(self) -> list[list[str]]:
        return [entries for _, entries in self.taken]


@pytest.fixture
async def thread() -> Thread:
    return Thread()


async def test_a_first_one_goes_at_once_with_its_round_of_the_loop(thread: Thread) -> None:
    thread.batches.add("a", hurries=False)
    thread.batches.add("b", hurries=False)
    assert thread.taken == []
    await asyncio.sleep(0)

    assert thread.taken == [(0.0, ["a", "b"])]


async def test_what_nobody_waits_for_waits_longer(thread: Thread) -> None:
    thread.batches.add("a", hurries=True)
    await thread.at(0.001)
    thread.batches.stored()
    thread.batches.add("b", hurries=False)
    await thread.at(0.1)
    assert thread.taken == [(0.0, ["a"]), (CALM_S, ["b"])]


async def test_one_that_hurries_takes_the_others_along_in_order(thread: Thread) -> None:
    thread.batches.add("a", hurries=False)
    await thread.at(0.001)
    thread.batches.stored()
    thread.batches.add("b", hurries=False)
    thread.batches.add("c", hurries=True)
    await thread.at(0.1)

    assert thread.taken == [(0.0, ["a"]), (PAUSE_S, ["b", "c"])]


async def test_after_the_pause_one_that_hurries_goes_at_once(thread: Thread) -> None:
    thread.batches.add("a", hurries=False)
    await thread.at(0.001)
    thread.batches.stored()
    thread.batches.add("b", hurries=False)
    await thread.at(0.005)
    thread.batches.add("c", hurries=True)
    await asyncio.sleep(0)

    assert thread.taken == [(0.0, ["a"]), (0.005, ["b", "c"])]


async def test_the_next_batch_waits_for_the_one_before(thread: Thread) -> None:
    thread.batches.add("a", hurries=True)
    await thread.at(0.001)
    thread.batches.add("b", hurries=True)
    await thread.at(1.0)
    assert thread.words == [["a"]]

    thread.batches.stored()
    await asyncio.sleep(0)
    assert thread.words == [["a"], ["b"]]


async def test_very_many_go_in_several_batches(thread: Thread) -> None:
    for letter in "abcdefg":
        thread.batches.add(letter, hurries=False)
    await asyncio.sleep(0)
    assert thread.words == [["a", "b", "c"], ["d", "e", "f"], ["g"]]

    thread.batches.add("h", hurries=False)
    for _ in range(3):
        assert len(thread.taken) == 3
        await thread.at(thread.clock.now_s() + 1)
        thread.batches.stored()
    await asyncio.sleep(0)
    assert thread.words[3:] == [["h"]]


async def test_a_flush_waits_for_nothing(thread: Thread) -> None:
    thread.batches.add("a", hurries=False)
    thread.batches.flush()
    thread.batches.add("b", hurries=False)
    thread.batches.flush()
    thread.batches.flush()
    await thread.at(1.0)

    assert thread.words == [["a"], ["b"]]
    assert not thread.batches.is_idle
