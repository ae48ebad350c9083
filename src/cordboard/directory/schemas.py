"""Bodies of this room's requests and answers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cordboard.kit.clock import iso

from .model import Account, NewUser, Role, User, UserChange

Password = Annotated[str, Field(max_length=1_000)]
"Longer ones are refused unread; how long one may be is a rule of passwords."

Word = Annotated[str, Field(max_length=200)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LoginBody(_Request):
    """`POST /api/session`."""

    name: Word
    password: Password


class PasswordBody(_Request):
    """`POST /api/session/password`."""

    old_password: Password
    new_password: Password


class LanguageBody(_Request):
    """`PATCH /api/session`."""

    language: Word | None


class NewUserBody(_Request):
    """`POST /api/users`."""

    name: Word
    display_name: Word
    role: Role
    password: Password
    agent_number: Word | None = None
    extension: Word | None = None

    def new_user(self) -> NewUser:
        """As the service takes it."""
        return NewUser(**self.model_dump())


class UserChangeBody(_Request):
    """`PATCH /api/users/{id}`; what is left out or null stays."""

    display_name: Word | None = None
    role: Role | None = None
    is_active: bool | None = None
    password: Password | None = None

    def change(self) -> UserChange:
        """As the service takes it."""
        return UserChange(**self.model_dump())


class SessionUser(BaseModel):
    """Who is logged in."""

    id: str
    name: str
    display_name: str
    role: Role
    agent_id: str | None
    must_change_password: bool
    language: str | None
    permissions: list[str]


class SessionAnswer(BaseModel):
    """Answer about one's own session."""

    user: SessionUser
    time_zone: str
    "Of the site, an IANA name: days and clock times on the screens are the site's."

    @classmethod
    def of(cls, user: User, time_zone: str) -> "SessionAnswer":
        """The answer about this user."""
        return cls(
            time_zone=time_zone,
            user=SessionUser(
                id=user.id,
                name=user.name,
                display_name=user.display_name,
                role=user.role,
                agent_id=user.agent_id,
                must_change_password=user.must_change_password,
                language=user.language,
                permissions=user.permissions,
            ),
        )


class UserItem(BaseModel):
    """One user in a list."""

    id: str
    name: str
    display_name: str
    role: Role
    is_active: bool
    agent_number: str | None
    extension: str | None
    last_login_at: str | None

    @classmethod
    def of(cls, account: Account) -> "UserItem":
        """The item of this user."""
        user, at_ms = account.user, account.last_login_at_ms
        return cls(
            id=user.id,
            name=user.name,
            display_name=user.display_name,
            role=user.role,
            is_active=account.is_active,
            agent_number=user.agent_number,
            extension=user.extension,
            last_login_at=None if at_ms is None else iso(at_ms),
        )


class UserList(BaseModel):
    """All users."""

    items: list[UserItem]
