"""Recorded streams of facts: one JSON line a fact, as the journal stores it, and their records.

`python -m tests.support.streams` records them anew; do that only after a change that was meant,
and read the difference. Numbers in them are made up.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cordboard.app.site import agent_of
from cordboard.calls import CallArrived, CallState
from cordboard.kit.facts import Fact, decode, encode
from cordboard.kit.ids import UserId
from cordboard.kit.turns import MemoryJournal
from tests.support.traffic import a_morning
from tests.support.virtual_time import run_virtual
from tests.support.whole_house import WholeHouse

FOLDER = Path(__file__).resolve().parents[1] / "replay" / "streams"
MORNINGS = {"morning_1": (12, 1), "morning_2": (12, 2)}
"Name of the stream -> number of calls, seed."


def read_stream(name: str) -> Iterator[Fact]:
    """The facts of a recorded stream, through the steps up that their formats need."""
    for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        kind, format, body = json.loads(line)
        yield decode(kind, format, json.dumps(body).encode())


def read_records(name: str) -> dict[str, Any]:
    """What was folded of the stream when it was recorded."""
    return dict(json.loads((FOLDER / f"{name}.records.json").read_text()))


def folded(stream: Iterator[Fact]) -> dict[str, Any]:
    """Every record and every agent that these facts make, as JSON would hold them."""
    house = WholeHouse()
    for user in house.site.users:
        agent = agent_of(user, UserId(user.name))
        if agent is not None:
            house.rooms.agents.put_agent(agent)
    calls = []
    for fact in stream:
        house.rooms.replay(fact)
        if isinstance(fact, CallArrived):
            calls.append(fact.call_id)
    records = {call_id: house.rooms.records.find(call_id) for call_id in calls}
    agents = {agent.id: agent for agent in house.rooms.agents.list_agents()}
    left = [call.id for call in house.rooms.calls.calls.values() if call.state != CallState.ENDED]
    plain = msgspec.to_builtins({"records": records, "agents": agents, "open_calls": left})
    return dict(json.loads(json.dumps(plain)))


async def _played(calls: int, seed: int) -> MemoryJournal:
    journal = MemoryJournal()
    house = await a_morning(journal, calls, seed)
    await house.after(1800)  # those who still wait are sent off, talks end below
    for phone in house.exchange.phones.values():
        for party in phone.rings:
            party.hang_up()
    await house.after(120)
    await house.rooms.close()
    return journal


def record() -> None:
    """Write the streams and their records anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (calls, seed) in MORNINGS.items():
        journal = run_virtual(_played(calls, seed))
        lines = [
            json.dumps(
                [type(fact).__name__, fact.FORMAT, json.loads(encode(fact))],
                ensure_ascii=False,
                separators=(",", ":"),
            )
            for _, fact in journal.facts
        ]
        (FOLDER / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
        text = json.dumps(folded(read_stream(name)), ensure_ascii=False, indent=1, sort_keys=True)
        (FOLDER / f"{name}.records.json").write_text(text + "\n")


if __name__ == "__main__":
    record()
