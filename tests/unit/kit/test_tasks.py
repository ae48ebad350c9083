"""Every task has an owner that logs its death."""

import asyncio

import pytest

from cordboard.kit.tasks import Tasks, attempt

pytestmark = pytest.mark.unit


def test_an_attempt_turns_an_error_into_a_value() -> None:
    assert isinstance(attempt(lambda: [][1]), IndexError)
    assert attempt(list) is None


async def test_a_dead_task_is_counted_and_its_owner_told() -> None:
    tasks, told = Tasks("calls"), list[Exception]()

    async def dies() -> None:
        raise KeyError("x")

    tasks.start(dies(), name="call", on_death=told.append)
    await asyncio.sleep(1)

    assert tasks.died == 1
    assert [type(error) for error in told] == [KeyError]
    assert len(tasks) == 0


async def test_closing_cancels_and_waits() -> None:
    tasks, ended = Tasks("calls"), list[str]()

    async def lives() -> None:
        try:
            await asyncio.sleep(1_000)
        finally:
            ended.append("x")

    tasks.start(lives(), name="call")
    await asyncio.sleep(1)
    await tasks.close()

    assert ended == ["x"]
    assert tasks.died == 0
