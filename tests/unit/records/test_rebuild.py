"""What is stored is a function of the facts: wherever the journal is cut, and however the facts
were parted into turns, a rebuild makes the tables that grew."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordboard.kit.bus import Bus
from cordboard.kit.facts import Fact
from cordboard.kit.turns import Turn
from cordboard.records.handlers import subscribe
from cordboard.records.service import Records, RecordSettings
from tests.unit.records.facts import Told
from tests.unit.records.streams import streams
from tests.unit.records.test_service import Tables

pytestmark = pytest.mark.unit


async def journal(facts: Sequence[Fact]) -> AsyncIterator[Fact]:
    for fact in facts:
        yield fact


def grown(turns: Sequence[Sequence[Fact]]) -> Tables:
    tables, bus = Tables(), Bus()
    subscribe(bus, Records(tables, RecordSettings()))  # type: ignore[arg-type]
    for facts in turns:
        turn = Turn(facts[0].at_ms, bus)
        for fact in facts:
            turn.tell(fact)
        turn.settle()
        assert turn.dead == []
        tables.put(turn.writes)
        for effect in turn.effects:
            effect()
    return tables


def rebuilt(facts: Sequence[Fact]) -> dict[Any, Any]:
    tables = Tables()
    asyncio.run(Records(tables, RecordSettings()).rebuild(journal(facts)))  # type: ignore[arg-type]
    return tables.rows


@given(streams(), st.data())
@settings(max_examples=150)
def test_rebuilt_tables_equal_grown_ones_wherever_the_journal_is_cut(
    calls: list[Told], data: st.DataObject
) -> None:
    for told in calls:
        if data.draw(st.booleans()):
            told.close_recording(300).report(300)
    facts = sorted(chain.from_iterable(told.facts for told in calls), key=lambda one: one.at_ms)
    facts = facts[: data.draw(st.integers(1, len(facts)))]
    turns: list[list[Fact]] = []
    for fact in facts:
        if turns and turns[-1][0].at_ms == fact.at_ms and data.draw(st.booleans()):
            turns[-1].append(fact)
        else:
            turns.append([fact])

    assert grown(turns).rows == rebuilt(facts)
