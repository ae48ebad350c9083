"""The agent's and the supervisor's buttons, over ASGI."""

from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cordboard.agents.router import make_router
from cordboard.kit.errors import DomainError, ForbiddenError
from tests.unit.acd.house import House, wait_s

pytestmark = pytest.mark.unit


class Web:
    """The room's web door, as somebody."""

    def __init__(self, role: str = "agent", agent_id: str | None = "ann") -> None:
        self.house = House()
        self.house.put_queue()
        self.house.put_agent("ann")
        self.user = SimpleNamespace(id="u-1", role=role, agent_id=agent_id)
        app = FastAPI()
        app.include_router(
            make_router(
                self.house.agents, self.house.turns, lambda: self.house.now_ms, self.require
            )
        )

        async def problem(_: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, DomainError)
            return JSONResponse({"code": error.code}, error.status)

        app.add_exception_handler(DomainError, problem)
        transport = httpx2.ASGITransport(app=app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://test")

    def require(self, *roles: str) -> Callable[[], Coroutine[Any, Any, SimpleNamespace]]:
        async def current() -> SimpleNamespace:
            if self.user.role not in roles:
                raise ForbiddenError("not for you")
            return self.user

        return current

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        answer = await self.client.post(f"/api{path}", json=body)
        return answer.status_code, answer.json()

    async def get(self, path: str) -> tuple[int, Any]:
        answer = await self.client.get(f"/api{path}")
        return answer.status_code, answer.json()


class TestOwn:
    async def test_sign_in_answers_with_the_agent(self) -> None:
        web = Web()
        status, agent = await web.post("/agents/me/sign_in", {"extension": "1001"})
        assert status == 200
        assert agent == {
            "id": "ann",
            "name": "Ann",
            "agent_number": "8030",
            "extension": "1001",
            "skills": {},
            "state": "idle",
            "reason": None,
            "since": "2026-11-18T11:06:40.000Z",
            "call_id": None,
            "queue_id": None,
            "wrap_up_ends_at": None,
            "pending_state": None,
            "pending_reason": None,
        }

    async def test_every_button_in_turn(self) -> None:
        web = Web()
        assert (await web.post("/agents/me/sign_in"))[1]["extension"] == "ext-ann"
        assert (await web.post("/agents/me/not_ready", {"reason": "meal"}))[1]["reason"] == "meal"
        assert (await web.post("/agents/me/ready"))[1]["state"] == "idle"
        web.house.arrive("c")
        web.house.pick_up("ann")
        await wait_s(2)
        web.house.hang_up("c")
        _, agent = await web.get("/agents/me")
        assert (agent["state"], agent["call_id"], agent["queue_id"]) == ("wrap_up", "c", "q")
        assert agent["wrap_up_ends_at"] == "2026-11-18T11:07:02.000Z"
        assert (await web.post("/agents/me/finish_wrap_up"))[1]["state"] == "idle"
        assert (await web.post("/agents/me/sign_out"))[1]["state"] == "signed_out"
        assert await web.get("/me/today") == (
            200,
            {"answered": 1, "missed": 0, "talk_ms": 2000, "wrap_up_ms": 0},
        )

    @pytest.mark.parametrize(
        ("path", "body", "status", "code"),
        [
            ("/agents/me/finish_wrap_up", None, 409, "illegal-agent-state"),
            ("/agents/me/ready", None, 409, "illegal-agent-state"),
            ("/agents/me/not_ready", {"reason": "device"}, 422, "bad-reason"),
        ],
    )
    async def test_what_cannot_be_is_said_and_changes_nothing(
        self, path: str, body: Any, status: int, code: str
    ) -> None:
        web = Web()
        assert await web.post(path, body) == (status, {"code": code})
        assert web.house.facts == []

    @pytest.mark.parametrize("extension", ["abc", "1" * 33, ""])
    async def test_a_phone_is_a_number(self, extension: str) -> None:
        status, _ = await Web().post("/agents/me/sign_in", {"extension": extension})
        assert status == 422

    async def test_a_user_who_is_no_agent_is_told_so(self) -> None:
        web = Web(role="administrator", agent_id=None)
        assert await web.post("/agents/me/sign_in") == (403, {"code": "forbidden"})

    async def test_reasons_carry_both_languages(self) -> None:
        _, reasons = await Web().get("/reasons")
        assert reasons[0] == {"id": "busy", "zh": "忙碌", "en": "Busy", "is_choosable": True}
        assert {r["id"] for r in reasons if not r["is_choosable"]} == {
            "missed_offer",
            "forced",
            "device",
        }


class TestForced:
    async def test_a_supervisor_sets_an_agent_not_ready_ready_and_signed_out(self) -> None:
        web = Web(role="supervisor", agent_id=None)
        web.house.sign_in("ann")
        assert (await web.post("/agents/ann/not_ready"))[1]["reason"] == "forced"
        assert (await web.post("/agents/ann/ready"))[1]["state"] == "idle"
        assert (await web.post("/agents/ann/sign_out"))[1]["state"] == "signed_out"
        forced = [getattr(fact, "forced_by", None) for fact in web.house.facts]
        assert forced.count("u-1") == 3

    async def test_the_list_is_by_agent_number(self) -> None:
        web = Web(role="supervisor")
        web.house.put_agent("b")
        status, agents = await web.get("/agents")
        assert status == 200
        assert [agent["agent_number"] for agent in agents] == ["8018", "8030"]

    async def test_an_unknown_agent_is_not_found(self) -> None:
        web = Web(role="supervisor")
        assert await web.post("/agents/zoe/ready") == (404, {"code": "no-such-agent"})

    @pytest.mark.parametrize("path", ["ready", "not_ready", "sign_out"])
    async def test_an_agent_must_not(self, path: str) -> None:
        assert (await Web().post(f"/agents/ann/{path}"))[0] == 403
