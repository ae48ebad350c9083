"""Screens hear soon, not too often, each what it may see, and never wait for one another."""

import asyncio
from typing import Any

import msgspec
import pytest

from cordboard.agents import Agent, AgentReady, AgentSignedIn, AgentState, AgentView
from cordboard.desk.handlers import subscribe
from cordboard.desk.model import LiveState, midnight_after
from cordboard.desk.service import BOX_MESSAGES, Desk, DeskSettings, Screen, parse_message
from cordboard.directory import Role
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock, iso
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId
from cordboard.kit.turns import MemoryJournal, Turns
from cordboard.queues import Queue
from cordboard.records import DayCounts
from tests.unit.desk.reducer import reduced
from tests.unit.records.facts import Told, answered_call
from tests.unit.records.people import a_queue, a_user, an_agent

pytestmark = pytest.mark.unit

LEADER = a_user(id="u9", name="lead", display_name="Lead", role=Role.SUPERVISOR, session_id="s9")
AGENT = a_user(id="u1", name="li", display_name="李敏", role=Role.AGENT, agent_id="a1",
             session_id="s1")  # fmt: skip
OTHER = a_user(id="u2", name="zhao", display_name="赵倩", role=Role.AGENT, agent_id="a2")


class Roster:
    agents = (
        an_agent(id="a1", user_id="u1", name="李敏", agent_number="8012", extension="8001"),
        an_agent(id="a2", user_id="u2", name="赵倩", agent_number="8017", extension="8002"),
    )
    queues: tuple[Queue, ...] = (a_queue(id="support", name="供水报修"),)

    def list_agents(self) -> tuple[Agent, ...]:
        return self.agents

    def list_queues(self) -> tuple[Queue, ...]:
        return self.queues


class Floor:
    """A desk, and facts committed one by one."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.roster = Roster()
        self.desk = Desk(self.clock, LiveState(), self.roster, DeskSettings())
        self.seq = 0

    def commit(self, facts: list[Fact]) -> None:
        numbered = list(enumerate(facts, self.seq + 1))
        self.seq += len(facts)
        self.desk.hear(numbered)

    async def read(self, screen: Screen) -> dict[str, Any]:
        message = await self.desk.next_message(screen)
        assert message is not None
        said: dict[str, Any] = msgspec.json.decode(message)
        return said


def ringing() -> list[Fact]:
    shift = Told().tell(AgentSignedIn, -9, agent_id="a1", extension="8001")
    shift.tell(AgentReady, -9, agent_id="a1")
    return [*shift.facts, *Told().arrive().flow(0, digits="12", until=1).enter(1).offer(2).facts]


async def test_screen_begins_with_a_snapshot_and_goes_on_without_a_gap() -> None:
    floor = Floor()
    floor.commit(ringing())
    screen = floor.desk.open(LEADER)
    first = await floor.read(screen)
    floor.commit(Told().offer(2).connect(5).facts)
    second = await floor.read(screen)
    floor.commit(Told().end(9).facts)
    third = await floor.read(screen)

    assert (first["type"], second["type"], third["type"]) == ("snapshot", "facts", "facts")
    assert second["from"] == first["seq"] + 1
    assert third["from"] == second["seq"] + 1
    assert [fact["id"] for fact in second["facts"]] == list(
        range(second["from"], second["seq"] + 1)
    )
    assert second["facts"][0]["kind"] == "OfferMade"
    assert second["facts"][0]["at"].endswith("Z")


async def test_pictures_made_of_patches_equal_a_fresh_snapshot() -> None:
    floor = Floor()
    screen = floor.desk.open(LEADER)
    picture = (await floor.read(screen))["state"]
    for fact in [*ringing(), *answered_call("c2").facts]:
        floor.commit([fact])
        message = await floor.read(screen)
        picture = reduced(picture, message["patch"])
    fresh = await floor.read(floor.desk.open(LEADER))

    assert picture == fresh["state"]


async def test_facts_that_come_together_are_pushed_together() -> None:
    floor = Floor()
    screen = floor.desk.open(LEADER)
    await floor.read(screen)
    pushes = 0
    for _ in range(50):
        floor.commit(Told().data(1, "meter", "1").facts)
        await asyncio.sleep(0.01)
    while (message := await floor.read(screen))["type"] == "facts":
        pushes += 1

    assert message["type"] == "ping"
    assert 5 <= pushes <= 11


async def test_lone_fact_is_pushed_at_once() -> None:
    floor = Floor()
    screen = floor.desk.open(LEADER)
    await floor.read(screen)
    await asyncio.sleep(1)
    before = floor.clock.now_s()
    floor.commit(ringing())
    await floor.read(screen)

    assert floor.clock.now_s() - before < 0.001


async def test_screen_that_reads_nothing_gets_a_snapshot_and_delays_nobody() -> None:
    floor = Floor()
    slow, quick = floor.desk.open(LEADER), floor.desk.open(LEADER)
    await floor.read(slow)
    await floor.read(quick)
    for number in range(BOX_MESSAGES + 3):
        floor.commit(Told(f"c{number}").arrive().facts)
        assert (await floor.read(quick))["type"] == "facts"
        await asyncio.sleep(0.06)
    message = await floor.read(slow)

    assert (message["type"], message["seq"]) == ("snapshot", floor.seq)
    assert len(message["state"]["calls"]) == BOX_MESSAGES + 3


async def test_resync_brings_a_fresh_snapshot_that_the_next_facts_follow() -> None:
    floor = Floor()
    screen = floor.desk.open(LEADER)
    await floor.read(screen)
    floor.commit(ringing())
    screen.refresh()
    fresh = await floor.read(screen)
    floor.commit(Told().end(9).facts)

    assert fresh["type"] == "snapshot"
    assert (await floor.read(screen))["from"] == fresh["seq"] + 1


async def test_quiet_screen_is_pinged_after_fifteen_seconds() -> None:
    floor = Floor()
    screen = floor.desk.open(LEADER)
    await floor.read(screen)
    before = floor.clock.now_s()

    assert (await floor.read(screen))["type"] == "ping"
    assert 14.9 < floor.clock.now_s() - before < 15.1


class TestWhoSeesWhat:
    async def test_agent_sees_the_number_of_the_own_call_and_no_other(self) -> None:
        floor = Floor()
        floor.commit(ringing())
        floor.commit(Told("c2", caller="13900001111").arrive().facts)
        mine = (await floor.read(floor.desk.open(AGENT)))["state"]["calls"]
        theirs = (await floor.read(floor.desk.open(OTHER)))["state"]["calls"]
        all_ = (await floor.read(floor.desk.open(LEADER)))["state"]["calls"]

        assert mine["c1"]["caller_number"] == "13871562043"
        assert mine["c2"]["caller_number"] == "139****1111"
        assert theirs["c1"]["caller_number"] == "138****2043"
        assert all_["c2"]["caller_number"] == "13900001111"

    async def test_number_appears_with_the_ring_and_is_masked_after_a_miss(self) -> None:
        floor = Floor()
        screen = floor.desk.open(AGENT)
        picture = (await floor.read(screen))["state"]
        told = Told().arrive().enter(1)
        shown = []
        for step in (told.facts, Told().enter(1).offer(2).facts[1:],
                     Told().enter(1).offer(2).end_offer(9, "missed").facts[5:]):  # fmt: skip
            floor.commit(list(step))
            picture = reduced(picture, (await floor.read(screen))["patch"])
            shown.append(picture["calls"]["c1"]["caller_number"])
            await asyncio.sleep(0.1)

        assert shown == ["138****2043", "13871562043", "138****2043"]

    async def test_agent_is_told_own_facts_alone(self) -> None:
        floor = Floor()
        mine, theirs = floor.desk.open(AGENT), floor.desk.open(OTHER)
        await floor.read(mine)
        await floor.read(theirs)
        floor.commit([*ringing(), *Told("c2").arrive().press(1, "5").facts])
        kinds = {fact["kind"] for fact in (await floor.read(mine))["facts"]}
        other = await floor.read(theirs)

        assert "OfferMade" in kinds
        assert all(fact.get("call_id", "c1") == "c1" for fact in other["facts"])
        assert other["facts"] == []
        assert (other["from"], other["seq"]) == (1, floor.seq)

    async def test_leaders_share_one_message(self) -> None:
        floor = Floor()
        first, second = floor.desk.open(LEADER), floor.desk.open(LEADER)
        await floor.read(first)
        await floor.read(second)
        floor.commit(ringing())

        assert await floor.desk.next_message(first) is await floor.desk.next_message(second)


class TestWithoutFacts:
    async def test_line_that_changed_is_shown_with_the_next_tick(self) -> None:
        floor = Floor()
        screen = floor.desk.open(LEADER)
        await floor.read(screen)
        floor.desk.line_changed("trunk", kind="trunk", to="down", name="Trunk")
        floor.desk.tick()
        message = await floor.read(screen)

        assert message["type"] == "snapshot"
        assert message["state"]["lines"]["trunk"]["state"] == "down"

    async def test_line_that_changed_goes_with_facts_that_come_first(self) -> None:
        floor = Floor()
        screen = floor.desk.open(LEADER)
        await floor.read(screen)
        floor.desk.line_changed("trunk", kind="trunk", to="up", name="Trunk")
        floor.commit(ringing())
        message = await floor.read(screen)

        assert ["lines", "trunk"] in [entry["path"] for entry in message["patch"]]

    async def test_midnight_is_shown_by_itself(self) -> None:
        floor = Floor()
        floor.commit(answered_call().facts)
        screen = floor.desk.open(LEADER)
        await floor.read(screen)
        floor.clock._epoch_ms = midnight_after(floor.clock.now_ms(), floor.desk.state.zone)
        floor.desk.tick()

        assert (await floor.read(screen))["state"]["figures"]["calls_today"] == 0

    async def test_new_configuration_reaches_every_screen(self) -> None:
        floor = Floor()
        screen = floor.desk.open(AGENT)
        await floor.read(screen)
        floor.roster.queues = (*Roster.queues, a_queue(id="new", name="新"))
        floor.desk.reconfigure()

        assert (await floor.read(screen))["state"]["queues"]["new"]["name"] == "新"

    async def test_the_desk_ticks_every_second(self) -> None:
        floor = Floor()
        screen = floor.desk.open(LEADER)
        await floor.read(screen)
        ticking = asyncio.create_task(floor.desk.run())
        floor.commit(Told(start_ms=floor.clock.now_ms()).arrive().enter(0).facts)
        await floor.read(screen)
        await asyncio.sleep(22)
        ticking.cancel()

        assert (await floor.read(screen))["state"]["figures"]["service_level"] == 0


class TestSessions:
    async def test_ended_session_closes_its_screens_only(self) -> None:
        floor = Floor()
        gone, stays = floor.desk.open(AGENT), floor.desk.open(LEADER)
        floor.desk.end_session("s1")

        assert await floor.desk.next_message(gone) is None
        assert (await floor.read(stays))["type"] == "snapshot"
        assert floor.desk.count_screens() == 1

    async def test_screen_that_waits_is_woken_by_its_end(self) -> None:
        floor = Floor()
        screen = floor.desk.open(LEADER)
        await floor.read(screen)
        waiting = asyncio.create_task(floor.desk.next_message(screen))
        await asyncio.sleep(1)
        floor.desk.close(screen)

        assert await waiting is None


async def test_desk_without_screens_keeps_nothing_to_push() -> None:
    floor = Floor()
    floor.commit(ringing())

    assert floor.desk._facts == []
    assert floor.desk._touched == set()


async def test_start_takes_over_the_day_and_the_open_calls() -> None:
    floor = Floor()
    floor.desk.seed(DayCounts(calls_inbound=7), 41)
    for fact in ringing():
        floor.desk.replay(fact)
    message = await floor.read(floor.desk.open(LEADER))

    assert message["seq"] == 41
    assert message["state"]["figures"]["calls_today"] == 8
    assert set(message["state"]["calls"]) == {"c1"}


def test_what_a_screen_says_is_a_json_object_or_nothing() -> None:
    assert parse_message('{"type": "resync"}') == {"type": "resync"}
    assert parse_message("[1]") == {}
    assert parse_message("{") == {}


async def test_committed_facts_of_a_turn_reach_the_picture() -> None:
    floor = Floor()
    journal = MemoryJournal()
    turns = Turns(floor.clock, Bus(), journal)
    subscribe(turns, floor.desk)
    await turns.take(lambda turn: turn.tell(Told().arrive().facts[0]))

    assert set(floor.desk.state.calls) == {"c1"}
    assert floor.desk.state.seq == 1


async def test_start_takes_over_the_states_of_agents_that_outlived_it() -> None:
    floor = Floor()
    floor.desk.adopt_agents(
        [
            AgentView(
                id=AgentId("a1"),
                name="李敏",
                agent_number="8012",
                extension="8003",
                skills={},
                state=AgentState.NOT_READY,
                reason="meal",
                since_ms=floor.clock.now_ms() - 5_000,
                idle_since_ms=0,
            )
        ]
    )
    agent = (await floor.read(floor.desk.open(LEADER)))["state"]["agents"]["a1"]

    assert (agent["state"], agent["reason"], agent["extension"]) == ("not_ready", "meal", "8003")
    assert agent["since"] == iso(floor.clock.now_ms() - 5_000)


async def test_line_that_says_the_same_again_disturbs_no_screen() -> None:
    floor = Floor()
    floor.desk.line_changed("trunk", kind="trunk", to="up", name="Trunk")
    screen = floor.desk.open(LEADER)
    await floor.read(screen)
    floor.desk.line_changed("trunk", kind="trunk", to="up")
    floor.desk.tick()
    floor.commit(ringing())

    assert (await floor.read(screen))["type"] == "facts"
