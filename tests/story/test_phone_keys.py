"""An agent who uses the keys of the phone instead of the desk: hold, and both kinds of transfer."""

import pytest

from cordboard.agents import AgentState
from cordboard.calls import CallEnded
from cordboard.calls.state import Call
from cordboard.kit.ids import LegId
from cordboard.telephony.adapters.fake_people import FakeParty, FakePhone
from tests.support.floor import EXPERT, A, B, Floor, check_legs, check_record

pytestmark = pytest.mark.story


async def a_talk() -> Floor:
    return await (await Floor.open()).talk()


async def aside(floor: Floor, number: str) -> FakeParty:
    """The agent puts the customer on hold and dials on the phone's other line."""
    floor.phone(A).hold()
    await floor.house.after(0.2)
    line = floor.house.exchange.call(number, "8001", line_id="8001", line_kind="phone")
    await floor.house.after(0.5)
    return line


def the_customers(floor: Floor) -> Call:
    calls = floor.house.rooms.calls.calls.values()
    [call] = [call for call in calls if call.direction == "inbound"]
    return call


class TestBlind:
    async def test_the_transfer_key_passes_the_customer_on(self) -> None:
        floor = await a_talk()
        floor.phone(A).transfer("8002")
        await floor.house.after(0.3)
        assert floor.phone(A).transfer_told == [100, 200]
        assert floor.caller.now_hears == "tone:ringback/cn"
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        await floor.pick_up(floor.phone(B))
        assert floor.caller.now_hears == "party:8002"
        await floor.close()

    async def test_to_an_outside_number_behind_its_prefix(self) -> None:
        floor = await a_talk()
        floor.phone(A).transfer(f"9{EXPERT}")
        await floor.house.after(0.3)
        await floor.pick_up(floor.expert)
        assert floor.caller.now_hears == f"party:{EXPERT}"
        await floor.close()

    async def test_a_number_that_nobody_has_is_refused_and_the_talk_goes_on(self) -> None:
        floor = await a_talk()
        floor.phone(A).transfer("77")
        await floor.house.after(0.3)
        assert floor.phone(A).transfer_told == [603]
        assert floor.caller.now_hears == "party:8001"
        await floor.close()

    async def test_a_customers_telephone_sends_no_call_away(self) -> None:
        floor = await a_talk()
        floor.caller.transfer("8002")
        await floor.house.after(0.3)
        assert floor.caller.transfer_told == [603]
        await floor.close()


class TestAttended:
    async def test_spoken_with_first_and_then_joined(self) -> None:
        floor = await a_talk()
        line = await aside(floor, "8002")
        await floor.pick_up(floor.phone(B))
        assert floor.caller.now_hears == "moh:default"
        assert (line.now_hears, floor.phone(B).now_hears) == ("party:8002", "party:8001")
        assert floor.house.agent("8012").state is AgentState.HOLDING

        floor.phone(A).transfer("8002", line.leg_id)
        await floor.house.after(0.5)

        assert floor.caller.now_hears == "party:8002"
        assert floor.phone(B).now_hears == "party:13871562043"
        assert (floor.phone(A).state, line.state) == ("ended", "ended")
        assert floor.house.agent("8012").state is AgentState.WRAP_UP
        assert floor.house.agent("8017").state is AgentState.TALKING
        await floor.house.after(10)
        call_id = the_customers(floor).id
        floor.phone(B).hang_up()
        await floor.house.after(60)
        record = floor.house.rooms.records.find(call_id)
        assert record is not None
        check_record(record)
        assert [one.role for one in record.handlings] == ["queue", "transfer"]
        check_legs(floor.house)
        assert len(floor.house.told(CallEnded)) == 2
        floor.house.assert_nothing_is_left()

    async def test_with_an_outside_expert_whose_own_recording_is_closed(self) -> None:
        floor = await a_talk()
        floor.house.exchange.outside[EXPERT] = FakePhone(answers_after_s=1)
        line = await aside(floor, f"9{EXPERT}")
        await floor.house.after(2)
        floor.phone(A).transfer(EXPERT, line.leg_id)
        await floor.house.after(0.5)
        assert floor.caller.now_hears == f"party:{EXPERT}"
        floor.expert.hang_up()
        await floor.house.after(60)
        check_legs(floor.house)
        floor.house.assert_nothing_is_left()

    async def test_while_the_other_still_rings_it_is_refused(self) -> None:
        floor = await a_talk()
        line = await aside(floor, "8002")
        floor.phone(A).transfer("8002", line.leg_id)
        await floor.house.after(0.3)
        assert floor.phone(A).transfer_told == [603]
        line.hang_up()
        floor.caller.hang_up()
        await floor.house.after(60)
        check_legs(floor.house)
        floor.house.assert_nothing_is_left()

    async def test_a_leg_that_is_not_there_is_refused(self) -> None:
        floor = await a_talk()
        floor.phone(A).transfer("8002", LegId("l-none"))
        await floor.house.after(0.3)
        assert floor.phone(A).transfer_told == [603]
        await floor.close()
