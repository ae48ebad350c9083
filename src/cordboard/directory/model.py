"""Words of the room: users, the three built-in roles, and what each role may do.

A permission is `function.operation`; which roles hold it is data, so that roles of an
organisation's own making can be stored beside the built-in ones later without new code.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from cordboard.kit.ids import AgentId, UserId

__all__ = [
    "LANGUAGES",
    "PERMISSIONS",
    "Account",
    "AgentId",
    "NewUser",
    "Role",
    "Session",
    "User",
    "UserChange",
    "UserId",
    "holders",
]

LANGUAGES = ("zh-CN", "en")
"Of the screens."


class Role(StrEnum):
    """A post's functions and operations; these three are built in."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


_ALL = frozenset(Role)
_LEADERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    "session.use": _ALL,
    "desk.use": _ALL,
    "calls.see_own": _ALL,
    "calls.see_all": _LEADERS,
    "calls.see_numbers": _ALL,
    "calls.handle": _ALL,
    "calls.supervise": _LEADERS,
    "floor.see": _LEADERS,
    "agents.force": _LEADERS,
    "recordings.listen": _ALL,
    "recordings.listen_all": _LEADERS,
    "recordings.download": _LEADERS,
    "flows.see": _LEADERS,
    "flows.change": _ADMINISTRATORS,
    "queues.change": _ADMINISTRATORS,
    "lines.see": _LEADERS,
    "lines.control": _LEADERS,
    "lines.change": _ADMINISTRATORS,
    "users.see": _ADMINISTRATORS,
    "users.change": _ADMINISTRATORS,
    "audit.see": _ADMINISTRATORS,
}
"Permission -> roles that hold it."


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind a request."""

    id: UserId
    name: str
    "What is typed at login; unique without regard to case."

    display_name: str
    role: Role
    agent_id: AgentId | None = None
    "The agent this user is, if any."

    agent_number: str | None = None
    extension: str | None = None
    language: str | None = None
    "`zh-CN` or `en`; None: what the browser asks for."

    must_change_password: bool = False
    session_id: str | None = None
    "Which login; no secret. Ended sessions are told by it."

    def may(self, permission: str) -> bool:
        """Whether the user's role holds this permission.

        Raises:
            LookupError: If nobody ever defined it.
        """
        return self.role in holders(permission)

    @property
    def permissions(self) -> list[str]:
        """All permissions of the role, sorted."""
        return sorted(name for name, roles in PERMISSIONS.items() if self.role in roles)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A user as stored."""

    user: User
    is_active: bool
    password_hash: str
    created_at_ms: int
    last_login_at_ms: int | None = None


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a new user is made from."""

    name: str
    display_name: str
    role: Role
    password: str
    agent_number: str | None = None
    "Makes the user an agent."

    extension: str | None = None
    language: str | None = None
    must_change_password: bool = True
    "Whoever sets a password for somebody else knows it."


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; None leaves it."""

    display_name: str | None = None
    role: Role | None = None
    is_active: bool | None = None
    password: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One login of one user, as stored; the token itself is known to the browser alone."""

    token_hash: str
    "SHA-256 of the token, hexadecimal."

    user_id: UserId
    created_at_ms: int
    used_at_ms: int
    "Last request, to the minute."

    @property
    def id(self) -> str:
        """A name for the session that is no secret."""
        return self.token_hash[:16]


def holders(permission: str) -> frozenset[Role]:
    """Roles that hold a permission.

    Raises:
        LookupError: If there is no such permission.
    """
    try:
        return PERMISSIONS[permission]
    except KeyError:
        raise LookupError(f"no permission is called {permission!r}") from None
