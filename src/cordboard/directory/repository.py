"""The only SQL of this room. One method is one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cordboard.kit.db import Database, plain

from .errors import NameTakenError
from .model import Account, AgentId, Role, Session, User, UserId
from .state import retry_after_ms
from .tables import audit_entries, login_failures, sessions, users


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One record of who did what, when and from where."""

    at_ms: int
    action: str
    "login, login_failed, logout, password_changed, user_created, user_changed."

    user_id: UserId | None
    "Who did it; None for somebody unknown or the system."

    subject_id: str | None = None
    "Whom it was done to."

    source: str = ""
    "Address it came from; empty: this machine's command line."

    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class DirectoryRepository:
    """Users, sessions, failures and audit entries.

    Args:
        database: Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_users(self) -> int:
        """How many users there are, inactive ones included."""
        async with self._database.read() as connection:
            query = select(func.count()).select_from(users)
            return int((await connection.execute(query)).scalar_one())

    async def count_other_administrators(self, user_id: UserId) -> int:
        """Active administrators but this one."""
        query = select(func.count()).where(
            users.c.role == Role.ADMINISTRATOR, users.c.is_active, users.c.id != user_id
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def list_accounts(self) -> list[Account]:
        """All users by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.name_key))).all()
        return [_account(row) for row in rows]

    async def find_account(self, user_id: UserId) -> Account | None:
        """The user with this id."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
        return None if row is None else _account(row)

    async def find_by_name(self, name: str) -> Account | None:
        """The user with this login name, in any case."""
        query = select(users).where(users.c.name_key == name_key(name))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _account(row)

    async def add(self, account: Account, entry: AuditEntry) -> None:
        """Store a new user.

        Raises:
            NameTakenError: If its name, agent number or extension belongs to another.
        """
        row = _row(account)
        try:
            async with self._database.begin() as connection:
                await _check_unique(connection, row)
                await connection.execute(insert(users).values(**row))
                await _audit(connection, entry)
        except IntegrityError as error:  # somebody was faster
            raise NameTakenError("Another user has one of these values.") from error

    async def change(
        self, account: Account, entry: AuditEntry, *, end_sessions: bool, but: str | None = None
    ) -> list[str]:
        """Store a changed user and, if asked, end its sessions but one.

        Args:
            account: As it is from now on.
            entry: For the audit.
            end_sessions: Whether its logins end.
            but: `token_hash` of the session that stays.

        Returns:
            `token_hash` of each ended session.
        """
        user_id = account.user.id
        ended: list[str] = []
        async with self._database.begin() as connection:
            change = update(users).where(users.c.id == user_id)
            await connection.execute(change.values(**_row(account)))
            if end_sessions:
                goes = [sessions.c.user_id == user_id, sessions.c.token_hash != (but or "")]
                found = await connection.execute(select(sessions.c.token_hash).where(*goes))
                ended = list(found.scalars())
                await connection.execute(delete(sessions).where(*goes))
            await _audit(connection, entry)
        return ended

    async def set_language(self, user_id: UserId, language: str | None) -> None:
        """Remember the language of the screens."""
        async with self._database.begin() as connection:
            change = update(users).where(users.c.id == user_id).values(language=language)
            await connection.execute(change)

    async def add_session(
        self, session: Session, entry: AuditEntry, *, used_before_ms: int, created_before_ms: int
    ) -> None:
        """Store a login; everybody's sessions from before these moments have run out and go."""
        stale = or_(
            sessions.c.used_at_ms < used_before_ms, sessions.c.created_at_ms < created_before_ms
        )
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(stale))
            await connection.execute(insert(sessions).values(**msgspec.structs.asdict(session)))
            change = update(users).where(users.c.id == session.user_id)
            await connection.execute(change.values(last_login_at_ms=session.created_at_ms))
            await _audit(connection, entry)

    async def find_session(self, token_hash: str) -> tuple[Session, Account] | None:
        """A stored session with its user."""
        query = (
            select(sessions.c.created_at_ms, sessions.c.used_at_ms, users)
            .join_from(sessions, users)
            .where(sessions.c.token_hash == token_hash)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        account = _account(row)
        session = Session(
            token_hash=token_hash,
            user_id=account.user.id,
            created_at_ms=row.created_at_ms,
            used_at_ms=row.used_at_ms,
        )
        return session, account

    async def touch_session(self, token_hash: str, used_at_ms: int) -> None:
        """Note that the session is in use."""
        async with self._database.begin() as connection:
            change = update(sessions).where(sessions.c.token_hash == token_hash)
            await connection.execute(change.values(used_at_ms=used_at_ms))

    async def end_session(self, token_hash: str, entry: AuditEntry | None = None) -> None:
        """Forget a session."""
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))
            if entry is not None:
                await _audit(connection, entry)

    async def note_try(
        self,
        failure_id: str,
        limits: Sequence[tuple[str, int]],
        at_ms: int,
        window_ms: int,
    ) -> int:
        """Count a login as failed until it succeeds, so that many at once cannot slip through.

        Args:
            failure_id: Of this try; its rows are `<id>-0`, `<id>-1` in the order of the limits.
            limits: Subjects with the most failures that each may have in the window.
            at_ms: Now.
            window_ms: Older failures are forgotten.

        Returns:
            0, or how many milliseconds to wait; then the try does not count.
        """
        table = login_failures
        async with self._database.begin() as connection:
            await connection.execute(delete(table).where(table.c.at_ms <= at_ms - window_ms))
            wait_ms = 0
            for subject, most in limits:
                query = select(table.c.at_ms).where(table.c.subject == subject)
                query = query.order_by(table.c.at_ms.desc()).limit(most)
                failures = (await connection.execute(query)).scalars().all()
                wait_ms = max(wait_ms, retry_after_ms(failures, most, at_ms, window_ms))
            if not wait_ms:
                rows = [
                    {"id": f"{failure_id}-{n}", "subject": subject, "at_ms": at_ms}
                    for n, (subject, _) in enumerate(limits)
                ]
                await connection.execute(insert(table), rows)
        return wait_ms

    async def forgive(self, failure_id: str, subject: str) -> None:
        """The try succeeded: it was no failure, and its name's failures are forgotten."""
        table = login_failures
        async with self._database.begin() as connection:
            ours = table.c.id.startswith(f"{failure_id}-")
            await connection.execute(delete(table).where(or_(ours, table.c.subject == subject)))

    async def audit(self, entry: AuditEntry) -> None:
        """Add one audit entry."""
        async with self._database.begin() as connection:
            await _audit(connection, entry)

    async def list_audit(self, limit: int = 200) -> list[AuditEntry]:
        """The latest audit entries, the newest first."""
        query = select(audit_entries).order_by(audit_entries.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [msgspec.convert(plain(row), AuditEntry) for row in rows]


async def _audit(connection: AsyncConnection, entry: AuditEntry) -> None:
    await connection.execute(insert(audit_entries).values(**msgspec.structs.asdict(entry)))


def name_key(name: str) -> str:
    """A login name without regard to case and outer blanks."""
    return name.strip().casefold()


def _account(row: Row[Any]) -> Account:
    user = User(
        id=UserId(row.id),
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        agent_number=row.agent_number,
        extension=row.extension,
        language=row.language,
        must_change_password=row.must_change_password,
    )
    return Account(
        user=user,
        is_active=row.is_active,
        password_hash=row.password_hash,
        created_at_ms=row.created_at_ms,
        last_login_at_ms=row.last_login_at_ms,
    )


def _row(account: Account) -> dict[str, Any]:
    user = account.user
    return {
        "id": user.id,
        "name": user.name,
        "name_key": name_key(user.name),
        "display_name": user.display_name,
        "role": user.role.value,
        "password_hash": account.password_hash,
        "must_change_password": user.must_change_password,
        "is_active": account.is_active,
        "agent_id": user.agent_id,
        "agent_number": user.agent_number,
        "extension": user.extension,
        "language": user.language,
        "created_at_ms": account.created_at_ms,
        "last_login_at_ms": account.last_login_at_ms,
    }


_UNIQUE = {
    "name_key": ("name", "This login name is taken."),
    "agent_number": ("agent_number", "Another user has this agent number."),
    "extension": ("extension", "Another user has this extension."),
}


async def _check_unique(connection: AsyncConnection, row: dict[str, Any]) -> None:
    errors = []
    for column, (field, message) in _UNIQUE.items():
        query = select(users.c.id).where(users.c[column] == row[column])
        if row[column] is not None and (await connection.execute(query)).first():
            errors.append({"field": field, "message": message})
    if errors:
        raise NameTakenError(errors[0]["message"], errors=errors)
