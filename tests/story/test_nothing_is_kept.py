"""What a call leaves behind in the rooms when it is over: nothing."""

import gc
import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cordboard.desk.handlers import subscribe
from cordboard.desk.model import LiveState
from cordboard.desk.service import Desk, DeskSettings
from cordboard.kit.ids import AgentId
from cordboard.kit.turns import MemoryJournal
from cordboard.records.service import RecordSettings
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.whole_house import WholeHouse

pytestmark = pytest.mark.story

KEYS = ("1", "1", "330851926#", "1")
LAST_TIMER_S = 120.0
AGENT = AgentId("a-8012")
_BY_TIME = ".intervals"
"Handle times: one a quarter of an hour, whatever the number of calls; kept for a day."

_IDS = re.compile(r"\b[a-z]-[0-9a-z]{12,}")


class Roster:
    def __init__(self, house: WholeHouse) -> None:
        self._rooms = house.rooms

    def list_agents(self) -> Any:
        return self._rooms.agents.list_configured()

    def list_queues(self) -> Any:
        return self._rooms.queues.list_queues()


def contents(root: object) -> Counter[str]:
    """Where -> number of things in the containers there; ids in a path are stars."""
    found: Counter[str] = Counter()
    seen: set[int] = set()
    pending: list[tuple[str, object]] = [("", root)]
    while pending:
        path, thing = pending.pop()
        if id(thing) in seen or isinstance(thing, MemoryJournal | type):
            continue
        seen.add(id(thing))
        if isinstance(thing, dict | list | set | deque):
            place = _IDS.sub("*", path)
            found[place] += 0 if place.endswith(_BY_TIME) else len(thing)
        pending += ((f"{path}.{name}", part) for name, part in _parts(thing))
    return +found


def _parts(thing: object) -> Iterator[tuple[str, object]]:
    if isinstance(thing, dict):
        yield from ((str(key), value) for key, value in thing.items())
    elif isinstance(thing, list | tuple | set | deque):
        yield from ((str(place), value) for place, value in enumerate(thing))
    elif isinstance(thing, msgspec.Struct):
        yield from msgspec.structs.asdict(thing).items()
    elif type(thing).__module__.startswith("cordboard"):
        yield from getattr(thing, "__dict__", {}).items()
        for cls in type(thing).__mro__:
            names = getattr(cls, "__slots__", ())
            yield from ((name, getattr(thing, name)) for name in names if hasattr(thing, name))


async def a_caller_in_the_queue(house: WholeHouse) -> FakeParty:
    caller = house.exchange.call("96510", "13871562043")
    for keys in KEYS:
        await house.after(2.5)
        caller.press(keys)
    await house.after(1.5)
    return caller


async def one_of_each(house: WholeHouse) -> None:
    """Calls of every ending, one after the other, until the last timer is out."""
    phone = house.exchange.phones["8001"]
    for ending in ("caller", "agent", "flow", "ringing", "refused", "missed"):
        phone.status = 486 if ending == "refused" else 0
        phone.answers_after_s = 1.0 if ending in ("caller", "agent") else None
        if ending == "flow":
            caller = house.exchange.call("96510", "13871562043")
            await house.after(3)
        else:
            caller = await a_caller_in_the_queue(house)
            await house.after(30 if ending == "missed" else 8)
        (house.phone_of("8012") if ending == "agent" else caller).hang_up()
        await house.after(LAST_TIMER_S)
        phone.rings.clear()
        await house.rooms.turns.take(lambda turn: house.rooms.agents.set_ready(turn, AGENT))


async def test_rooms_hold_no_more_after_many_calls_than_after_a_few() -> None:
    house = WholeHouse(records=RecordSettings(recent_calls=1))
    await house.open("8012")
    desk = Desk(house.clock, LiveState(), Roster(house), DeskSettings())
    subscribe(house.rooms.turns, desk)
    await one_of_each(house)
    gc.collect()
    before = contents((house.rooms, desk)), _objects()

    for _ in range(3):
        await one_of_each(house)
    gc.collect()
    after = contents((house.rooms, desk)), _objects()

    assert house.journal.dead == []
    assert after[0] == before[0]
    assert {kind: n for kind, n in (after[1] - before[1]).items() if n >= 3 * 6} == {}


def _objects() -> Counter[str]:
    """Objects of our own classes that the collector knows, by class."""
    kinds = (type(thing) for thing in gc.get_objects())
    return Counter(
        kind.__qualname__ for kind in kinds if str(kind.__module__).startswith("cordboard")
    )
