"""The live door: snapshot, facts, resync, and sockets without a session."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cordboard.desk import router as door
from cordboard.desk.model import LiveState
from cordboard.desk.router import make_router
from cordboard.desk.service import Desk, DeskSettings
from cordboard.directory import Role, User
from cordboard.kit.clock import SystemClock
from cordboard.kit.facts import Fact
from cordboard.kit.tasks import Tasks
from tests.unit.records.facts import Told
from tests.unit.records.people import a_user

pytestmark = pytest.mark.web

LEADER = a_user(id="u9", name="lead", display_name="Lead", role=Role.SUPERVISOR, session_id="s9")
AGENT = a_user(
    id="u1", name="li", display_name="李敏", role=Role.AGENT, agent_id="a1", session_id="s1"
)
USERS = {"lead": LEADER, "li": AGENT}


class Empty:
    def list_agents(self) -> list[Any]:
        return []

    def list_queues(self) -> list[Any]:
        return []


class Centre:
    """A desk behind its web door, on the loop of the test client."""

    def __init__(self) -> None:
        self.desk = Desk(SystemClock(), LiveState(), Empty(), DeskSettings())
        app = FastAPI()
        app.include_router(make_router(self.desk, self.who, Tasks("screens")))
        self.client = TestClient(app)
        self.seq = 0

    async def who(self, socket: WebSocket) -> User | None:
        return USERS.get(socket.cookies.get("session", ""))

    def commit(self, facts: list[Fact]) -> None:
        numbered = list(enumerate(facts, self.seq + 1))
        self.seq += len(facts)
        assert self.client.portal is not None
        self.client.portal.call(self.desk.hear, numbered)

    def run(self, work: Any, *args: Any) -> None:
        assert self.client.portal is not None
        self.client.portal.call(work, *args)

    def connect(self, name: str = "lead") -> Any:
        self.client.cookies.set("session", name)
        return self.client.websocket_connect("/api/live")


@pytest.fixture
def centre() -> Iterator[Centre]:
    centre = Centre()
    with centre.client:
        yield centre


def test_screen_hears_a_snapshot_and_then_facts(centre: Centre) -> None:
    with centre.connect() as socket:
        first = socket.receive_json()
        centre.commit(Told().arrive().facts)
        second = socket.receive_json()

    assert (first["type"], first["seq"], first["state"]["calls"]) == ("snapshot", 0, {})
    assert (second["type"], second["from"], second["seq"]) == ("facts", 1, 2)
    assert [fact["kind"] for fact in second["facts"]] == ["CallArrived", "CallRouted"]
    assert second["facts"][1]["fact_kind"] == "flow"
    assert ["calls", "c1"] in [entry["path"] for entry in second["patch"]]


def test_resync_brings_a_fresh_snapshot_and_nonsense_brings_nothing(centre: Centre) -> None:
    with centre.connect() as socket:
        socket.receive_json()
        socket.send_text("{ nonsense")
        socket.send_json({"type": "resync"})
        again = socket.receive_json()

    assert again["type"] == "snapshot"


def test_agents_see_customers_masked(centre: Centre) -> None:
    centre.commit(Told().arrive().facts)
    with centre.connect("li") as socket:
        call = socket.receive_json()["state"]["calls"]["c1"]

    assert call["caller_number"] == "138****2043"


def test_socket_without_a_session_is_closed_with_4401(centre: Centre) -> None:
    with centre.connect("stranger") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()

    assert closed.value.code == 4401
    assert centre.desk.count_screens() == 0


def test_session_that_ends_closes_its_socket_with_4401(centre: Centre) -> None:
    with centre.connect("li") as socket:
        socket.receive_json()
        centre.run(centre.desk.end_session, "s1")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()

    assert closed.value.code == 4401


def test_screen_that_goes_away_is_forgotten(centre: Centre) -> None:
    with centre.connect() as socket:
        socket.receive_json()
        assert centre.desk.count_screens() == 1
    centre.commit(Told().arrive().facts)

    assert centre.desk.count_screens() == 0


def test_screen_that_takes_nothing_is_let_go(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(door, "SEND_LIMIT_S", 0.05)
    monkeypatch.setattr(WebSocket, "send_text", stuck)
    with centre.connect() as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()

    assert closed.value.code == 1013
