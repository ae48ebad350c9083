"""The web application of the directory on a real database, with a clock that tests move."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI

from cordboard.app.http import make_app
from cordboard.directory import NewUser, Role, User
from cordboard.directory.access import Sessions
from cordboard.directory.repository import DirectoryRepository
from cordboard.directory.router import Gate, make_router
from cordboard.directory.service import Directory
from cordboard.directory.state import AccountRules
from cordboard.kit.db import Database
from cordboard.kit.ids import Ids
from cordboard.kit.metrics import Metrics
from cordboard.kit.passwords import Passwords

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class MovedClock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self.at_s

    def now_ms(self) -> int:
        """UTC milliseconds."""
        return 1_795_000_000_000 + int(self.at_s * 1000)

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.at_s += seconds


class WebHouse:
    """Directory, edge and health of a server, without calls.

    Args:
        url: A migrated database.
        routers: Further doors.
        pages: Built web pages.
    """

    def __init__(
        self, url: str, *, routers: tuple[APIRouter, ...] = (), pages: Path | None = None
    ) -> None:
        self.clock = MovedClock()
        self.database = Database(url)
        self.repository = DirectoryRepository(self.database)
        rules = AccountRules()
        self.sessions = Sessions(self.repository, self.clock, rules)
        self.passwords = Passwords(hasher=CHEAP)
        self.agent_users: list[User] = []
        self.directory = Directory(
            self.repository,
            self.sessions,
            self.passwords,
            Ids(self.clock.now_ms),
            self.clock,
            rules,
            on_agent_user=self._on_agent_user,
        )
        self.gate = Gate(self.sessions)
        self.checks: dict[str, bool] = {"database": True, "not-draining": True}
        self.metrics = Metrics()
        self.app: FastAPI = make_app(
            [make_router(self.directory, self.gate), *routers],
            checks=lambda: self.checks,
            calls=lambda: "taken",
            metrics=self.metrics,
            now_s=self.clock.now_s,
            pages=pages,
        )

    async def _on_agent_user(self, user: User) -> None:
        self.agent_users.append(user)

    def client(self, source: str = "192.0.2.1") -> httpx2.AsyncClient:
        """A browser of our own pages, without session."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(source, 50_000)),
            base_url="http://house.test",
            headers={"X-Requested-With": "cordboard"},
        )

    async def add(self, name: str, role: Role = Role.AGENT, **more: Any) -> User:
        """A user whose password is PASSWORD."""
        new = NewUser(
            name=name,
            display_name=name.title(),
            role=role,
            password=PASSWORD,
            **{"must_change_password": False, **more},
        )
        return (await self.directory.create_user(new)).user

    async def logged_in(
        self, name: str, role: Role = Role.AGENT, **more: Any
    ) -> httpx2.AsyncClient:
        """The browser of a new user who has logged in."""
        await self.add(name, role, **more)
        client = self.client()
        answer = await client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    async def close(self) -> None:
        """Let go of the database."""
        self.passwords.close()
        await self.database.close()


@asynccontextmanager
async def a_web_house(url: str, **more: Any) -> AsyncIterator[WebHouse]:
    """A web house that is closed afterwards."""
    house = WebHouse(url, **more)
    try:
        yield house
    finally:
        await house.close()


def problem_of(answer: httpx2.Response) -> Mapping[str, Any]:
    """The problem document of a refused request."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert {"type", "title", "code", "detail"} <= found.keys()
    return found
