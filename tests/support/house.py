"""A small house for unit tests of calls: turns on a memory journal and the fake exchange."""

import asyncio
from random import Random

from cordboard.calls.service import Calls, CallSettings
from cordboard.calls.tasks import Owners
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock
from cordboard.kit.facts import Fact, News
from cordboard.kit.ids import Ids
from cordboard.kit.timers import Timers
from cordboard.kit.turns import MemoryJournal, Turns
from cordboard.telephony.adapters.fake import FakeTelephony
from cordboard.telephony.lines import Lines, NumberPlan, Phone, ServiceNumber, Trunk

LINES = Lines(
    trunks=(Trunk(id="trunk", name="Trunk", hosts=("192.0.2.1",)),),
    phones=(
        Phone(extension="8001", contact="192.0.2.81:5060"),
        Phone(extension="8002", contact="192.0.2.82:5060"),
    ),
    service_numbers=(
        ServiceNumber(number="96510", name="Hotline", kind="flow", target="demo"),
        ServiceNumber(number="96511", name="Direct", kind="queue", target="q-direct"),
    ),
)


class CallHouse:
    """Calls, their owners and the fake exchange, wired; make it inside a running loop."""

    def __init__(self, lines: Lines = LINES, settings: CallSettings | None = None) -> None:
        self.clock = LoopClock()
        self.ids = Ids(self.clock.now_ms, Random(7))
        self.bus = Bus()
        self.journal = MemoryJournal()
        self.turns = Turns(self.clock, self.bus, self.journal)
        self.exchange = FakeTelephony(self.clock, self.ids, lines)
        self.timers = Timers()
        self.calls = Calls(self.exchange, NumberPlan(lines), self.ids, settings or CallSettings())
        self.owners = Owners(self.calls, self.turns, self.ids, self.timers)
        self.exchange.listen(self.owners.hear)

    def told(self, *kinds: type[News]) -> list[Fact]:
        """Stored news of these classes in order; all if none is named. A signal is never stored."""
        return [fact for _, fact in self.journal.facts if not kinds or isinstance(fact, kinds)]

    def kinds(self) -> list[str]:
        """Names of all facts in order."""
        return [type(fact).__name__ for _, fact in self.journal.facts]

    async def settle(self, seconds: float = 0.01) -> None:
        """Let everything that is under way happen, for so long."""
        await asyncio.sleep(seconds)
