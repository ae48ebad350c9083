"""After a kill -9: what was rung, talked and waited for is ended politely, and nothing is left."""

from pathlib import Path

import pytest

from cordboard.agents import AgentState
from cordboard.app import recovery
from cordboard.calls import CallEnded
from cordboard.kit.ids import CallId
from cordboard.kit.turns import MemoryJournal
from cordboard.queues import QueueLeft
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.unit

DIRECT = "96511"
"Goes to the queue at once."

NO_FILES = Path("/nonexistent/recordings")
"What a media process leaves that never wrote: exchanges in memory record in name."


def open_calls(journal: MemoryJournal) -> list[CallId]:
    """Calls that the tables would name as open: arrived, and not ended."""
    ended = {fact.call_id for _, fact in journal.facts if isinstance(fact, CallEnded)}
    arrived = {
        CallId(fact.stream.removeprefix("call/"))
        for _, fact in journal.facts
        if fact.stream.startswith("call/")
    }
    return sorted(arrived - ended)


async def three_calls() -> WholeHouse:
    """One talks, one rings, one waits; then the process is killed."""
    house = WholeHouse()
    await house.open("8012", "8017")
    house.exchange.phones["8001"].answers_after_s = 0.5
    house.exchange.phones["8002"].answers_after_s = None
    for number in ("13900000001", "13900000002", "13900000003"):
        house.exchange.call(DIRECT, number)
        await house.after(3)
    assert house.agent("8012").state is AgentState.TALKING
    assert house.agent("8017").state is AgentState.RINGING
    await house.rooms.close()
    return house


async def started_again(dead: WholeHouse, *, keeps_sessions: bool) -> tuple[WholeHouse, int]:
    """A new house on the journal of the dead one, and how many calls it ended."""
    exchange = dead.exchange if keeps_sessions else None
    house = WholeHouse(seed=2, journal=dead.journal, exchange=exchange)
    legs = house.exchange.living_legs
    house.rooms.acd.pause()
    await house.open()
    as_stored = [dead.agent(number) for number in ("8012", "8017")]
    house.rooms.agents.restore(as_stored, house.clock.now_ms())
    facts = await recovery.replay_open_calls(house.rooms, dead.journal, open_calls(dead.journal))
    assert facts
    count = await recovery.end_open_calls(
        house.rooms, legs, house.clock.now_ms(), is_media_lost=not keeps_sessions
    )
    await house.after(1)
    await recovery.repair_recordings(house.rooms, NO_FILES, house.clock.now_ms())
    await house.after(1)
    return house, count


def left_over(house: WholeHouse) -> dict[str, object]:
    """Whatever a user would call a ghost."""
    found: dict[str, object] = {
        "legs": house.exchange.living_legs,
        "calls": dict(house.rooms.calls.calls),
        "waiting": [
            each for queue in house.site.queues for each in house.rooms.queues.list_visits(queue.id)
        ],
        "owners": len(house.rooms.tasks),
        "dead letters": house.journal.dead,
    }
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("keeps_sessions", [True, False], ids=["sessions kept", "sessions lost"])
async def test_calls_that_talked_rang_and_waited_are_ended(keeps_sessions: bool) -> None:
    dead = await three_calls()
    before = len(dead.journal.facts)

    house, count = await started_again(dead, keeps_sessions=keeps_sessions)

    assert count == 3
    ends = [fact for _, fact in house.journal.facts[before:] if isinstance(fact, CallEnded)]
    assert {(end.by, end.reason) for end in ends} == {("system", "crash")}
    assert len({end.call_id for end in ends}) == 3
    visits = [fact for _, fact in house.journal.facts[before:] if isinstance(fact, QueueLeft)]
    assert [visit.outcome for visit in visits] == ["failed", "failed"]
    assert house.agent("8017").state in {AgentState.IDLE, AgentState.NOT_READY}
    assert house.rooms.calls.calls == {}  # also where no figures of legs will come any more
    await house.after(90)  # wrap-up
    assert house.agent("8012").state is AgentState.IDLE
    assert left_over(house) == {}


async def test_phones_stop_ringing_and_parties_get_their_bye() -> None:
    dead = await three_calls()
    parties = [leg.party for leg in dead.exchange._legs.values()]
    assert len(parties) == 5

    await started_again(dead, keeps_sessions=True)

    assert {party.state for party in parties} == {"ended"}


async def test_a_leg_of_a_call_that_nobody_knows_is_hung_up() -> None:
    house = WholeHouse()
    await house.open()
    stranger = WholeHouse(seed=2, journal=house.journal).exchange  # its rooms never hear of it
    stranger.listen(lambda event: None)
    party = stranger.call(DIRECT)
    later = WholeHouse(seed=3, exchange=stranger)

    count = await recovery.end_open_calls(later.rooms, stranger.living_legs, 0, is_media_lost=False)
    await later.after(0.1)

    assert count == 0
    assert party.state == "ended"


async def test_the_next_caller_is_served_as_if_nothing_had_been() -> None:
    dead = await three_calls()
    house, _ = await started_again(dead, keeps_sessions=True)
    for phone in house.exchange.phones.values():
        phone.answers_after_s = 0.5

    await house.after(40)
    caller = house.exchange.call(DIRECT, "13900000004")
    await house.after(6)

    assert caller.now_hears is not None
    assert caller.now_hears.startswith("party:")
    caller.hang_up()
    await house.after(30)
    assert left_over(house) == {}


async def test_a_start_without_open_calls_ends_nothing() -> None:
    house = WholeHouse()
    await house.open("8012")

    facts = await recovery.replay_open_calls(house.rooms, house.journal, [])
    count = await recovery.end_open_calls(house.rooms, [], house.clock.now_ms(), is_media_lost=True)

    assert (facts, count) == ([], 0)
    assert house.agent("8012").state is AgentState.IDLE
