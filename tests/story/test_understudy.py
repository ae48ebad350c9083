"""The demo's scripted agent makes room for people."""

import pytest

from cordboard.agents import AgentId, AgentState
from cordboard.app.demo.understudy import Understudy
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story


async def test_the_scripted_agent_is_ready_only_while_nobody_else_works() -> None:
    house = WholeHouse()
    await house.open()
    understudy = Understudy(house.rooms, AgentId("a-8000"))
    house.rooms.turns.watch(understudy.watch)
    house.rooms.turns.post(understudy.decide)
    await house.after(1)
    assert house.agent("8000").state is AgentState.IDLE

    limin = AgentId("a-8012")
    await house.rooms.turns.take(lambda turn: house.rooms.agents.sign_in(turn, limin))
    await house.after(1)
    assert house.agent("8000").state is AgentState.NOT_READY

    await house.rooms.turns.take(lambda turn: house.rooms.agents.sign_out(turn, limin))
    await house.after(1)
    assert house.agent("8000").state is AgentState.IDLE
