"""Who hears whom when three or more are on a call, and when a supervisor taps it."""

import pytest

from cordboard.agents import AgentState
from cordboard.calls import CallEnded, CallState, NotOnCallError, Target, VerbRefusedError
from cordboard.telephony.adapters.fake_people import FakeParty
from tests.support.floor import BOSS_PHONE, EXPERT, A, B, Floor, conference

pytestmark = pytest.mark.story

CUSTOMER, ALICE, BOB, BOSS = "13871562043", "8001", "8002", BOSS_PHONE


async def a_talk() -> Floor:
    return await (await Floor.open()).talk()


async def listened(mode: str = "listen") -> Floor:
    floor = await a_talk()
    await floor.supervise("listen")
    await floor.pick_up(floor.boss)
    if mode != "listen":
        await floor.supervise(mode)  # type: ignore[arg-type]  # a mode by the test's word
    return floor


def hears(party: FakeParty) -> set[str]:
    return set(party.hears_parties)


class TestConference:
    async def test_all_three_hear_one_another_and_two_go_on(self) -> None:
        floor = await a_talk()
        await conference(floor)
        assert hears(floor.caller) == {ALICE, BOB}
        assert hears(floor.phone(A)) == {CUSTOMER, BOB}
        assert hears(floor.phone(B)) == {CUSTOMER, ALICE}
        assert floor.house.agent("8017").state is AgentState.TALKING

        await floor.do("hang_up", A)

        assert hears(floor.caller) == {BOB}
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        await floor.house.after(10)
        record = await floor.close()
        assert [one.role for one in record.handlings] == ["queue", "conference"]
        kinds = [one.kind for one in record.segments if one.timeline == "customer"]
        assert kinds == ["ring", "talk", "hold", "talk"]

    async def test_held_in_a_conference_the_others_talk_on(self) -> None:
        floor = await a_talk()
        await conference(floor)
        await floor.do("hold")
        assert floor.caller.now_hears == "moh:default"
        assert hears(floor.phone(A)) == {BOB}
        await floor.do("retrieve", B)
        assert hears(floor.caller) == {ALICE, BOB}
        await floor.close()

    async def test_a_fourth_is_asked_first_and_then_joins(self) -> None:
        floor = await a_talk()
        await conference(floor)
        await floor.do("consult", A, Target("outside", EXPERT))
        await floor.pick_up(floor.expert)
        assert hears(floor.caller) == {BOB}
        assert hears(floor.phone(A)) == {EXPERT}
        await floor.do("conference")
        assert hears(floor.caller) == {ALICE, BOB, EXPERT}
        assert hears(floor.expert) == {CUSTOMER, ALICE, BOB}
        await floor.close()

    async def test_a_conference_is_neither_transferred_nor_parked(self) -> None:
        floor = await a_talk()
        await conference(floor)
        for verb, args in (("transfer", (Target("queue", "billing"),)), ("park", ())):
            with pytest.raises(VerbRefusedError, match="conference"):
                await floor.do(verb, A, *args)
        await floor.close()

    async def test_a_muted_agent_hears_and_is_not_heard(self) -> None:
        floor = await a_talk()
        await floor.do("mute", A, is_muted=True)
        assert (hears(floor.caller), hears(floor.phone(A))) == (set(), {CUSTOMER})
        await conference(floor)
        assert (hears(floor.caller), hears(floor.phone(A))) == ({BOB}, {CUSTOMER, BOB})
        await floor.do("mute", A, is_muted=False)
        assert hears(floor.caller) == {ALICE, BOB}
        await floor.close()


class TestModes:
    async def test_a_listener_hears_both_and_nobody_hears_the_listener(self) -> None:
        floor = await listened()
        assert hears(floor.boss) == {CUSTOMER, ALICE}
        assert (hears(floor.caller), hears(floor.phone(A))) == ({ALICE}, {CUSTOMER})
        await floor.close()

    async def test_a_whisperer_is_heard_by_the_agent_alone(self) -> None:
        floor = await listened("whisper")
        assert (hears(floor.caller), hears(floor.phone(A))) == ({ALICE}, {CUSTOMER, BOSS})
        await floor.close()

    async def test_who_barges_in_is_heard_by_all(self) -> None:
        floor = await listened("barge")
        assert (hears(floor.caller), hears(floor.phone(A))) == ({ALICE, BOSS}, {CUSTOMER, BOSS})
        await floor.supervise("listen")
        assert (hears(floor.caller), hears(floor.phone(A))) == ({ALICE}, {CUSTOMER})
        await floor.close()

    async def test_no_line_is_used_and_no_handling_is_made(self) -> None:
        floor = await listened("barge")
        record = await floor.close()
        assert len(record.handlings) == 1
        assert [one.mode for one in record.supervisions] == ["listen", "barge"]
        assert all(one.ended_at_ms for one in record.supervisions)
        assert [leg.party for leg in record.legs] == ["customer", "agent", "supervisor"]

    async def test_the_call_goes_on_when_the_supervisor_leaves(self) -> None:
        floor = await listened("barge")
        floor.boss.hang_up()
        await floor.house.after(0.2)
        assert (hears(floor.caller), hears(floor.phone(A))) == ({ALICE}, {CUSTOMER})
        await floor.close()


class TestThroughTheCallsLife:
    async def test_through_a_hold(self) -> None:
        floor = await listened("whisper")
        await floor.do("hold")
        assert floor.caller.now_hears == "moh:default"
        assert (hears(floor.boss), hears(floor.phone(A))) == ({ALICE}, {BOSS})
        await floor.do("retrieve")
        assert hears(floor.boss) == {CUSTOMER, ALICE}
        await floor.close()

    async def test_through_a_consultation_and_a_conference(self) -> None:
        floor = await listened()
        await floor.consult()
        assert hears(floor.boss) == {ALICE, BOB}
        await floor.do("conference")
        assert hears(floor.boss) == {CUSTOMER, ALICE, BOB}
        assert hears(floor.caller) == {ALICE, BOB}
        await floor.close()

    async def test_through_a_transfer_to_whoever_has_the_call_next(self) -> None:
        floor = await listened("whisper")
        await floor.do("transfer", A, Target("agent", B))
        assert hears(floor.boss) == set()
        await floor.pick_up(floor.phone(B))
        assert hears(floor.boss) == {CUSTOMER, BOB}
        assert hears(floor.phone(B)) == {CUSTOMER, BOSS}
        assert hears(floor.caller) == {BOB}
        await floor.close()


class TestIntercept:
    async def test_the_supervisor_has_the_customer_and_the_agent_is_out(self) -> None:
        floor = await listened()
        await floor.intercept()
        assert hears(floor.caller) == {BOSS}
        assert floor.phone(A).state == "ended"
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        record = await floor.close()
        assert record.handlings[0].end_reason == "intercepted"

    async def test_out_of_a_consultation(self) -> None:
        floor = await listened()
        await floor.consult()
        await floor.intercept()
        assert hears(floor.caller) == {BOSS}
        assert floor.phone(B).state == "ended"
        assert floor.house.agent("8017").state is AgentState.IDLE
        await floor.close()

    async def test_only_who_supervises_may(self) -> None:
        floor = await a_talk()
        with pytest.raises(NotOnCallError):
            await floor.intercept()
        await floor.close()


async def test_a_call_ended_by_force_says_so() -> None:
    floor = await a_talk()
    call_id = floor.call.id
    await floor.turn(lambda turn: floor.house.rooms.taps.release(turn, call_id))
    await floor.house.after(1)
    [ended] = floor.house.told(CallEnded)
    assert (ended.by, ended.reason) == ("supervisor", "forced")
    await floor.close()


async def test_a_call_in_which_nobody_talks_cannot_be_supervised() -> None:
    floor = await a_talk()
    await floor.do("transfer", A, Target("queue", "billing"))
    assert floor.call.state is CallState.TRANSFERRING
    with pytest.raises(VerbRefusedError, match="nobody talks"):
        await floor.supervise()
    await floor.close()
