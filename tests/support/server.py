"""A whole server as its own process, with a site of its own, looked at as people would look at it.

Real ports, a temporary data directory, `cordboard serve`. Ends only what it started: the
process by its pid, and the media process by pid and start time.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar

import httpx2
import psycopg
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_live
from websockets.sync.client import connect

from cordboard.media.supervisor import find_living

PASSWORD = "a-good-password"
HOTLINE, DIRECT, PATIENT = "96510", "96511", "96512"
"The demo's flow; a queue that rings agents for two seconds; a queue that rings them for long."

_SITE_FLOW = Path(__file__).parents[2] / "src/cordboard/app/demo/flows/demo.json"
PROGRAM = str(Path(sys.executable).with_name("cordboard"))
UNWANTED = (
    "calls_living",
    "calls_owners",
    "calls_bugs",
    "kit_dead_letters",
    "kit_failed_effects",
    "records_unrecorded_calls",
)
"Figures that are 0 when no call is in progress and nothing went wrong."

_START_S = 30.0
T = TypeVar("T")


_PORTS = iter(Random().sample(range(10_000, 15_000, 10), 500))
"Below those that the system gives to sockets that do not care, and ten apart: SIPp takes several."


def free_port() -> int:
    """A port that nobody has, neither on UDP nor on TCP; given once."""
    for port in _PORTS:
        with (
            contextlib.suppress(OSError),
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


@dataclass(frozen=True)
class Seat:
    """An agent of the test site, with a phone at a fixed contact or one that registers."""

    number: str
    extension: str
    contact: str = ""
    transport: str = "udp"
    skills: Mapping[str, int] = field(default_factory=lambda: {"repair": 3})

    @property
    def name(self) -> str:
        """Login name."""
        return f"agent{self.number}"

    @property
    def phone_password(self) -> str:
        """Of a phone that registers."""
        return f"phone-{self.extension}"


def a_site(seats: list[Seat], *, wrap_up_s: int = 0, ring_limit_s: int = 2) -> dict[str, Any]:
    """A site document: a supervisor, an administrator, these agents, three service numbers."""
    people = [("boss", "supervisor"), ("root", "administrator")]
    users: list[dict[str, Any]] = [
        {"name": name, "display_name": name.title(), "role": role} for name, role in people
    ]
    users += [
        {
            "name": seat.name,
            "display_name": f"Agent {seat.number}",
            "role": "agent",
            "agent_number": seat.number,
            "extension": seat.extension,
            "skills": dict(seat.skills),
        }
        for seat in seats
    ]
    for user in users:
        user.update(password=PASSWORD, must_change_password=False)
    common = {"needs": {"repair": 1}, "wrap_up_s": wrap_up_s, "announce_every_s": 0}
    return {
        "format": 1,
        "name": "test site",
        "users": users,
        "trunks": [
            {
                "id": "loopback",
                "name": "Loopback",
                "hosts": ["127.0.0.1"],
                "latch": "nat",
                "checks_health": False,
            }
        ],
        "phones": [
            {"extension": seat.extension, "contact": seat.contact, "transport": seat.transport}
            if seat.contact
            else {"extension": seat.extension, "password": seat.phone_password}
            for seat in seats
        ],
        "service_numbers": [
            {"number": HOTLINE, "name": "Hotline", "kind": "flow", "target": "demo"},
            {"number": DIRECT, "name": "Direct", "kind": "queue", "target": "repair"},
            {"number": PATIENT, "name": "Patient", "kind": "queue", "target": "billing"},
        ],
        "queues": [
            {"id": "repair", "name": "Repair", "ring_limit_s": ring_limit_s, **common},
            {"id": "billing", "name": "Billing", "ring_limit_s": 60, **common},
        ],
        "flows": [json.loads(_SITE_FLOW.read_text())],
    }


class Desk:
    """Somebody who is signed in on the web: REST, and the live screen."""

    def __init__(self, base_url: str, name: str, password: str = PASSWORD) -> None:
        self.client = httpx2.Client(
            base_url=base_url, headers={"X-Requested-With": "cordboard"}, timeout=10
        )
        self._base_url = base_url
        answer = self.client.post("/api/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: str) -> Any:
        """JSON of a GET that succeeds."""
        answer = self.client.get(f"/api/{path}", params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """JSON of a POST that succeeds."""
        answer = self.client.post(f"/api/{path}", json=body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def sound(self, recording_id: str) -> bytes:
        """A downloaded recording."""
        path = f"/api/recordings/{recording_id}/audio"
        answer = self.client.get(path, params={"download": "1"})
        assert answer.status_code == 200, answer.text
        return answer.content

    def snapshot(self) -> dict[str, Any]:
        """What the live screen shows at this moment."""
        url, headers = self._live()
        with connect(url, additional_headers=headers, open_timeout=10) as live:
            message = json.loads(live.recv(timeout=10))
        assert message["type"] == "snapshot"
        state: dict[str, Any] = message["state"]
        return state

    def watch(self) -> "Screen":
        """The live screen, to be used with `async with`."""
        return Screen(*self._live())

    def _live(self) -> tuple[str, dict[str, str]]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self._base_url}
        return self._base_url.replace("http", "ws", 1) + "/api/live", headers


class Screen:
    """The live screen over a while: every fact in order, without a gap."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._seq = -1
        self._task: asyncio.Task[None] | None = None
        self._live: ClientConnection | None = None
        self.facts: list[dict[str, Any]] = []
        self.phases: list[str] = []
        "Of the calls that were seen, each time one changed."

        self.states: dict[str, list[str]] = {}
        "Of each agent that was seen to change."

    async def __aenter__(self) -> Self:
        self._live = await connect_live(self._url, additional_headers=self._headers)
        first = json.loads(await self._live.recv())
        assert first["type"] == "snapshot"
        self._seq = first["seq"]
        self._task = asyncio.create_task(self._read(self._live))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        assert self._live is not None
        await self._live.close()
        await self._task

    async def _read(self, live: ClientConnection) -> None:
        async for text in live:
            message = json.loads(text)
            if message["type"] == "facts":
                assert message["from"] == self._seq + 1, "a gap in the facts"
                self._seq = message["seq"]
                self.facts += message["facts"]
                for entry in message["patch"]:
                    self._patched(entry)
            elif message["type"] == "snapshot":
                self._seq = message["seq"]

    def _patched(self, entry: dict[str, Any]) -> None:
        value = entry.get("value")
        if value is None:
            return
        if entry["path"][0] == "calls" and value["phase"] not in self.phases[-1:]:
            self.phases.append(value["phase"])
        elif entry["path"][0] == "agents":
            states = self.states.setdefault(value["agent_number"], [])
            if value["state"] not in states[-1:]:
                states.append(value["state"])

    def kinds(self) -> list[str]:
        """Classes of the facts so far."""
        return [fact["kind"] for fact in self.facts]


class ServerProcess:
    """A server. `with ServerProcess(folder, site) as server:` loads the site and starts it.

    Args:
        folder: Its data directory is made in here.
        site: Site document; None: nothing is loaded.
        environment: More `CORDBOARD_...` settings.
        verb: What is run.
    """

    def __init__(
        self,
        folder: Path,
        site: dict[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        verb: Sequence[str] = ("serve",),
    ) -> None:
        self._verb = verb
        self.data_dir = folder / "data"
        self._folder = folder
        self._site = site
        self.http_port, self.sip_port = free_port(), free_port()
        first = 20_000 + 200 * secrets.randbelow(49)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CORDBOARD_")},
            "CORDBOARD_CORE_DATA_DIR": str(self.data_dir),
            "CORDBOARD_CORE_LOG_FORMAT": "json",
            "CORDBOARD_HTTP_HOST": "127.0.0.1",
            "CORDBOARD_HTTP_PORT": str(self.http_port),
            "CORDBOARD_SIP_HOST": "127.0.0.1",
            "CORDBOARD_SIP_PORT": str(self.sip_port),
            "CORDBOARD_SIP_ADVERTISED_HOST": "127.0.0.1",
            "CORDBOARD_MEDIA_FIRST_PORT": str(first),
            "CORDBOARD_MEDIA_LAST_PORT": str(first + 199),
            # Two cores are shared by server, media, peers and test: a late loop is no overload.
            "CORDBOARD_SIP_OVERLOAD_LAG_MS": "2000",
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._desks: dict[str, Desk] = {}

    @property
    def url(self) -> str:
        """Of the web side."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def hop(self) -> tuple[str, int, str]:
        """Of the SIP side, for a Softphone."""
        return "127.0.0.1", self.sip_port, "udp"

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self._folder / "server.log"

    @property
    def recordings(self) -> Path:
        """Where its recordings lie."""
        return self.data_dir / "recordings"

    def __enter__(self) -> Self:
        if self._site is not None:
            document = self._folder / "site.json"
            document.write_text(json.dumps(self._site))
            done = self.run("load", str(document))
            assert done.returncode == 0, done.stderr + done.stdout
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, *arguments: str, limit_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        return subprocess.run(
            [PROGRAM, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def start(self) -> None:
        """Start, and wait until it takes calls."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, *self._verb],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until_s = time.monotonic() + _START_S
        while True:
            assert self.process.poll() is None, f"the server ended: {self.tail()}"
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            assert time.monotonic() < until_s, f"the server is not ready: {self.tail()}"
            time.sleep(0.05)

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text().splitlines()[-25:])

    def kill(self) -> None:
        """kill -9; the media process lives on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._desks.clear()

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    @property
    def media_pid(self) -> int | None:
        """The living media process."""
        return find_living(str(self.data_dir / "media.sock"))

    def close(self) -> None:
        """End what was started."""
        for desk in self._desks.values():
            desk.client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        media = self.media_pid
        if media is not None:
            os.kill(media, signal.SIGKILL)

    def desk(self, name: str = "boss") -> Desk:
        """Somebody's desk; logs in at first."""
        if name not in self._desks:
            self._desks[name] = Desk(self.url, name)
        return self._desks[name]

    def calls(self) -> list[dict[str, Any]]:
        """All calls in order of arrival, whole."""
        desk = self.desk()
        rows = desk.get("calls", limit="200")["items"]
        return [desk.get(f"calls/{row['id']}") for row in reversed(rows)]

    def last_call(self) -> dict[str, Any]:
        """The call that arrived last."""
        desk = self.desk()
        row = desk.get("calls", limit="1")["items"][0]
        call: dict[str, Any] = desk.get(f"calls/{row['id']}")
        return call

    def facts_of(self, call_id: str) -> list[dict[str, Any]]:
        """The facts of a call."""
        facts: list[dict[str, Any]] = self.desk().get(f"calls/{call_id}/facts")["items"]
        return facts

    def agent_states(self) -> dict[str, str]:
        """State by agent number; the reason behind a colon if there is one."""
        return {
            agent["agent_number"]: agent["state"]
            + (f":{agent['reason']}" if agent["reason"] else "")
            for agent in self.desk().get("agents")
        }

    def figures(self) -> dict[str, float]:
        """What /metrics says, by name with labels."""
        text = httpx2.get(f"{self.url}/metrics", timeout=5).text
        found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
        return {name.removeprefix("cordboard_"): float(value) for name, value in found}

    def readiness(self) -> dict[str, bool]:
        """What /readyz says, by check."""
        checks: dict[str, bool] = httpx2.get(f"{self.url}/readyz", timeout=5).json()["checks"]
        return checks

    def leftovers(self) -> list[str]:
        """What there should not be when no call is in progress; empty if all is well."""
        figures = self.figures()
        shown = self.desk().snapshot()
        found = [
            f"{name}={value:.0f}"
            for name, value in figures.items()
            if value and name.removesuffix("_total").startswith(UNWANTED)
        ]
        found += [
            f"{name}={value:.0f}"
            for name, value in figures.items()
            if name.startswith("sip_load") and "sessions" in name and value
        ]
        found += [f"call {call['id']} is {call['phase']}" for call in shown["calls"].values()]
        found += [f"line {x['id']} has {x['calls']}" for x in shown["lines"].values() if x["calls"]]
        found += [f"queue {q['id']} holds {q['waiting']}" for q in shown["queues"].values()
                  if q["waiting"]]  # fmt: skip
        found += [str(part) for part in self.recordings.rglob("*.part.wav")]
        return found

    async def until_quiet(self, limit_s: float = 5, /, **agents: str) -> None:
        """Wait until nothing of any call is left; agents (`a8012="idle"`) then are as said.

        Args:
            limit_s: How long to wait.
            agents: States by agent number.
        """
        wanted = {name.removeprefix("a"): state for name, state in agents.items()}

        def wrong() -> list[str]:
            states = self.agent_states()
            return self.leftovers() + [
                f"agent {number} is {states[number]}, not {state}"
                for number, state in wanted.items()
                if states[number] != state
            ]

        await until(lambda: not wrong(), limit_s, wrong)


async def until(
    true: Callable[[], T], limit_s: float = 5, why: Callable[[], object] | None = None
) -> T:
    """Ask again and again (off the loop) until the answer is true; that answer."""
    until_s = time.monotonic() + limit_s
    while True:
        found = await asyncio.to_thread(true)
        if found:
            return found
        if time.monotonic() > until_s:
            raise AssertionError(f"not within {limit_s} s: {why() if why else true}")
        await asyncio.sleep(0.05)


@contextlib.contextmanager
def a_database() -> Iterator[str]:
    """A fresh PostgreSQL database; the test is skipped where there is no server."""
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("no TEST_POSTGRES_URL: PostgreSQL is not here")
    name = f"live_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.rsplit("/", 1)[0] + "/" + name
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


__all__ = ["DIRECT", "HOTLINE", "PASSWORD", "PATIENT", "Desk", "Screen", "Seat", "ServerProcess"]
__all__ += ["a_database", "a_site", "free_port", "until"]
