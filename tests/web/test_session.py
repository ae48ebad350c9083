"""Logging in and out, as browsers do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, WebSocket

from cordboard.directory import Role
from cordboard.directory.router import COOKIE
from tests.support.databases import a_migrated_database
from tests.support.web import PASSWORD, WebHouse, a_web_house, problem_of

pytestmark = pytest.mark.web


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[WebHouse]:
    with a_migrated_database("sqlite", tmp_path) as url:
        async with a_web_house(url) as house:
            yield house


def body(name: str, password: str = PASSWORD) -> dict[str, str]:
    return {"name": name, "password": password}


class TestLogin:
    async def test_a_user_logs_in_and_is_known_from_then_on(self, house: WebHouse) -> None:
        user = await house.add("limin", agent_number="8012", extension="8001", language="en")
        client = house.client()

        answer = await client.post("/api/session", json=body("LiMin "))

        assert answer.status_code == 200
        assert answer.json() == {
            "time_zone": "UTC",
            "user": {
                "id": user.id,
                "name": "limin",
                "display_name": "Limin",
                "role": "agent",
                "agent_id": "a-8012",
                "must_change_password": False,
                "language": "en",
                "permissions": user.permissions,
            },
        }
        assert (await client.get("/api/session")).json() == answer.json()

    async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
        self, house: WebHouse
    ) -> None:
        await house.add("limin")
        answer = await house.client().post("/api/session", json=body("limin"))

        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith(f"{COOKIE}=")
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert len(cookie.split("=")[1].split(";")[0]) >= 43, "256 bits"

    async def test_the_token_is_stored_nowhere(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        token = client.cookies[COOKIE]
        path = Path(house.database.url.removeprefix("sqlite:///"))

        stored = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))

        assert token.encode() not in stored
        assert PASSWORD.encode() not in stored

    async def test_unknown_wrong_and_inactive_get_one_answer(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        user = await house.add("limin")
        gone = await house.add("gone")
        await admin.patch(f"/api/users/{gone.id}", json={"is_active": False})
        answers = [
            await house.client().post("/api/session", json=body(name, password))
            for name, password in [
                ("nobody", PASSWORD),
                (user.name, "wrong"),
                (gone.name, PASSWORD),
                ("", ""),
            ]
        ]

        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        assert problem_of(answers[0])["code"] == "wrong-credentials"
        assert all("set-cookie" not in answer.headers for answer in answers)

    async def test_unknown_and_known_users_cost_one_hash_each(
        self, house: WebHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await house.add("limin")
        checked: list[str] = []
        verify = house.passwords._verify

        def watched(password_hash: str, password: str) -> bool:
            checked.append(password_hash[:9])
            return verify(password_hash, password)

        monkeypatch.setattr(house.passwords, "_verify", watched)
        await house.client().post("/api/session", json=body("limin", "wrong"))
        await house.client().post("/api/session", json=body("nobody", "wrong"))

        assert checked == ["$argon2id", "$argon2id"]

    async def test_without_session_nobody_is_known(self, house: WebHouse) -> None:
        for cookies in ({}, {COOKIE: "made-up"}, {COOKIE: ""}):
            client = house.client()
            client.cookies.update(cookies)
            answer = await client.get("/api/session")
            assert (answer.status_code, problem_of(answer)["code"]) == (401, "signed-out")

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"name": "x"}, "password"),
            ({"name": 7, "password": "x"}, "name"),
            ({"name": "x", "password": "x" * 1_001}, "password"),
            ({"name": "x", "password": "x", "role": "administrator"}, "role"),
        ],
    )
    async def test_a_body_that_does_not_fit_is_named(
        self, house: WebHouse, sent: dict[str, Any], field: str
    ) -> None:
        problem = problem_of(await house.client().post("/api/session", json=sent))

        assert (problem["status"], problem["code"]) == (422, "invalid")
        assert [each["field"] for each in problem["errors"]] == [field]


class TestSlowingDown:
    async def test_five_failures_of_a_name_close_it_for_a_while(self, house: WebHouse) -> None:
        await house.add("limin")
        for n in range(5):
            house.clock.at_s += 10
            client = house.client(f"192.0.2.{n}")
            assert (await client.post("/api/session", json=body("limin", "x"))).status_code == 401

        refused = await house.client().post("/api/session", json=body(" LIMIN"))

        problem = problem_of(refused)
        assert (problem["status"], problem["code"]) == (429, "too-many-attempts")
        assert problem["retry_after_s"] == 260, "until the first failure is five minutes old"
        assert refused.headers["retry-after"] == "260"
        house.clock.at_s += 260
        assert (await house.client().post("/api/session", json=body("limin"))).status_code == 200

    async def test_waiting_is_not_made_longer_by_trying(self, house: WebHouse) -> None:
        for _ in range(20):
            last = await house.client().post("/api/session", json=body("limin", "x"))
        assert problem_of(last)["retry_after_s"] == 300

    async def test_one_place_cannot_try_all_names(self, house: WebHouse) -> None:
        await house.add("limin")
        for n in range(50):
            answer = await house.client().post("/api/session", json=body(f"user-{n}", "x"))
            assert answer.status_code == 401

        here = await house.client().post("/api/session", json=body("limin"))
        elsewhere = await house.client("198.51.100.7").post("/api/session", json=body("limin"))

        assert (here.status_code, elsewhere.status_code) == (429, 200)

    async def test_a_success_forgets_the_failures_of_the_name(self, house: WebHouse) -> None:
        await house.add("limin")
        for _ in range(3):
            for _ in range(4):
                await house.client().post("/api/session", json=body("limin", "x"))
            answer = await house.client().post("/api/session", json=body("limin"))
            assert answer.status_code == 200

    async def test_it_outlives_a_restart(self, house: WebHouse) -> None:
        await house.add("limin")
        for _ in range(5):
            await house.client().post("/api/session", json=body("limin", "x"))

        async with a_web_house(house.database.url) as again:
            answer = await again.client().post("/api/session", json=body("limin"))

        assert answer.status_code == 429

    async def test_guessing_the_old_password_is_slowed_down_too(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        wrong = {"old_password": "x", "new_password": "another long one"}
        answers = [await client.post("/api/session/password", json=wrong) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]

    async def test_names_are_not_kept_in_clear(self, house: WebHouse) -> None:
        await house.client().post("/api/session", json=body("my secret password", "x"))
        path = Path(house.database.url.removeprefix("sqlite:///"))
        stored = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
        assert b"my secret password" not in stored


class TestLogout:
    async def test_the_session_is_over_at_once(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        token = client.cookies[COOKIE]

        answer = await client.delete("/api/session")

        assert answer.status_code == 204
        thief = house.client()
        thief.cookies.set(COOKIE, token)
        assert (await thief.get("/api/session")).status_code == 401

    async def test_logging_out_without_session_is_no_error(self, house: WebHouse) -> None:
        assert (await house.client().delete("/api/session")).status_code == 204

    async def test_open_screens_are_told(self, house: WebHouse) -> None:
        ended: list[str] = []
        house.sessions.watch_ended(ended.append)
        client = await house.logged_in("limin")
        user = await house.sessions.find_user(client.cookies[COOKIE])
        assert user is not None

        await client.delete("/api/session")

        assert ended == [user.session_id]


class TestRunningOut:
    async def test_a_session_ends_when_nobody_asks(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        house.clock.at_s += 8 * 3600 - 1
        assert (await client.get("/api/session")).status_code == 200
        house.clock.at_s += 8 * 3600
        assert (await client.get("/api/session")).status_code == 401

    async def test_a_session_in_use_ends_after_a_day(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        for _ in range(23):
            house.clock.at_s += 3600
            assert (await client.get("/api/session")).status_code == 200
        house.clock.at_s += 3600
        assert (await client.get("/api/session")).status_code == 401

    async def test_a_screen_that_asks_nothing_is_told_too(self, house: WebHouse) -> None:
        ended: list[str] = []
        house.sessions.watch_ended(ended.append)
        client = await house.logged_in("limin")
        assert (await client.get("/api/session")).status_code == 200
        await house.sessions.sweep()
        assert ended == []
        house.clock.at_s += 9 * 3600

        await house.sessions.sweep()

        assert len(ended) == 1

    async def test_it_lasts_through_a_restart(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        async with a_web_house(house.database.url) as again:
            other = again.client()
            other.cookies.update(client.cookies)
            assert (await other.get("/api/session")).status_code == 200


class TestPassword:
    async def test_a_new_one_ends_all_other_logins(self, house: WebHouse) -> None:
        here = await house.logged_in("limin")
        there = house.client()
        await there.post("/api/session", json=body("limin"))
        change = {"old_password": PASSWORD, "new_password": "another long one"}

        answer = await here.post("/api/session/password", json=change)

        assert answer.status_code == 204
        assert (await here.get("/api/session")).status_code == 200
        assert (await there.get("/api/session")).status_code == 401
        old = await house.client().post("/api/session", json=body("limin"))
        new = await house.client().post("/api/session", json=body("limin", "another long one"))
        assert (old.status_code, new.status_code) == (401, 200)

    @pytest.mark.parametrize(
        ("old", "new", "code", "field"),
        [
            ("wrong", "another long one", "wrong-old-password", "old_password"),
            (PASSWORD, PASSWORD, "weak-password", "new_password"),
            (PASSWORD, "short", "weak-password", "new_password"),
        ],
    )
    async def test_what_will_not_do_is_said_and_nothing_changes(
        self, house: WebHouse, old: str, new: str, code: str, field: str
    ) -> None:
        client = await house.logged_in("limin")

        answer = await client.post(
            "/api/session/password", json={"old_password": old, "new_password": new}
        )

        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (422, code)
        assert problem["errors"][0]["field"] == field
        assert (await house.client().post("/api/session", json=body("limin"))).status_code == 200

    async def test_the_first_administrator_must_change_it_before_anything_else(
        self, house: WebHouse
    ) -> None:
        password = await house.directory.ensure_administrator()
        assert password is not None
        assert await house.directory.ensure_administrator() is None, "only once"
        client = house.client()
        first = await client.post("/api/session", json=body("admin", password))
        assert first.json()["user"]["must_change_password"] is True

        refused = await client.get("/api/users")
        assert (refused.status_code, problem_of(refused)["code"]) == (403, "must-change-password")
        change = {"old_password": password, "new_password": PASSWORD}
        assert (await client.post("/api/session/password", json=change)).status_code == 204

        assert (await client.get("/api/users")).status_code == 200
        assert (await client.get("/api/session")).json()["user"]["must_change_password"] is False


class TestLanguage:
    async def test_it_is_remembered(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")

        answer = await client.patch("/api/session", json={"language": "zh-CN"})

        assert answer.json()["user"]["language"] == "zh-CN"
        assert (await client.get("/api/session")).json()["user"]["language"] == "zh-CN"

    async def test_one_that_we_do_not_speak_is_refused(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        problem = problem_of(await client.patch("/api/session", json={"language": "tlh"}))
        assert (problem["status"], problem["errors"][0]["field"]) == (422, "language")


class TestForgery:
    async def test_a_change_without_our_header_is_refused(self, house: WebHouse) -> None:
        await house.add("limin")
        client = house.client()
        del client.headers["X-Requested-With"]

        answer = await client.post("/api/session", json=body("limin"))

        assert (answer.status_code, problem_of(answer)["code"]) == (403, "forged")

    @pytest.mark.parametrize(
        ("origin", "status"),
        [
            ("http://house.test", 200),
            ("http://evil.test", 403),
            ("null", 403),
            ("http://house.test.evil.test", 403),
            ("http://[", 403),
        ],
    )
    async def test_a_page_of_another_site_is_refused(
        self, house: WebHouse, origin: str, status: int
    ) -> None:
        await house.add("limin")
        answer = await house.client().post(
            "/api/session", json=body("limin"), headers={"Origin": origin}
        )
        assert answer.status_code == status


class TestDoors:
    async def test_a_door_lets_in_by_role_and_by_permission(self, house: WebHouse) -> None:
        router = APIRouter()
        for path, allowed in (("/api/lead", "supervisor"), ("/api/save", "recordings.download")):
            require = Depends(house.gate.require(allowed, "administrator"))
            router.add_api_route(path, _nothing, dependencies=[require])
        house.app.include_router(router)
        agent = await house.logged_in("limin")
        supervisor = await house.logged_in("chen", Role.SUPERVISOR)

        for path in ("/api/lead", "/api/save"):
            assert problem_of(await agent.get(path))["code"] == "forbidden"
            assert (await supervisor.get(path)).status_code == 200
            assert (await house.client().get(path)).status_code == 401

    async def test_a_socket_is_known_by_its_cookie_and_only_from_our_pages(
        self, house: WebHouse
    ) -> None:
        client = await house.logged_in("limin")
        token = client.cookies[COOKIE]

        ours = await house.gate.session_of(a_socket(token, "http://house.test"))
        phone = await house.gate.session_of(a_socket(token, None))
        theirs = await house.gate.session_of(a_socket(token, "http://evil.test"))
        nobody = await house.gate.session_of(a_socket("made-up", "http://house.test"))

        assert ours is not None
        assert (ours.name, len(ours.session_id or "")) == ("limin", 16)
        assert phone == ours
        assert theirs is nobody is None


async def _nothing() -> None:
    return None


def a_socket(token: str, origin: str | None) -> WebSocket:
    headers = [(b"host", b"house.test"), (b"cookie", f"{COOKIE}={token}".encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {"type": "websocket", "path": "/api/live", "headers": headers, "query_string": b""}
    return WebSocket(scope, receive=None, send=None)  # type: ignore[arg-type]


class TestDatabaseAway:
    async def test_people_who_are_logged_in_stay_so(self, house: WebHouse) -> None:
        client = await house.logged_in("limin")
        assert (await client.get("/api/session")).status_code == 200
        await house.database.close()
        take_away(Path(house.database.url.removeprefix("sqlite:///")))
        house.clock.at_s += 30

        known = await client.get("/api/session")
        unknown = await house.client().post("/api/session", json=body("limin"))

        assert known.status_code == 200
        assert (unknown.status_code, problem_of(unknown)["code"]) == (503, "database-away")
        assert unknown.headers["retry-after"] == "5"
        await asyncio.sleep(0.05)  # the driver's threads of failed connections say goodbye


def take_away(path: Path) -> None:
    """Nothing can be opened there any more."""
    for each in path.parent.glob(f"{path.name}*"):
        each.rename(each.with_name(f"away-{each.name}"))
    path.mkdir()
