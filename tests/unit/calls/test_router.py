"""The buttons of who is on a call, and of a supervisor, over ASGI."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cordboard.calls.router import make_router
from cordboard.directory import Role, User
from cordboard.directory.access import allow
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import UserId
from cordboard.telephony.adapters.fake_people import FakePhone
from tests.support.floor import EXPERT, A, B, Floor

pytestmark = pytest.mark.unit

LI_MIN = User(id=UserId("u1"), name="li", display_name="李敏", role=Role.AGENT, agent_id=A)
ZHAO = User(id=UserId("u2"), name="zhao", display_name="赵倩", role=Role.AGENT, agent_id=B)
CHEN = User(id=UserId("u3"), name="chen", display_name="陈卓", role=Role.SUPERVISOR)


class Web:
    """The door of calls, as somebody, on a floor with a talk."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.user = LI_MIN
        rooms = floor.house.rooms
        app = FastAPI()
        app.include_router(
            make_router(rooms.calls, rooms.verbs, rooms.taps, rooms.turns, self.require)
        )

        async def problem(_: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, DomainError)
            return JSONResponse({"code": error.code, "detail": error.detail}, error.status)

        app.add_exception_handler(DomainError, problem)
        transport = httpx2.ASGITransport(app=app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://test")

    def require(self, *allowed: str) -> Callable[[], Coroutine[Any, Any, User]]:
        async def current() -> User:
            return allow(self.user, allowed, with_old_password=False)

        return current

    async def ask(self, path: str, body: Any = None, method: str = "POST") -> tuple[int, Any]:
        answer = await self.client.request(method, f"/api{path}", json=body)
        await self.floor.house.after(0.2)
        return answer.status_code, answer.json()

    async def verb(self, verb: str, body: Any = None) -> tuple[int, Any]:
        return await self.ask(f"/calls/{self.floor.call.id}/{verb}", body)


async def a_web() -> Web:
    return Web(await (await Floor.open()).talk())


async def test_hold_and_retrieve_answer_with_the_call_as_it_stands() -> None:
    web = await a_web()
    status, call = await web.verb("hold")
    assert (status, call["state"]) == (200, "held")
    assert [(leg["party"], leg["place"]) for leg in call["legs"]] == [
        ("customer", "held"),
        ("agent", "talk"),
    ]
    status, call = await web.verb("retrieve")
    assert call["state"] == "talking"
    await web.floor.close()


async def test_what_the_state_forbids_is_a_conflict_that_says_why() -> None:
    web = await a_web()
    assert await web.verb("retrieve") == (
        409,
        {"code": "verb-refused", "detail": "nobody is held"},
    )
    status, problem = await web.verb("transfer", {"kind": "queue", "value": "none"})
    assert (status, problem["code"]) == (404, "no-such-target")
    status, _ = await web.ask("/calls/c-none/hold")
    assert status == 404
    await web.floor.close()


async def test_who_is_not_on_the_call_may_do_nothing_with_it() -> None:
    web = await a_web()
    web.user = ZHAO
    for verb in ("hold", "hang_up", "complete"):
        status, problem = await web.verb(verb)
        assert (status, problem["code"]) == (403, "not-on-call")
    status, _ = await web.ask(f"/calls/{web.floor.call.id}/now", method="GET")
    assert status == 403
    for verb in ("supervise", "intercept", "release"):
        assert (await web.verb(verb))[0] == 403
    await web.floor.close()


async def test_a_consultation_from_ring_to_complete() -> None:
    web = await a_web()
    status, call = await web.verb("consult", {"kind": "agent", "value": B})
    assert (status, call["consultation"]) == (200, "ringing")
    await web.floor.pick_up(web.floor.phone(B))
    assert (await web.verb("alternate"))[1]["consultation"] == "waiting"
    assert (await web.verb("complete"))[1]["state"] == "talking"
    assert web.floor.caller.now_hears == "party:8002"
    await web.floor.close()


async def test_a_dialled_number_is_read_as_a_phone_reads_it() -> None:
    web = await a_web()
    await web.verb("consult", {"number": "8002"})
    assert web.floor.phone(B).state == "ringing"
    await web.verb("cancel")
    await web.verb("consult", {"number": f"9{EXPERT}"})
    assert web.floor.expert.state == "ringing"
    await web.verb("cancel")
    assert (await web.verb("consult", {"number": "77"}))[0] == 404
    await web.verb("transfer", {"number": "96511"})
    assert web.floor.call.state == "transferring"
    await web.floor.close()


async def test_digits_mute_and_park() -> None:
    web = await a_web()
    assert (await web.verb("digits", {"digits": "12#"}))[0] == 200
    assert web.floor.caller.got_digits == "12#"
    assert (await web.verb("digits", {"digits": "12; drop"}))[0] == 422
    _, call = await web.verb("mute")
    assert [leg["is_muted"] for leg in call["legs"]] == [False, True]
    _, call = await web.verb("park", {"slot": "705"})
    assert (call["state"], call["slot"]) == ("parked", "705")
    web.user = ZHAO
    status, answer = await web.ask("/parked/705/pick_up")
    assert (status, answer["call_id"]) == (202, web.floor.call.id)
    await web.floor.pick_up(web.floor.phone(B))
    assert web.floor.caller.now_hears == "party:8002"
    assert (await web.ask("/parked/705/pick_up"))[0] == 404
    await web.floor.close()


async def test_a_click_dials() -> None:
    floor = await Floor.open()
    floor.house.exchange.outside[EXPERT] = FakePhone(answers_after_s=1)
    floor.house.exchange.phones["8001"].answers_after_s = 1
    web = Web(floor)
    status, answer = await web.ask("/calls", {"number": "139 0000-0000"})
    assert status == 202
    await floor.house.after(3)
    assert floor.call.id == answer["call_id"]
    assert floor.phone(A).now_hears == f"party:{EXPERT}"
    assert (await web.verb("hang_up"))[0] == 200
    await floor.house.after(2)
    floor.house.assert_nothing_is_left()


async def test_a_supervisor_listens_changes_mode_intercepts_and_the_agent_sees_nothing() -> None:
    web = await a_web()
    call_id = web.floor.call.id
    web.user = CHEN
    assert (await web.verb("supervise"))[0] == 409, "no phone is known"
    status, _ = await web.verb("supervise", {"mode": "listen", "extension": "8000"})
    assert status == 200
    await web.floor.pick_up(web.floor.boss)
    _, call = await web.verb("supervise", {"mode": "whisper", "extension": "8000"})
    assert call["legs"][-1]["supervises"] == "whisper"

    web.user = LI_MIN
    _, call = await web.ask(f"/calls/{call_id}/now", method="GET")
    assert [leg["party"] for leg in call["legs"]] == ["customer", "agent"]

    web.user = CHEN
    status, _ = await web.ask(f"/calls/{call_id}/intercept?extension=8000")
    assert status == 200
    assert web.floor.caller.now_hears == "party:8000"
    status, call = await web.verb("release")
    assert (status, call["state"]) == (200, "ended")
    await web.floor.close()


async def test_a_supervision_is_ended_and_the_call_goes_on() -> None:
    web = await a_web()
    web.user = CHEN
    await web.verb("supervise", {"extension": "8000"})
    await web.floor.pick_up(web.floor.boss)
    path = f"/calls/{web.floor.call.id}/supervise?extension=8000"
    assert (await web.ask(path, method="DELETE"))[0] == 200
    assert web.floor.boss.state == "ended"
    assert web.floor.caller.now_hears == "party:8001"
    await web.floor.close()
