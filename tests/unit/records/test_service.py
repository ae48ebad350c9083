"""What is stored of a call, how often, and what late or lost news do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from cordboard.agents import AgentReady, AgentSignedOut
from cordboard.calls import LegRang, RecordingStarted
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock
from cordboard.kit.db import Write
from cordboard.kit.facts import Fact
from cordboard.kit.turns import MemoryJournal, Turns
from cordboard.records import CallRecord
from cordboard.records.handlers import subscribe
from cordboard.records.service import Records, RecordSettings
from tests.unit.records.facts import Told, answered_call

pytestmark = pytest.mark.unit


class Tables:
    """The repository's part that the folds use, in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, tuple[Any, ...]], dict[str, Any]] = {}

    async def clear(self) -> None:
        self.rows.clear()

    async def store(self, writes: Sequence[Write]) -> None:
        self.put(writes)

    def put(self, writes: Sequence[Any]) -> None:
        for write in writes:
            keys = [column.name for column in write.table.primary_key]
            self.rows[write.table.name, tuple(write.row[key] for key in keys)] = write.row

    async def find_record(self, call_id: str) -> CallRecord | None:
        row = self.rows.get(("call_records", (call_id,)))
        if row is None:
            return None
        record: CallRecord = row["detail"]
        offers = [
            replace(one, reason=self.rows["offers", (one.id,)]["reason"]) for one in record.offers
        ]
        return replace(record, offers=tuple(offers))


class House:
    def __init__(self, **settings: Any) -> None:
        self.bus = Bus()
        self.journal = MemoryJournal()
        self.turns = Turns(LoopClock(), self.bus, self.journal)
        self.tables = Tables()
        self.records = Records(self.tables, RecordSettings(**settings))  # type: ignore[arg-type]
        subscribe(self.bus, self.records)

    async def take(self, facts: Sequence[Fact]) -> list[Write]:
        """Facts of the same moment are one turn, as in the house; returns what was written."""
        before = len(self.journal.writes)
        turns: dict[int, list[Fact]] = {}
        for fact in facts:
            turns.setdefault(fact.at_ms, []).append(fact)
        for at_ms in sorted(turns):
            _ = self.turns.take(
                lambda turn, told=turns[at_ms]: [turn.tell(fact) for fact in told],  # type: ignore[misc]
                at_ms=at_ms,
            )
        await asyncio.sleep(0.01)
        written = self.journal.writes[before:]
        self.tables.put(written)
        return written  # type: ignore[return-value]

    async def stream(self) -> AsyncIterator[Fact]:
        for _, fact in self.journal.facts:
            yield fact


def tables_of(writes: Sequence[Write]) -> Counter[str]:
    return Counter(write.table.name for write in writes)


async def test_call_is_stored_at_its_arrival() -> None:
    house = House()
    writes = await house.take(Told().arrive().facts)

    assert tables_of(writes) == {"call_records": 1}
    assert writes[0].row["is_open"]


async def test_nothing_is_stored_between_arrival_and_end_but_the_recording() -> None:
    house = House()
    await house.take(Told().arrive().facts)
    told = Told().flow(0, digits="12", until=10).enter(10).offer(12).connect(18).hold(20)

    assert tables_of(await house.take(told.resume(25).facts)) == {"recordings": 1}


async def test_end_of_a_turn_with_many_facts_stores_each_row_once() -> None:
    house = House()
    await house.take(Told().arrive().flow(0, until=10).enter(10).offer(12).facts)
    told = Told().enter(10).offer(12)
    told.facts.clear()
    ended = told.end(18).end_offer(18, "withdrawn").leave(18, "abandoned")
    writes = await house.take(ended.facts)

    assert tables_of(writes) == {"call_records": 1, "queue_visits": 1, "offers": 1, "segments": 3}
    assert writes[0].row["result"] == "abandoned_in_queue"


async def test_whole_answered_call_costs_few_rows() -> None:
    house = House()
    counted = tables_of(await house.take(answered_call().facts))

    assert counted == {
        "call_records": 4,
        "queue_visits": 1,
        "offers": 1,
        "handlings": 2,
        "segments": 11,
        "recordings": 2,
    }


async def test_wrap_up_that_ends_later_changes_only_its_rows() -> None:
    house = House()
    told = Told().arrive().enter(1).offer(2).connect(3).end(10)
    await house.take(told.facts)
    writes = await house.take(Told().wrap_up(10, 20).facts)

    assert tables_of(writes)["segments"] == 1
    assert house.tables.rows["handlings", ("c1-l1",)]["wrap_up_ms"] == 10_000
    assert not house.tables.rows["call_records", ("c1",)]["is_open"]


async def test_record_is_live_until_it_is_closed_and_stored() -> None:
    house = House()
    told = answered_call()
    await house.take([fact for fact in told.facts if fact.at_ms < told.start_ms + 45_000])
    assert set(house.records.live) == {"c1"}
    await house.take([fact for fact in told.facts if fact.at_ms >= told.start_ms + 45_000])
    assert set(house.records.live) == set()


async def test_media_figures_are_stored_when_the_last_of_them_is_in() -> None:
    house = House()
    *before, last = answered_call().facts
    await house.take(before)
    assert house.tables.rows["call_records", ("c1",)]["detail"].legs[1].mos is None

    assert tables_of(await house.take([last])) == {"call_records": 1}
    assert [leg.mos for leg in house.tables.rows["call_records", ("c1",)]["detail"].legs] == [
        4.3,
        4.3,
    ]


async def test_lost_media_figures_are_waited_for_no_longer() -> None:
    house = House()
    await house.take(answered_call().facts[:-1])

    assert tables_of(await house.take(Told().lose_media(45, "l1").facts)) == {"call_records": 1}
    assert [
        leg.has_lost_media for leg in house.tables.rows["call_records", ("c1",)]["detail"].legs
    ] == [False, True]


async def test_media_news_after_a_crash_are_stored_one_by_one() -> None:
    house = House()
    told = Told().arrive().flow(0).end(9, "system", reason="crash")
    await house.take(told.facts)
    ended = Told().end(10).facts[:1]

    assert tables_of(await house.take(ended)) == {"call_records": 1}


async def test_recording_that_closes_last_closes_the_record() -> None:
    house = House()
    told = Told().arrive().flow(0).end(9)
    await house.take(told.facts)
    assert set(house.records.live) == {"c1"}
    writes = await house.take(Told().close_recording(10).facts)

    assert tables_of(writes) == {"recordings": 1, "call_records": 1}
    assert set(house.records.live) == set()


async def test_fact_of_a_record_that_was_put_away_is_a_dead_letter_and_rebuilt() -> None:
    house = House(recent_calls=1)
    *before, late = answered_call().facts
    await house.take(before)
    await house.take(answered_call("c2", agent="a2").facts)
    await house.take([late])

    assert [type(letter.error).__name__ for letter in house.journal.dead] == ["LateFactError"]
    assert house.tables.rows["call_records", ("c1",)]["detail"].legs[1].mos is None
    await house.records.rebuild(house.stream())
    assert house.tables.rows["call_records", ("c1",)]["detail"].legs[1].mos == 4.3


async def test_facts_that_no_record_needs_are_never_late() -> None:
    house = House()
    await house.take(Told("gone").call(LegRang, 1, leg_id="x").facts)

    assert house.journal.dead == []


async def test_agent_who_never_worked_changes_nothing() -> None:
    house = House()

    assert await house.take(Told().tell(AgentReady, 1, agent_id="a1").facts) == []


async def test_rebuilt_tables_equal_those_that_grew() -> None:
    house = House()
    for number in range(3):
        await house.take(answered_call(f"c{number}", agent=f"a{number}").facts)
    going_on = Told("c8").arrive().flow(0, until=1).enter(1).offer(2, "a8").connect(3, "a8")
    await house.take(going_on.facts)
    wraps_up = Told("c9").arrive().enter(1).offer(2, "a9").connect(3, "a9").end(9)
    await house.take(wraps_up.facts)
    grown = dict(house.tables.rows)

    count = await house.records.rebuild(house.stream())

    assert count == len(house.journal.facts)
    assert house.tables.rows == grown


async def test_restored_call_goes_on_as_if_nothing_had_happened() -> None:
    grew, fell = House(), House()
    told = answered_call()
    middle = told.start_ms + 22_000
    before = [fact for fact in told.facts if fact.at_ms <= middle]
    after = [fact for fact in told.facts if fact.at_ms > middle]
    await grew.take(told.facts)
    await fell.take(before)
    fell.records = Records(fell.tables, RecordSettings())  # type: ignore[arg-type]
    fell.bus = Bus()
    fell.turns = Turns(LoopClock(), fell.bus, fell.journal)
    subscribe(fell.bus, fell.records)
    for fact in before:
        fell.records.replay(fact)
    await fell.take(after)

    assert fell.tables.rows == grew.tables.rows


async def test_replay_of_a_call_that_is_closed_leaves_nothing_live() -> None:
    house = House()
    for fact in [*answered_call().facts, *Told("gone").report(1).facts]:
        house.records.replay(fact)

    assert set(house.records.live) == set()
    assert house.journal.writes == []


async def test_agent_who_signs_out_without_wrap_up_closes_the_record() -> None:
    house = House()
    told = Told().arrive().enter(1).offer(2).connect(3).end(9)
    await house.take(told.facts)
    assert set(house.records.live) == {"c1"}
    await house.take(Told().tell(AgentSignedOut, 12, agent_id="a1").facts)

    assert set(house.records.live) == set()


async def test_recording_row_is_written_when_it_starts() -> None:
    house = House()
    await house.take(Told().arrive().facts)
    writes = await house.take(
        Told().call(RecordingStarted, 1, recording_id="r", leg_id="c1-l0", path="x").facts
    )

    assert [write.row["state"] for write in writes] == ["recording"]


async def test_rebuild_in_many_batches_keeps_recordings_of_calls_that_go_on() -> None:
    house = House()
    await house.take(Told("live").arrive().flow(0).facts)
    for number in range(520):
        await house.take(Told(f"c{number}").arrive().end(1).facts)
    grown = dict(house.tables.rows)

    await house.records.rebuild(house.stream())

    assert house.tables.rows == grown


async def test_facts_of_calls_that_the_journal_forgot_are_passed_over() -> None:
    house = House()

    async def rest() -> AsyncIterator[Fact]:
        yield Told("forgotten").report(9).facts[0]

    assert await house.records.rebuild(rest()) == 1
    assert house.tables.rows == {}
