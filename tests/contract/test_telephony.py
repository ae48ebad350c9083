"""One suite for every adapter of `telephony.ports`: the fake may be believed because it passes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cordboard.kit.ids import LegId, RecordingId
from cordboard.telephony import events as wire
from cordboard.telephony.ports import CollectOrder, DialTarget, Source
from tests.support.exchanges import (
    EXTENSION,
    EmbeddedWorld,
    FakeWorld,
    Party,
    RtpengineWorld,
    World,
    seen,
    until,
)
from tests.support.relays import needs_rtpengine

pytestmark = pytest.mark.contract

B = LegId("l-agent")


@pytest.fixture(params=["fake", "embedded", pytest.param("rtpengine", marks=needs_rtpengine)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "fake":
        fake = FakeWorld()
        yield fake
        await fake.close()
        return
    embedded = (RtpengineWorld if request.param == "rtpengine" else EmbeddedWorld)(tmp_path)
    await embedded.start()
    yield embedded
    await embedded.close()


async def an_answered_caller(world: World) -> tuple[Party, LegId]:
    caller = await world.call_in("96510")
    arrived = await seen(world, wire.LegArrived)
    world.telephony.answer(arrived.leg_id)
    await caller.until_talking()
    await seen(world, wire.LegAnswered)
    return caller, arrived.leg_id


async def dial(world: World, like: LegId | None = None) -> Party:
    world.telephony.dial(
        B, DialTarget(extension=EXTENSION), shown_number="138", headers={}, like=like
    )
    party = await world.rung()
    await seen(world, wire.LegRinging)
    return party


async def a_talk(world: World) -> tuple[Party, Party, LegId]:
    caller, a = await an_answered_caller(world)
    agent = await dial(world, a)
    agent.pick_up()
    await seen(world, wire.LegAnswered, 2)
    world.telephony.bridge(a, B)
    return caller, agent, a


class TestInbound:
    async def test_a_call_arrives_rings_and_is_answered(self, world: World) -> None:
        caller = await world.call_in("96510")
        arrived = await seen(world, wire.LegArrived)
        assert (arrived.called_number, arrived.line_kind) == ("96510", "trunk")
        assert arrived.caller_number == "13800000000"

        world.telephony.ring(arrived.leg_id)
        await caller.until_ringing()
        world.telephony.answer(arrived.leg_id)
        await caller.until_talking()
        answered = await seen(world, wire.LegAnswered)
        assert answered.leg_id == arrived.leg_id
        assert answered.codec == "PCMA"

        caller.hang_up()
        ended = await seen(world, wire.LegEnded)
        assert (ended.leg_id, ended.by, ended.hangup_cause) == (arrived.leg_id, "party", 16)

    async def test_a_refused_call_ends_once(self, world: World) -> None:
        caller = await world.call_in("96510")
        arrived = await seen(world, wire.LegArrived)

        world.telephony.hang_up(arrived.leg_id, 1)
        world.telephony.hang_up(arrived.leg_id, 1)
        world.telephony.answer(arrived.leg_id)

        await caller.until_ended()
        ended = await seen(world, wire.LegEnded)
        assert (ended.by, ended.hangup_cause) == ("us", 1)
        assert len([e for e in world.events if isinstance(e, wire.LegEnded)]) == 1
        assert not [e for e in world.events if isinstance(e, wire.LegAnswered)]

    async def test_a_caller_may_leave_before_the_answer(self, world: World) -> None:
        caller = await world.call_in("96510")
        arrived = await seen(world, wire.LegArrived)
        world.telephony.ring(arrived.leg_id)
        await caller.until_ringing()

        caller.hang_up()

        ended = await seen(world, wire.LegEnded)
        assert (ended.by, ended.sip_status) == ("party", 487)

    async def test_we_may_end_an_answered_call(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.hang_up(a)
        await caller.until_ended()
        ended = await seen(world, wire.LegEnded)
        assert ended.by == "us"
        reported = await seen(world, wire.LegMediaReported)
        assert reported.leg_id == a


class TestSound:
    async def test_a_prompt_is_heard_and_its_end_is_told(self, world: World) -> None:
        caller, a = await an_answered_caller(world)

        world.telephony.play(a, "p1", ("tone:beep/cn",))

        ended = await seen(world, wire.PlayEnded)
        assert (ended.play_id, ended.reason) == ("p1", "finished")
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_music_goes_on_until_it_is_stopped(self, world: World) -> None:
        caller, a = await an_answered_caller(world)

        world.telephony.play(a, "m1", ("moh:default",), loop=True)
        assert await caller.hears_sound()
        world.telephony.stop(a)
        ended = await seen(world, wire.PlayEnded)
        assert (ended.play_id, ended.reason) == ("m1", "stopped")
        assert not await caller.hears_sound()
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_another_prompt_replaces_the_first(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.play(a, "m1", ("moh:default",), loop=True)
        world.telephony.play(a, "p2", ("tone:beep/cn",))
        first = await seen(world, wire.PlayEnded)
        assert (first.play_id, first.reason) == ("m1", "replaced")
        second = await seen(world, wire.PlayEnded, 2)
        assert (second.play_id, second.reason) == ("p2", "finished")
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_a_missing_prompt_is_told_at_once(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        if isinstance(world, FakeWorld):
            world.exchange.missing.add("file:zh/nowhere")
        world.telephony.play(a, "p1", ("tone:beep/cn", "file:zh/nowhere"))
        ended = await seen(world, wire.PlayEnded)
        assert (ended.play_id, ended.reason) == ("p1", "failed")
        assert "nowhere" in ended.detail
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_prompts_that_do_not_exist_are_named_before_anybody_calls(
        self, world: World
    ) -> None:
        if isinstance(world, FakeWorld):
            world.exchange.missing.add("file:zh/nowhere")
        asked = ("tone:beep/cn", "file:zh/nowhere", "moh:default")
        assert world.telephony.missing_items(asked) == ("file:zh/nowhere",)

    async def test_an_order_before_the_answer_is_carried_out_after_it(self, world: World) -> None:
        caller = await world.call_in("96510")
        arrived = await seen(world, wire.LegArrived)
        world.telephony.answer(arrived.leg_id)
        world.telephony.play(arrived.leg_id, "p1", ("tone:beep/cn",))
        ended = await seen(world, wire.PlayEnded)
        assert ended.reason == "finished"
        caller.hang_up()
        await seen(world, wire.LegEnded)


class TestKeys:
    async def test_keys_are_collected_to_the_terminator(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        order = CollectOrder(collect_id="k1", items=("tone:beep/cn",), max_digits=10)

        world.telephony.collect(a, order)
        caller.press("12#")

        got = await seen(world, wire.Collected)
        assert (got.collect_id, got.digits, got.reason, got.terminator) == (
            "k1",
            "12",
            "terminator",
            "#",
        )
        pressed = [e.digit for e in world.events if isinstance(e, wire.DigitPressed)]
        assert pressed == ["1", "2", "#"]
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_silence_is_no_input(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.collect(a, CollectOrder(collect_id="k1", first_ms=300))
        got = await seen(world, wire.Collected)
        assert (got.digits, got.reason) == ("", "no_input")
        caller.hang_up()
        await seen(world, wire.LegEnded)

    async def test_collecting_ends_when_enough_keys_are_pressed(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.collect(a, CollectOrder(collect_id="k1", max_digits=1))
        caller.press("7")
        got = await seen(world, wire.Collected)
        assert (got.digits, got.reason) == ("7", "max")
        caller.hang_up()
        await seen(world, wire.LegEnded)


class TestTalk:
    async def test_two_legs_hear_each_other_and_part(self, world: World) -> None:
        caller, agent, a = await a_talk(world)
        assert await caller.hears_party()
        assert await agent.hears_party()

        world.telephony.unbridge(a)
        assert not await caller.hears_sound()
        assert not await agent.hears_sound()
        caller.hang_up()
        agent.hang_up()
        await seen(world, wire.LegEnded, 2)

    async def test_a_bridge_ends_the_music_of_both(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.play(a, "m1", ("moh:default",), loop=True)
        agent = await dial(world, a)
        agent.pick_up()
        await seen(world, wire.LegAnswered, 2)

        world.telephony.bridge(a, B)

        ended = await seen(world, wire.PlayEnded)
        assert ended.play_id == "m1"
        assert await caller.hears_party()
        assert await agent.hears_party()
        caller.hang_up()
        agent.hang_up()
        await seen(world, wire.LegEnded, 2)

    async def test_hold_and_resume_are_told_and_music_may_play(self, world: World) -> None:
        caller, agent, a = await a_talk(world)

        agent.hold(held=True)
        await seen(world, wire.LegHeld)
        world.telephony.play(a, "hold", ("moh:default",), loop=True)
        assert await caller.hears_sound()

        agent.hold(held=False)
        await seen(world, wire.LegResumed)
        world.telephony.bridge(a, B)
        assert await caller.hears_party()
        assert await agent.hears_party()
        caller.hang_up()
        agent.hang_up()
        await seen(world, wire.LegEnded, 2)

    async def test_the_recording_follows_the_customer_and_is_closed_at_the_end(
        self, world: World
    ) -> None:
        caller, a = await an_answered_caller(world)
        world.telephony.start_recording(a, RecordingId("r-1"), "2026/11/22/c-1")
        started = await seen(world, wire.RecordingStarted)
        assert started.path == "2026/11/22/c-1.wav"
        world.telephony.play(a, "p1", ("tone:beep/cn",))
        await seen(world, wire.PlayEnded)

        caller.hang_up()

        closed = await seen(world, wire.RecordingClosed)
        assert closed.recording_id == "r-1"
        assert closed.path == "2026/11/22/c-1.wav"
        assert closed.size_bytes > 0
        assert len(closed.sha256) == 64


SUP = LegId("l-supervisor")


async def three_up(world: World) -> tuple[dict[str, Party], LegId]:
    """A customer and an agent bridged, a supervisor beside; each hums a tone of their own."""
    caller, agent, a = await a_talk(world)
    world.telephony.dial(
        SUP, DialTarget(extension=EXTENSION), shown_number="138", headers={}, like=a
    )
    sup = await world.rung()
    await seen(world, wire.LegRinging, 2)
    sup.pick_up()
    await seen(world, wire.LegAnswered, 3)
    parties = {"cust": caller, "agent": agent, "sup": sup}
    for hertz, party in zip((400, 650, 900), parties.values(), strict=True):
        party.hum(hertz)
    return parties, a


async def who_hears_whom(parties: dict[str, Party]) -> dict[str, set[str]]:
    heard = await asyncio.gather(*(party.hears_whom(**parties) for party in parties.values()))
    return dict(zip(parties, heard, strict=True))


async def all_gone(world: World, parties: dict[str, Party]) -> None:
    for party in parties.values():
        party.hang_up()
    await seen(world, wire.LegEnded, len(parties))


class TestRows:
    async def test_a_supervisor_listens_whispers_barges_and_takes_over(self, world: World) -> None:
        parties, a = await three_up(world)
        route = world.telephony.route
        route(SUP, (Source(a), Source(B)))
        listens = {"cust": {"agent"}, "agent": {"cust"}, "sup": {"cust", "agent"}}
        assert await who_hears_whom(parties) == listens

        route(B, (Source(a), Source(SUP)))
        assert await who_hears_whom(parties) == listens | {"agent": {"cust", "sup"}}

        route(a, (Source(B), Source(SUP)))
        assert await who_hears_whom(parties) == {
            "cust": {"agent", "sup"},
            "agent": {"cust", "sup"},
            "sup": {"cust", "agent"},
        }

        world.telephony.bridge(a, SUP)
        assert await who_hears_whom(parties) == {"cust": {"sup"}, "agent": set(), "sup": {"cust"}}
        await all_gone(world, parties)

    async def test_who_leaves_a_conference_is_missed_by_nobody_else(self, world: World) -> None:
        parties, a = await three_up(world)
        route = world.telephony.route
        for _ in range(2):
            route(a, (Source(B), Source(SUP)))
            route(B, (Source(a), Source(SUP)))
            route(SUP, (Source(a), Source(B)))
        world.telephony.unbridge(SUP)
        assert await who_hears_whom(parties) == {"cust": {"agent"}, "agent": {"cust"}, "sup": set()}

        route(a, (Source(B), Source(SUP)))
        route(B, (Source(a), Source(SUP)))
        parties.pop("agent").hang_up()
        await seen(world, wire.LegEnded)
        assert await who_hears_whom(parties) == {"cust": {"sup"}, "sup": set()}

        route(SUP, (Source(a), Source(B)))
        assert await who_hears_whom(parties) == {"cust": {"sup"}, "sup": {"cust"}}
        parties.pop("cust").hang_up()
        parties.pop("sup").hang_up()
        await seen(world, wire.LegEnded, 3)

    async def test_a_muted_party_hears_on_and_is_heard_by_nobody(self, world: World) -> None:
        parties, a = await three_up(world)
        world.telephony.mute(B)
        world.telephony.mute(B)
        world.telephony.route(SUP, (Source(a), Source(B)))
        assert await who_hears_whom(parties) == {"cust": set(), "agent": {"cust"}, "sup": {"cust"}}

        world.telephony.unmute(B)
        assert await who_hears_whom(parties) == {
            "cust": {"agent"},
            "agent": {"cust"},
            "sup": {"cust", "agent"},
        }
        await all_gone(world, parties)

    async def test_music_is_heard_instead_of_the_row_until_the_row_is_given_again(
        self, world: World
    ) -> None:
        parties, a = await three_up(world)
        world.telephony.play(a, "hold", ("moh:default",), loop=True)
        world.telephony.route(B, (Source(SUP),))
        world.telephony.route(SUP, (Source(B),))
        assert await parties["cust"].hears_sound()
        assert await who_hears_whom(parties) == {"cust": set(), "agent": {"sup"}, "sup": {"agent"}}

        world.telephony.route(a, (Source(B), Source(SUP)))
        ended = await seen(world, wire.PlayEnded)
        assert (ended.play_id, ended.reason) == ("hold", "stopped")
        assert (await who_hears_whom(parties))["cust"] == {"agent", "sup"}
        await all_gone(world, parties)

    async def test_a_prompt_over_the_row_lets_the_row_go_on(self, world: World) -> None:
        parties, a = await three_up(world)
        world.telephony.play(a, "entry", ("tone:beep/cn",), over=True)
        world.telephony.route(a, (Source(B), Source(SUP)))
        ended = await seen(world, wire.PlayEnded)
        assert (ended.play_id, ended.reason) == ("entry", "finished")
        assert (await who_hears_whom(parties))["cust"] == {"agent", "sup"}
        await all_gone(world, parties)


class TestDial:
    async def test_a_busy_phone(self, world: World) -> None:
        agent = await dial(world)
        agent.reject()
        ended = await seen(world, wire.LegEnded)
        assert (ended.leg_id, ended.by, ended.hangup_cause, ended.sip_status) == (
            B,
            "party",
            17,
            486,
        )

    async def test_a_phone_that_is_gone(self, world: World) -> None:
        world.unreachable()
        world.telephony.dial(B, DialTarget(extension=EXTENSION), shown_number="138", headers={})
        ended = await seen(world, wire.LegEnded)
        assert (ended.leg_id, ended.sip_status) == (B, 480)

    async def test_we_stop_a_phone_that_rings(self, world: World) -> None:
        agent = await dial(world)
        world.telephony.hang_up(B)
        await agent.until_ended()
        ended = await seen(world, wire.LegEnded)
        assert (ended.by, ended.sip_status) == ("us", 487)

    async def test_the_phone_hangs_up_after_its_answer(self, world: World) -> None:
        agent = await dial(world)
        agent.pick_up()
        await seen(world, wire.LegAnswered)
        agent.hang_up()
        ended = await seen(world, wire.LegEnded)
        assert (ended.by, ended.sip_status) == ("party", 0)

    async def test_orders_for_a_leg_that_is_over_are_forgotten(self, world: World) -> None:
        caller, a = await an_answered_caller(world)
        caller.hang_up()
        await seen(world, wire.LegEnded)
        before = len([e for e in world.events if isinstance(e, wire.PlayEnded)])

        world.telephony.play(a, "late", ("tone:beep/cn",))
        world.telephony.hang_up(a)
        world.telephony.stop(a)
        world.telephony.send_digits(a, "1")

        await until(lambda: any(isinstance(e, wire.LegMediaReported) for e in world.events))
        assert len([e for e in world.events if isinstance(e, wire.PlayEnded)]) == before


async def test_a_media_process_that_dies_takes_the_figures_of_its_legs_along(
    tmp_path: Path,
) -> None:
    world = EmbeddedWorld(tmp_path)
    await world.start()
    caller, a = await an_answered_caller(world)

    world.kill_media()

    ended = await seen(world, wire.LegEnded)
    assert (ended.leg_id, ended.by) == (a, "network")
    lost = await seen(world, wire.LegMediaLost)
    assert lost.leg_id == a
    await caller.until_ended()
    await world.close()
    kinds = [type(event) for event in world.events]
    assert wire.LegMediaReported not in kinds
    assert kinds.count(wire.LegMediaLost) == 1


class TestTransfers:
    async def test_a_phone_asks_for_a_transfer_and_hears_how_it_goes(self, world: World) -> None:
        _, agent, a = await a_talk(world)

        agent.transfer("8002")
        asked = await seen(world, wire.LegTransferAsked)
        assert (asked.leg_id, asked.target_number, asked.other_leg_id) == (B, "8002", None)
        world.telephony.accept_transfer(B)
        world.telephony.tell_transfer(B, 180)
        world.telephony.tell_transfer(B, 200)

        await until(lambda: agent.transfer_told[-1:] == [200])
        assert 180 in agent.transfer_told
        world.telephony.hang_up(a)
        world.telephony.hang_up(B)

    async def test_a_transfer_may_be_refused(self, world: World) -> None:
        _, agent, a = await a_talk(world)
        agent.transfer("8002")
        await seen(world, wire.LegTransferAsked)

        world.telephony.refuse_transfer(B)

        await until(lambda: len(agent.transfer_told) == 1)
        assert agent.transfer_told[0] >= 400
        world.telephony.hang_up(a)
        world.telephony.hang_up(B)

    async def test_a_party_is_sent_on_by_its_own_side(self, world: World) -> None:
        caller, a = await an_answered_caller(world)

        world.telephony.refer(a, "13900000000")

        told = await seen(world, wire.LegTransferProgressed, 2)
        assert (told.leg_id, told.sip_status, told.is_final) == (a, 200, True)
        assert caller.referred_to == "13900000000"
        world.telephony.hang_up(a)

    async def test_another_telephone_takes_a_leg_over(self, world: World) -> None:
        caller, agent, a = await a_talk(world)
        assert await caller.hears_party()

        second = await world.take_over(agent)

        replaced = await seen(world, wire.LegReplaced)
        assert (replaced.leg_id, replaced.line_id) == (B, EXTENSION)
        await second.until_talking()
        assert await caller.hears_party()
        assert await second.hears_party()
        assert not [e for e in world.events if isinstance(e, wire.LegEnded)]
        world.telephony.hang_up(B)
        await second.until_ended()
        world.telephony.hang_up(a)
