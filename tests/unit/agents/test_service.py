"""What agents and supervisors choose, and what calls make of it."""

from collections.abc import Sequence
from typing import Any

import pytest
from typing_extensions import override

from cordboard.agents.errors import (
    AgentNotIdleError,
    BadReasonError,
    ExtensionTakenError,
    IllegalAgentStateError,
    NoExtensionError,
    NoSuchAgentError,
)
from cordboard.agents.events import (
    AgentFact,
    AgentNotReady,
    AgentPendingSet,
    AgentReady,
    AgentRingEnded,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.agents.model import NOT_READY_REASONS, Agent, AgentDay, AgentState, AgentView
from cordboard.agents.repository import AgentRepository
from cordboard.agents.service import Agents
from cordboard.calls import (
    AgentConnected,
    CallArrived,
    ConsultStarted,
    LegEnded,
)
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, UserId
from tests.unit.acd.house import House, wait_s

pytestmark = pytest.mark.unit

ANN = AgentId("ann")


def a_house(*, state: AgentState = AgentState.IDLE, wrap_up_s: int = 20) -> House:
    """Ann in this state; her call is `c`."""
    house = House()
    house.put_queue(wrap_up_s=wrap_up_s)
    house.put_agent("ann")
    if state is AgentState.SIGNED_OUT:
        return house
    do(house, "sign_in", reason="break" if state is AgentState.NOT_READY else None)
    if state in (AgentState.IDLE, AgentState.NOT_READY):
        return house
    if state is AgentState.DIALLING:
        dial(house)
        return house
    house.arrive("c")
    if state is not AgentState.RINGING:
        house.pick_up("ann")
    if state is AgentState.HOLDING:
        house.hold("ann")
    if state is AgentState.CONSULTING:
        consult(house)
    if state is AgentState.WRAP_UP:
        house.hang_up("c")
    assert house.agent("ann").state is state
    return house


def dial(house: House) -> None:
    house.tell(
        lambda at_ms: CallArrived(
            at_ms=at_ms, call_id=CallId("c"), leg_id=LegId("l-own"), direction="outbound",
            origin="agent", line_id="ext-ann", caller_number="ext-ann", called_number="139",
            agent_id=ANN,
        )
    )  # fmt: skip


def consult(house: House) -> None:
    house.tell(
        lambda at_ms: ConsultStarted(
            at_ms=at_ms, call_id=CallId("c"), leg_id=LegId("l-ann"), consult_leg_id=LegId("l-b"),
            target_kind="outside", target="139", agent_id=ANN,
        )
    )  # fmt: skip


def do(house: House, verb: str, *args: Any, **named: Any) -> None:
    house.turns.post(lambda turn: getattr(house.agents, verb)(turn, ANN, *args, **named))


def state_of(house: House) -> tuple[str, str | None]:
    view = house.agent("ann")
    return view.state.value, view.reason


def connect(house: House, call_id: str) -> None:
    house.tell(
        lambda at_ms: AgentConnected(
            at_ms=at_ms, call_id=CallId(call_id), agent_id=ANN, leg_id=LegId("l-direct")
        )
    )


class KeptAgents(AgentRepository):
    """A repository that keeps what a house knows, in memory."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.saved: list[Agent] = []

    @override
    async def list_agents(self) -> Sequence[Agent]:
        return list(self._house.agents._floor.agents.values())

    @override
    async def save_agent(self, agent: Agent) -> None:
        self.saved.append(agent)

    @override
    async def list_views(self) -> Sequence[AgentView]:
        return self._house.agents.list_agents()

    @override
    async def list_days(self, since: str) -> Sequence[AgentDay]:
        return [self._house.agents.find_day(ANN, self._house.now_ms)]


class TestSignIn:
    async def test_makes_the_agent_idle_at_the_own_phone(self) -> None:
        house = a_house()
        assert state_of(house) == ("idle", None)
        assert [fact.extension for fact in house.told(AgentSignedIn)] == ["ext-ann"]
        assert len(house.told(AgentReady)) == 1

    async def test_may_begin_not_ready(self) -> None:
        house = a_house(state=AgentState.SIGNED_OUT)
        do(house, "sign_in", reason="training")
        assert state_of(house) == ("not_ready", "training")

    async def test_at_another_phone(self) -> None:
        house = a_house(state=AgentState.SIGNED_OUT)
        do(house, "sign_in", "2001")
        assert house.agent("ann").extension == "2001"

    async def test_twice_changes_nothing(self) -> None:
        house = a_house()
        do(house, "sign_in")
        do(house, "sign_in", "ext-ann")
        assert len(house.told(AgentFact)) == 2

    async def test_at_a_second_phone_is_refused(self) -> None:
        house = a_house()
        with pytest.raises(IllegalAgentStateError):
            do(house, "sign_in", "2001")
        assert len(house.told(AgentFact)) == 2

    async def test_at_a_phone_where_another_agent_is_signed_in_is_refused(self) -> None:
        house = a_house()
        house.put_agent("bob")
        with pytest.raises(ExtensionTakenError, match="ext-ann"):
            house.turns.post(lambda turn: house.agents.sign_in(turn, AgentId("bob"), "ext-ann"))
        assert house.agent("bob").state is AgentState.SIGNED_OUT
        do(house, "sign_out")
        house.turns.post(lambda turn: house.agents.sign_in(turn, AgentId("bob"), "ext-ann"))
        assert house.agent("bob").state is AgentState.IDLE

    async def test_without_any_phone_is_refused(self) -> None:
        house = House()
        house.agents.put_agent(Agent(id=ANN, user_id=UserId("u"), name="Ann", agent_number="8001"))
        with pytest.raises(NoExtensionError):
            do(house, "sign_in")

    async def test_for_a_reason_that_nobody_may_choose_is_refused(self) -> None:
        house = a_house(state=AgentState.SIGNED_OUT)
        with pytest.raises(BadReasonError):
            do(house, "sign_in", reason="device")
        assert house.facts == []

    async def test_of_somebody_unknown_is_refused(self) -> None:
        with pytest.raises(NoSuchAgentError):
            do(House(), "sign_in")


class TestReadyAndNotReady:
    async def test_a_break_and_back(self) -> None:
        house = a_house()
        do(house, "set_not_ready", "break")
        assert state_of(house) == ("not_ready", "break")
        do(house, "set_not_ready", "meal")
        assert state_of(house) == ("not_ready", "meal")
        do(house, "set_not_ready", "meal")
        do(house, "set_ready")
        do(house, "set_ready")
        assert state_of(house) == ("idle", None)
        assert [fact.reason for fact in house.told(AgentNotReady)] == ["break", "meal"]

    @pytest.mark.parametrize("reason", NOT_READY_REASONS)
    async def test_only_reasons_of_the_list_that_are_the_agents_to_choose(
        self, reason: str
    ) -> None:
        house = a_house()
        if NOT_READY_REASONS[reason].is_choosable:
            do(house, "set_not_ready", reason)
            assert state_of(house) == ("not_ready", reason)
        else:
            with pytest.raises(BadReasonError):
                do(house, "set_not_ready", reason)

    async def test_no_reason_outside_of_the_list(self) -> None:
        with pytest.raises(BadReasonError, match="busy, break"):
            do(a_house(), "set_not_ready", "fishing")

    @pytest.mark.parametrize("verb", [("set_ready",), ("set_not_ready", "break")])
    async def test_a_signed_out_agent_has_no_choice(self, verb: tuple[str, ...]) -> None:
        with pytest.raises(IllegalAgentStateError):
            do(a_house(state=AgentState.SIGNED_OUT), *verb)

    @pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.HOLDING])
    async def test_what_is_chosen_in_a_talk_begins_after_the_wrap_up(
        self, state: AgentState
    ) -> None:
        house = a_house(state=state)
        do(house, "set_not_ready", "meal")
        assert house.agent("ann").pending_state == "not_ready"
        assert house.agent("ann").state is state
        house.hang_up("c")
        do(house, "set_not_ready", "meal")
        await wait_s(20.1)
        assert state_of(house) == ("not_ready", "meal")
        assert len(house.told(AgentPendingSet)) == 1

    async def test_what_is_chosen_while_it_rings_begins_when_the_offer_is_over(self) -> None:
        house = a_house(state=AgentState.RINGING)
        do(house, "set_not_ready", "meal")
        house.hang_up("c")
        assert state_of(house) == ("not_ready", "meal")

    async def test_ready_takes_back_what_was_chosen_for_later(self) -> None:
        house = a_house(state=AgentState.TALKING)
        do(house, "set_ready")
        assert house.told(AgentPendingSet) == []
        do(house, "set_not_ready", "meal")
        do(house, "set_ready")
        house.hang_up("c")
        do(house, "finish_wrap_up")
        assert state_of(house) == ("idle", None)


class TestSignOut:
    @pytest.mark.parametrize(
        "state", [AgentState.IDLE, AgentState.NOT_READY, AgentState.RINGING, AgentState.WRAP_UP]
    )
    async def test_is_at_once_outside_of_a_talk(self, state: AgentState) -> None:
        house = a_house(state=state)
        do(house, "sign_out")
        assert state_of(house) == ("signed_out", None)
        assert len(house.told(WrapUpEnded)) == (state is AgentState.WRAP_UP)
        house.hung_up()
        house.hang_up("c")
        assert len([k for k in house.timers._handles if k.startswith("agents/")]) == 0

    @pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.HOLDING])
    async def test_waits_for_the_end_of_a_talk(self, state: AgentState) -> None:
        house = a_house(state=state)
        do(house, "sign_out")
        assert house.agent("ann").state is state
        house.hang_up("c")
        do(house, "finish_wrap_up")
        assert state_of(house) == ("signed_out", None)

    async def test_twice_changes_nothing(self) -> None:
        house = a_house(state=AgentState.SIGNED_OUT)
        do(house, "sign_out")
        assert house.facts == []


class TestForced:
    @pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.HOLDING])
    async def test_sign_out_ends_the_handling_and_not_the_call(self, state: AgentState) -> None:
        house = a_house(state=state)
        do(house, "sign_out", forced_by="u-boss")
        assert state_of(house) == ("signed_out", None)
        assert house.told(WrapUpEnded)[0].by == "supervisor"
        assert house.told(AgentSignedOut)[0].forced_by == "u-boss"
        assert CallId("c") in house.calls.living
        house.hang_up("c")
        assert len(house.told(WrapUpStarted)) == 1

    async def test_not_ready_and_ready_name_who_did_it(self) -> None:
        house = a_house()
        do(house, "set_not_ready", "forced", forced_by="u-boss")
        assert state_of(house) == ("not_ready", "forced")
        do(house, "set_ready", forced_by="u-boss")
        assert house.told(AgentNotReady)[0].forced_by == "u-boss"
        assert house.told(AgentReady)[1].forced_by == "u-boss"

    async def test_not_ready_in_a_talk_waits_for_its_end(self) -> None:
        house = a_house(state=AgentState.TALKING)
        do(house, "set_not_ready", "forced", forced_by="u-boss")
        assert house.told(AgentPendingSet)[0].forced_by == "u-boss"
        assert house.agent("ann").state is AgentState.TALKING

    async def test_ready_ends_a_wrap_up(self) -> None:
        house = a_house(state=AgentState.WRAP_UP)
        do(house, "set_not_ready", "meal")
        do(house, "set_ready", forced_by="u-boss")
        assert state_of(house) == ("idle", None)
        assert house.told(WrapUpEnded)[0].by == "supervisor"


class TestWrapUp:
    async def test_a_queue_without_wrap_up_has_one_of_no_time(self) -> None:
        house = a_house(state=AgentState.TALKING, wrap_up_s=0)
        house.hang_up("c")
        assert state_of(house) == ("idle", None)
        assert [fact.by for fact in house.told(WrapUpEnded)] == ["system"]

    async def test_finished_by_the_agent_stops_its_timer(self) -> None:
        house = a_house(state=AgentState.WRAP_UP)
        await wait_s(5)
        do(house, "finish_wrap_up")
        ended = house.told(WrapUpEnded)[0]
        assert (ended.by, ended.queue_id) == ("agent", "q")
        assert ended.handled_since_ms == ended.at_ms - 5000
        assert len(house.timers) == 0

    async def test_there_is_none_to_finish_in_any_other_state(self) -> None:
        with pytest.raises(IllegalAgentStateError):
            do(a_house(), "finish_wrap_up")

    async def test_a_limit_that_comes_too_late_changes_nothing(self) -> None:
        house = a_house()
        house.turns.post(lambda turn: house.agents._work.end_wrap_up(turn, ANN, by="limit"))
        assert house.told(WrapUpEnded) == []


class TestDevice:
    async def test_an_idle_agent_whose_phone_is_gone_is_not_ready(self) -> None:
        house = a_house()
        house.turns.post(lambda turn: house.agents.device_lost(turn, "ext-ann"))
        assert state_of(house) == ("not_ready", "device")

    async def test_in_a_talk_it_counts_after_it(self) -> None:
        house = a_house(state=AgentState.TALKING)
        house.turns.post(lambda turn: house.agents.device_lost(turn, "ext-ann"))
        assert house.agent("ann").pending_reason == "device"

    async def test_a_break_stays_a_break_and_a_wish_to_sign_out_stays(self) -> None:
        house = a_house(state=AgentState.NOT_READY)
        house.turns.post(lambda turn: house.agents.device_lost(turn, "ext-ann"))
        assert state_of(house) == ("not_ready", "break")
        house = a_house(state=AgentState.TALKING)
        do(house, "sign_out")
        house.turns.post(lambda turn: house.agents.device_lost(turn, "ext-ann"))
        assert house.agent("ann").pending_state == "signed_out"

    async def test_a_phone_of_nobody_changes_nothing(self) -> None:
        house = a_house()
        house.turns.post(lambda turn: house.agents.device_lost(turn, "999"))
        assert len(house.told(AgentFact)) == 2


class TestPresent:
    @pytest.mark.parametrize("state", [s for s in AgentState if s is not AgentState.IDLE])
    async def test_only_an_idle_agent_can_be_offered_a_call(self, state: AgentState) -> None:
        house = a_house(state=state)
        with pytest.raises(AgentNotIdleError):
            do(
                house,
                "present",
                call_id=CallId("x"),
                offer_id=OfferId("x"),
                queue_id=QueueId("q"),
                wrap_up_s=0,
            )

    async def test_the_end_of_another_offer_changes_nothing(self) -> None:
        house = a_house(state=AgentState.RINGING)
        do(house, "end_present", offer_id=OfferId("other"), result="missed")
        assert house.agent("ann").state is AgentState.RINGING

    @pytest.mark.parametrize(
        ("result", "reason"),
        [("refused", None), ("withdrawn", None), ("missed", "missed_offer"), ("failed", "device")],
    )
    async def test_how_it_ends_decides_what_the_agent_is_then(
        self, result: str, reason: str | None
    ) -> None:
        house = a_house()
        house.acd.pause()
        do(
            house,
            "present",
            call_id=CallId("x"),
            offer_id=OfferId("x"),
            queue_id=QueueId("q"),
            wrap_up_s=0,
        )
        do(house, "end_present", offer_id=OfferId("x"), result=result)
        assert state_of(house) == ("not_ready" if reason else "idle", reason)
        assert house.told(AgentRingEnded)[0].result == result

    async def test_a_missed_agent_who_wanted_to_leave_leaves(self) -> None:
        house = a_house(state=AgentState.RINGING)
        do(house, "set_not_ready", "meal")
        do(house, "end_present", offer_id=house.agent("ann").offer_id, result="missed")
        assert state_of(house) == ("not_ready", "meal")


class TestDirectCalls:
    @pytest.mark.parametrize("state", [AgentState.IDLE, AgentState.NOT_READY])
    async def test_a_talk_without_an_offer_has_no_queue_and_no_wrap_up(
        self, state: AgentState
    ) -> None:
        house = a_house(state=state)
        before = state_of(house)
        connect(house, "direct")
        assert house.told(AgentTalked)[0].queue_id is None
        assert house.agent("ann").state is AgentState.TALKING
        house.tell(
            lambda at_ms: LegEnded(
                at_ms=at_ms,
                call_id=CallId("direct"),
                leg_id=LegId("l-direct"),
                party="agent",
                by="party",
                hangup_cause=16,
                agent_id=ANN,
                was_answered=True,
            )
        )
        assert state_of(house) == before

    @pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.HOLDING, AgentState.WRAP_UP])
    async def test_another_call_ends_the_handling_before_it(self, state: AgentState) -> None:
        house = a_house(state=state)
        connect(house, "direct")
        assert [fact.by for fact in house.told(WrapUpEnded)] == ["system"]
        assert house.agent("ann").call_id == "direct"
        assert len([k for k in house.timers._handles if k.startswith("agents/")]) == 0

    async def test_the_same_call_again_changes_nothing(self) -> None:
        house = a_house(state=AgentState.TALKING)
        connect(house, "c")
        assert len(house.told(AgentTalked)) == 1

    @pytest.mark.parametrize("state", [AgentState.SIGNED_OUT])
    async def test_a_signed_out_agents_phone_is_just_a_phone(self, state: AgentState) -> None:
        house = a_house(state=state)
        connect(house, "direct")
        assert house.told(AgentFact) == []

    async def test_an_agent_nobody_knows_is_ignored(self) -> None:
        house = House()
        connect(house, "direct")
        assert house.journal.dead == []


class TestRestart:
    async def test_a_wrap_up_runs_on_to_its_limit(self) -> None:
        before = a_house(state=AgentState.WRAP_UP)
        after = House()
        after.put_agent("ann")
        ends_at_ms = before.agent("ann").wrap_up_ends_at_ms
        assert ends_at_ms is not None
        after.agents.restore([before.agent("ann")], ends_at_ms - 3000)
        await wait_s(2.9)
        assert state_of(after) == ("wrap_up", None)
        await wait_s(0.2)
        assert state_of(after) == ("idle", None)

    async def test_facts_that_are_in_the_restored_row_already_are_not_applied_twice(self) -> None:
        before = a_house(state=AgentState.WRAP_UP)
        after = House()
        after.put_agent("ann")
        after.agents.restore([before.agent("ann")], 0)
        for fact in before.facts:
            after.agents.replay(fact)
        assert after.agent("ann") == before.agent("ann")

    async def test_agents_are_listed_as_configured(self) -> None:
        house = a_house()
        house.put_agent("b")
        assert [agent.id for agent in house.agents.list_configured()] == ["b", "ann"]
        assert house.agents.find_configured(AgentId("zoe")) is None

    async def test_facts_of_agents_that_were_deleted_and_of_others_are_passed_over(self) -> None:
        house = a_house()
        other = House()
        for fact in house.facts:
            assert other.agents.project(fact) == []

    async def test_a_projection_gives_the_rows_that_the_turns_wrote(self) -> None:
        house = a_house(state=AgentState.WRAP_UP)
        do(house, "finish_wrap_up")
        other = House()
        other.put_agent("ann")
        rows = [row for fact in house.facts for row in other.agents.project(fact)]
        written = [w for w in house.journal.writes if w.table.name.startswith("agent")]
        assert rows == written

    async def test_a_changed_configuration_leaves_the_state(self) -> None:
        house = a_house(state=AgentState.TALKING)
        house.put_agent("ann", water=5)
        view = house.agent("ann")
        assert (view.state, view.skills) == (AgentState.TALKING, {"water": 5})
        assert house.agents.count({"water": 1}).signed_in == 1
        out = a_house(state=AgentState.SIGNED_OUT)
        out.put_agent("ann", water=5)
        assert out.agent("ann").extension == "ext-ann"

    async def test_agents_their_states_and_their_days_are_read(self) -> None:
        before = a_house(state=AgentState.WRAP_UP)
        do(before, "finish_wrap_up")
        kept = KeptAgents(before)
        after = House()
        after.agents = Agents(after.calls, after.turns, after.timers, kept)
        await after.agents.load(before.now_ms)
        assert after.agent("ann") == before.agent("ann")
        assert after.agents.find_day(ANN, before.now_ms).answered == 1
        bob = Agent(id=AgentId("bob"), user_id=UserId("u"), name="Bob", agent_number="8002")
        await after.agents.save_agent(bob)
        assert kept.saved == [bob]
        assert after.agent("bob").state is AgentState.SIGNED_OUT

    async def test_nothing_is_read_or_stored_without_a_repository(self) -> None:
        house = House()
        await house.agents.load(0)
        await house.agents.save_agent(
            Agent(id=ANN, user_id=UserId("u"), name="Ann", agent_number="8001")
        )
        assert [view.id for view in house.agents.list_agents()] == ["ann"]
