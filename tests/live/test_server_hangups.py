"""Whoever hangs up, whenever: both sides are told, the record says so, and nothing is left over.

SIPp and scripted telephones against a whole server; SIPp fails at any message out of place.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cordboard.app.demo.softphone import PhoneCall, Softphone
from tests.support.server import (
    DIRECT,
    HOTLINE,
    PATIENT,
    Seat,
    ServerProcess,
    a_site,
    free_port,
    until,
)
from tests.support.sipp import Sipp, sipp_passes

pytestmark = pytest.mark.live

SEATS = {number: free_port() for number in ("8012", "8017", "8009")}
EXTENSIONS = {"8012": "8001", "8017": "8002", "8009": "8003"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests here; 8012 is signed in before each."""
    seats = [
        Seat(number, EXTENSIONS[number], f"127.0.0.1:{port}") for number, port in SEATS.items()
    ]
    with ServerProcess(tmp_path_factory.mktemp("server"), a_site(seats)) as started:
        yield started


@pytest.fixture(autouse=True)
def _ready_again(server: ServerProcess) -> None:
    be_ready(server, "8012")


def be_ready(server: ServerProcess, number: str) -> None:
    """Sign in if need be, and be idle."""
    desk = server.desk(f"agent{number}")
    if desk.get("agents/me")["state"] == "signed_out":
        desk.post("agents/me/sign_in")
    if desk.get("agents/me")["state"] != "idle":
        desk.post("agents/me/ready")


def agent_sipp(
    scenario: str, folder: Path, server: ServerProcess, number: str = "8012", pause_ms: int = 0
) -> Sipp:
    """An agent's telephone played by SIPp."""
    return Sipp(
        scenario, folder, ("127.0.0.1", server.sip_port), port=SEATS[number], pause_ms=pause_ms
    )


def caller_sipp(
    scenario: str, folder: Path, server: ServerProcess, service: str = DIRECT, pause_ms: int = 0
) -> Sipp:
    """A caller played by SIPp."""
    remote = ("127.0.0.1", server.sip_port)
    return Sipp(scenario, folder, remote, service=service, pause_ms=pause_ms)


@contextlib.asynccontextmanager
async def softphones(*numbers: str) -> AsyncIterator[dict[str, Softphone]]:
    """A scripted caller (`caller`) and agents' telephones by agent number, which only ring."""
    phones = {number: Softphone(EXTENSIONS[number], port=SEATS[number]) for number in numbers}
    phones["caller"] = Softphone("13871562043")
    for phone in phones.values():
        await phone.start()
    try:
        yield phones
    finally:
        for phone in phones.values():
            await phone.close()


async def rung(phone: Softphone) -> PhoneCall:
    """The call that rings there."""
    await until(lambda: any(call.ringing.is_set() for call in phone.calls.values()))
    return next(iter(phone.calls.values()))


class TestTheCaller:
    @pytest.mark.parametrize(
        ("service", "pause_ms", "result"),
        [
            (HOTLINE, 0, "abandoned_in_flow"),
            (HOTLINE, 900, "abandoned_in_flow"),
            (PATIENT, 300, "abandoned_in_queue"),
        ],
    )
    async def test_leaves_in_the_flow_or_the_queue(
        self, server: ServerProcess, tmp_path: Path, service: str, pause_ms: int, result: str
    ) -> None:
        server.desk("agent8012").post("agents/me/not_ready", {"reason": "break"})
        remote = ("127.0.0.1", server.sip_port)
        await sipp_passes(
            "house_caller_leaves", tmp_path, remote, service=service, pause_ms=pause_ms
        )

        await server.until_quiet(a8012="not_ready:break")
        call = server.last_call()
        assert (call["ended_by"], call["result"]) == ("customer", result)
        assert call["offers"] == []

    @pytest.mark.parametrize("pause_ms", [0, 60, 400])
    async def test_leaves_while_the_agent_s_phone_rings(
        self, server: ServerProcess, tmp_path: Path, pause_ms: int
    ) -> None:
        async with (
            agent_sipp("house_agent_rings", tmp_path, server) as agent,
            caller_sipp("house_caller_leaves", tmp_path, server, pause_ms=pause_ms) as caller,
        ):
            await caller.passed()
            await agent.passed()

        await server.until_quiet(a8012="idle")
        call = server.last_call()
        assert (call["ended_by"], call["result"]) == ("customer", "abandoned_in_queue")
        assert [offer["result"] for offer in call["offers"]] == ["withdrawn"]

    async def test_hangs_up_in_the_talk(self, server: ServerProcess, tmp_path: Path) -> None:
        async with (
            agent_sipp("house_agent_answers", tmp_path, server) as agent,
            caller_sipp("house_caller_leaves", tmp_path, server, pause_ms=500) as caller,
        ):
            await caller.passed()
            await agent.passed()

        await server.until_quiet(a8012="idle")
        call = server.last_call()
        assert (call["ended_by"], call["result"]) == ("customer", "answered")
        assert call["talk_ms"] > 300

    async def test_leaves_just_as_the_agent_picks_up(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        async with (
            agent_sipp("house_agent_answers_late", tmp_path, server) as agent,
            caller_sipp("house_caller_leaves", tmp_path, server, pause_ms=200) as caller,
        ):
            await caller.passed()
            await agent.passed()

        await server.until_quiet(a8012="idle")
        call = server.last_call()
        assert (call["ended_by"], call["talk_ms"]) == ("customer", 0)


class TestTheAgent:
    async def test_hangs_up_in_the_talk(self, server: ServerProcess, tmp_path: Path) -> None:
        async with (
            agent_sipp("house_agent_hangs_up", tmp_path, server, pause_ms=500) as agent,
            caller_sipp("house_caller_is_left", tmp_path, server) as caller,
        ):
            await agent.passed()
            await caller.passed()

        await server.until_quiet(a8012="idle")
        call = server.last_call()
        assert (call["ended_by"], call["result"]) == ("agent", "answered")

    async def test_hangs_up_as_soon_as_it_picked_up(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        async with (
            agent_sipp("house_agent_hangs_up", tmp_path, server) as agent,
            caller_sipp("house_caller_is_left", tmp_path, server) as caller,
        ):
            await agent.passed()
            await caller.passed()

        await server.until_quiet(a8012="idle")

    @pytest.mark.parametrize(
        ("status", "number", "result", "state"),
        [
            ("480", "8012", "missed", "not_ready:missed_offer"),
            ("404", "8012", "failed", "not_ready:device"),
            # Who refuses stays ready and is let alone for a while: another agent each.
            ("486", "8017", "refused", "idle"),
            ("603", "8009", "refused", "idle"),
        ],
    )
    async def test_says_no_and_the_caller_keeps_waiting(
        self,
        server: ServerProcess,
        tmp_path: Path,
        status: str,
        number: str,
        result: str,
        state: str,
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        server.desk("agent8012").post("agents/me/sign_out")
        be_ready(server, number)
        keys = {"status": status}
        async with (
            Sipp("house_agent_says_no", tmp_path, remote, port=SEATS[number], keys=keys) as agent,
            caller_sipp("house_caller_leaves", tmp_path, server, pause_ms=700) as caller,
        ):
            await agent.passed()
            await caller.passed()

        await server.until_quiet(**{f"a{number}": state})
        server.desk(f"agent{number}").post("agents/me/sign_out")
        call = server.last_call()
        assert (call["ended_by"], call["result"]) == ("customer", "abandoned_in_queue")
        assert [offer["result"] for offer in call["offers"]] == [result]

    async def test_does_not_answer_and_the_next_one_does(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        be_ready(server, "8017")
        async with (
            agent_sipp("house_agent_rings", tmp_path, server) as first,
            agent_sipp("house_agent_answers", tmp_path, server, "8017") as second,
            caller_sipp("house_caller_leaves", tmp_path, server, pause_ms=3200) as caller,
        ):
            await caller.passed()
            await first.passed()
            await second.passed()

        await server.until_quiet(a8012="not_ready:missed_offer", a8017="idle")
        server.desk("agent8017").post("agents/me/sign_out")
        call = server.last_call()
        assert [(o["agent_number"], o["result"]) for o in call["offers"]] == [
            ("8012", "missed"),
            ("8017", "accepted"),
        ]
        [visit] = call["visits"]
        assert visit["outcome"] == "answered"
        assert 1900 < visit["wait_ms"] < 3000


class TestBoth:
    async def test_hang_up_at_once(self, server: ServerProcess) -> None:
        async with softphones("8012") as phones:
            caller = await phones["caller"].call(DIRECT, server.hop)
            agent = await rung(phones["8012"])
            agent.pick_up()
            await until(lambda: server.agent_states()["8012"] == "talking")

            caller.hang_up()
            agent.hang_up()

            await server.until_quiet(a8012="idle")
        assert server.last_call()["result"] == "answered"

    @pytest.mark.parametrize("after_s", [0.0, 0.002, 0.01])
    async def test_one_picks_up_as_the_other_leaves(
        self, server: ServerProcess, after_s: float
    ) -> None:
        async with softphones("8012") as phones:
            caller = await phones["caller"].call(DIRECT, server.hop)
            agent = await rung(phones["8012"])

            agent.pick_up()
            await asyncio.sleep(after_s)
            caller.hang_up()

            await asyncio.wait_for(agent.ended.wait(), 3)
            await server.until_quiet(a8012="idle")

    async def test_many_leave_at_many_moments(self, server: ServerProcess) -> None:
        async with softphones("8012") as phones:

            async def one(number: int) -> None:
                caller = await phones["caller"].call((HOTLINE, PATIENT)[number % 2], server.hop)
                await asyncio.sleep(number * 0.04)
                caller.hang_up()

            before = len(server.calls())
            await asyncio.gather(*(one(number) for number in range(20)))
            await server.until_quiet(a8012="idle")
        calls = server.calls()[before:]
        assert all(call["ended_by"] == "customer" for call in calls)
        assert len(calls) <= 20


class TestAmongTelephones:
    """A call from one inner telephone to another: here the caller is not answered by the house."""

    @pytest.mark.parametrize("pause_ms", [0, 300])
    async def test_the_caller_gives_up_while_it_rings(
        self, server: ServerProcess, tmp_path: Path, pause_ms: int
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        async with (
            agent_sipp("house_agent_rings", tmp_path, server, "8017") as called,
            Sipp(
                "house_caller_cancels", tmp_path, remote,
                port=SEATS["8009"], service="8002", pause_ms=pause_ms,
            ) as caller,
        ):  # fmt: skip
            await caller.passed()
            await called.passed()

        await server.until_quiet(a8012="idle")
        assert server.last_call()["direction"] == "internal"

    async def test_the_called_one_picks_up_after_the_caller_gave_up(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        async with (
            agent_sipp("house_agent_answers_late", tmp_path, server, "8017") as called,
            Sipp(
                "house_caller_cancels", tmp_path, remote,
                port=SEATS["8009"], service="8002", pause_ms=200,
            ) as caller,
        ):  # fmt: skip
            await caller.passed()
            await called.passed()

        await server.until_quiet(a8012="idle")

    async def test_they_talk_and_the_caller_hangs_up(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        async with (
            agent_sipp("house_agent_answers", tmp_path, server, "8017") as called,
            Sipp(
                "house_caller_leaves", tmp_path, remote,
                port=SEATS["8009"], service="8002", pause_ms=400,
            ) as caller,
        ):  # fmt: skip
            await caller.passed()
            await called.passed()

        await server.until_quiet(a8012="idle")
        assert server.last_call()["result"] == "answered"
