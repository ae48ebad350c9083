"""Recorded mornings fold to the records that they folded to when they were recorded.

A fold that changes what it makes of old facts changes yesterday's reports. If that is meant, record
anew with `python -m tests.support.streams` and read the difference.
"""

import json
from typing import Any

import pytest

from cordboard.kit.facts import all_facts, encode
from tests.support.streams import FOLDER, MORNINGS, folded, read_records, read_stream

pytestmark = pytest.mark.replay


@pytest.mark.parametrize("name", sorted(MORNINGS))
async def test_records_do_not_change(name: str) -> None:
    again, then = folded(read_stream(name)), read_records(name)

    for call_id, record in then["records"].items():
        assert again["records"][call_id] == record, call_id
    assert again == then


@pytest.mark.parametrize("name", sorted(MORNINGS))
def test_every_call_of_a_recorded_morning_is_over(name: str) -> None:
    kept = read_records(name)

    assert kept["open_calls"] == []
    assert all(record["ended_at_ms"] for record in kept["records"].values())


@pytest.mark.parametrize("name", sorted(MORNINGS))
def test_every_fact_is_stored_as_it_was_read(name: str) -> None:
    """What is not lifted to a later format keeps every field."""
    lines = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]
    formats = {kind.__name__: kind.FORMAT for kind in all_facts()}

    for (kind, format, body), fact in zip(lines, read_stream(name), strict=True):
        if format == formats[kind]:
            stored: dict[str, Any] = json.loads(encode(fact))
            assert {key: stored[key] for key in body} == body


def test_the_mornings_hold_most_kinds_of_facts() -> None:
    kinds = {type(fact).__name__ for name in MORNINGS for fact in read_stream(name)}

    assert kinds >= {
        "AgentConnected", "AgentReady", "CallEnded", "CallRouted", "DigitPressed", "FlowEnded",
        "LegDialled", "OfferAccepted", "OfferMade", "QueueEntered", "QueueLeft", "RecordingClosed",
        "WrapUpEnded", "WrapUpStarted",
    }  # fmt: skip
