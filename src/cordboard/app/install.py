"""Putting a checked site document into the database of a server that does not run."""

from cordboard.agents.repository import AgentRepository
from cordboard.app.config import Settings
from cordboard.app.site import Site, agent_of, lines_of
from cordboard.directory import NewUser, Role
from cordboard.directory.access import Sessions
from cordboard.directory.repository import DirectoryRepository
from cordboard.directory.service import Directory
from cordboard.directory.state import AccountRules
from cordboard.flows.graph import Flow
from cordboard.flows.repository import FlowRepository
from cordboard.kit.clock import Clock, SystemClock
from cordboard.kit.db import Database
from cordboard.kit.ids import Ids
from cordboard.kit.passwords import Passwords
from cordboard.queues.repository import QueueRepository
from cordboard.telephony.repository import LinesRepository


async def install_site(
    settings: Settings, site: Site, flows: list[Flow], *, keep: bool = False
) -> str:
    """Install a site; lines and queues replace what stands, users and flows are added.

    A user whose name is there keeps everything; a flow whose version is there is left alone, so
    that installing the same document twice changes nothing.

    Args:
        settings: Which database and realm.
        site: Checked.
        flows: Checked.
        keep: Do nothing if there are users already: the demo's second start.

    Returns:
        What was done, in one line.
    """
    clock = SystemClock()
    database = Database(settings.database_url)
    try:
        directory = _directory(database, clock)
        if keep and await directory.list_accounts():
            return f"{site.name}: already installed"
        lines = lines_of(site, settings.core.realm, settings.core.outside_prefix)
        await LinesRepository(database).save(lines)
        for queue in site.queues:
            await QueueRepository(database).save_queue(queue)
        added = await _add_flows(FlowRepository(database), flows, clock.now_ms())
        users = await _add_users(directory, AgentRepository(database), site)
    finally:
        await database.close()
    return (
        f"{site.name}: {users} users, {len(site.phones)} phones, {len(site.trunks)} trunks, "
        f"{len(site.queues)} queues, {added} flows"
    )


def _directory(database: Database, clock: Clock) -> Directory:
    repository = DirectoryRepository(database)
    rules = AccountRules()
    return Directory(
        repository,
        Sessions(repository, clock, rules),
        Passwords(threads=2),
        Ids(clock.now_ms),
        clock,
        rules,
    )


async def _add_flows(repository: FlowRepository, flows: list[Flow], now_ms: int) -> int:
    live = {flow.id: flow.version for flow in await repository.load_live()}
    fresh = [flow for flow in flows if flow.version > live.get(flow.id, 0)]
    for flow in fresh:
        await repository.publish(flow, now_ms)
    return len(fresh)


async def _add_users(directory: Directory, agents: AgentRepository, site: Site) -> int:
    count = 0
    for user in site.users:
        account = await directory.find_by_name(user.name)
        if account is None:
            count += 1
            account = await directory.create_user(
                NewUser(
                    name=user.name,
                    display_name=user.display_name,
                    role=Role(user.role),
                    password=user.password,
                    agent_number=user.agent_number,
                    extension=user.extension,
                    language=user.language,
                    must_change_password=user.must_change_password,
                )
            )
        agent = agent_of(user, account.user.id)
        if agent is not None:
            await agents.save_agent(agent)
    return count
