"""Whatever happens, in whatever order: nothing is left over, nothing is counted twice.

Hypothesis plays wire, callers, agents, supervisors and time against the three rooms together, and
after each step looks whether the three memories agree, and whether a replay of all facts gives the
same memory.
"""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from cordboard.acd import OfferAccepted, OfferFact, OfferMade, OfferState
from cordboard.agents import AgentState
from cordboard.calls import Route
from cordboard.kit.errors import ConflictError
from cordboard.kit.ids import AgentId, CallId, LegId
from cordboard.queues import QueueEntered, QueueLeft, VisitState
from tests.support.virtual_time import VirtualTimeLoop
from tests.unit.acd.house import House

pytestmark = pytest.mark.unit

AGENTS = ("ann", "bob", "cid")
QUEUES = ("q", "vip", "full")
CALLS = 20
EPOCH_MS = 1_795_000_000_000


class ThreeRooms(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualTimeLoop()
        self.arrived = 0
        self.do(self.build)

    def do(self, work: Callable[[], object]) -> None:
        async def inside() -> None:
            work()
            await asyncio.sleep(0)

        self.loop.run_until_complete(inside())

    def build(self) -> None:
        self.house = house = House()
        house.put_queue("q", max_wait_s=90, overflow_queue_id="vip", wrap_up_s=10)
        house.put_queue(
            "vip",
            needs={"vip": 3},
            priority=5,
            max_wait_s=60,
            announce_agent_number=True,
            wrap_up_s=0,
            welcome=("file:queue/wait",),
        )
        house.put_queue("full", max_length=1, overflow_queue_id="q", refuse_without_agents=True)
        house.sign_in("ann", vip=5)
        house.sign_in("bob", vip=1)
        house.put_agent("cid", vip=3)

    @override
    def teardown(self) -> None:
        self.do(self.close)
        self.loop.close()

    def close(self) -> None:
        for call_id in list(self.house.calls.living):
            self.house.hang_up(call_id)
        self.house.hung_up()
        self.nothing_is_left_over()

    def nothing_is_left_over(self) -> None:
        memory = self.house.memory()
        kept = {"agents", "by_extension", "idle", "days", "rests", "staff", "by_call"}
        for what, left in memory.items():
            if what not in kept:
                assert not any(left.values()), what
        views = memory["agents"].values()
        assert {view.state for view in views}.isdisjoint(
            {AgentState.RINGING, AgentState.TALKING, AgentState.HOLDING}
        )
        keys = [key for key in self.house.timers._handles if not key.endswith(("up", "rest"))]
        assert keys == []

    # Callers

    @precondition(lambda self: self.arrived < CALLS)
    @rule(
        queue=st.sampled_from((*QUEUES, "nowhere")),
        priority=st.sampled_from((0, 0, 9)),
        needs=st.sampled_from(({}, {}, {"vip": 5})),
    )
    def arrive(self, queue: str, priority: int, needs: dict[str, int]) -> None:
        self.arrived += 1
        call_id = f"c{self.arrived}"
        self.do(lambda: self.house.arrive(call_id, queue, priority=priority, needs=needs))

    @rule(pick=st.integers(0, 7), by=st.sampled_from(("customer", "supervisor", "network")))
    def call_ends(self, pick: int, by: str) -> None:
        call_id = self.one_of(list(self.house.calls.living), pick)
        if call_id:
            self.do(lambda: self.house.hang_up(call_id, by))  # type: ignore[arg-type]

    @rule(pick=st.integers(0, 7), kind=st.sampled_from(("flow", "queue")))
    def routed_on(self, pick: int, kind: str) -> None:
        waiting = [c for c, call in self.house.calls.living.items() if call.talking is None]
        call_id = self.one_of(waiting, pick)
        if call_id:
            route = Route(kind, "q")  # type: ignore[arg-type]
            self.do(
                lambda: self.house.turns.post(
                    lambda turn: self.house.calls.route(turn, CallId(call_id), route, by="flow:f")
                )
            )

    @rule(pick=st.integers(0, 7))
    def prompt_ends(self, pick: int) -> None:
        calls = [c for c, call in self.house.calls.living.items() if call.heard]
        call_id = self.one_of(calls, pick)
        if call_id:
            self.do(lambda: self.house.prompt_ends(call_id))

    @rule()
    def crash(self) -> None:
        def work() -> None:
            for call_id in list(self.house.calls.living):
                self.house.hang_up(call_id, "system", "crash")

        self.do(work)

    # Phones

    @rule(pick=st.integers(0, 9))
    def phone_is_picked_up(self, pick: int) -> None:
        """Also one that we are hanging up: the answer crosses."""
        leg_id = self.one_of(self.legs("ringing"), pick)
        if leg_id:
            self.do(lambda: self.house.answer_leg(LegId(leg_id)))

    @rule(pick=st.integers(0, 9), status=st.sampled_from((486, 603, 480, 404, 503)))
    def phone_rejects(self, pick: int, status: int) -> None:
        leg_id = self.one_of(self.legs("ringing"), pick)
        if leg_id:
            self.do(lambda: self.house.end_leg(LegId(leg_id), sip_status=status))

    @rule(pick=st.integers(0, 9))
    def agent_hangs_up(self, pick: int) -> None:
        leg_id = self.one_of(self.legs("answered"), pick)
        if leg_id:
            self.do(lambda: self.house.end_leg(LegId(leg_id)))

    @rule()
    def hang_ups_arrive(self) -> None:
        self.do(self.house.hung_up)

    @rule(agent=st.sampled_from(AGENTS), resume=st.booleans())
    def hold(self, agent: str, resume: bool) -> None:
        state = AgentState.HOLDING if resume else AgentState.TALKING
        if self.house.agent(agent).state is state:
            self.do(lambda: self.house.hold(agent, resume=resume))

    # Agents and supervisors

    @rule(
        agent=st.sampled_from(AGENTS),
        verb=st.sampled_from(("sign_in", "sign_in", "set_ready", "set_ready", "finish_wrap_up")),
    )
    def agent_chooses(self, agent: str, verb: str) -> None:
        self.order(getattr(self.house.agents, verb), agent)

    @rule(agent=st.sampled_from(AGENTS), forced_by=st.sampled_from((None, "boss")))
    def sign_out(self, agent: str, forced_by: str | None) -> None:
        self.order(self.house.agents.sign_out, agent, forced_by=forced_by)

    @rule(agent=st.sampled_from(AGENTS), forced_by=st.sampled_from((None, "boss")))
    def not_ready(self, agent: str, forced_by: str | None) -> None:
        self.order(self.house.agents.set_not_ready, agent, "break", forced_by=forced_by)

    @rule(agent=st.sampled_from(AGENTS))
    def forced_ready(self, agent: str) -> None:
        self.order(self.house.agents.set_ready, agent, forced_by="boss")

    @rule(agent=st.sampled_from(AGENTS))
    def device_lost(self, agent: str) -> None:
        self.do(
            lambda: self.house.turns.post(
                lambda turn: self.house.agents.device_lost(turn, f"ext-{agent}")
            )
        )

    def order(self, verb: Callable[..., object], agent: str, *args: str, **named: object) -> None:
        def work() -> None:
            try:
                self.house.turns.post(lambda turn: verb(turn, AgentId(agent), *args, **named))
            except ConflictError:
                return

        self.do(work)

    @rule(seconds=st.sampled_from((0.5, 4.0, 16.0, 31.0, 100.0)))
    def time_passes(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    # What always holds

    @invariant()
    def nobody_failed(self) -> None:
        assert self.house.journal.dead == []

    @invariant()
    def ringing_agents_and_offers_agree(self) -> None:
        ringing = {
            (view.id, view.offer_id)
            for view in self.house.agents.list_agents()
            if view.state is AgentState.RINGING
        }
        offers = {(o.agent_id, o.id): o for o in self.house.acd._book.offers.values()}
        assert ringing <= offers.keys()
        for key in offers.keys() - ringing:  # signed out after picking up: the leg is on its way
            assert offers[key].state is OfferState.ACCEPTED
            assert offers[key].leg_id in self.house.calls.hanging

    @invariant()
    def offered_visits_and_offers_agree(self) -> None:
        states = {OfferState.OPEN: VisitState.OFFERED, OfferState.ACCEPTED: VisitState.CONNECTING}
        offers = self.house.acd._book.offers.values()
        assert {
            (call_id, visit.state)
            for call_id, visit in self.house.queues._hall.visits.items()
            if visit.state is not VisitState.WAITING
        } == {(offer.call_id, states[offer.state]) for offer in offers}

    @invariant()
    def visits_are_outcomes_and_open_ones(self) -> None:
        entered = [fact.visit_id for fact in self.house.told(QueueEntered)]
        left = [fact.visit_id for fact in self.house.told(QueueLeft)]
        open_now = [v.waiting.visit_id for v in self.house.queues._hall.visits.values()]
        assert sorted(entered) == sorted(left + open_now)

    @invariant()
    def offers_are_results_and_open_ones(self) -> None:
        made = [fact.offer_id for fact in self.house.told(OfferMade)]
        over = [f.offer_id for f in self.house.told(OfferFact) if not isinstance(f, OfferMade)]
        accepted = {fact.offer_id for fact in self.house.told(OfferAccepted)}
        open_now = [o.id for o in self.house.acd._book.offers.values() if o.id not in accepted]
        assert sorted(made) == sorted(over + open_now)

    @invariant()
    def talks_are_of_living_calls(self) -> None:
        for view in self.house.agents.list_agents():
            if view.state in (AgentState.TALKING, AgentState.HOLDING):
                assert view.call_id in self.house.calls.living

    @invariant()
    def nobody_waits_while_somebody_who_may_is_idle(self) -> None:
        acd = self.house.acd
        now_ms = EPOCH_MS + round(self.loop.time() * 1000)
        for queue in self.house.queues.list_queues():
            for waiting in self.house.queues.list_waiting(queue.id):
                for view in self.house.agents.list_idle(waiting.needs):
                    assert acd._book.why_barred(waiting.call_id, view.id, now_ms - 50)

    @invariant()
    def counts_of_agents_are_true(self) -> None:
        for queue in self.house.queues.list_queues():
            staffing = self.house.agents.count(queue.needs)
            ready, signed_in = self.house.queues._estimates.staff.get(queue.id, (0, 0))
            assert (ready, signed_in) == (staffing.ready, staffing.signed_in)

    @invariant()
    def a_replay_of_all_facts_gives_the_same_memory(self) -> None:
        box: list[House] = []
        self.do(lambda: box.append(self.house.rebuilt()))
        assert box[0].memory() == self.house.memory()

    def one_of(self, things: list[CallId] | list[LegId], pick: int) -> str | None:
        return things[pick % len(things)] if things else None

    def legs(self, state: str) -> list[LegId]:
        return [leg_id for leg_id, leg in self.house.calls.legs.items() if leg.state == state]


TestThreeRooms = ThreeRooms.TestCase
TestThreeRooms.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
