"""Who leaves when: from every state of a call, everybody alone, and any two at once."""

from itertools import combinations

import pytest

from cordboard.calls import CallState
from cordboard.calls.state import hearing
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.floor import EXPERT, STATES, Floor, State

pytestmark = pytest.mark.story

WHO = ("caller", "8001", "8002", EXPERT, "8000", "8003")
LEAVERS = [(one,) for one in WHO] + list(combinations(WHO[:5], 2))


def on_line(floor: Floor, who: str) -> FakeParty | None:
    exchange = floor.house.exchange
    if who == "caller":
        return floor.caller
    phone = exchange.phones.get(who) or exchange.outside[who]
    living = [party for party in phone.rings if party.state != "ended"]
    return living[-1] if living else None


@pytest.mark.parametrize("leavers", LEAVERS, ids="+".join)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_nothing_is_left_whoever_leaves(state: State, leavers: tuple[str, ...]) -> None:
    floor = await Floor.open()
    await floor.talk()
    await state(floor)
    parties = [party for who in leavers if (party := on_line(floor, who)) is not None]
    if len(parties) < len(leavers):
        await floor.close()
        return

    for party in parties:
        party.hang_up()
    await floor.house.after(1)

    nobody_hears_who_is_not_there(floor)
    if "caller" in leavers:
        assert floor.house.exchange.living_legs == []
    await floor.house.after(30)
    nobody_hears_who_is_not_there(floor)
    await floor.close()


def nobody_hears_who_is_not_there(floor: Floor) -> None:
    """Every ear has what the picture of the call says, and nobody outside of it hears a party."""
    for call in floor.house.rooms.calls.calls.values():
        if call.state is CallState.ENDED:
            continue
        ears = hearing(call)
        numbers = {leg.id: leg.number for leg in call.legs.values()}
        for leg in call.living():
            sound = floor.house.exchange.sound_of(leg.id) or ""
            heard = {one.removeprefix("party:") for one in sound.split("+") if "party:" in one}
            ear = ears.get(leg.id)
            assert heard == ({numbers[one] for one in ear.legs} if ear else set())
