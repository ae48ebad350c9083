"""Who hears whom: rows of a real media process, a tone on every leg, judged at every ear."""

import random
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from cordboard.media import (
    Bridge,
    DropLeg,
    Mute,
    Play,
    PlayEnded,
    RecordingClosed,
    Refused,
    Route,
    SendDigits,
    Snapshot,
    Source,
    StartRecording,
    StopRecording,
    Unbridge,
    Unmute,
    Welcome,
)
from cordboard.media.rtp import seq_diff, ts_diff
from tests.support.media_room import Phone, Room, a_room, channels, strength, talk

pytestmark = pytest.mark.live

TONES = (400, 650, 900, 1250)
"""Customer, agent, supervisor, another: far enough apart for a quarter of a second."""


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as opened:
        yield opened


def tones_in(sound: np.ndarray) -> set[int]:
    return {hertz for hertz in TONES if strength(sound, hertz) > 600}


class Talk:
    """A customer, an agent, a supervisor, each with a tone of their own."""

    def __init__(self, room: Room, **codecs: str) -> None:
        self.room = room
        names = ("cust", "agent", "sup", "more")
        self.phones = {
            name: Phone(hertz, codecs.get(name, "PCMA"))
            for name, hertz in zip(names, TONES, strict=True)
        }
        self.tone = dict(zip(names, TONES, strict=True))

    async def open(self, *names: str, **wish: object) -> None:
        for name in names:
            await self.room.leg(name, self.phones[name], **wish)

    async def row(self, name: str, *sources: str) -> None:
        await self.room.order(Route(name, [Source(source) for source in sources]))

    async def hears(self, seconds: float = 0.6) -> dict[str, set[str]]:
        """Let all speak; say whom each heard in the last quarter of a second and more."""
        await talk(seconds, *self.phones.values())
        names = {hertz: name for name, hertz in self.tone.items()}
        return {
            name: {names[hertz] for hertz in tones_in(phone.sound_heard()[-2400:])}
            for name, phone in self.phones.items()
            if phone.target[0]
        }


def passed_untouched(ear: Phone, mouth: Phone) -> bool:
    """Whether the last packets are the other's own bytes: a relay, no mix."""
    said = {bytes(mouth.sound[at : at + 160]) for at in range(0, 8000, 160)}
    return all(data[12:] in said for data in ear.heard[-8:])


class TestConference:
    async def test_everybody_hears_all_others_and_not_themselves_across_codecs(
        self, room: Room
    ) -> None:
        three = Talk(room, agent="PCMU")
        await three.open("cust", "agent", "sup")
        for name, others in (
            ("cust", ("agent", "sup")),
            ("agent", ("cust", "sup")),
            ("sup", ("cust", "agent")),
        ):
            await three.row(name, *others)
        assert await three.hears() == {
            "cust": {"agent", "sup"},
            "agent": {"cust", "sup"},
            "sup": {"cust", "agent"},
        }

    async def test_one_leaves_and_two_are_a_relay_again(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await three.row("cust", "agent", "sup")
        await three.row("agent", "cust", "sup")
        await three.row("sup", "cust", "agent")
        await three.hears()
        assert not passed_untouched(three.phones["cust"], three.phones["agent"])
        await room.order(DropLeg("sup"))
        three.phones["sup"].target = ("", 0)
        heard = await three.hears()
        assert (heard["cust"], heard["agent"]) == ({"agent"}, {"cust"})
        assert passed_untouched(three.phones["cust"], three.phones["agent"])
        assert passed_untouched(three.phones["agent"], three.phones["cust"])

    async def test_all_at_full_loudness_are_cut_and_not_wrapped(self, room: Room) -> None:
        four = Talk(room)
        await four.open("cust", "agent", "sup", "more")
        await room.order(
            Route("cust", [Source("agent", 20.0), Source("sup", 20.0), Source("more", 20.0)])
        )
        heard = await four.hears()
        assert heard["cust"] >= {"agent", "sup", "more"}
        assert abs(four.phones["cust"].sound_heard()[-2400:].astype(int)).max() > 31000

    async def test_loudness_is_for_one_row_alone(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await room.order(Route("sup", [Source("cust", -12.0), Source("agent")]))
        await room.order(Route("agent", [Source("cust")]))
        await three.hears()
        soft = strength(three.phones["sup"].sound_heard()[-2400:], TONES[0])
        own = strength(three.phones["agent"].sound_heard()[-2400:], TONES[0])
        assert 0.2 < soft / own < 0.32

    async def test_a_tone_is_played_over_the_talk_and_the_talk_goes_on(self, room: Room) -> None:
        two = Talk(room)
        await two.open("cust", "agent")
        await room.order(Bridge("cust", "agent"))
        await two.hears(0.3)
        await room.order(Play("cust", "entry", ["tone:dial/cn/400", "silence:200"], over=True))
        await talk(0.2, *two.phones.values())
        assert strength(two.phones["cust"].sound_heard()[-1000:], 450) > 600
        ended = await room.told(PlayEnded)
        assert (ended.play_id, ended.reason) == ("entry", "finished")
        heard = await two.hears()
        assert (heard["cust"], heard["agent"]) == ({"agent"}, {"cust"})
        assert passed_untouched(two.phones["cust"], two.phones["agent"])

    async def test_longer_packets_hold_the_mix_without_a_hole(self, room: Room) -> None:
        three = Talk(room)
        await three.open("agent", "sup")
        await three.open("cust", ptime_ms=40)
        await three.row("cust", "agent", "sup")
        heard = await three.hears(0.8)
        assert heard["cust"] == {"agent", "sup"}
        headers = three.phones["cust"].headers()[-10:]
        assert {ts_diff(b[3], a[3]) for a, b in pairwise(headers)} == {320}

    async def test_keys_are_pressed_into_no_mix_and_still_sent_on_order(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await three.row("cust", "agent", "sup")
        await three.hears(0.3)
        three.phones["agent"].press("5")
        await three.hears(0.3)
        assert not three.phones["cust"].events_heard()
        await room.order(SendDigits("cust", "7"))
        heard = await three.hears()
        assert three.phones["cust"].events_heard()
        assert heard["cust"] == {"agent", "sup"}


class TestTaps:
    async def test_listen_whisper_barge_intercept_change_rows_and_nothing_else(
        self, room: Room
    ) -> None:
        three = Talk(room, sup="PCMU")
        await three.open("cust", "agent", "sup")
        cust, agent = three.phones["cust"], three.phones["agent"]
        await room.order(StartRecording("cust", "rec", str(room.folder / "c.wav")))
        await room.order(Bridge("cust", "agent"))
        await three.row("sup", "cust", "agent")
        listens = {"cust": {"agent"}, "agent": {"cust"}, "sup": {"cust", "agent"}}
        assert await three.hears() == listens
        assert passed_untouched(cust, agent)
        assert passed_untouched(agent, cust)

        await three.row("agent", "cust", "sup")
        assert await three.hears() == listens | {"agent": {"cust", "sup"}}
        assert passed_untouched(cust, agent)

        await three.row("cust", "agent", "sup")
        assert await three.hears() == listens | {"agent": {"cust", "sup"}, "cust": {"agent", "sup"}}

        await room.order(Bridge("cust", "sup"))
        await three.row("agent")
        assert await three.hears() == {"cust": {"sup"}, "agent": set(), "sup": {"cust"}}

        headers = cust.headers()
        assert len({header[4] for header in headers}) == 1
        assert {seq_diff(b[2], a[2]) for a, b in pairwise(headers)} == {1}
        assert min(ts_diff(b[3], a[3]) for a, b in pairwise(headers)) > 0

        await room.order(StopRecording("cust"))
        closed = await room.told(RecordingClosed)
        said, heard = channels(closed.path)
        assert tones_in(said[2400:]) == {TONES[0]}
        quarters = [tones_in(heard[at : at + 2400]) for at in (1600, 6400, 11200, 16000)]
        assert quarters == [{TONES[1]}, {TONES[1]}, {TONES[1], TONES[2]}, {TONES[2]}]

    async def test_a_muted_party_is_heard_by_nobody_and_hears_on(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await room.order(Bridge("cust", "agent"))
        await three.row("sup", "cust", "agent")
        await three.hears(0.3)
        for _ in range(2):
            await room.order(Mute("agent"))
        assert await three.hears() == {"cust": set(), "agent": {"cust"}, "sup": {"cust"}}
        came = len(three.phones["cust"].heard)
        await three.hears(0.3)
        assert len(three.phones["cust"].heard) - came >= 12  # silence is sent, not nothing
        await room.order(Unmute("agent"))
        assert await three.hears() == {
            "cust": {"agent"},
            "agent": {"cust"},
            "sup": {"cust", "agent"},
        }

    async def test_who_is_parted_is_in_no_row(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await three.row("cust", "agent", "sup")
        await three.row("agent", "cust", "sup")
        await three.row("sup", "cust", "agent")
        await room.order(Unbridge("cust"))
        assert await three.hears() == {"cust": set(), "agent": {"sup"}, "sup": {"agent"}}


class TestRough:
    async def test_loss_and_late_packets_leave_the_mix_steady(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await three.row("sup", "cust", "agent")
        rough, chance = three.phones["cust"], random.Random(7)
        held: list[bytes] = []
        send = rough.sock.sendto

        class Lossy:
            """A socket that loses one packet in ten and sends one in ten after the next."""

            def sendto(self, data: bytes, target: tuple[str, int]) -> None:
                lot = chance.random()
                if lot < 0.1:
                    return
                if lot < 0.2 and not held:
                    held.append(data)
                    return
                send(data, target)
                while held:
                    send(held.pop(), target)

            recv = rough.sock.recv

        rough.sock = Lossy()  # type: ignore[assignment]
        heard = await three.hears(3.0)
        assert heard["sup"] == {"cust", "agent"}
        headers = three.phones["sup"].headers()
        assert {seq_diff(b[2], a[2]) for a, b in pairwise(headers)} == {1}
        assert {ts_diff(b[3], a[3]) for a, b in pairwise(headers)} == {160}
        sound = three.phones["sup"].sound_heard()[-16000:]
        whole = strength(sound, TONES[1])
        assert strength(sound, TONES[0]) > 0.6 * whole  # a tenth is silence, phases shift a little

    async def test_a_source_that_stands_still_and_comes_back_is_heard_again(
        self, room: Room
    ) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await three.row("sup", "cust", "agent")
        await three.hears(0.4)
        await talk(0.5, three.phones["agent"], three.phones["sup"])
        assert tones_in(three.phones["sup"].sound_heard()[-2400:]) == {TONES[1]}
        assert (await three.hears())["sup"] == {"cust", "agent"}


class TestOrders:
    async def test_rows_come_back_with_the_snapshot(self, room: Room) -> None:
        three = Talk(room)
        await three.open("cust", "agent", "sup")
        await room.order(Route("sup", [Source("cust"), Source("agent", -6.0)]))
        await room.order(Mute("cust"))
        met: list[Snapshot] = []

        def arrived(_: Welcome, snapshot: Snapshot) -> None:
            met.append(snapshot)

        room.client.close()
        room.client = room.new_client(arrived=arrived)
        await room.client.connect(room.path)
        legs = {leg.leg: leg for leg in met[0].legs}
        assert legs["sup"].hears == [Source("cust"), Source("agent", -6.0)]
        assert [name for name, leg in legs.items() if leg.muted] == ["cust"]

    async def test_a_row_that_cannot_be_is_refused_and_nothing_changes(self, room: Room) -> None:
        two = Talk(room)
        await two.open("cust", "agent")
        await room.order(Bridge("cust", "agent"))
        for row in (["cust"], ["agent", "agent"]):
            answer = await room.client.send(Route("cust", [Source(name) for name in row]))
            assert isinstance(answer, Refused)
        loud = await room.client.send(Route("cust", [Source("agent", 30.0)]))
        assert isinstance(loud, Refused)
        assert await two.hears() == {"cust": {"agent"}, "agent": {"cust"}}

    async def test_who_has_no_leg_any_more_is_left_out_of_a_row(self, room: Room) -> None:
        two = Talk(room)
        await two.open("cust", "agent")
        await two.row("cust", "agent", "gone")
        assert (await two.hears())["cust"] == {"agent"}
        assert passed_untouched(two.phones["cust"], two.phones["agent"])
