"""What only the relays promise: talk past the media process, one port for a party's whole call,
and a way back after each death. Against the rtpengine that is installed.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from cordboard import media
from cordboard.app.demo.softphone import PhoneCall
from cordboard.kit.ids import LegId, RecordingId
from cordboard.media.wav import read_format
from cordboard.telephony import events as wire
from cordboard.telephony.ports import DialTarget
from tests.support.exchanges import EXTENSION, Party, RtpengineWorld, seen, until
from tests.support.relays import needs_rtpengine

pytestmark = [pytest.mark.contract, needs_rtpengine]

B, C = LegId("l-agent"), LegId("l-next")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RtpengineWorld]:
    world = RtpengineWorld(tmp_path, instances=1)
    await world.start()
    yield world
    await world.close()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[RtpengineWorld]:
    world = RtpengineWorld(tmp_path, instances=2)
    await world.start()
    yield world
    await world.close()


def call_of(party: Party) -> PhoneCall:
    """The telephone's own view of its call."""
    call = party._call  # type: ignore[attr-defined]
    assert isinstance(call, PhoneCall)
    return call


def place_of(party: Party) -> tuple[str, int]:
    """Where a party was told to send its sound."""
    agreed = call_of(party).agreed
    assert agreed is not None
    return agreed.remote_host, agreed.remote_port


async def a_caller(world: RtpengineWorld) -> tuple[Party, LegId]:
    caller = await world.call_in("96510")
    count = len([e for e in world.events if isinstance(e, wire.LegArrived)])
    arrived = await seen(world, wire.LegArrived, max(1, count))
    world.telephony.answer(arrived.leg_id)
    await caller.until_talking()
    return caller, arrived.leg_id


async def an_agent(world: RtpengineWorld, leg: LegId, like: LegId | None) -> Party:
    world.telephony.dial(
        leg, DialTarget(extension=EXTENSION), shown_number="138", headers={}, like=like
    )
    agent = await world.rung()
    agent.pick_up()
    await until(lambda: _answered(world, leg))
    return agent


def _answered(world: RtpengineWorld, leg: LegId) -> bool:
    return any(isinstance(e, wire.LegAnswered) and e.leg_id == leg for e in world.events)


async def a_talk(world: RtpengineWorld) -> tuple[Party, Party, LegId]:
    caller, a = await a_caller(world)
    agent = await an_agent(world, B, a)
    world.telephony.bridge(a, B)
    await until_through(world, a)
    return caller, agent, a


async def until_through(world: RtpengineWorld, leg: LegId) -> None:
    await until(lambda: bool(world.side.plane.legs[leg].party.through))


async def all_gone(world: RtpengineWorld, *parties: Party) -> None:
    for party in parties:
        party.hang_up()
    await until(lambda: not world.side.plane.legs)


class TestTheRelay:
    async def test_a_customers_port_stays_from_menu_to_the_next_agent(
        self, world: RtpengineWorld
    ) -> None:
        caller, a = await a_caller(world)
        place = place_of(caller)
        world.telephony.play(a, "menu", ("moh:default",), loop=True)
        assert await caller.hears_sound()

        agent = await an_agent(world, B, a)
        world.telephony.bridge(a, B)
        await until_through(world, a)
        assert await caller.hears_party()
        assert await agent.hears_party()

        world.telephony.play(a, "hold", ("moh:default",), loop=True)
        assert await caller.hears_sound()
        world.telephony.bridge(a, B)
        await until_through(world, a)
        assert await caller.hears_party()

        agent.hang_up()
        following = await an_agent(world, C, a)
        world.telephony.bridge(a, C)
        await until_through(world, a)
        assert await caller.hears_party()
        assert await following.hears_party()

        assert place_of(caller) == place
        assert call_of(caller).side.version == 1  # nobody was invited again
        await all_gone(world, caller, following)

    async def test_a_talk_passes_the_media_process_by(self, world: RtpengineWorld) -> None:
        caller, agent, _ = await a_talk(world)
        assert await caller.hears_party()
        caller.hang_up()
        agent.hang_up()
        await seen(world, wire.LegMediaReported, 2)
        reports = [e for e in world.events if isinstance(e, wire.LegMediaReported)]
        for report in reports:  # counted all the same
            assert report.packets_in > 20
            assert report.packets_out > 20
        assert world.side.plane.through_count == 1

    async def test_keys_in_a_talk_are_told_once(self, world: RtpengineWorld) -> None:
        caller, agent, a = await a_talk(world)
        assert await agent.hears_party()
        caller.press("42#")
        await seen(world, wire.DigitPressed, 3)
        await until(lambda: not call_of(caller).has_keys_to_press)
        pressed = [e for e in world.events if isinstance(e, wire.DigitPressed)]
        assert [(e.leg_id, e.digit, e.method) for e in pressed] == [
            (a, "4", "rfc4733"),
            (a, "2", "rfc4733"),
            (a, "#", "rfc4733"),
        ]
        await all_gone(world, caller, agent)

    async def test_keys_sent_into_a_talk_leave_it_as_it_was(self, world: RtpengineWorld) -> None:
        caller, agent, a = await a_talk(world)
        world.telephony.send_digits(a, "1")
        await until(lambda: not world.side.plane.legs[a].party.through)
        await until_through(world, a)
        assert await caller.hears_party()
        assert await agent.hears_party()
        await all_gone(world, caller, agent)

    async def test_legs_of_different_calls_are_bridged_all_the_same(
        self, world: RtpengineWorld
    ) -> None:
        caller, a = await a_caller(world)
        agent = await an_agent(world, B, None)
        world.telephony.bridge(a, B)
        assert await caller.hears_party()
        assert await agent.hears_party()
        assert world.side.plane.through_count == 0
        await all_gone(world, caller, agent)

    async def test_many_phones_may_fail_to_answer_in_one_call(self, world: RtpengineWorld) -> None:
        caller, a = await a_caller(world)
        for number in range(5):
            leg = LegId(f"l-try-{number}")
            world.telephony.dial(
                leg, DialTarget(extension=EXTENSION), shown_number="1", headers={}, like=a
            )
            phone = await world.rung()
            phone.reject()
            await seen(world, wire.LegEnded, number + 1)
        await until(lambda: len(world.side.plane.legs) == 1)
        call = world.side.plane.legs[a].group.call
        assert set(call.parties) == {a}
        agent = await an_agent(world, B, a)
        world.telephony.bridge(a, B)
        await until_through(world, a)
        assert await caller.hears_party()
        await all_gone(world, caller, agent)


class TestRecording:
    async def test_one_file_holds_menu_and_talk_each_on_its_side(
        self, world: RtpengineWorld
    ) -> None:
        caller, a = await a_caller(world)
        world.telephony.start_recording(a, RecordingId("r-1"), "2026/c-1")
        await seen(world, wire.RecordingStarted)
        world.telephony.play(a, "menu", ("moh:default",), loop=True)
        assert await caller.hears_sound()
        agent = await an_agent(world, B, a)
        world.telephony.bridge(a, B)
        await until_through(world, a)
        assert await caller.hears_party()
        assert world.relays[0].captures

        await all_gone(world, caller, agent)

        closed = await seen(world, wire.RecordingClosed)
        assert (closed.recording_id, closed.path) == ("r-1", "2026/c-1.wav")
        said, heard = channels(world.folder / "recordings" / closed.path)
        assert len(said) == pytest.approx(closed.duration_ms * 8, abs=8)
        assert share(said, VOICE) > 0.8  # the caller spoke all the time
        half = len(heard) // 2
        assert share(heard[:half], VOICE) < 0.2  # music first
        assert share(heard[-2000:], VOICE) > 0.8  # then the agent
        await until(lambda: not world.relays[0].captures)

    async def test_a_paused_stretch_is_on_no_disk(self, world: RtpengineWorld) -> None:
        caller, agent, a = await a_talk(world)
        plane = world.side.plane
        world.telephony.start_recording(a, RecordingId("r-1"), "2026/c-1")
        await seen(world, wire.RecordingStarted)
        call = plane.legs[a].group.call
        recorded = [call.is_recorded]
        assert await plane.send(media.PauseRecording(a)) == media.Ok()
        recorded.append(call.is_recorded)
        assert recorded == [True, False]
        assert await caller.hears_party()
        assert await plane.send(media.ResumeRecording(a)) == media.Ok()
        assert await caller.hears_party()
        await all_gone(world, caller, agent)
        closed = await seen(world, wire.RecordingClosed)
        said, _ = channels(world.folder / "recordings" / closed.path)
        assert 0.2 < share(said, VOICE) < 0.8


class TestDeath:
    async def test_a_dead_instance_hands_its_calls_to_another(self, pair: RtpengineWorld) -> None:
        caller, agent, a = await a_talk(pair)
        pair.telephony.start_recording(a, RecordingId("r-1"), "2026/c-1")
        await seen(pair, wire.RecordingStarted)
        assert await caller.hears_party()
        host, _ = place_of(caller)
        dead = next(relay for relay in pair.relays if relay.host == host)

        dead.kill()

        other = next(relay for relay in pair.relays if relay is not dead)
        await until(lambda: place_of(caller)[0] == other.host == place_of(agent)[0])
        await until_through(pair, a)
        assert await caller.hears_party()
        assert await agent.hears_party()
        assert not [e for e in pair.events if isinstance(e, wire.LegEnded)]
        await all_gone(pair, caller, agent)
        closed = await seen(pair, wire.RecordingClosed)
        said, _ = channels(pair.folder / "recordings" / closed.path)
        edge = 8 * 300
        assert share(said[:edge], VOICE) > 0.5  # what the dead one wrote
        assert share(said[-edge:], VOICE) > 0.5  # and what the other one did

    async def test_a_leg_without_an_instance_ends_with_a_fact(self, world: RtpengineWorld) -> None:
        caller, agent, _ = await a_talk(world)
        world.relays[0].kill()
        await seen(world, wire.LegEnded, 2)
        ended = [e for e in world.events if isinstance(e, wire.LegEnded)]
        assert {(e.by, e.hangup_cause) for e in ended} == {("network", 41)}
        await caller.until_ended()
        await agent.until_ended()
        refused = await world.caller.call("96510", world.hop)
        await asyncio.wait_for(refused.ended.wait(), 10)
        assert refused.status == 503

    async def test_an_instance_that_forgot_its_calls_gets_them_again(
        self, world: RtpengineWorld
    ) -> None:
        caller, agent, a = await a_talk(world)
        before = world.side.plane.legs[a].group.call
        await asyncio.sleep(2.2)  # its age is told in whole seconds
        world.relays[0].kill()
        await world.relays[0].start()
        await until(lambda: world.side.plane.legs[a].group.call is not before)
        await until_through(world, a)
        assert await caller.hears_party()
        assert await agent.hears_party()
        await all_gone(world, caller, agent)

    async def test_nobody_notices_that_the_media_process_died(self, world: RtpengineWorld) -> None:
        caller, agent, a = await a_talk(world)
        place = place_of(caller)
        world.kill_media()
        await until(lambda: world.side.plane.legs[a].party.life == 2)
        await until_through(world, a)
        assert await caller.hears_party()
        world.telephony.unbridge(a)
        world.telephony.play(a, "m", ("moh:default",), loop=True)
        assert await caller.hears_sound()
        assert place_of(caller) == place
        assert not [e for e in world.events if isinstance(e, wire.LegEnded)]
        await all_gone(world, caller, agent)

    async def test_our_own_death_leaves_the_talk_and_its_recording(self, tmp_path: Path) -> None:
        first = RtpengineWorld(tmp_path)
        await first.start()
        caller, agent, a = await a_talk(first)
        first.telephony.start_recording(a, RecordingId("r-1"), "2026/c-1")
        await seen(first, wire.RecordingStarted)
        assert await caller.hears_party()
        await first.die()
        assert await caller.hears_party()  # nobody of us is there

        second = RtpengineWorld(tmp_path, after=first)
        await second.start()
        assert second.side.plane.legs[a].party.through == B
        assert await caller.hears_party()
        second.telephony.hang_up(a)
        second.telephony.hang_up(B)
        await caller.until_ended()
        await agent.until_ended()
        closed = await seen(second, wire.RecordingClosed)
        said, heard = channels(second.folder / "recordings" / closed.path)
        assert share(said, VOICE) > 0.8
        assert share(heard, VOICE) > 0.8
        await second.close()


VOICE = range(0x35, 0x35 + 7)
"What the scripted parties say."


def channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """What was said and what was heard, as codes."""
    content = path.read_bytes()
    shape = read_format(content[:64], len(content))
    frames = np.frombuffer(
        content[shape.data_offset : shape.data_offset + shape.data_bytes], dtype=np.uint8
    )
    return frames[0::2], frames[1::2]


def share(codes: np.ndarray, of: range) -> float:
    """Which part of some sound is of these codes."""
    return float(np.isin(codes, list(of)).mean())
