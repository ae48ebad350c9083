"""The media process as it is: a real process, real sockets, sound judged by its frequency."""

import asyncio
import hashlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cordboard.media import (
    Bridge,
    CheckItems,
    Collect,
    Collected,
    CreateLeg,
    DigitPressed,
    DropLeg,
    InjectDigit,
    ItemsChecked,
    LegClosed,
    LegCreated,
    MediaSilent,
    MediaSpec,
    MediaStarted,
    Ok,
    PauseRecording,
    Play,
    PlayEnded,
    ProcessReport,
    RecordingClosed,
    RecordingFailed,
    RecordingStarted,
    Refused,
    ResumeRecording,
    SendDigits,
    SetRemote,
    Shutdown,
    Snapshot,
    Source,
    StartRecording,
    StopCollect,
    StopRecording,
    Supervisor,
    Unbridge,
    Welcome,
    repair_recording,
)
from cordboard.media.codecs import decode, encode
from cordboard.media.dtmf import tone_of
from cordboard.media.protocol import Hello, Order, frame
from cordboard.media.rtp import seq_diff, ts_diff
from cordboard.media.tones import chord
from tests.support.media_room import Phone, Room, a_room, channels, pitch, talk, until

pytestmark = pytest.mark.live


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def claim(path: str) -> None:
    """Leave a pid file that names this process, born at another time."""
    Path(f"{path}.pid").write_text(f"{os.getpid()} 1\n")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as opened:
        yield opened


class TestPlaying:
    async def test_caller_hears_items_one_after_another_without_a_gap(self, room: Room) -> None:
        phone = Phone()
        await room.leg("a", phone)
        await room.order(Play("a", "p", ["tone:beep/cn", "silence:100", "tone:dial/cn/500"]))
        await room.told(PlayEnded, lambda fact: fact.reason == "finished")
        phone.listen()
        sound = phone.sound_heard()
        start = int(np.flatnonzero(abs(sound.astype(int)) > 1000)[0])
        assert pitch(sound[start : start + 3000]) == 1000
        assert pitch(sound[start + 3300 : start + 3900]) == 0
        assert pitch(sound[start + 4100 : start + 7900]) == 450
        heads = phone.headers()
        pairs = list(pairwise(heads))
        assert all(seq_diff(b[2], a[2]) == 1 for a, b in pairs)
        assert all(ts_diff(b[3], a[3]) == 160 for a, b in pairs if not b[1] & 0x80)
        assert all(ts_diff(b[3], a[3]) >= 160 for a, b in pairs)
        assert len({head[4] for head in heads}) == 1

    async def test_a_missing_item_is_refused_before_anything_is_heard(self, room: Room) -> None:
        await room.leg("a", Phone())
        good, bad = "file:zh/goodbye", "file:zh/no_such_prompt"
        reply = await room.client.send(Play("a", "p", [good, bad]))
        assert isinstance(reply, Refused)
        assert (reply.code, bad in reply.message) == ("missing-item", True)
        assert await room.order(CheckItems([good, bad, "tone:busy/xx"])) == ItemsChecked(
            [bad, "tone:busy/xx"]
        )

    async def test_music_is_at_the_same_place_for_all(self, room: Room) -> None:
        phones = [Phone(), Phone()]
        for name, phone in zip("ab", phones, strict=True):
            await room.leg(name, phone)
            await room.order(Play(name, "m", ["moh:default"]))
            await talk(0.4, *phones)
        first, second = (b"".join(d[12:] for d in phone.heard[-10:]) for phone in phones)
        assert first == second
        assert pitch(decode(first, "PCMA")) > 0

    async def test_a_key_stops_what_may_be_stopped(self, room: Room) -> None:
        phone = Phone()
        await room.leg("a", phone)
        await room.order(Play("a", "p", ["moh:default"], interruptible_by_digit=True))
        await talk(0.2, phone)
        phone.press("4")
        assert (await room.told(PlayEnded)).reason == "digit"


class TestDigits:
    async def test_digits_come_three_ways_one_fact_each(self, room: Room) -> None:
        phone, tones = Phone(), Phone()
        await room.leg("a", phone)
        await room.leg("b", tones, telephone_event_pt=None)
        phone.press("1")
        phone.press("1")
        await room.order(InjectDigit("a", "2"))
        sound = encode(np.concatenate([tone_of("3", 120), chord((), 200)]), "PCMA")
        for at in range(0, len(sound), 160):
            tones.send(sound[at : at + 160], 8, at)
            await asyncio.sleep(0.01)
        await room.told(DigitPressed, lambda fact: fact.method == "inband")
        pressed = [f for f in room.facts if isinstance(f, DigitPressed)]
        assert sorted((f.leg, f.digit, f.method) for f in pressed) == [
            ("a", "1", "rfc4733"),
            ("a", "1", "rfc4733"),
            ("a", "2", "info"),
            ("b", "3", "inband"),
        ]

    async def test_first_digit_stops_the_prompt_and_the_hash_ends_the_entry(
        self, room: Room
    ) -> None:
        phone = Phone()
        await room.leg("a", phone)
        items = ["file:zh/account/enter", "tone:dial/cn"]
        await room.order(Collect("a", "c", items, max_digits=10))
        await talk(0.3, phone)
        for digit in "42#":
            phone.press(digit)
        collected = await room.told(Collected)
        assert (collected.digits, collected.reason, collected.terminator) == (
            "42",
            "terminator",
            "#",
        )
        phone.heard.clear()
        await talk(0.2, phone)
        assert pitch(phone.sound_heard()) == 0

    async def test_no_digit_and_nobody_interested_are_told(self, room: Room) -> None:
        await room.leg("a", Phone())
        await room.order(Collect("a", "c1", ["silence:40"], max_digits=4, first_ms=100))
        assert (await room.told(Collected)).reason == "no_input"
        await room.order(Collect("a", "c2", [], max_digits=4))
        await room.order(InjectDigit("a", "7"))
        await room.order(StopCollect("a"))
        stopped = await room.told(Collected, lambda fact: fact.collect_id == "c2")
        assert (stopped.digits, stopped.reason) == ("7", "stopped")

    async def test_keys_are_sent_as_events_or_as_tones(self, room: Room) -> None:
        events, tones = Phone(), Phone()
        await room.leg("a", events)
        await room.leg("b", tones, telephone_event_pt=None)
        for name in "ab":
            await room.order(SendDigits(name, "59", 100, 60))
        await talk(0.6, events, tones)
        ends = {(ts, payload[0]) for ts, payload in events.events_heard() if payload[1] & 0x80}
        assert sorted(code for _, code in ends) == [5, 9]
        sound = tones.sound_heard()
        start = int(np.flatnonzero(abs(sound.astype(int)) > 1000)[0])
        assert pitch(sound[start : start + 780]) in (770, 1340)


class TestRelay:
    async def test_both_hear_each_other_also_across_codecs_and_keys_pass(self, room: Room) -> None:
        a, b = Phone(500, "PCMA"), Phone(900, "PCMU")
        await room.leg("a", a)
        await room.leg("b", b, telephone_event_pt=101)
        await room.order(Bridge("a", "b"))
        await talk(0.6, a, b)
        assert pitch(a.sound_heard()[-3000:]) == 900
        assert pitch(b.sound_heard()[-3000:]) == 500
        a.press("8")
        await talk(0.2, a, b)
        assert {payload[0] for _, payload in b.events_heard()} == {8}
        assert (await room.told(DigitPressed)).digit == "8"
        await room.order(Unbridge("a"))
        a.heard.clear()
        await talk(0.3, a, b)
        assert pitch(a.sound_heard()[-1200:]) == 0

    async def test_one_stream_goes_out_through_menu_bridge_prompt_and_bridge(
        self, room: Room
    ) -> None:
        a, b = Phone(500), Phone(900)
        await room.leg("a", a)
        await room.leg("b", b)
        await room.order(Play("a", "p", ["tone:dial/cn/200"]))
        await talk(0.4, a, b)
        await room.order(Bridge("a", "b"))
        await talk(0.4, a, b)
        await room.order(Play("a", "q", ["tone:beep/cn"]))
        await talk(0.7, a, b)
        heads = a.headers()
        pairs = list(pairwise(heads))
        assert {seq_diff(y[2], x[2]) for x, y in pairs} == {1}
        assert all(0 < ts_diff(y[3], x[3]) < 1600 for x, y in pairs)
        assert len({head[4] for head in heads}) == 1
        assert pitch(a.sound_heard()[-1200:]) == 900

    async def test_sound_from_elsewhere_is_counted_and_never_heard(self, room: Room) -> None:
        a, b, stranger = Phone(500), Phone(900), Phone(2000)
        made = await room.leg("a", a)
        await room.leg("b", b)
        await room.order(Bridge("a", "b"))
        stranger.target = (made.local_host, made.rtp_port)
        for _ in range(20):
            stranger.speak()
        await talk(0.3, a, b, stranger)
        started = await room.told(MediaStarted, lambda fact: fact.leg == "a")
        assert started.remote_port == a.port
        spectrum = abs(np.fft.rfft(b.sound_heard().astype(float)))
        hertz = np.arange(len(spectrum)) * 8000 / len(b.sound_heard())
        near = spectrum[(hertz > 1950) & (hertz < 2050)].max()
        assert near < 0.01 * spectrum.max()
        await room.order(DropLeg("a"))
        assert (await room.told(LegClosed)).stats.foreign_packets >= 20

    async def test_behind_nat_any_port_of_the_address_is_believed(self, room: Room) -> None:
        a = Phone(500)
        made = await room.order(CreateLeg("a"))
        assert isinstance(made, LegCreated)
        a.target = (made.local_host, made.rtp_port)
        await room.order(SetRemote("a", "10.9.8.7", 4000, latch="nat", signalling_host="127.0.0.1"))
        await talk(0.2, a)
        assert (await room.told(MediaStarted)).remote_port == a.port
        await talk(0.2, a)
        assert a.heard
        moved = Phone(500)
        moved.target = a.target
        await room.order(SetRemote("a", "127.0.0.1", moved.port))
        await talk(0.2, moved)
        await room.told(MediaStarted, lambda fact: fact.remote_port == moved.port)
        assert moved.heard

    async def test_a_party_that_falls_silent_is_told(self) -> None:
        async with a_room(silent_ms=300) as room:
            a = Phone(500)
            await room.leg("a", a)
            await talk(0.2, a)
            assert (await room.told(MediaSilent)).silent_ms >= 300


class TestRecording:
    async def test_the_file_holds_what_the_party_said_and_heard(self, room: Room) -> None:
        a, b = Phone(500), Phone(900)
        path = str(room.folder / "deep" / "r.wav")
        await room.leg("a", a)
        await room.leg("b", b)
        await room.order(StartRecording("a", "r", path))
        await room.order(Play("a", "p", ["tone:beep/cn"]))
        await talk(0.6, a, b)
        await room.order(Bridge("a", "b"))
        await talk(1.5, a, b)
        await room.order(StopRecording("a"))
        assert (await room.told(RecordingStarted)).path == path
        closed = await room.told(RecordingClosed)
        data = content(path)
        assert (closed.bytes, closed.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert closed.duration_ms == (len(data) - 58) // 16
        said, heard = channels(path)
        assert pitch(said[-8000:-1000]) == 500
        assert pitch(heard[400:2400]) == 1000
        assert pitch(heard[-8000:-1000]) == 900
        assert not list(room.folder.rglob("*.part.wav"))

    async def test_a_pause_is_silence_with_marks(self, room: Room) -> None:
        a = Phone(500)
        path = str(room.folder / "r.wav")
        await room.leg("a", a)
        await room.order(StartRecording("a", "r", path))
        await talk(0.5, a)
        await room.order(PauseRecording("a"))
        await talk(0.5, a)
        await room.order(ResumeRecording("a"))
        await talk(0.5, a)
        await room.order(DropLeg("a"))
        closed = await room.told(RecordingClosed)
        assert [mark.name for mark in closed.marks] == ["paused", "resumed"]
        begin, end = (mark.offset_ms * 8 for mark in closed.marks)
        said, _ = channels(path)
        assert pitch(said[begin + 400 : end - 400]) == 0
        assert pitch(said[: begin - 400]) == 500
        assert closed.gap_ms < 100

    async def test_after_a_kill_the_repaired_file_plays(self, room: Room) -> None:
        a = Phone(500)
        path = room.folder / "r.wav"
        await room.leg("a", a)
        await room.order(StartRecording("a", "r", str(path)))
        await talk(3.0, a)
        part = room.folder / "r.part.wav"
        with pytest.raises(BlockingIOError):
            repair_recording(str(part))
        os.kill(room.pid, signal.SIGKILL)
        await until(lambda: any(report.state == "died" for report in room.reports))
        saved = repair_recording(str(part))
        assert (saved.path, path.is_file(), part.exists()) == (str(path), True, False)
        assert saved.duration_ms >= 1000
        said, _ = channels(str(path))
        assert pitch(said[2000:]) == 500

    async def test_a_full_disk_ends_the_recording_and_not_the_call(self) -> None:
        async with a_room(fault_disk_after_bytes=20_000) as room:
            a, b = Phone(500), Phone(900)
            await room.leg("a", a)
            await room.leg("b", b)
            await room.order(Bridge("a", "b"))
            await room.order(StartRecording("a", "r", str(room.folder / "r.wav")))
            talking = asyncio.ensure_future(talk(4.0, a, b))
            failed = await room.told(RecordingFailed)
            assert "space" in failed.reason
            a.heard.clear()
            await talking
            assert pitch(a.sound_heard()[-3000:]) == 900
            saved = repair_recording(failed.path)
            assert saved.duration_ms > 0

    async def test_a_path_that_cannot_be_is_a_fact(self, room: Room) -> None:
        await room.leg("a", Phone())
        (room.folder / "file").write_text("")
        await room.order(StartRecording("a", "r", str(room.folder / "file" / "r.wav")))
        assert (await room.told(RecordingFailed)).recording_id == "r"
        reply = await room.client.send(StartRecording("a", "r2", "relative.wav"))
        assert isinstance(reply, Refused)


class TestControlDies:
    async def test_legs_go_on_and_facts_come_again_without_a_gap(self, room: Room) -> None:
        a, b = Phone(500), Phone(900)
        await room.leg("a", a)
        await room.leg("b", b)
        await room.order(Bridge("a", "b"))
        await room.order(InjectDigit("a", "1"))
        await room.told(DigitPressed)
        seq, epoch = room.client.last_seq, room.client.media_epoch
        room.client.close()
        await talk(0.3, a, b)
        a.press("2")
        await talk(0.2, a, b)
        assert pitch(a.sound_heard()[-1200:]) == 900
        met: list[tuple[Welcome, Snapshot]] = []
        room.client = room.new_client(
            last_seq=seq, media_epoch=epoch, arrived=lambda *both: met.append(both)
        )
        welcome = await room.client.connect(room.path)
        await room.told(DigitPressed, lambda fact: fact.digit == "2")
        assert (welcome.gap, welcome.media_epoch) == (False, epoch)
        legs = {leg.leg: leg for leg in met[0][1].legs}
        assert (legs["a"].tag, legs["a"].hears) == ("tag-a", [Source("b")])
        assert [f.digit for f in room.facts if isinstance(f, DigitPressed)] == ["1", "2"]

    async def test_a_repeated_order_has_the_same_answer_and_one_effect(self, room: Room) -> None:
        again = frame(Order("x.1", CreateLeg("once")))
        answers = []
        for _ in range(2):
            reader, writer = await asyncio.open_unix_connection(room.path)
            writer.write(frame(Hello("x")) + again + again)
            data = b""
            while data.count(b"LegCreated") < 2:
                data += await reader.read(4096)
            answers.append(data[data.index(b"Answer") :])
            writer.close()
        assert answers[0] == answers[1]

    async def test_rubbish_on_the_socket_closes_it_and_nothing_else(self, room: Room) -> None:
        reader, writer = await asyncio.open_unix_connection(room.path)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        assert isinstance(await room.order(CheckItems([])), ItemsChecked)

    async def test_orphans_are_kept_consoled_or_hung_up(self) -> None:
        async with a_room(orphan_music_s=0.5) as room:
            kept, music, gone = Phone(), Phone(), Phone()
            await room.leg("kept", kept, orphan="keep", orphan_s=0.1)
            await room.leg("music", music, orphan="music_then_hang_up", orphan_s=0.1)
            await room.leg("gone", gone, orphan="hang_up", orphan_s=0.1)
            path = str(room.folder / "r.wav")
            await room.order(StartRecording("gone", "r", path))
            seq, epoch = room.client.last_seq, room.client.media_epoch
            room.client.close()
            await talk(1.2, kept, music, gone)
            assert pitch(music.sound_heard()[-1600:]) > 0
            await talk(2.2, kept, music, gone)
            room.client = room.new_client(last_seq=seq, media_epoch=epoch)
            await room.client.connect(room.path)
            await room.told(LegClosed, lambda fact: fact.leg == "music")
            closed = await room.told(LegClosed, lambda fact: fact.leg == "gone")
            assert closed.reason == "orphaned"
            assert (await room.told(RecordingClosed)).path == path
            assert await room.order(DropLeg("kept")) == Ok()


class TestProcesses:
    async def test_a_living_process_is_found_again_and_a_dead_one_replaced(
        self, room: Room
    ) -> None:
        first = room.pid
        room.supervisor.leave()
        reports: list[ProcessReport] = []
        room.supervisor = Supervisor([room.spec], reports.append)
        room.supervisor.start()
        assert room.pid == first
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(reports) == 3)
        assert [report.state for report in reports] == ["found", "died", "started"]
        assert room.pid not in (0, first)
        reply = await room.client.send(CreateLeg("a"))
        while isinstance(reply, Refused):
            assert reply.code in ("media-restarted", "media-away")
            reply = await room.client.send(CreateLeg("a"))

    async def test_a_stranger_with_our_pid_file_is_never_killed(self) -> None:
        with tempfile.TemporaryDirectory(prefix="cb") as folder:
            path = f"{folder}/m.sock"
            claim(path)
            supervisor = Supervisor([MediaSpec(path)])
            supervisor.start()
            assert supervisor.pids()[path] not in (0, os.getpid())
            await supervisor.terminate()

    async def test_two_processes_share_one_range_of_ports(self) -> None:
        narrow = {"first_port": 29100, "last_port": 29107}
        async with a_room(**narrow) as one, a_room(**narrow) as two:
            ports = []
            for turn in range(4):
                made = await (one, two)[turn % 2].order(CreateLeg(f"l{turn}"))
                assert isinstance(made, LegCreated)
                ports.append(made.rtp_port)
            assert len(set(ports)) == 4
            full = await one.client.send(CreateLeg("too-many"))
            assert full == Refused("no-free-port")

    async def test_draining_lets_the_last_leg_finish(self, room: Room) -> None:
        await room.leg("a", Phone())
        room.supervisor.leave()
        await room.order(Shutdown(drain=True))
        assert await room.client.send(CreateLeg("b")) == Refused("draining")
        await room.order(DropLeg("a"))
        await until(lambda: not os.path.exists(room.path))

    async def test_a_bad_configuration_is_said_and_nothing_starts(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cordboard.media", "--socket", "/tmp/never.sock",
            "--config", '{"frist_port": 1}', stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
        assert process.returncode == 1
        assert b"frist_port" in errors
