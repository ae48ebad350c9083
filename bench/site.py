"""The contact centre that is measured: agents at one fixed contact, two direct queues, one flow.

Installed through the product's own code into a fresh data directory. Agents are signed in there
before the server starts, in one turn: over HTTP that would take four hundred passwords.
"""

import asyncio
from pathlib import Path
from typing import Any, cast

import msgspec

from cordboard.agents import Agent
from cordboard.agents.repository import AgentRepository
from cordboard.agents.service import Agents
from cordboard.app.config import load
from cordboard.app.install import install_site
from cordboard.app.migrations import migrate
from cordboard.app.site import read_site
from cordboard.calls import CallCommands
from cordboard.kit.bus import Bus
from cordboard.kit.clock import SystemClock
from cordboard.kit.db import Database
from cordboard.kit.ids import AgentId, UserId
from cordboard.kit.journal import SqlJournal
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns
from cordboard.media.prompt_cache import PromptCache

QUEUE_NUMBER, FLOW_NUMBER, SCARCE_NUMBER = "96511", "96510", "96512"
FIRST_EXTENSION = 10_000
PASSWORD = "a-bench-has-no-secrets"
FLOW: dict[str, Any] = {
    "format": 1, "id": "bench", "name": "bench", "version": 1, "languages": ["zh", "en"],
    "start": "greeting", "variables": {"matter": ""},
    "nodes": {
        "greeting": {"kind": "play", "items": ["say/1"], "exits": {"done": "matter"}},
        "matter": {
            "kind": "menu", "items": ["menus/main_water"], "keys": {"1": "chosen"},
            "sets": {"1": {"matter": "repair"}}, "timeout_s": 5, "retries": 1,
            "exits": {"chosen": "to_queue", "no_input": "bye", "invalid": "bye"},
        },
        "to_queue": {"kind": "route", "to": "queue", "target": "direct",
                     "exits": {"failed": "bye"}},
        "bye": {"kind": "hang_up"},
    },
}  # fmt: skip


def document(agents: int, scarce: int, agent_contact: str) -> dict[str, Any]:
    """The site document.

    Args:
        agents: How many have the skill of the first queue.
        scarce: How many have that of the second.
        agent_contact: `host:port` of every phone.
    """
    queue = {"announce_every_s": 0, "ring_limit_s": 15, "wrap_up_s": 0}
    return {
        "format": 1,
        "name": "bench",
        "users": [
            {"name": "bench", "display_name": "bench", "role": "administrator",
             "password": PASSWORD, "must_change_password": False},
        ],
        "trunks": [{"id": "bench", "name": "bench", "hosts": ["127.0.0.1"], "latch": "nat",
                    "checks_health": False}],
        "phones": [
            {"extension": str(FIRST_EXTENSION + n), "contact": agent_contact}
            for n in range(agents + scarce)
        ],
        "service_numbers": [
            {"number": QUEUE_NUMBER, "name": "direct", "kind": "queue", "target": "direct"},
            {"number": SCARCE_NUMBER, "name": "scarce", "kind": "queue", "target": "scarce"},
            {"number": FLOW_NUMBER, "name": "flow", "kind": "flow", "target": "bench"},
        ],
        "queues": [
            {"id": "direct", "name": "direct", "needs": {"direct": 1}, **queue},
            {"id": "scarce", "name": "scarce", "needs": {"scarce": 1}, **queue},
        ],
        "flows": [FLOW],
    }  # fmt: skip


async def _install(environment: dict[str, str], file: Path, agents: int, scarce: int) -> None:
    settings, _ = load(environment=environment)
    site, flows = read_site(file, PromptCache(settings.prompt_folders).missing)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    await install_site(settings, site, flows)
    database, clock, bus = Database(settings.database_url), SystemClock(), Bus()
    journal = SqlJournal(database, clock, settings.data_dir / "journal.spool")
    try:
        await journal.start()
        turns = Turns(clock, bus, journal)
        repository = AgentRepository(database)
        room = Agents(_NO_CALLS, turns, Timers(), repository)
        for n in range(agents + scarce):
            await room.save_agent(agent(n, "direct" if n < agents else "scarce"))

        def sign_in(turn: Turn) -> None:
            for view in room.list_agents():
                room.sign_in(turn, view.id)

        await turns.take(sign_in)
    finally:
        await journal.close()
        await database.close()


_NO_CALLS = cast(CallCommands, None)  # nobody calls while agents sign in


def agent(n: int, skill: str) -> Agent:
    """The agent of the n-th phone."""
    number = str(FIRST_EXTENSION + n)
    return Agent(
        id=AgentId(f"a-{number}"), user_id=UserId(f"u-{number}"), name=number,
        agent_number=number, extension=number, skills={skill: 1},
    )  # fmt: skip


def install(environment: dict[str, str], folder: Path, agents: int, scarce: int, at: str) -> None:
    """Make the site in the data directory that the environment names."""
    file = folder / "site.json"
    file.write_bytes(msgspec.json.encode(document(agents, scarce, at)))
    asyncio.run(_install(environment, file, agents, scarce))
