"""What dies under load and what must hold: server, media process, and a polite end.

Ten calls are in the flow, waiting, ringing and talking when the process is killed.
"""

import asyncio
import contextlib
import io
import os
import signal
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cordboard.app.demo.softphone import PhoneCall, Softphone
from tests.support.relays import Rtpengine, a_loopback_host, needs_rtpengine
from tests.support.server import (
    DIRECT,
    HOTLINE,
    PATIENT,
    Seat,
    ServerProcess,
    a_database,
    a_site,
    free_port,
    until,
)
from tests.support.sipp import sipp_passes

pytestmark = pytest.mark.live

NUMBERS = ("8011", "8012", "8013", "8014")


class House:
    """A server with four agents' telephones and any number of callers."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.caller = Softphone("13871562043")
        self.phones = {
            number: Softphone(str(8000 + at), port=free_port()) for at, number in enumerate(NUMBERS)
        }
        seats = [
            Seat(
                number,
                phone.number,
                phone.contact,
                skills={"repair": 3} if at < 2 else {"billing": 3},
            )
            for at, (number, phone) in enumerate(self.phones.items())
        ]
        site = a_site(seats, ring_limit_s=60, wrap_up_s=0)
        site["queues"][1]["needs"] = {"billing": 1}
        self.server = ServerProcess(folder, site, environment)

    async def open(self) -> None:
        """Start everything; all agents are ready."""
        await asyncio.to_thread(self.server.__enter__)
        for phone in (self.caller, *self.phones.values()):
            await phone.start()
        for number in NUMBERS:
            self.server.desk(f"agent{number}").post("agents/me/sign_in")

    async def close(self) -> None:
        """End everything."""
        for phone in (self.caller, *self.phones.values()):
            await phone.close()
        await asyncio.to_thread(self.server.close)

    async def call(self, number: str) -> PhoneCall:
        """A caller who was answered and speaks."""
        call = await self.caller.call(number, self.server.hop)
        await asyncio.wait_for(call.answered.wait(), 5)
        call.says = lambda n: bytes((0x35 + (n * 160 + i) % 7) for i in range(160))
        return call

    async def rung(self) -> PhoneCall:
        """A call that rings at any agent's telephone and was not answered yet."""
        found: Callable[[], PhoneCall | None] = lambda: next(  # noqa: E731
            (
                call
                for phone in self.phones.values()
                for call in list(phone.calls.values())
                if call.ringing.is_set() and not call.answered.is_set()
            ),
            None,
        )
        call = await until(found)
        assert call is not None
        return call

    async def talk(self) -> tuple[PhoneCall, PhoneCall]:
        """A caller and an agent who talk."""
        caller = await self.call(DIRECT)
        agent = await self.rung()
        agent.pick_up()
        return caller, agent


@contextlib.asynccontextmanager
async def house(folder: Path, **environment: str) -> AsyncIterator[House]:
    built = House(folder, **environment)
    try:
        await built.open()
        yield built
    finally:
        await built.close()


def plays(sound: bytes) -> bool:
    """Whether the bytes are a stereo WAV file with some sound in it."""
    with wave.open(io.BytesIO(sound)) as file:
        return bool(file.getnchannels() == 2 and file.getnframes() > 800)


async def ten_calls(own: House) -> tuple[list[PhoneCall], list[PhoneCall]]:
    """Two talk, two ring, three wait, three are in the flow: callers, and agents' telephones."""
    talks = [await own.talk() for _ in range(2)]
    callers = [caller for caller, _ in talks]
    agents = [agent for _, agent in talks]
    for _ in range(2):
        callers.append(await own.call(PATIENT))
        await until(lambda: len(own.phones["8013"].calls) + len(own.phones["8014"].calls) > 0)
    callers += [await own.call(PATIENT) for _ in range(3)]
    callers += [await own.call(HOTLINE) for _ in range(3)]
    ringing: Callable[[], list[PhoneCall]] = lambda: [  # noqa: E731
        call for number in ("8013", "8014") for call in own.phones[number].calls.values()
    ]
    await until(lambda: len(ringing()) == 2)
    agents += ringing()
    await asyncio.sleep(1.2)  # the recorder writes once a second
    return callers, agents


async def all_hear_sound(*parties: PhoneCall) -> None:
    """Each is sent sound all through the next second: talk, or music."""
    then = [party.packets_in for party in parties]
    await asyncio.sleep(1)
    assert all(p.packets_in - before > 30 for p, before in zip(parties, then, strict=True))


def phases(server: ServerProcess) -> list[str]:
    """Where all calls are."""
    return sorted(call["phase"] for call in server.calls())


@pytest.mark.parametrize(
    "kind", ["sqlite", "postgresql", pytest.param("rtpengine", marks=needs_rtpengine)]
)
async def test_a_kill_in_the_middle_of_ten_calls_ends_none_of_them(
    tmp_path: Path, kind: str
) -> None:
    with contextlib.ExitStack() as stack:
        async with house(tmp_path, **await settings_of(kind, tmp_path, stack)) as own:
            callers, agents = await ten_calls(own)
            server = own.server
            media_pid = server.media_pid
            before = server.calls()
            assert phases(server) == ["flow"] * 3 + ["queue"] * 3 + ["ring"] * 2 + ["talk"] * 2

            server.kill()
            await all_hear_sound(agents[0], callers[0], callers[4])
            await asyncio.to_thread(server.start)

            assert server.media_pid == media_pid
            assert not [party for party in (*callers, *agents) if party.ended.is_set()]
            assert phases(server) == ["flow"] * 3 + ["queue"] * 3 + ["ring"] * 2 + ["talk"] * 2
            for ringing in agents[2:]:
                ringing.pick_up()
            await until(lambda: phases(server).count("talk") == 4)
            callers[-1].press("1")
            await until(
                lambda: ["1"] in [[key["digit"] for key in c["keys"]] for c in server.calls()]
            )
            callers[0].hang_up()
            await asyncio.wait_for(agents[0].ended.wait(), 5)
            agents[1].hang_up()
            await asyncio.wait_for(callers[1].ended.wait(), 5)
            for caller in callers[2:]:
                caller.hang_up()
            for agent in agents[2:]:
                await asyncio.wait_for(agent.ended.wait(), 5)

            await server.until_quiet(10, **{f"a{number}": "idle" for number in NUMBERS})
            after = server.calls()
            assert [call["id"] for call in after] == [call["id"] for call in before]
            for ended in after:
                assert ended["phase"] == "ended"
                facts = {fact["kind"]: fact for fact in server.facts_of(ended["id"])}
                assert facts["CallEnded"]["data"]["reason"] == ""
                [recording] = ended["recordings"]
                assert recording["state"] == "closed", recording
                assert recording["duration_ms"] > 2000
                assert plays(server.desk().sound(recording["id"]))
            assert sorted(call["ended_by"] for call in after) == ["agent"] + ["customer"] * 9

            caller, agent = await own.talk()  # life goes on
            caller.hang_up()
            await asyncio.wait_for(agent.ended.wait(), 5)


@needs_rtpengine
async def test_behind_relays_nobody_notices_that_the_media_process_was_killed(
    tmp_path: Path,
) -> None:
    with contextlib.ExitStack() as stack:
        relay = await a_relay(tmp_path, stack)
        async with house(tmp_path, **relay.environment) as own:
            server = own.server
            caller, agent = await own.talk()
            waiting = await own.call(PATIENT)
            await until(lambda: server.figures()["relay_talks_total"] == 1.0, 8)
            killed = server.media_pid
            assert killed is not None

            os.kill(killed, signal.SIGKILL)

            await until(lambda: server.media_pid not in (None, killed), 8)
            await until(lambda: server.figures()["media_up"] == 1.0, 8)
            await all_hear_sound(caller, agent, waiting)
            assert not [party for party in (caller, agent, waiting) if party.ended.is_set()]
            caller.hang_up()
            waiting.hang_up()
            await asyncio.wait_for(agent.ended.wait(), 5)
            await until(lambda: not relay.captures, 20)
            for ended in server.calls():
                [recording] = ended["recordings"]
                assert recording["state"] == "closed"
                assert plays(server.desk().sound(recording["id"]))


async def settings_of(kind: str, folder: Path, stack: contextlib.ExitStack) -> dict[str, str]:
    """What a server of this kind stands on, started."""
    if kind == "postgresql":
        return {"CORDBOARD_CORE_DATABASE": stack.enter_context(a_database())}
    return (await a_relay(folder, stack)).environment if kind == "rtpengine" else {}


async def a_relay(folder: Path, stack: contextlib.ExitStack) -> Rtpengine:
    """An rtpengine that is killed at the end."""
    relay = Rtpengine(folder, (a_loopback_host(), 9223))
    stack.callback(relay.kill)
    await relay.start()
    return relay


async def test_server_and_media_killed_together_leave_recordings_that_play(tmp_path: Path) -> None:
    async with house(tmp_path) as own:
        caller, agent = await own.talk()
        await asyncio.sleep(2.5)
        server = own.server
        media_pid = server.media_pid
        assert media_pid is not None

        server.kill()
        os.kill(media_pid, signal.SIGKILL)
        await asyncio.to_thread(server.start)

        await asyncio.wait_for(caller.ended.wait(), 5)
        await asyncio.wait_for(agent.ended.wait(), 5)
        await server.until_quiet(10, a8011="idle", a8012="idle")
        [recording] = server.last_call()["recordings"]
        assert recording["state"] == "closed"
        assert recording["duration_ms"] > 500
        assert plays(server.desk().sound(recording["id"]))


async def test_a_killed_media_process_ends_its_calls_with_a_fact_and_the_next_call_works(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as own:
        server = own.server
        caller, agent = await own.talk()
        waiting = await own.call(HOTLINE)
        await asyncio.sleep(2.5)
        killed = server.media_pid
        assert killed is not None

        os.kill(killed, signal.SIGKILL)

        for call in (caller, agent, waiting):
            await asyncio.wait_for(call.ended.wait(), 8)
        await until(lambda: server.media_pid not in (None, killed), 8)
        await until(lambda: server.figures()["media_up"] == 1.0, 8)
        await server.until_quiet(8, a8011="idle", a8012="idle")
        for ended in server.calls():
            assert ended["ended_by"] == "network"
            [recording] = ended["recordings"]
            assert recording["state"] == "closed"
            assert plays(server.desk().sound(recording["id"]))

        again, agent = await own.talk()
        await asyncio.sleep(0.5)
        assert agent.packets_in > 10
        again.hang_up()
        await asyncio.wait_for(agent.ended.wait(), 5)
        await server.until_quiet(5, a8011="idle", a8012="idle")


async def test_a_draining_server_lets_the_talk_finish_and_takes_no_new_call(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as own:
        server = own.server
        caller, agent = await own.talk()

        server.terminate()
        await until(lambda: not server.readiness()["not-draining"], 3)
        await sipp_passes(
            "house_caller_shall_come_later",
            tmp_path,
            ("127.0.0.1", server.sip_port),
            service=DIRECT,
        )
        heard = agent.packets_in
        await asyncio.sleep(0.6)
        assert agent.packets_in > heard + 20

        caller.hang_up()
        await asyncio.wait_for(agent.ended.wait(), 5)
        assert server.process is not None
        assert await asyncio.to_thread(server.process.wait, 10) == 0
        assert server.media_pid is None


async def test_a_polite_stop_ends_the_calls_that_go_on(tmp_path: Path) -> None:
    async with house(tmp_path) as own:
        server = own.server
        caller, agent = await own.talk()
        ringing = await own.call(PATIENT)
        phone = await own.rung()
        await asyncio.sleep(0.3)
        assert server.process is not None

        server.process.send_signal(signal.SIGINT)

        assert await asyncio.to_thread(server.process.wait, 15) == 0
        for call in (caller, agent, ringing, phone):
            await asyncio.wait_for(call.ended.wait(), 2)
        await asyncio.to_thread(server.start)
        await server.until_quiet(a8011="idle")
        assert [call["ended_by"] for call in server.calls()] == ["system", "system"]
