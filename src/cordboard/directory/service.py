"""Use cases of the directory: log in and out, passwords, users.

Whoever may not log in learns only that name and password do not belong together, after the same
time, whether the user exists or not. Each login and each change leaves an audit entry.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from cordboard.kit.clock import Clock
from cordboard.kit.ids import Ids
from cordboard.kit.passwords import Passwords

from .access import Sessions, token_hash_of
from .errors import (
    InvalidUserError,
    LastAdministratorError,
    NoSuchUserError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongCredentialsError,
    WrongOldPasswordError,
)
from .model import LANGUAGES, Account, AgentId, NewUser, Role, User, UserChange, UserId
from .repository import AuditEntry, DirectoryRepository, name_key
from .state import (
    AccountRules,
    check_display_name,
    check_password,
    check_user,
    field_error,
    shown,
)

OnAgentUser = Callable[[User], Awaitable[None]]
"Told of each user that is an agent, when made or changed."


async def nobody_listens(user: User) -> None:
    """For a directory without a room of agents."""


class Directory:
    """The organisation's users.

    Args:
        repository: Where they are stored.
        sessions: Their logins.
        passwords: Makes and checks hashes.
        ids: Makes identifiers.
        clock: Time.
        rules: Limits.
        on_agent_user: See `OnAgentUser`.
    """

    def __init__(
        self,
        repository: DirectoryRepository,
        sessions: Sessions,
        passwords: Passwords,
        ids: Ids,
        clock: Clock,
        rules: AccountRules,
        on_agent_user: OnAgentUser = nobody_listens,
    ) -> None:
        self._repository = repository
        self.sessions = sessions
        self._passwords = passwords
        self._ids = ids
        self._clock = clock
        self._rules = rules
        self._on_agent_user = on_agent_user

    async def login(self, name: str, password: str, source: str) -> tuple[str, User]:
        """Open a session; its token and the user.

        Args:
            name: As typed; case does not count.
            password: As typed.
            source: Address it comes from.

        Raises:
            TooManyAttemptsError: If this name or place has failed too often.
            WrongCredentialsError: If they do not belong together or the user is not active.
        """
        failure_id = self._ids.new("f")
        subject = _subject("name", name_key(name))
        await self._slow_down(failure_id, subject, source)
        account = await self._repository.find_by_name(name)
        right = await self._passwords.verify(
            None if account is None else account.password_hash, password
        )
        if account is None or not right or not account.is_active:
            user_id = None if account is None else account.user.id
            await self._audit("login_failed", user_id, source)
            raise WrongCredentialsError("Name or password is wrong.")
        await self._repository.forgive(failure_id, subject)
        if self._passwords.is_outdated(account.password_hash):
            account = await self._rehash(account, password, source)
        user = account.user
        token = await self.sessions.open(account, self._entry("login", user.id, source))
        session_id = token_hash_of(token)[:16]
        return token, msgspec.structs.replace(user, session_id=session_id)

    async def logout(self, user: User, token: str, source: str) -> None:
        """End this session."""
        await self.sessions.end(token, self._entry("logout", user.id, source))

    async def change_own_password(
        self, user: User, token: str, old: str, new: str, source: str
    ) -> None:
        """Set one's own password; all other logins of the user end.

        Raises:
            TooManyAttemptsError: If the old password was wrong too often.
            WrongOldPasswordError: If the old password is wrong.
            WeakPasswordError: If the new one breaks a rule or is the old one.
        """
        account = await self._get(user.id)
        failure_id = self._ids.new("f")
        subject = _subject("name", name_key(user.name))
        await self._slow_down(failure_id, subject, source)
        if not await self._passwords.verify(account.password_hash, old):
            await self._audit("login_failed", user.id, source)
            raise WrongOldPasswordError(
                "The old password is not right.", errors=field_error("old_password", "Not right.")
            )
        await self._repository.forgive(failure_id, subject)
        if new == old:
            same = "Choose a password other than the old one."
            raise WeakPasswordError(same, errors=field_error("new_password", same))
        check_password(new, name=user.name, field="new_password")
        changed = msgspec.structs.replace(
            account,
            password_hash=await self._passwords.hash(new),
            user=msgspec.structs.replace(account.user, must_change_password=False),
        )
        entry = self._entry("password_changed", user.id, source, user.id)
        await self._store(changed, entry, end_sessions=True, but=token_hash_of(token))

    async def set_language(self, user: User, language: str | None) -> User:
        """Choose the language of one's screens.

        Raises:
            InvalidUserError: If we do not speak it.
        """
        if language is not None and language not in LANGUAGES:
            choice = f"Choose one of {', '.join(LANGUAGES)}."
            raise InvalidUserError(choice, errors=field_error("language", choice))
        await self._repository.set_language(user.id, language)
        self.sessions.renew(user.id)
        return msgspec.structs.replace(user, language=language)

    async def list_accounts(self) -> list[Account]:
        """All users by name."""
        return await self._repository.list_accounts()

    async def find_by_name(self, name: str) -> Account | None:
        """The user with this login name, in any case."""
        return await self._repository.find_by_name(name)

    async def create_user(
        self, new: NewUser, *, by: User | None = None, source: str = ""
    ) -> Account:
        """Make a user, and an agent if there is an agent number.

        Raises:
            InvalidUserError: If a field will not do.
            WeakPasswordError: If the password breaks a rule.
            NameTakenError: If name, agent number or extension belongs to another.
        """
        check_user(new)
        check_password(new.password, name=new.name, field="password")
        user = User(
            id=UserId(self._ids.new("u")),
            name=new.name.strip(),
            display_name=new.display_name.strip(),
            role=new.role,
            agent_id=AgentId(f"a-{new.agent_number}") if new.agent_number else None,
            agent_number=new.agent_number or None,
            extension=new.extension or None,
            language=new.language,
            must_change_password=new.must_change_password,
        )
        account = Account(
            user=user,
            is_active=True,
            password_hash=await self._passwords.hash(new.password),
            created_at_ms=self._clock.now_ms(),
        )
        actor = None if by is None else by.id
        entry = self._entry("user_created", actor, source, user.id, after=shown(account))
        await self._repository.add(account, entry)
        if user.agent_id is not None:
            await self._on_agent_user(user)
        return account

    async def change_user(
        self, user_id: UserId, change: UserChange, *, by: User | None = None, source: str = ""
    ) -> Account:
        """Change a user. A new password or deactivation ends the user's logins.

        Raises:
            NoSuchUserError: If there is none.
            WeakPasswordError: If the password breaks a rule.
            LastAdministratorError: If nobody could administer the system any more.
        """
        before = await self._get(user_id)
        after = await self._changed(before, change, by)
        await self._keep_an_administrator(before, after)
        ends = not after.is_active or change.password is not None
        actor = None if by is None else by.id
        entry = self._entry(
            "user_changed", actor, source, user_id, before=shown(before), after=shown(after)
        )
        if change.password is not None:
            entry = msgspec.structs.replace(entry, action="password_changed")
        await self._store(after, entry, end_sessions=ends)
        if after.user.agent_id is not None and after.user != before.user:
            await self._on_agent_user(after.user)
        return after

    async def ensure_administrator(self, name: str = "admin") -> str | None:
        """Make the first administrator if there is no user; the password to show once, or None.

        It must be changed at the first login.
        """
        if await self._repository.count_users():
            return None
        password = secrets.token_urlsafe(12)
        await self.create_user(
            NewUser(
                name=name, display_name="Administrator", role=Role.ADMINISTRATOR, password=password
            )
        )
        return password

    async def note(
        self, user: User, action: str, subject_id: str, details: Mapping[str, str], source: str = ""
    ) -> None:
        """Add an audit entry for what happened in another room, for example a listening."""
        await self._repository.audit(
            self._entry(action, user.id, source, subject_id, after=dict(details))
        )

    async def _slow_down(self, failure_id: str, subject: str, source: str) -> None:
        rules = self._rules
        limits = [
            (subject, rules.most_failures_of_name),
            (_subject("source", source), rules.most_failures_of_source),
        ]
        wait_ms = await self._repository.note_try(
            failure_id, limits, self._clock.now_ms(), rules.window_s * 1000
        )
        if wait_ms:
            wait_s = -(-wait_ms // 1000)
            raise TooManyAttemptsError(
                f"Too many failed logins. Try again in {wait_s} seconds.", retry_after_s=wait_s
            )

    async def _changed(self, account: Account, change: UserChange, by: User | None) -> Account:
        user = account.user
        if change.display_name is not None:
            check_display_name(change.display_name)
            user = msgspec.structs.replace(user, display_name=change.display_name.strip())
        if change.role is not None:
            user = msgspec.structs.replace(user, role=change.role)
        if change.is_active is not None:
            account = msgspec.structs.replace(account, is_active=change.is_active)
        if change.password is not None:
            check_password(change.password, name=user.name, field="password")
            own = by is not None and by.id == user.id
            user = msgspec.structs.replace(user, must_change_password=not own)
            hashed = await self._passwords.hash(change.password)
            account = msgspec.structs.replace(account, password_hash=hashed)
        return msgspec.structs.replace(account, user=user)

    async def _keep_an_administrator(self, before: Account, after: Account) -> None:
        was = before.is_active and before.user.role is Role.ADMINISTRATOR
        stays = after.is_active and after.user.role is Role.ADMINISTRATOR
        others = self._repository.count_other_administrators
        if was and not stays and not await others(before.user.id):
            raise LastAdministratorError("Make somebody else an administrator first.")

    async def _rehash(self, account: Account, password: str, source: str) -> Account:
        hashed = await self._passwords.hash(password)
        account = msgspec.structs.replace(account, password_hash=hashed)
        entry = self._entry("password_rehashed", account.user.id, source, account.user.id)
        await self._store(account, entry, end_sessions=False)
        return account

    async def _store(
        self, account: Account, entry: AuditEntry, *, end_sessions: bool, but: str | None = None
    ) -> None:
        ended = await self._repository.change(account, entry, end_sessions=end_sessions, but=but)
        self.sessions.forget(ended)
        self.sessions.renew(account.user.id)

    async def _get(self, user_id: UserId) -> Account:
        account = await self._repository.find_account(user_id)
        if account is None:
            raise NoSuchUserError("There is no such user.")
        return account

    async def _audit(self, action: str, user_id: UserId | None, source: str) -> None:
        await self._repository.audit(self._entry(action, user_id, source))

    def _entry(
        self,
        action: str,
        user_id: UserId | None,
        source: str,
        subject_id: str | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> AuditEntry:
        return AuditEntry(
            at_ms=self._clock.now_ms(),
            action=action,
            user_id=user_id,
            subject_id=subject_id,
            source=source,
            before=before,
            after=after,
        )


def _subject(kind: str, value: str) -> str:
    """Whose failures are counted; hashed, because people type passwords into the name field."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"
