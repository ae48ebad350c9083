"""Killed with any turn of a call, the house starts again and the call goes on.

The people at the telephones notice nothing, or are asked once more; the record is whole.
"""

import asyncio
from collections.abc import Callable

import pytest

from cordboard.agents import AgentState, WrapUpEnded, WrapUpStarted
from cordboard.calls import (
    AgentConnected,
    CallEnded,
    LegDialled,
    LegEnded,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
)
from cordboard.kit.turns import MemoryJournal
from cordboard.queues import QueueEntered, QueueLeft
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.floor import STATES, Floor, State
from tests.support.whole_house import MortalJournal, WholeHouse, started_again

pytestmark = pytest.mark.story

HOTLINE = "96510"
FIRST_TURN, MOST_TURNS = 3, 60
"The agent signs in with the first two; and more than a call through menu, queue and talk takes."

ASKED = {
    "file:zh/menus/welcome_language": "1",
    "file:zh/menus/main_water": "1",
    "file:zh/account/enter": "330851926#",
    "file:zh/account/confirm": "1",
}
"What the caller keys when this is heard."


async def a_patient_caller(house: WholeHouse) -> FakeParty:
    """Dials the hotline and keys what is asked, as often as it is asked, until somebody talks."""
    caller = house.exchange.call(HOTLINE, "13871562043")
    answered = 0
    for _ in range(400):
        await asyncio.sleep(0.25)
        if caller.now_hears == "party:8001" or caller.state == "ended":
            break
        if len(caller.hears) > answered:
            answered = len(caller.hears)
            caller.press(ASKED.get(caller.hears[-1], ""))
    await asyncio.sleep(5)
    caller.hang_up()
    await asyncio.sleep(1)
    return caller


async def killed_with(turn: int, *, with_effects: bool) -> tuple[WholeHouse, FakeParty, bool]:
    """The story of one call with a kill: the house at the end, the caller, and whether it died."""
    journal = MortalJournal(turn, with_effects=with_effects)
    house = WholeHouse(journal=journal)
    await house.open("8012")
    house.exchange.phones["8001"].answers_after_s = 3
    story = asyncio.create_task(a_patient_caller(house))
    dying = asyncio.create_task(journal.died.wait())
    await asyncio.wait({story, dying}, return_when=asyncio.FIRST_COMPLETED)
    died = dying.done()
    dying.cancel()
    if died:
        await asyncio.sleep(0)  # effects of the last turn, if they leave, leave now
        house, _ = await started_again(house)
    caller = await story
    await house.after(120)  # wrap-up, and the figures that lost legs never report
    return house, caller, died


@pytest.mark.parametrize("with_effects", [False, True], ids=["effects lost", "effects out"])
async def test_killed_with_any_turn_the_call_is_served_and_its_record_is_whole(
    with_effects: bool,
) -> None:
    for turn in range(FIRST_TURN, MOST_TURNS):
        house, caller, died = await killed_with(turn, with_effects=with_effects)
        if not died:
            break
        where = f"killed with turn {turn}"
        assert caller.hears[-1] == "party:8001", (where, caller.hears)
        assert caller.hears.count("party:8001") == 1, where
        house.assert_nothing_is_left()
        assert house.agent("8012").state is AgentState.IDLE, where
        check_the_books(house.journal, where)
    else:
        raise AssertionError("the call has more turns than were tried")
    assert turn > 30


def check_the_books(journal: MemoryJournal, where: str) -> None:
    """One call that ended once, whatever was entered was left, one talk, one recording."""
    facts = [fact for _, fact in journal.facts]
    count: Callable[[type], int] = lambda kind: sum(isinstance(f, kind) for f in facts)  # noqa: E731
    assert count(CallEnded) == count(AgentConnected) == 1, where
    assert count(QueueEntered) == count(QueueLeft) == 1, where
    assert count(RecordingStarted) == 1, where
    assert count(LegDialled) == count(LegEnded) - 1, where
    assert count(WrapUpStarted) == count(WrapUpEnded) == 1, where
    [recording] = [fact for fact in facts if isinstance(fact, RecordingClosed | RecordingFailed)]
    assert recording.recording_id


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_killed_in_any_state_of_a_call_everybody_goes_on_hearing_the_same(
    state: State,
) -> None:
    floor = await (await Floor.open()).talk()
    await state(floor)
    before, heard = floor.call.state, floor.heard()

    floor.house, count = await started_again(floor.house)
    await floor.house.after(0.2)

    assert count == 1
    assert (floor.call.state, floor.heard()) == (before, heard)
    await floor.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_what_was_ordered_last_and_never_left_is_ordered_again(state: State) -> None:
    """The same kill, with the sound as it would be had the last orders been lost: silence."""
    floor = await (await Floor.open()).talk()
    await state(floor)
    heard = floor.heard()

    for leg in floor.call.living():
        floor.house.exchange.stop(leg.id)
        floor.house.exchange.unbridge(leg.id)
    floor.house, _ = await started_again(floor.house)
    await floor.house.after(0.2)

    assert floor.heard() == heard
    await floor.close()
