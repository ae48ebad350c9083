"""A morning of the hotline by chance: callers who wait, give up, talk and hang up in any order."""

from random import Random

from cordboard.agents import AgentState
from cordboard.kit.turns import MemoryJournal
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.whole_house import WholeHouse

AGENTS = ("8012", "8017", "8009")


async def a_morning(journal: MemoryJournal, calls: int, seed: int = 1) -> WholeHouse:
    """So many calls with three agents; when it returns the last calls still go on."""
    chance = Random(seed)
    house = WholeHouse(seed, journal)
    await house.open(*AGENTS)
    callers: list[FakeParty] = []
    for n in range(calls):
        _phones_change_their_mind(house, chance)
        number = f"1390000{n:04d}"
        callers.append(house.exchange.call(chance.choice(["96510", "96511"]), number))
        for _ in range(chance.randrange(1, 5)):
            await house.after(chance.uniform(0.5, 20))
            await _somebody_acts(house, callers, chance)
    return house


def _phones_change_their_mind(house: WholeHouse, chance: Random) -> None:
    for phone in house.exchange.phones.values():
        phone.answers_after_s = chance.choice([1.0, 4.0, 9.0, None])
        phone.status = chance.choice([0, 0, 0, 0, 486, 404])


async def _somebody_acts(house: WholeHouse, callers: list[FakeParty], chance: Random) -> None:
    living = [caller for caller in callers if caller.state != "ended"]
    if living:
        caller = chance.choice(living)
        match chance.choice(["key", "key", "key", "hang up", "agent"]):
            case "key":
                caller.press(chance.choice(["1", "2", "1234#", "9"]))
            case "hang up":
                caller.hang_up()
            case _:
                _an_agent_acts(house, chance)
    number = chance.choice(AGENTS)
    if house.agent(number).state is AgentState.NOT_READY:
        agent_id = house.agent(number).id
        await house.rooms.turns.take(lambda turn: house.rooms.agents.set_ready(turn, agent_id))


def _an_agent_acts(house: WholeHouse, chance: Random) -> None:
    number = chance.choice(AGENTS)
    if house.agent(number).state in {AgentState.TALKING, AgentState.HOLDING}:
        party = house.phone_of(number)
        chance.choice([party.hang_up, party.hold, party.resume])()
