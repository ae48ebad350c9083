"""The rooms that a call passes through, built and subscribed in the one order that counts.

Only what runs inside turns stands here: no sockets, no HTTP, no files of its own. Stories build
the same house on the fake exchange, a journal in memory and virtual time.
"""

from collections.abc import Mapping
from datetime import tzinfo
from random import Random, SystemRandom

import msgspec

from cordboard.acd import handlers as acd_door
from cordboard.acd.service import Acd
from cordboard.agents import handlers as agents_door
from cordboard.agents.repository import AgentRepository
from cordboard.agents.service import Agents
from cordboard.app.addresses import HouseAddresses
from cordboard.calls.resume import Resumption
from cordboard.calls.service import Calls, CallSettings, Verbs
from cordboard.calls.tasks import Owners
from cordboard.flows import handlers as flows_door
from cordboard.flows.repository import Flows
from cordboard.flows.service import FlowService
from cordboard.kit.bus import Bus
from cordboard.kit.clock import Clock
from cordboard.kit.facts import Fact
from cordboard.kit.ids import Ids, LegId, QueueId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Journal, Turn, Turns
from cordboard.lines import handlers as lines_door
from cordboard.lines.effects import LineLog, MemoryLog
from cordboard.lines.service import Control, LineList
from cordboard.lines.service import Exchange as LineExchange
from cordboard.queues import NoSuchQueueError
from cordboard.queues import handlers as queues_door
from cordboard.queues.repository import QueueRepository
from cordboard.queues.service import Queues
from cordboard.records import handlers as records_door
from cordboard.records.repository import RecordRepository
from cordboard.records.service import Records, RecordSettings
from cordboard.telephony.facts import LineWatch
from cordboard.telephony.lines import Lines, NumberPlan
from cordboard.telephony.ports import LegNow, Telephony


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of the rooms here."""

    calls: CallSettings
    records: RecordSettings
    zone: tzinfo
    outside_trunk_id: str | None = None
    "Trunk that calls to the outside take where no line pool says otherwise."


class Repositories(msgspec.Struct, frozen=True, kw_only=True):
    """Where rooms keep what they are configured with; queues and agents may keep nothing."""

    flows: Flows
    records: RecordRepository
    queues: QueueRepository | None = None
    agents: AgentRepository | None = None


class Rooms:
    """Every room of a call, wired.

    Args:
        clock: Time.
        journal: Where turns are stored.
        telephony: The telephones.
        lines: As configured.
        ids: Makes identifiers.
        repositories: Where configuration lies.
        settings: Of the rooms.
        line_log: The six-field log; none is kept if none is given.
        random: For random choices of lines.
    """

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        telephony: Telephony,
        lines: Lines,
        ids: Ids,
        repositories: Repositories,
        settings: RoomSettings,
        line_log: LineLog | None = None,
        random: Random | None = None,
    ) -> None:
        self.lines = lines
        self.bus = Bus()
        self.turns = Turns(clock, self.bus, journal)
        self.timers = Timers()
        addresses = HouseAddresses(lambda: self.agents, self._has_address)
        self.line_list = LineList(
            lines,
            line_log or MemoryLog(size=0),
            random or SystemRandom(),
            settings.outside_trunk_id,
        )
        self.calls = Calls(
            telephony, NumberPlan(lines), ids, settings.calls, addresses, self.line_list
        )
        self.owners = Owners(self.calls, self.turns, ids, self.timers)
        self.verbs = Verbs(self.calls, self.owners.passing, self.owners.dialling)
        self.taps = self.owners.taps
        self.resumption = Resumption(
            self.calls, self.owners.passing, self.owners.wire, self.owners.dialling
        )
        self.line_watch = LineWatch(self.turns)
        self.control = Control(
            self.line_list,
            LineExchange(
                calls=self.calls,
                dialling=self.owners.dialling,
                taps=self.taps,
                adopt=self.owners.adopt,
                missing_items=telephony.missing_items,
            ),
            self.turns,
            ids,
            clock.now_ms,
        )
        self.flows = FlowService(
            self.calls,
            repositories.flows,
            clock=clock,
            missing_items=telephony.missing_items,
            has_target=self._has_target,
            zone=settings.zone,
        )
        self.queues = Queues(self.calls, self.turns, self.timers, ids, repositories.queues)
        self.agents = Agents(
            self.calls, self.turns, self.timers, repositories.agents, settings.zone
        )
        self.acd = Acd(self.calls, self.queues, self.agents, self.turns, self.timers, ids)
        self.records = Records(repositories.records, settings.records)
        self._subscribe()
        telephony.listen(self._hear)

    def _subscribe(self) -> None:
        """Who hears first: those who act on a call, nearest to the wire first; then the folds."""
        lines_door.subscribe(self.bus, self.line_list)
        flows_door.subscribe(self.bus, self.flows)
        queues_door.subscribe(self.bus, self.queues)
        agents_door.subscribe(self.bus, self.agents)
        acd_door.subscribe(self.bus, self.acd)
        records_door.subscribe(self.bus, self.records)

    def _hear(self, event: object) -> None:
        self.owners.hear(event)  # type: ignore[arg-type]  # the port tells its own events only
        self.line_watch.hear(event)  # type: ignore[arg-type]

    def _has_address(self, kind: str, target: str) -> bool:
        if kind == "flow":
            return any(flow.id == target for flow in self.flows.list_live())
        return self._has_target(kind, target)

    def _has_target(self, kind: str, target: str) -> bool:
        if kind == "extension":
            return any(phone.extension == target for phone in self.lines.phones)
        if kind == "outside":
            return bool(self.lines.trunks) and target.removeprefix("+").isdigit()
        try:
            self.queues.get_queue(QueueId(target))
        except NoSuchQueueError:
            return False
        return True

    def replay(self, fact: Fact) -> None:
        """Let every room change its memory as a stored fact says."""
        self.calls.replay(fact)
        self.line_list.replay(fact)
        self.flows.replay(fact)
        self.queues.replay(fact)
        self.agents.replay(fact)
        self.acd.replay(fact)
        self.records.replay(fact)

    def resume(self, turn: Turn, legs: Mapping[LegId, LegNow]) -> None:
        """After a restart, behind `replay`: calls go on where their legs stand now.

        Args:
            turn: The one turn of the restart.
            legs: From `Telephony.survey`; calls whose first leg is gone have been told so.
        """
        self.resumption.take_up(turn, legs)
        heard = {
            call.id: legs[call.first_leg].play_id
            for call in self.calls.calls.values()
            if call.first_leg in legs
        }
        self.flows.resume(turn, heard)
        self.queues.resume(turn, heard)
        self.agents.tidy(turn)
        self.acd.resume(turn)

    async def close(self) -> None:
        """Stop owners and timers; calls are not ended."""
        self.timers.close()
        self.owners.close()
