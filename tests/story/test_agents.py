"""What agents live through: races, leaving in the middle of work, many callers at once."""

import pytest

from cordboard.acd import OfferAccepted, OfferMade
from cordboard.agents import AgentState
from cordboard.calls import AgentConnected
from cordboard.kit.ids import AgentId
from cordboard.queues import QueueEntered
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story

DIRECT = "96511"


async def test_who_signs_out_in_a_talk_finishes_it_and_is_gone_afterwards() -> None:
    house = WholeHouse()
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 1
    caller = house.exchange.call(DIRECT)
    await house.after(12)
    agents, agent_id = house.rooms.agents, AgentId("a-8012")

    await house.rooms.turns.take(lambda turn: agents.sign_out(turn, agent_id))
    await house.after(5)
    assert house.agent("8012").state is AgentState.TALKING
    assert caller.now_hears == "party:8001"

    caller.hang_up()
    await house.after(30)
    assert house.agent("8012").state is AgentState.SIGNED_OUT
    waiting = house.exchange.call(DIRECT, "13900000002")
    await house.after(10)
    assert len(house.told(OfferMade)) == 1
    waiting.hang_up()
    await house.after(1)
    house.assert_nothing_is_left()


async def test_who_signs_out_while_it_rings_gives_the_call_to_the_next() -> None:
    house = WholeHouse()
    await house.open("8012", "8017")
    for phone in house.exchange.phones.values():
        phone.answers_after_s = None
    caller = house.exchange.call(DIRECT)
    await house.after(3)
    first = house.phone_of("8012")
    agents, agent_id = house.rooms.agents, AgentId("a-8012")

    await house.rooms.turns.take(lambda turn: agents.sign_out(turn, agent_id))
    await house.after(1)

    assert first.state == "ended"
    assert [offer.agent_id for offer in house.told(OfferMade)] == ["a-8012", "a-8017"]
    house.phone_of("8017").pick_up()
    await house.after(5)
    assert caller.now_hears == "party:8002"
    caller.hang_up()
    await house.after(30)
    house.assert_nothing_is_left()


async def test_two_agents_race_and_the_late_one_rings_for_nobody() -> None:
    """The first is called off at its ring limit in the very moment in which it picks up."""
    house = WholeHouse()
    await house.open("8012", "8017")
    house.exchange.phones["8001"].answers_after_s = 14.95  # 0.05 s to ring: the limit is 15 s
    house.exchange.phones["8002"].answers_after_s = 1

    caller = house.exchange.call(DIRECT)
    await house.after(40)

    assert len(house.told(OfferAccepted)) == 1
    assert len(house.told(AgentConnected)) == 1
    talking = [n for n in ("8012", "8017") if house.agent(n).state is AgentState.TALKING]
    assert len(talking) == 1
    assert caller.now_hears == f"party:{house.agent(talking[0]).extension}"
    caller.hang_up()
    await house.after(30)
    house.assert_nothing_is_left()


async def test_one_caller_and_two_idle_agents_make_one_offer() -> None:
    house = WholeHouse()
    await house.open("8012", "8017", "8009")
    house.exchange.phones["8001"].answers_after_s = 3

    caller = house.exchange.call(DIRECT)
    await house.after(10)

    assert len(house.told(OfferMade)) == 1
    rings = sum(len(phone.rings) for phone in house.exchange.phones.values())
    assert rings == 1
    caller.hang_up()
    await house.after(30)
    house.assert_nothing_is_left()


async def test_ten_callers_and_three_agents_keep_their_order() -> None:
    house = WholeHouse()
    await house.open("8012", "8017", "8009")
    for phone in house.exchange.phones.values():
        phone.answers_after_s = 1
    callers = []
    for n in range(10):
        callers.append(house.exchange.call(DIRECT, f"139000000{n:02d}"))
        await house.after(1)

    for _ in range(200):
        await house.after(5)
        for caller in callers:
            if (caller.now_hears or "").startswith("party:"):
                caller.hang_up()

    came = [entered.call_id for entered in house.told(QueueEntered)]
    served = [connected.call_id for connected in house.told(AgentConnected)]
    assert len(came) == 10
    assert served == came
    work = {connected.agent_id for connected in house.told(AgentConnected)}
    assert work == {"a-8012", "a-8017", "a-8009"}
    assert len(house.told(OfferMade)) == 10
    house.assert_nothing_is_left()


async def test_the_phone_that_says_busy_is_spared_and_the_next_one_rings() -> None:
    house = WholeHouse()
    await house.open("8012", "8017")
    house.exchange.phones["8001"].status = 486
    house.exchange.phones["8002"].answers_after_s = 1

    caller = house.exchange.call(DIRECT)
    await house.after(10)

    assert caller.now_hears == "party:8002"
    assert house.agent("8012").state is AgentState.IDLE
    caller.hang_up()
    await house.after(30)
    house.assert_nothing_is_left()
