"""S002-BOARD, the board-card design's scenario, with real telephones: scripted ones, and SIPp.

Two outer and two inner lines; a program at the control interface does what the design's upper
application does. The off-hook limit is 2 seconds here.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.asyncio.client import ClientConnection, connect

from cordboard.app.demo.softphone import PhoneCall, Softphone
from cordboard.lines.effects import LINE
from tests.support.server import Desk, Seat, ServerProcess, a_site, free_port, until
from tests.support.sipp import Sipp

pytestmark = pytest.mark.live

PORTS = {"8001": free_port(), "8002": free_port()}
CARRIER = free_port()
CONTROL, LOOP, CALLER, CALLEE = "96520", "96530", "13871562043", "02787654321"
PROMPT = "say:zh:digits/12"
OFF_HOOK_S = 2.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    seats = [
        Seat("8012", "8001", f"127.0.0.1:{PORTS['8001']}"),
        Seat("8017", "8002", f"127.0.0.1:{PORTS['8002']}"),
    ]
    site = a_site(seats)
    site["trunks"][0]["port"] = CARRIER
    site["service_numbers"].append(
        {"number": CONTROL, "name": "Board", "kind": "control", "target": "1"}
    )
    site["service_numbers"].append(
        {"number": LOOP, "name": "Loop", "kind": "queue", "target": "loop"}
    )
    site["queues"].append(
        {"id": "loop", "name": "Loop", "announce_every_s": 4, "max_wait_s": 15, "ring_limit_s": 60}
    )
    site["line_plan"] = {
        "outer_lines": [
            {"number": "101", "trunk_id": "loopback"},
            {"number": "102", "trunk_id": "loopback"},
        ],
        "number_rules": [{"leading": "0", "prefix": "17909"}],
    }
    settings = {"CORDBOARD_LINES_OFF_HOOK_S": str(OFF_HOOK_S)}
    with ServerProcess(tmp_path_factory.mktemp("server"), site, settings) as started:
        yield started


class RefusedError(Exception):
    """What the server said instead of a result."""


class Board:
    """A program at the control interface."""

    def __init__(self, desk: Desk, url: str) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in desk.client.cookies.items())
        self._headers = {"Cookie": cookies}
        self._url = url.replace("http", "ws", 1) + "/api/control"
        self._socket: ClientConnection
        self._reader: asyncio.Task[None]
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, additional_headers=self._headers)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._reader

    async def _read(self) -> None:
        async for text in self._socket:
            frame = json.loads(text)
            if "event" in frame:
                self.events.append((frame["event"], frame["parameters"]))
            elif "id" in frame:
                self._replies.pop(frame["id"]).set_result(frame)

    async def do(self, command: str, **parameters: object) -> dict[str, Any]:
        number = len(self._replies) + id(parameters)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        frame = {"id": number, "command": command, "parameters": parameters}
        await self._socket.send(json.dumps(frame))
        answer = await asyncio.wait_for(reply, 5)
        if "error" in answer:
            raise RefusedError(f"{answer['error']['code']}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def told(self, event: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.events if name == event]

    async def until(self, event: str, count: int = 1) -> dict[str, Any]:
        await until(lambda: len(self.told(event)) >= count, why=lambda: f"{event} in {self.events}")
        return self.told(event)[count - 1]

    def stages(self, line: str) -> list[int]:
        """Numbers that a line went through."""
        return [p["number"] for p in self.told("OnLineState") if p["line"] == line]


@contextlib.asynccontextmanager
async def telephones() -> AsyncIterator[dict[str, Softphone]]:
    phones = {extension: Softphone(extension, port=port) for extension, port in PORTS.items()}
    phones["carrier"] = Softphone(CALLEE, port=CARRIER)
    phones["caller"] = Softphone(CALLER)
    for phone in phones.values():
        await phone.start()
    try:
        yield phones
    finally:
        for phone in phones.values():
            await phone.close()


@pytest.fixture
async def board(server: ServerProcess) -> AsyncIterator[Board]:
    await server.until_quiet()
    async with Board(server.desk(), server.url) as program:
        yield program
    await server.until_quiet()


def lines(server: ServerProcess) -> dict[str, dict[str, Any]]:
    return {one["line"]: one for one in server.desk().get("lines")["items"]}


async def all_idle(server: ServerProcess) -> None:
    await until(
        lambda: all(one["state"] == "idle" for one in lines(server).values()),
        why=lambda: lines(server),
    )


async def rung(phone: Softphone) -> PhoneCall:
    await until(lambda: any(call.ringing.is_set() for call in phone.calls.values()))
    return next(call for call in phone.calls.values() if not call.answered.is_set())


def a_tone(call: PhoneCall, byte: int) -> None:
    call.says = lambda number: bytes([byte]) * 160


async def hears(call: PhoneCall, byte: int) -> None:
    await until(lambda: bytes([byte]) * 160 in bytes(call.heard[-16000:]))


async def connected(board: Board, phones: dict[str, Softphone], server: ServerProcess) -> Any:
    """A caller on 101 who talks with 8001."""
    caller = await phones["caller"].call(CONTROL, server.hop)
    await board.until("OnOutCallCome")
    await board.do("AnswerCall", trunkLine="101", userLine="8001")
    agent = await rung(phones["8001"])
    agent.pick_up()
    await board.until("OnCallAnswered")
    return caller, agent


class TestInbound:
    async def test_lines_are_listed_and_idle(self, server: ServerProcess, board: Board) -> None:
        """Step 1."""
        listed = (await board.do("InitSystem"))["lines"]

        assert [(x["line"], x["kind"], x["state"]) for x in listed] == [
            ("101", "outer", "idle"),
            ("102", "outer", "idle"),
            ("8001", "inner", "idle"),
            ("8002", "inner", "idle"),
        ]

    async def test_a_call_waits_hears_presses_and_is_answered(
        self, server: ServerProcess, board: Board
    ) -> None:
        """Steps 2 to 5."""
        async with telephones() as phones:
            caller = await phones["caller"].call(CONTROL, server.hop)
            came = await board.until("OnOutCallCome")
            assert (came["strComeNumber"], came["strTrunkNo"]) == (CALLER, "101")
            assert came["calleeNo"] == CONTROL
            shown = lines(server)["101"]
            assert (shown["number"], shown["state"], shown["party"]) == (2, "wait_answer", CALLER)
            waiting = (await board.do("FindOutTelByLevel", level=1))["callInTel"]
            assert (waiting["trunkLine"], waiting["number"]) == ("101", CALLER)

            first = await board.do("PlayVoc", line="101", files=[PROMPT, "silence:20000"])
            await until(caller.answered.is_set)
            await until(lambda: lines(server)["101"]["number"] == 4)
            second = await board.do("PlayVoc", line="101", files=[PROMPT])
            ended = [await board.until("OnPlayVocEnd", count) for count in (1, 2)]
            assert [(one["playId"], one["Message"]) for one in ended] == [
                (first["playId"], "replaced"),
                (second["playId"], "finished"),
            ]
            assert {one["Oneline"] for one in ended} == {"101"}

            caller.press("5")
            key = await board.until("OnPushKey")
            assert (key["number"], key["key"]) == ("101", "5")

            await board.do("AnswerCall", trunkLine="101", telephone=CALLER, userLine="8001")
            agent = await rung(phones["8001"])
            a_tone(caller, 0x11)
            a_tone(agent, 0x22)
            agent.pick_up()
            await board.until("OnCallAnswered")
            await hears(agent, 0x11)
            await hears(caller, 0x22)
            now = lines(server)
            assert (now["101"]["number"], now["8001"]["number"]) == (8, 8)
            assert (await board.do("FindOutTelByLevel", level="1"))["callInTel"] is None
            assert board.stages("101") == [2, 3, 4, 8]
            assert board.stages("8001") == [6, 7, 8]
            assert len(board.told("OnPushKey")) == 1
            caller.hang_up()
            await all_idle(server)

    @pytest.mark.parametrize("first", ["outer", "inner", "both", "program"])
    async def test_whoever_hangs_up_first_both_lines_end_idle(
        self, server: ServerProcess, board: Board, first: str
    ) -> None:
        """Step 6."""
        async with telephones() as phones:
            caller, agent = await connected(board, phones, server)
            if first == "program":
                await board.do("HangUp", line="101")
            if first in ("outer", "both"):
                caller.hang_up()
            if first in ("inner", "both"):
                agent.hang_up()
            await all_idle(server)
            await until(lambda: caller.ended.is_set() and agent.ended.is_set())
        assert board.stages("101")[-1] == 10
        assert board.stages("8001")[-1] == 1
        assert (9 in board.stages("101")) or first != "inner"
        assert {one["line"] for one in board.told("OnHangUp")} == {"101", "8001"}

    async def test_a_caller_who_leaves_early_frees_the_line(
        self, server: ServerProcess, board: Board, tmp_path: Path
    ) -> None:
        """Step 7, the caller being SIPp."""
        remote = ("127.0.0.1", server.sip_port)
        async with Sipp("house_caller_cancels", tmp_path, remote, service=CONTROL) as caller:
            await board.until("OnOutCallCome")
            await caller.passed()
        await all_idle(server)
        assert board.stages("101") == [2, 1]

    async def test_a_third_call_finds_no_line(self, server: ServerProcess, board: Board) -> None:
        async with telephones() as phones:
            calls = [await phones["caller"].call(CONTROL, server.hop) for _ in range(3)]
            await until(lambda: any(call.ended.is_set() for call in calls))
            assert [call.status for call in calls if call.ended.is_set()] == [503]
            assert len(board.told("OnOutCallCome")) == 2


class TestOutbound:
    async def test_an_inner_line_that_nobody_lifts_is_reset(
        self, server: ServerProcess, board: Board
    ) -> None:
        """Step 8."""
        async with telephones() as phones:
            await board.do("MakeCallOut", userLine="8001", calleeCode="9" + CALLEE)
            agent = await rung(phones["8001"])
            failed = await board.until("OnCallOutFailure")
            assert (failed["message"], failed["strInnerNo"]) == ("off-hook-limit", "8001")
            await until(agent.ended.is_set)
            await all_idle(server)
        assert board.stages("8001") == [2, 3, 1]
        assert board.stages("101") == []

    async def test_a_call_out_connects_both_and_finds_no_line_when_all_are_taken(
        self, server: ServerProcess, board: Board
    ) -> None:
        """Step 9."""
        async with telephones() as phones:
            await board.do("CallOut", innerNo="8001", CallerNo="9" + CALLEE)
            agent = await rung(phones["8001"])
            agent.pick_up()
            far = await rung(phones["carrier"])
            await until(lambda: lines(server)["101"]["number"] == 7)
            far.pick_up()
            success = await board.until("OnCallOutSuccess")
            assert (success["strComeNumber"], success["strInnerNo"]) == (CALLEE, "8001")
            assert board.stages("8001") == [2, 3, 4, 8]
            assert board.stages("101") == [6, 7, 8]

            occupies = await phones["caller"].call(CONTROL, server.hop)
            await board.until("OnOutCallCome")
            await board.do("MakeCallOut", userLine="8002", calleeCode="9" + CALLEE)
            second = await rung(phones["8002"])
            second.pick_up()
            failed = await board.until("OnCallOutFailure")
            assert (failed["message"], failed["strInnerNo"]) == ("no-free-line", "8002")
            occupies.hang_up()
            agent.hang_up()
            await all_idle(server)
        assert board.stages("101")[:3] == [6, 7, 8]
        assert board.stages("101")[-1] == 10

    async def test_busy_is_an_answer_and_a_broken_line_is_not(
        self, server: ServerProcess, board: Board
    ) -> None:
        for status, taken in ((486, ["101"]), (503, ["101", "102"])):
            board.events.clear()
            async with telephones() as phones:
                phones["carrier"]._on_call = lambda call, status=status: call.reject(status)
                await board.do("MakeCallOut", userLine="8001", calleeCode="9" + CALLEE)
                (await rung(phones["8001"])).pick_up()
                await board.until("OnCallOutFailure")
                await all_idle(server)
            assert [line for line in ("101", "102") if board.stages(line)] == taken


class TestTheRest:
    async def test_supervisors_listen_and_a_third_joins(
        self, server: ServerProcess, board: Board
    ) -> None:
        async with telephones() as phones:
            caller, agent = await connected(board, phones, server)
            a_tone(caller, 0x11)
            await board.do("Mute", line="101")
            await board.do("Listen", line="101", userLine="8002")
            ear = await rung(phones["8002"])
            a_tone(ear, 0x33)
            ear.pick_up()
            await until(lambda: lines(server)["8002"]["number"] == 8)
            await board.do("Mute", line="101", on=False)
            await hears(ear, 0x11)
            assert bytes([0x33]) * 160 not in bytes(caller.heard)
            ear.hang_up()
            await until(lambda: lines(server)["8002"]["state"] == "idle")

            await board.do("Conference", line="101", userLine="8002")
            third = await rung(phones["8002"])
            third.pick_up()
            await until(lambda: lines(server)["8002"]["number"] == 8)
            agent.hang_up()
            await until(lambda: lines(server)["8001"]["state"] == "idle")
            await hears(third, 0x11)
            caller.hang_up()
            await all_idle(server)

    async def test_the_waiting_loop_repeats_and_ends_by_its_settings(
        self, server: ServerProcess, board: Board
    ) -> None:
        """Step 10: every 15, full at 3; here every 4 seconds, and the end after three of them."""
        async with telephones() as phones:
            caller = await phones["caller"].call(LOOP, server.hop)
            await until(caller.answered.is_set)
            await until(lambda: lines(server)["101"]["number"] == 4)
            await until(caller.ended.is_set, 30)
            spoken = [p["playId"] for p in board.told("OnPlayVocEnd") if p["Message"] == "finished"]
            assert len(spoken) >= 3, board.told("OnPlayVocEnd")
            await all_idle(server)

    async def test_each_event_is_one_line_of_six_fields_and_an_error_is_marked(
        self, server: ServerProcess, board: Board
    ) -> None:
        """Step 11."""
        async with telephones() as phones:
            caller, agent = await connected(board, phones, server)
            caller.hang_up()
            await all_idle(server)
            assert agent is not None
        async with telephones() as phones:
            await phones["caller"].call(CONTROL, server.hop)
            await board.until("OnOutCallCome", 2)
            with pytest.raises(RefusedError, match="bad-command: cannot play file:nowhere"):
                await board.do("PlayVoc", line="101", files=["nowhere"])
        with pytest.raises(RefusedError, match="no-such-line"):
            await board.do("HangUp", line="999")

        def logged(**query: str) -> list[dict[str, str]]:
            found = [LINE.fullmatch(x) for x in server.desk().get("lines/log", **query)["items"]]
            return [one.groupdict() for one in found if one is not None]

        await until(lambda: any(one["channel"].startswith("999/") for one in logged()))
        channels = [one["channel"] for one in logged(limit="1000")]
        for channel in ("101/seized/2", "101/connected/8", "8001/rang/7", "101/hung_up/10"):
            assert channel in channels
        [*_, last] = logged(errors="true")
        assert (last["level"], last["file"]) == ("error", "lines/service/control.py")
        assert CALLER not in str(logged(limit="1000"))
        assert (await board.do("InitSystem"))["lines"]
