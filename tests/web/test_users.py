"""Users, as administrators keep them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cordboard.directory import Role
from tests.support.databases import KINDS, a_migrated_database
from tests.support.web import PASSWORD, WebHouse, a_web_house, problem_of

pytestmark = pytest.mark.web

NEW = {
    "name": "zhaoqian",
    "display_name": "赵倩",
    "role": "agent",
    "password": "a first password",
    "agent_number": "8017",
    "extension": "8002",
}


@pytest.fixture(params=KINDS)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WebHouse]:
    with a_migrated_database(request.param, tmp_path) as url:
        async with a_web_house(url) as house:
            yield house


class TestAdding:
    async def test_a_new_agent_stands_in_the_list_and_must_change_the_password(
        self, house: WebHouse
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)

        answer = await admin.post("/api/users", json=NEW)

        assert answer.status_code == 201
        item = answer.json()
        assert item == {
            "id": item["id"],
            "name": "zhaoqian",
            "display_name": "赵倩",
            "role": "agent",
            "is_active": True,
            "agent_number": "8017",
            "extension": "8002",
            "last_login_at": None,
        }
        items = (await admin.get("/api/users")).json()["items"]
        assert [each["name"] for each in items] == ["admin", "zhaoqian"]
        assert items[1] == item
        assert items[0]["last_login_at"].endswith("Z")
        login = {"name": "zhaoqian", "password": NEW["password"]}
        first = await house.client().post("/api/session", json=login)
        assert first.json()["user"]["must_change_password"] is True

    async def test_the_room_of_agents_is_told(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        assert house.agent_users == []
        user_id = (await admin.post("/api/users", json=NEW)).json()["id"]
        await admin.patch(f"/api/users/{user_id}", json={"display_name": "赵 倩"})
        await admin.patch(f"/api/users/{user_id}", json={"is_active": True})

        assert [user.display_name for user in house.agent_users] == ["赵倩", "赵 倩"]
        assert {user.agent_id for user in house.agent_users} == {"a-8017"}

    @pytest.mark.parametrize(
        ("change", "fields"),
        [
            ({"name": "ZhaoQian "}, ["name", "agent_number", "extension"]),
            ({"name": "other"}, ["agent_number", "extension"]),
            ({"name": "other", "agent_number": "8018"}, ["extension"]),
        ],
    )
    async def test_what_belongs_to_another_is_named(
        self, house: WebHouse, change: dict[str, str], fields: list[str]
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        await admin.post("/api/users", json=NEW)

        problem = problem_of(await admin.post("/api/users", json={**NEW, **change}))

        assert (problem["status"], problem["code"]) == (409, "name-taken")
        assert [each["field"] for each in problem["errors"]] == fields
        assert len((await admin.get("/api/users")).json()["items"]) == 2

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"name": " "}, "invalid", "name"),
            ({"display_name": ""}, "invalid", "display_name"),
            ({"role": "manager"}, "invalid", "role"),
            ({"password": "short"}, "weak-password", "password"),
            ({"password": "zhaoqian12"}, "weak-password", "password"),
            ({"agent_number": "12 34"}, "invalid", "agent_number"),
            ({"is_active": False}, "invalid", "is_active"),
        ],
    )
    async def test_a_field_that_will_not_do_is_named(
        self, house: WebHouse, change: dict[str, Any], code: str, field: str
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)

        problem = problem_of(await admin.post("/api/users", json={**NEW, **change}))

        assert (problem["status"], problem["code"]) == (422, code)
        assert [each["field"] for each in problem["errors"]] == [field]
        assert len((await admin.get("/api/users")).json()["items"]) == 1


class TestChanging:
    async def test_a_deactivated_user_is_out_at_once(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        agent = await house.logged_in("limin")
        user_id = (await agent.get("/api/session")).json()["user"]["id"]

        answer = await admin.patch(f"/api/users/{user_id}", json={"is_active": False})

        assert answer.json()["is_active"] is False
        assert (await agent.get("/api/session")).status_code == 401
        back = await admin.patch(f"/api/users/{user_id}", json={"is_active": True})
        assert back.json()["is_active"] is True
        assert (await agent.get("/api/session")).status_code == 401, "logs in anew"

    async def test_a_new_role_counts_at_once(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        other = await house.logged_in("limin")
        user_id = (await other.get("/api/session")).json()["user"]["id"]
        assert (await other.get("/api/users")).status_code == 403

        await admin.patch(f"/api/users/{user_id}", json={"role": "administrator"})

        assert (await other.get("/api/users")).status_code == 200

    async def test_a_reset_password_must_be_changed_and_ends_the_logins(
        self, house: WebHouse
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        agent = await house.logged_in("limin")
        user_id = (await agent.get("/api/session")).json()["user"]["id"]

        await admin.patch(f"/api/users/{user_id}", json={"password": "set by the boss"})

        assert (await agent.get("/api/session")).status_code == 401
        login = {"name": "limin", "password": "set by the boss"}
        user = (await agent.post("/api/session", json=login)).json()["user"]
        assert user["must_change_password"] is True

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": "supervisor"}])
    async def test_somebody_is_left_who_can_administer(
        self, house: WebHouse, change: dict[str, Any]
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        user_id = (await admin.get("/api/session")).json()["user"]["id"]

        refused = await admin.patch(f"/api/users/{user_id}", json=change)
        assert (refused.status_code, problem_of(refused)["code"]) == (409, "last-administrator")

        await house.add("second", Role.ADMINISTRATOR)
        assert (await admin.patch(f"/api/users/{user_id}", json=change)).status_code == 200

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"password": "short"}, 422),
            ({"display_name": " "}, 422),
            ({"role": "boss"}, 422),
            ({"name": "new"}, 422),
        ],
    )
    async def test_a_refused_change_changes_nothing(
        self, house: WebHouse, change: dict[str, Any], status: int
    ) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        user = await house.add("limin")
        before = (await admin.get("/api/users")).json()

        answer = await admin.patch(f"/api/users/{user.id}", json=change)

        assert answer.status_code == status
        assert (await admin.get("/api/users")).json() == before

    async def test_a_user_that_is_not_there(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        problem = problem_of(await admin.patch("/api/users/u-nobody", json={"is_active": False}))
        assert (problem["status"], problem["code"]) == (404, "no-such-user")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_only_administrators_keep_users(house: WebHouse, role: Role) -> None:
    client = await house.logged_in("limin", role)
    answers = [
        await client.get("/api/users"),
        await client.post("/api/users", json=NEW),
        await client.patch("/api/users/u-1", json={"is_active": False}),
    ]
    assert [problem_of(answer)["code"] for answer in answers] == ["forbidden"] * 3


class TestAudit:
    async def test_each_step_leaves_who_whom_and_from_where(self, house: WebHouse) -> None:
        admin = await house.logged_in("admin", Role.ADMINISTRATOR)
        admin_id = (await admin.get("/api/session")).json()["user"]["id"]
        user_id = (await admin.post("/api/users", json=NEW)).json()["id"]
        await admin.patch(f"/api/users/{user_id}", json={"role": "supervisor"})
        await admin.patch(f"/api/users/{user_id}", json={"password": "another long one"})
        await house.client().post("/api/session", json={"name": "zhaoqian", "password": "x"})
        await house.client().post("/api/session", json={"name": "nobody", "password": "x"})
        await admin.delete("/api/session")

        entries = list(reversed(await house.repository.list_audit()))

        assert [(entry.action, entry.user_id, entry.subject_id) for entry in entries[1:]] == [
            ("login", admin_id, None),
            ("user_created", admin_id, user_id),
            ("user_changed", admin_id, user_id),
            ("password_changed", admin_id, user_id),
            ("login_failed", user_id, None),
            ("login_failed", None, None),
            ("logout", admin_id, None),
        ]
        assert {entry.source for entry in entries[1:]} == {"192.0.2.1"}
        changed = entries[3]
        assert changed.before is not None
        assert changed.after is not None
        assert (changed.before["role"], changed.after["role"]) == ("agent", "supervisor")
        assert "argon2" not in repr(entries)
        assert PASSWORD not in repr(entries)
