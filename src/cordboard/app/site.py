"""One document that describes a site: people, lines, queues, flows. Read, checked whole, installed.

`cordboard load FILE` and the demo use it; screens for each part come with their rooms. Errors are
told together, each with its place. Nothing is installed unless everything holds.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from cordboard.agents import Agent
from cordboard.flows import BadFlowError
from cordboard.flows.graph import Flow, check, check_prompts
from cordboard.flows.model import LANGUAGES
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import AgentId, UserId
from cordboard.queues import Queue
from cordboard.queues.effects import localise
from cordboard.telephony.lines import Lines, Phone, ServiceNumber, Trunk, problems
from cordboard.telephony.pools import LinePlan

_MEND_PROMPTS = (
    ". Put each missing prompt, `file:zh/menus/main` as zh/menus/main.wav (mono, 8 kHz; or .alaw) "
    "into the folder CORDBOARD_MEDIA_PROMPTS_DIR, then load again"
)


class SiteUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person, perhaps an agent."""

    name: str
    display_name: str
    role: Literal["agent", "supervisor", "administrator"]
    password: str
    must_change_password: bool = True
    language: str | None = None
    agent_number: str | None = None
    extension: str | None = None
    skills: dict[str, int] = msgspec.field(default_factory=dict)


class SitePhone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inner line, with its password in clear: only hashes of it are stored."""

    extension: str
    name: str = ""
    password: str = ""
    contact: str = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    digest: Literal["any", "sha-256"] = "any"
    "`sha-256`: MD5 is refused from the first time on, not only once SHA-256 was used."


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    format: Literal[1]
    name: str
    users: tuple[SiteUser, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    phones: tuple[SitePhone, ...] = ()
    line_plan: LinePlan = LinePlan()
    service_numbers: tuple[ServiceNumber, ...] = ()
    queues: tuple[Queue, ...] = ()
    flows: tuple[dict[str, Any] | str, ...] = ()
    "Documents, or names of files beside the site's own."


class BadSiteError(DomainError):
    """The document cannot be installed; the message lists everything that is wrong."""

    code = "bad-site"
    status = 422


Missing = Callable[[tuple[str, ...]], Iterable[str]]
"Which of some items cannot be played: `PromptCache.missing`."


def read_site(path: Path, missing_items: Missing) -> tuple[Site, list[Flow]]:
    """A checked site and its checked flows.

    Args:
        path: The document.
        missing_items: Looks for the prompts that flows and queues name.

    Raises:
        BadSiteError: With every problem.
    """
    try:
        site = msgspec.json.decode(path.read_bytes(), type=Site)
    except (OSError, UnicodeDecodeError, RecursionError, msgspec.MsgspecError) as error:
        raise BadSiteError(f"{path}: {error}") from error
    wrong: list[str] = []
    flows = [flow for entry in site.flows if (flow := _flow(entry, path.parent, wrong))]
    wrong += problems(lines_of(site, realm=""))
    wrong += _targets(site, {flow.id for flow in flows})
    wrong += _people(site)
    wrong += _twice("user", [user.name for user in site.users])
    wrong += _twice("agent number", [u.agent_number for u in site.users if u.agent_number])
    wrong += _twice("queue", [queue.id for queue in site.queues])
    wrong += _twice("flow", [flow.id for flow in flows])
    unheard = _silent(site, flows, missing_items)
    wrong += unheard
    if wrong:
        mend = _MEND_PROMPTS if unheard else ""
        raise BadSiteError(f"{path}: " + "; ".join(wrong) + mend, problems=wrong)
    return site, flows


def lines_of(site: Site, realm: str, outside_prefix: str = "9") -> Lines:
    """The lines of a site, phone passwords hashed for this realm (RFC 7616 §3.4.2)."""
    return Lines(
        trunks=site.trunks,
        phones=tuple(_phone(phone, realm) for phone in site.phones),
        service_numbers=site.service_numbers,
        outside_prefix=outside_prefix,
        plan=site.line_plan,
    )


def agent_of(user: SiteUser, user_id: UserId) -> Agent | None:
    """The agent that a user is, if any; its id follows from the agent number."""
    if user.agent_number is None:
        return None
    return Agent(
        id=AgentId(f"a-{user.agent_number}"),
        user_id=user_id,
        name=user.display_name,
        agent_number=user.agent_number,
        extension=user.extension or "",
        skills=user.skills,
    )


def _phone(phone: SitePhone, realm: str) -> Phone:
    secret = f"{phone.extension}:{realm}:{phone.password}".encode()
    md5 = hashlib.md5(secret).hexdigest()  # noqa: S324 - RFC 7616
    return Phone(
        extension=phone.extension,
        name=phone.name,
        ha1_md5=md5 if phone.password and phone.digest == "any" else "",
        ha1_sha256=hashlib.sha256(secret).hexdigest() if phone.password else "",
        contact=phone.contact,
        transport=phone.transport,
    )


def _flow(entry: dict[str, Any] | str, folder: Path, wrong: list[str]) -> Flow | None:
    try:
        document = json.loads((folder / entry).read_text()) if isinstance(entry, str) else entry
        return check(document)
    except (OSError, ValueError) as error:
        wrong.append(f"flow {entry}: {error}")
    except BadFlowError as error:
        name = entry if isinstance(entry, str) else entry.get("id")
        wrong += [f"flow {name}: {fault}" for fault in _faults(error)]
    return None


def _faults(error: BadFlowError) -> list[str]:
    """Each fault of a graph with its node, in one line."""
    faults = error.details.get("problems")
    if not isinstance(faults, list | tuple):
        return [error.detail]
    return [
        " ".join(str(value) for value in one.values() if value)
        if isinstance(one, dict)
        else str(one)
        for one in faults
    ]


def _silent(site: Site, flows: Sequence[Flow], missing_items: Missing) -> list[str]:
    """Every prompt that somebody would wait for in vain, and who asks for it."""
    found = [
        f"flow {flow.id}: {problem.node_id} {problem.message}"
        for flow in flows
        for problem in check_prompts(flow, missing_items)
    ]
    for queue in site.queues:
        items = (
            queue.hold_music,
            *(i for lang in LANGUAGES for i in localise(queue.welcome, lang)),
        )
        found += [f"queue {queue.id}: there is no prompt {item}" for item in missing_items(items)]
    return found


def _targets(site: Site, flow_ids: set[str]) -> list[str]:
    queue_ids = {queue.id for queue in site.queues}
    known = {"queue": {str(queue_id) for queue_id in queue_ids}, "flow": flow_ids}
    found = [
        f"service number {entry.number}: there is no {entry.kind} {entry.target}"
        for entry in site.service_numbers
        if entry.kind != "control" and entry.target not in known[entry.kind]
    ]
    found += [
        f"queue {queue.id}: there is no queue {queue.overflow_queue_id} to overflow to"
        for queue in site.queues
        if queue.overflow_queue_id is not None and queue.overflow_queue_id not in queue_ids
    ]
    return found


def _people(site: Site) -> list[str]:
    extensions = {phone.extension for phone in site.phones}
    found = [
        f"user {user.name}: there is no phone {user.extension}"
        for user in site.users
        if user.extension is not None and user.extension not in extensions
    ]
    if site.users and not any(user.role == "administrator" for user in site.users):
        found.append("users: name at least one administrator")
    return found


def _twice(what: str, values: Sequence[str]) -> list[str]:
    counts = Counter(values)
    return [f"{what} {value}: stands there twice" for value in counts if counts[value] > 1]
