"""After a kill -9: what talked, rang and waited goes on; what did not survive ends with a word."""

import pytest

from cordboard.agents import AgentState
from cordboard.app import recovery
from cordboard.calls import CallEnded
from cordboard.queues import QueueLeft
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.whole_house import WholeHouse, started_again

pytestmark = pytest.mark.unit

DIRECT = "96511"
"Goes to the queue at once."


async def three_calls() -> tuple[WholeHouse, list[FakeParty]]:
    """One talks, one rings, one waits."""
    house = WholeHouse()
    await house.open("8012", "8017")
    house.exchange.phones["8001"].answers_after_s = 0.5
    house.exchange.phones["8002"].answers_after_s = None
    callers = []
    for number in ("13900000001", "13900000002", "13900000003"):
        callers.append(house.exchange.call(DIRECT, number))
        await house.after(3)
    assert house.agent("8012").state is AgentState.TALKING
    assert house.agent("8017").state is AgentState.RINGING
    return house, callers


def left_over(house: WholeHouse) -> dict[str, object]:
    """Whatever a user would call a ghost."""
    found: dict[str, object] = {
        "legs": house.exchange.living_legs,
        "calls": dict(house.rooms.calls.calls),
        "waiting": [
            each for queue in house.site.queues for each in house.rooms.queues.list_visits(queue.id)
        ],
        "owners": len(house.rooms.owners),
        "dead letters": house.journal.dead,
    }
    return {name: value for name, value in found.items() if value}


async def test_who_talks_rings_and_waits_goes_on_and_the_place_is_kept() -> None:
    dead, [talking, ringing, waiting] = await three_calls()
    begun = {party: list(party.hears) for party in (talking, ringing, waiting)}

    house, count = await started_again(dead)

    assert count == 3
    assert talking.now_hears == "party:8001"
    assert {party: party.hears for party in begun} == begun, "nobody's sound began anew"
    assert house.agent("8017").state is AgentState.RINGING
    house.phone_of("8017").pick_up()
    await house.after(6)
    assert ringing.now_hears == "party:8002"
    ringing.hang_up()
    house.exchange.phones["8002"].answers_after_s = 0.5
    await house.after(40)
    assert waiting.now_hears == "party:8002"
    talking.hang_up()
    waiting.hang_up()
    await house.after(60)
    assert left_over(house) == {}
    ends = house.told(CallEnded)
    assert [(end.by, end.reason) for end in ends] == [("customer", "")] * 3


async def test_a_ring_limit_counts_from_the_offer_and_not_from_the_restart() -> None:
    dead, [_, ringing, _] = await three_calls()
    offered_s = dead.clock.now_s() - 6
    limit_s = dead.site.queues[0].ring_limit_s

    house, _ = await started_again(dead, down_s=5)
    await house.after(limit_s - (house.clock.now_s() - offered_s) + 1)

    assert house.agent("8017").state is AgentState.NOT_READY
    assert ringing.state == "talking"
    assert ringing.now_hears == "moh:default"


async def test_what_did_not_survive_ends_with_a_word_and_nothing_is_left() -> None:
    dead, _ = await three_calls()
    before = len(dead.journal.facts)

    house, count = await started_again(dead, keeps_sessions=False)

    assert count == 0
    await house.after(90)  # legs that were lost report no figures: their calls wait a while
    ends = [fact for _, fact in house.journal.facts[before:] if isinstance(fact, CallEnded)]
    assert {(end.by, end.reason) for end in ends} == {("network", "crash")}
    assert len({end.call_id for end in ends}) == 3
    visits = [fact for _, fact in house.journal.facts[before:] if isinstance(fact, QueueLeft)]
    assert [visit.outcome for visit in visits] == ["failed", "failed"]
    assert house.agent("8012").state is AgentState.IDLE
    assert house.agent("8017").state is AgentState.IDLE
    assert left_over(house) == {}


async def test_a_caller_who_left_meanwhile_is_no_ghost() -> None:
    dead, [talking, ringing, waiting] = await three_calls()
    dead.exchange.listen(lambda event: None)
    talking.hang_up()
    waiting.hang_up()

    house, count = await started_again(dead)

    assert count == 1
    assert ringing.state == "talking"
    ringing.hang_up()
    await house.after(90)
    assert left_over(house) == {}
    assert house.agent("8012").state is AgentState.IDLE


async def test_a_leg_of_a_call_that_nobody_knows_is_refused() -> None:
    house = WholeHouse()
    await house.open()
    stranger = WholeHouse(seed=2, journal=house.journal).exchange  # its rooms never hear of it
    stranger.listen(lambda event: None)
    party = stranger.call(DIRECT)
    later = WholeHouse(seed=3, exchange=stranger)

    count = await recovery.resume_calls(later.rooms, stranger, 0)
    await later.after(0.1)

    assert count == 0
    assert party.state == "ended"


async def test_a_start_without_open_calls_resumes_nothing() -> None:
    house = WholeHouse()
    await house.open("8012")

    facts = await recovery.replay_open_calls(house.rooms, house.journal, [])
    count = await recovery.resume_calls(house.rooms, house.exchange, house.clock.now_ms())

    assert (facts, count) == ([], 0)
    assert house.agent("8012").state is AgentState.IDLE
