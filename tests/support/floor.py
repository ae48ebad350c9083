"""A floor to play calls on: a customer, three agents, a supervisor, an outside expert.

Each `bring_to_*` plays a call to one state; `STATES` lists them, so that a test can take them all.
"""

from collections.abc import Awaitable, Callable
from itertools import pairwise

from cordboard.calls import (
    CallEnded,
    CallState,
    LegAnswered,
    LegEnded,
    SuperviseMode,
    Target,
)
from cordboard.calls.state import Call, hearing
from cordboard.kit.ids import AgentId
from cordboard.kit.turns import Turn
from cordboard.records.model import CallRecord
from cordboard.telephony.adapters.fake_people import FakeParty, FakePhone
from tests.support.whole_house import WholeHouse

A, B, C = AgentId("a-8012"), AgentId("a-8017"), AgentId("a-8009")
PHONES = {A: "8001", B: "8002", C: "8003"}
EXPERT = "13900000000"
BOSS_PHONE = "8000"


class Floor:
    """The house with a customer who talks with agent 8012."""

    def __init__(self, house: WholeHouse) -> None:
        self.house = house
        self.caller: FakeParty

    @classmethod
    async def open(cls) -> "Floor":
        """Everybody is in; nobody picks up by itself."""
        house = WholeHouse()
        await house.open("8012", "8017", "8009")
        for phone in house.exchange.phones.values():
            phone.answers_after_s = None
        house.exchange.outside[EXPERT] = FakePhone(answers_after_s=None)
        return cls(house)

    async def talk(self) -> "Floor":
        """A customer comes through the queue to agent 8012."""
        self.caller = self.house.exchange.call("96511", "13871562043")
        await self.house.after(1)
        self.phone(A).pick_up()
        await self.house.after(5)
        assert self.call.state is CallState.TALKING
        return self

    @property
    def call(self) -> Call:
        """The only call."""
        [call] = self.house.rooms.calls.calls.values()
        return call

    def phone(self, agent_id: AgentId) -> FakeParty:
        """The last party for which the agent's phone was rung."""
        return self.house.exchange.phones[PHONES[agent_id]].rings[-1]

    @property
    def expert(self) -> FakeParty:
        """The outside expert's phone."""
        return self.house.exchange.outside[EXPERT].rings[-1]

    @property
    def boss(self) -> FakeParty:
        """The supervisor's phone."""
        return self.house.exchange.phones[BOSS_PHONE].rings[-1]

    async def do(self, verb: str, agent_id: AgentId = A, *args: object, **named: object) -> None:
        """An agent presses a button."""
        call_id = self.call.id
        method = getattr(self.house.rooms.verbs, verb)
        await self.turn(lambda turn: method(turn, call_id, agent_id, *args, **named))
        await self.house.after(0.2)

    async def supervise(self, mode: SuperviseMode = "listen") -> None:
        """The supervisor's phone is rung for the call, or the mode changed."""
        call_id = self.call.id
        supervise = self.house.rooms.taps.supervise
        phone = BOSS_PHONE
        await self.turn(
            lambda turn: supervise(turn, call_id, user_id="chen", extension=phone, mode=mode)
        )
        await self.house.after(0.2)

    async def intercept(self) -> None:
        """The supervisor takes the call over."""
        call_id = self.call.id
        take = self.house.rooms.taps.intercept
        await self.turn(lambda turn: take(turn, call_id, user_id="chen", extension=BOSS_PHONE))
        await self.house.after(0.2)

    async def turn(self, work: Callable[[Turn], object]) -> None:
        """Run one turn."""
        await self.house.rooms.turns.take(work)

    async def pick_up(self, party: FakeParty) -> None:
        """Somebody answers."""
        party.pick_up()
        await self.house.after(0.2)

    async def consult(self, target: Target | None = None, *, answered: bool = True) -> None:
        """Agent 8012 consults agent 8017, or somebody else."""
        await self.do("consult", A, target or Target("agent", B))
        if answered:
            party = self.phone(B) if target is None else self.expert
            await self.pick_up(party)

    def hears(self, party: FakeParty) -> str | None:
        """What reaches this ear."""
        return party.now_hears

    def heard(self) -> dict[str, str | None]:
        """Whoever is on the line -> what reaches the ear."""
        return {
            leg.number: self.house.exchange.sound_of(leg.id)
            for leg in self.call.living()
            if leg.id in hearing(self.call)
        }

    async def close(self) -> CallRecord:
        """Everybody hangs up; what every call must keep is checked; its record."""
        for party in self.parties():
            party.hang_up()
        await self.house.after(120)
        check_legs(self.house)
        self.house.assert_nothing_is_left()
        record = self.house.record()
        check_record(record)
        return record

    def parties(self) -> list[FakeParty]:
        """Everybody who was ever on the line."""
        exchange = self.house.exchange
        phones = [*exchange.phones.values(), *exchange.outside.values()]
        return [self.caller, *(party for phone in phones for party in phone.rings)]


def check_legs(house: WholeHouse) -> None:
    """Every leg ends exactly once, and every call."""
    ended = [fact.leg_id for fact in house.told(LegEnded)]
    assert len(ended) == len(set(ended))
    assert {fact.leg_id for fact in house.told(LegAnswered)} <= set(ended)
    calls = [fact.call_id for fact in house.told(CallEnded)]
    assert len(calls) == len(set(calls))


def check_record(record: CallRecord) -> None:
    """The segments add up to the call's length, and one recording covers it from its answer."""
    assert record.ended_at_ms is not None
    customer = [one for one in record.segments if one.timeline == "customer"]
    length = sum((one.ended_at_ms or 0) - one.started_at_ms for one in customer)
    assert length == record.ended_at_ms - record.arrived_at_ms
    for before, after in pairwise(customer):
        assert before.ended_at_ms == after.started_at_ms
    assert record.line_answered_at_ms is not None
    [recording] = record.recordings
    assert recording.state == "closed"
    assert recording.leg_id == record.first_leg_id
    assert all(handling.phase == "done" for handling in record.handlings)


async def talking(floor: Floor) -> None:
    """Customer and agent."""


async def held(floor: Floor) -> None:
    """The customer hears music."""
    await floor.do("hold")


async def consult_ringing(floor: Floor) -> None:
    """A colleague's phone rings."""
    await floor.consult(answered=False)


async def consulting(floor: Floor) -> None:
    """Agent and colleague talk, the customer hears music."""
    await floor.consult()


async def consulting_outside(floor: Floor) -> None:
    """Agent and outside expert talk, the customer hears music."""
    await floor.consult(Target("outside", EXPERT))


async def alternated(floor: Floor) -> None:
    """Agent and customer talk, the colleague hears music."""
    await floor.consult()
    await floor.do("alternate")


async def conference(floor: Floor) -> None:
    """All three talk."""
    await floor.consult()
    await floor.do("conference")


async def conference_outside(floor: Floor) -> None:
    """Customer, agent and outside expert talk."""
    await floor.consult(Target("outside", EXPERT))
    await floor.do("conference")


async def conference_of_four(floor: Floor) -> None:
    """Customer, two agents and the expert talk."""
    await conference(floor)
    await floor.do("consult", A, Target("outside", EXPERT))
    await floor.pick_up(floor.expert)
    await floor.do("conference")


async def conference_consulting(floor: Floor) -> None:
    """Customer and colleague talk, the agent asks the expert."""
    await conference(floor)
    await floor.do("consult", A, Target("outside", EXPERT))
    await floor.pick_up(floor.expert)


async def transfer_ringing(floor: Floor) -> None:
    """The customer waits for a colleague's phone."""
    await floor.do("transfer", A, Target("agent", B))


async def transferred(floor: Floor) -> None:
    """The customer talks with the colleague."""
    await transfer_ringing(floor)
    await floor.pick_up(floor.phone(B))


async def transferred_outside(floor: Floor) -> None:
    """The customer talks with the expert."""
    await floor.do("transfer", A, Target("outside", EXPERT))
    await floor.pick_up(floor.expert)


async def transferred_to_queue(floor: Floor) -> None:
    """The customer waits in another queue; somebody's phone rings."""
    await floor.do("transfer", A, Target("queue", "billing"))


async def completed(floor: Floor) -> None:
    """Consulted, then passed on."""
    await floor.consult()
    await floor.do("complete")


async def completed_ringing(floor: Floor) -> None:
    """Passed on while the colleague's phone rings."""
    await floor.consult(answered=False)
    await floor.do("complete")


async def in_flow(floor: Floor) -> None:
    """The customer passes a flow; the agent waits."""
    await floor.do("send_to_flow", A, "demo")


async def parked(floor: Floor) -> None:
    """The customer hears music in a place."""
    await floor.do("park")


async def listened(floor: Floor) -> None:
    """A supervisor listens."""
    await floor.supervise()
    await floor.pick_up(floor.boss)


async def listened_in_consultation(floor: Floor) -> None:
    """A supervisor listens while the agent consults."""
    await listened(floor)
    await floor.consult()


async def barged(floor: Floor) -> None:
    """A supervisor is heard by all."""
    await listened(floor)
    await floor.supervise("barge")


async def intercepted(floor: Floor) -> None:
    """A supervisor has the customer."""
    await listened(floor)
    await floor.intercept()


State = Callable[[Floor], Awaitable[None]]
STATES: tuple[State, ...] = (
    talking,
    held,
    consult_ringing,
    consulting,
    consulting_outside,
    alternated,
    conference,
    conference_outside,
    conference_of_four,
    conference_consulting,
    transfer_ringing,
    transferred,
    transferred_outside,
    transferred_to_queue,
    completed,
    completed_ringing,
    parked,
    in_flow,
    listened,
    listened_in_consultation,
    barged,
    intercepted,
)
