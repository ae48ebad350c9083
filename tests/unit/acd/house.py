"""Three real rooms (queues, agents, acd) on a working fake of calls, in virtual time."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeVar

from cordboard.acd import handlers as acd_handlers
from cordboard.acd.service import Acd
from cordboard.agents import Agent, AgentView
from cordboard.agents import handlers as agent_handlers
from cordboard.agents.service import Agents
from cordboard.calls import (
    AgentConnected,
    CallEnded,
    CallEnder,
    CallHeld,
    CallResumed,
    CallRouted,
    LegAnswered,
    LegDialled,
    LegEnded,
    PromptEnded,
    Route,
)
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock
from cordboard.kit.facts import Fact, News
from cordboard.kit.ids import AgentId, CallId, Ids, LegId, OfferId, QueueId, UserId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import MemoryJournal, Turn, Turns
from cordboard.queues import Queue
from cordboard.queues import handlers as queue_handlers
from cordboard.queues.service import Queues
from cordboard.telephony.ports import CollectOrder

F = TypeVar("F", bound=News)
PromptReason = Literal["finished", "stopped", "digit", "replaced", "failed"]


@dataclass
class FakeLeg:
    call_id: CallId
    agent_id: AgentId
    offer_id: OfferId | None
    extension: str
    state: Literal["ringing", "answered", "ended"] = "ringing"


@dataclass
class FakeCall:
    data: dict[str, str] = field(default_factory=lambda: {"language": "zh"})
    is_up: bool = False
    heard: list[tuple[str, tuple[str, ...], bool]] = field(default_factory=list)
    "What was played: (play_id, items, loop)."

    announcing: LegId | None = None
    talking: LegId | None = None


class FakeCalls:
    """A working `CallCommands` whose wire is in the hands of the test."""

    def __init__(self) -> None:
        self.living: dict[CallId, FakeCall] = {}
        self.legs: dict[LegId, FakeLeg] = {}
        self.hanging: list[LegId] = []
        "Legs being hung up; their end is not told yet."

        self.can_ring = True

    def answer(self, turn: Turn, call_id: CallId) -> bool:
        if call_id in self.living:
            self.living[call_id].is_up = True
        return call_id in self.living

    def play(
        self,
        turn: Turn,
        call_id: CallId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
    ) -> bool:
        if call_id in self.living:
            self.living[call_id].heard.append((play_id, items, loop))
        return call_id in self.living

    def stop(self, turn: Turn, call_id: CallId) -> bool:
        return call_id in self.living

    def collect(self, turn: Turn, call_id: CallId, order: CollectOrder) -> bool:
        return call_id in self.living

    def set_data(self, turn: Turn, call_id: CallId, name: str, value: str) -> bool:
        return call_id in self.living

    def find_data(self, call_id: CallId, name: str) -> str | None:
        call = self.living.get(call_id)
        return call.data.get(name) if call else None

    def is_alive(self, call_id: CallId) -> bool:
        return call_id in self.living

    def route(
        self,
        turn: Turn,
        call_id: CallId,
        route: Route,
        *,
        by: str,
        entry_kind: str = "flow",
        priority: int = 0,
        needs: dict[str, int] | None = None,
    ) -> bool:
        if call_id not in self.living:
            return False
        turn.tell(
            CallRouted(
                at_ms=turn.at_ms,
                call_id=call_id,
                kind=route.kind,
                target=route.target,
                by=by,
                entry_kind=entry_kind,  # type: ignore[arg-type]
                priority=priority,
                needs=needs or {},
            )
        )
        return True

    def ring_agent(
        self,
        turn: Turn,
        call_id: CallId,
        leg_id: LegId,
        *,
        agent_id: AgentId,
        extension: str,
        offer_id: OfferId | None,
    ) -> bool:
        if call_id not in self.living or not self.can_ring:
            return False
        self.legs[leg_id] = FakeLeg(call_id, agent_id, offer_id, extension)
        turn.tell(
            LegDialled(
                at_ms=turn.at_ms,
                call_id=call_id,
                leg_id=leg_id,
                party="agent",
                number=extension,
                agent_id=agent_id,
                offer_id=offer_id,
            )
        )
        return True

    def connect(
        self, turn: Turn, call_id: CallId, leg_id: LegId, *, announce: tuple[str, ...] = ()
    ) -> bool:
        call = self.living.get(call_id)
        if call is None or self.legs[leg_id].state != "answered":
            return False
        if announce:
            call.announcing = leg_id
            call.heard.append((f"connect/{leg_id}", announce, False))
        else:
            self.join(turn, call_id, leg_id)
        return True

    def join(self, turn: Turn, call_id: CallId, leg_id: LegId) -> None:
        call, leg = self.living[call_id], self.legs[leg_id]
        if call.is_up and call.talking is None:
            call.talking = leg_id
            turn.tell(
                AgentConnected(
                    at_ms=turn.at_ms,
                    call_id=call_id,
                    agent_id=leg.agent_id,
                    leg_id=leg_id,
                    offer_id=leg.offer_id,
                )
            )

    def hang_up_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, cause: int = 16) -> bool:
        leg = self.legs.get(leg_id)
        if leg is None or leg.state == "ended":
            return False
        if leg_id not in self.hanging:
            self.hanging.append(leg_id)
        return True

    def end(
        self,
        turn: Turn,
        call_id: CallId,
        *,
        by: str = "system",
        cause: int = 16,
        reason: str = "",
        served: bool = False,
    ) -> bool:
        if self.living.pop(call_id, None) is None:
            return False
        for leg_id, leg in self.legs.items():
            if leg.call_id == call_id:
                self.hang_up_leg(turn, call_id, leg_id)
        turn.tell(
            CallEnded(
                at_ms=turn.at_ms,
                call_id=call_id,
                by=by,  # type: ignore[arg-type]
                hangup_cause=cause,
                reason=reason,
            )
        )
        return True


class House:
    """The three rooms, wired; the test is the wire, the callers and the agents."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.clock = LoopClock()
        self.journal = MemoryJournal()
        self.turns = Turns(self.clock, self.bus, self.journal)
        self.timers = Timers()
        ids = Ids(self.clock.now_ms, Random(7))
        self.calls = FakeCalls()
        self.queues = Queues(self.calls, self.turns, self.timers, ids)
        self.agents = Agents(self.calls, self.turns, self.timers)
        self.acd = Acd(self.calls, self.queues, self.agents, self.turns, self.timers, ids)
        queue_handlers.subscribe(self.bus, self.queues)
        agent_handlers.subscribe(self.bus, self.agents)
        acd_handlers.subscribe(self.bus, self.acd)

    # Furniture

    def put_queue(self, id: str = "q", **settings: Any) -> Queue:
        queue = Queue(id=QueueId(id), name=id, **settings)
        self.queues.put_queue(queue)
        self.acd.report_staff()
        return queue

    def put_agent(self, id: str, **skills: int) -> Agent:
        agent = Agent(
            id=AgentId(id),
            user_id=UserId(f"u-{id}"),
            name=id.title(),
            agent_number=f"80{len(id)}{ord(id[-1]) % 10}",
            extension=f"ext-{id}",
            skills=skills,
        )
        self.agents.put_agent(agent)
        return agent

    def sign_in(self, id: str, **skills: int) -> None:
        self.put_agent(id, **skills)
        self.turns.post(lambda turn: self.agents.sign_in(turn, AgentId(id)))

    # Callers

    def arrive(
        self,
        call_id: str,
        queue_id: str = "q",
        *,
        priority: int = 0,
        needs: dict[str, int] | None = None,
        language: str = "zh",
        entry_kind: str = "flow",
    ) -> None:
        """A call (or one that is there already) is routed to a queue."""
        call = self.calls.living.setdefault(CallId(call_id), FakeCall())
        call.data["language"] = language
        self.turns.post(
            lambda turn: self.calls.route(
                turn,
                CallId(call_id),
                Route("queue", queue_id),
                by="flow:f",
                entry_kind=entry_kind,
                priority=priority,
                needs=needs,
            )
        )

    def hang_up(self, call_id: str, by: CallEnder = "customer", reason: str = "") -> None:
        self.turns.post(lambda turn: self.calls.end(turn, CallId(call_id), by=by, reason=reason))

    def prompt_ends(self, call_id: str, reason: PromptReason = "finished") -> None:
        """What this caller was played last is over."""
        play_id = self.calls.living[CallId(call_id)].heard[-1][0]

        def work(turn: Turn) -> None:
            turn.tell(
                PromptEnded(
                    at_ms=turn.at_ms, call_id=CallId(call_id), play_id=play_id, reason=reason
                )
            )
            call = self.calls.living[CallId(call_id)]
            if call.announcing is not None and play_id.startswith("connect/"):
                leg_id, call.announcing = call.announcing, None
                if self.calls.legs[leg_id].state == "answered":
                    self.calls.join(turn, CallId(call_id), leg_id)

        self.turns.post(work)

    def heard(self, call_id: str) -> list[tuple[str, ...]]:
        """Items played to the caller so far."""
        return [items for _, items, _ in self.calls.living[CallId(call_id)].heard]

    # Phones

    def leg_of(self, agent_id: str) -> LegId:
        """The agent's newest leg."""
        return [leg_id for leg_id, leg in self.calls.legs.items() if leg.agent_id == agent_id][-1]

    def pick_up(self, agent_id: str) -> None:
        self.answer_leg(self.leg_of(agent_id))

    def answer_leg(self, leg_id: LegId) -> None:
        leg = self.calls.legs[leg_id]
        leg.state = "answered"
        self.tell(lambda at_ms: LegAnswered(at_ms=at_ms, call_id=leg.call_id, leg_id=leg_id))

    def reject(self, agent_id: str, sip_status: int = 486, **details: Any) -> None:
        self.end_leg(self.leg_of(agent_id), sip_status=sip_status, **details)

    def end_leg(
        self,
        leg_id: LegId,
        *,
        sip_status: int = 0,
        by: Literal["party", "us", "network"] = "party",
        cause: int = 16,
    ) -> None:
        """The end of a leg arrives from the wire."""
        leg = self.calls.legs[leg_id]
        was_answered, leg.state = leg.state == "answered", "ended"
        if leg_id in self.calls.hanging:
            self.calls.hanging.remove(leg_id)
        call = self.calls.living.get(leg.call_id)
        if call is not None and call.announcing == leg_id:
            call.announcing = None
        ends_call = call is not None and call.talking == leg_id

        def work(turn: Turn) -> None:
            turn.tell(
                LegEnded(
                    at_ms=turn.at_ms,
                    call_id=leg.call_id,
                    leg_id=leg_id,
                    party="agent",
                    by=by,
                    hangup_cause=cause,
                    sip_status=sip_status,
                    agent_id=leg.agent_id,
                    offer_id=leg.offer_id,
                    was_answered=was_answered,
                )
            )
            if ends_call:
                self.calls.end(turn, leg.call_id, by="agent")

        self.turns.post(work)

    def hung_up(self) -> None:
        """Every leg that we hang up is over."""
        for leg_id in list(self.calls.hanging):
            answered = self.calls.legs[leg_id].state == "answered"
            self.end_leg(leg_id, by="us", sip_status=0 if answered else 487)

    def hold(self, agent_id: str, *, resume: bool = False) -> None:
        leg_id = self.leg_of(agent_id)
        leg = self.calls.legs[leg_id]
        kind = CallResumed if resume else CallHeld
        self.tell(
            lambda at_ms: kind(
                at_ms=at_ms, call_id=leg.call_id, leg_id=leg_id, agent_id=leg.agent_id
            )
        )

    def tell(self, make: Any) -> None:
        self.turns.post(lambda turn: turn.tell(make(turn.at_ms)))

    # What came of it

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    @property
    def facts(self) -> list[Fact]:
        """All facts so far; no room may have failed on one."""
        assert self.journal.dead == []
        return [fact for _, fact in self.journal.facts]

    def told(self, kind: type[F]) -> list[F]:
        """Facts of this class, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def agent(self, agent_id: str) -> AgentView:
        return self.agents.get_agent(AgentId(agent_id))

    def memory(self) -> dict[str, Any]:
        """All that the three rooms remember and that facts decide."""
        hall, floor, book = self.queues._hall, self.agents._floor, self.acd._book
        return {
            "visits": dict(hall.visits),
            "lines": {
                queue.id: [each.call_id for each in hall.list_free(queue.id)]
                for queue in self.queues.list_queues()
            },
            "farewells": dict(hall.farewells),
            "turned_away": dict(hall.turned_away),
            "agents": dict(floor.roster.views),
            "by_call": dict(floor.by_call),
            "by_extension": dict(floor.by_extension),
            "idle": [view.id for view in self.agents.list_idle({})],
            "days": floor._days,
            "offers": dict(book.offers),
            "closing": dict(book.closing),
            "skips": dict(book.skips),
            "rests": dict(book.rests),
            "staff": {
                queue_id: staff
                for queue_id, staff in self.queues._estimates.staff.items()
                if any(staff)
            },
        }

    def rebuilt(self) -> "House":
        """Another house that was told all facts and saw nothing else."""
        other = House()
        for queue in self.queues.list_queues():
            other.queues.put_queue(queue)
        for agent in self.agents._floor.agents.values():
            other.agents.put_agent(agent)
        for fact in self.facts:
            other.queues.replay(fact)
            other.agents.replay(fact)
            other.acd.replay(fact)
        return other


async def wait_s(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)
