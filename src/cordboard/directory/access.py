"""The gate: whose request this is. Sessions are kept in the database and known for seconds here.

The browser holds an opaque token of 256 bits; stored is its SHA-256, so that a stolen database
opens no session. What was looked up is believed for a few seconds, and while the database is away
until the session runs out, so that people keep working; ending a session takes effect at once.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterable

import msgspec

from cordboard.kit.clock import Clock
from cordboard.kit.db import DatabaseAwayError
from cordboard.kit.errors import ForbiddenError
from cordboard.kit.tasks import attempt

from .errors import MustChangePasswordError, SignedOutError
from .model import Account, Role, Session, User, UserId
from .repository import AuditEntry, DirectoryRepository
from .state import AccountRules, ends_at_ms

BELIEVED_S = 10.0
"Another process (the command line) may have changed the user meanwhile."

TOUCHED_MS = 60_000
MOST_KNOWN = 10_000


class _Known(msgspec.Struct):
    session: Session
    account: Account
    read_at_s: float


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        repository: Where they are stored.
        clock: Time.
        rules: How long they last.
    """

    def __init__(self, repository: DirectoryRepository, clock: Clock, rules: AccountRules) -> None:
        self._repository = repository
        self._clock = clock
        self._rules = rules
        self._known: dict[str, _Known] = {}
        self._watchers: list[Callable[[str], None]] = []

    def watch_ended(self, ended: Callable[[str], None]) -> None:
        """Let `ended(session_id)` hear of each session that is over, so that screens go too."""
        self._watchers.append(ended)

    async def open(self, account: Account, entry: AuditEntry) -> str:
        """Begin a session and return its token, which is stored nowhere.

        Args:
            account: Who logged in.
            entry: For the audit.
        """
        now_ms = self._clock.now_ms()
        token = secrets.token_urlsafe(32)
        session = Session(
            token_hash=token_hash_of(token),
            user_id=account.user.id,
            created_at_ms=now_ms,
            used_at_ms=now_ms,
        )
        await self._repository.add_session(
            session,
            entry,
            used_before_ms=now_ms - self._rules.idle_s * 1000,
            created_before_ms=now_ms - self._rules.absolute_s * 1000,
        )
        return token

    async def find_user(self, token: str | None) -> User | None:
        """The user of a token with `session_id` set; None if there is no such session any more."""
        if not token:
            return None
        token_hash = token_hash_of(token)
        known = await self._find(token_hash)
        if known is None:
            return None
        now_ms = self._clock.now_ms()
        if not known.account.is_active or ends_at_ms(known.session, self._rules) <= now_ms:
            await self.end(token)
            return None
        if now_ms - known.session.used_at_ms >= TOUCHED_MS:
            await self._touch(known, now_ms)
        return msgspec.structs.replace(known.account.user, session_id=known.session.id)

    async def _find(self, token_hash: str) -> _Known | None:
        known = self._known.get(token_hash)
        now_s = self._clock.now_s()
        if known is not None and now_s - known.read_at_s < BELIEVED_S:
            return known
        try:
            found = await self._repository.find_session(token_hash)
        except DatabaseAwayError:
            if known is None:
                raise
            return known
        if found is None:
            self.forget([token_hash])
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        known = self._known[token_hash] = _Known(*found, now_s)
        return known

    async def _touch(self, known: _Known, now_ms: int) -> None:
        known.session = msgspec.structs.replace(known.session, used_at_ms=now_ms)
        with contextlib.suppress(DatabaseAwayError):
            await self._repository.touch_session(known.session.token_hash, now_ms)

    async def end(self, token: str, entry: AuditEntry | None = None) -> None:
        """End the session of this token, if there is one."""
        token_hash = token_hash_of(token)
        await self._repository.end_session(token_hash, entry)
        self.forget([token_hash])

    def forget(self, token_hashes: Iterable[str]) -> None:
        """These sessions were ended: believe in them no longer, tell the screens."""
        for token_hash in token_hashes:
            self._known.pop(token_hash, None)
            for ended in self._watchers:
                attempt(ended, token_hash[:16])

    async def sweep(self) -> None:
        """End what has run out meanwhile, so that open screens are told; call it now and then."""
        now_ms = self._clock.now_ms()
        for token_hash, known in list(self._known.items()):
            if ends_at_ms(known.session, self._rules) <= now_ms:
                await self._repository.end_session(token_hash)
                self.forget([token_hash])

    def renew(self, user_id: UserId) -> None:
        """The user was changed: look it up anew."""
        for token_hash, known in list(self._known.items()):
            if known.account.user.id == user_id:
                del self._known[token_hash]


def allow(user: User | None, allowed: Iterable[str], *, with_old_password: bool = False) -> User:
    """The user, if one of these roles or permissions is theirs.

    Args:
        user: Of the session; None if there is none.
        allowed: Names of roles, or of permissions (they have a dot); none means every role.
        with_old_password: Whether a user may who must change the password first.

    Raises:
        SignedOutError: If there is no session.
        MustChangePasswordError: If the password must be changed first.
        ForbiddenError: If the role is not among them.
        LookupError: If a name is neither (a bug).
    """
    if user is None:
        raise SignedOutError("Log in first.")
    if user.must_change_password and not with_old_password:
        raise MustChangePasswordError("Change your password first.")
    names = tuple(allowed)
    if names and not any(_holds(user, name) for name in names):
        raise ForbiddenError("Your role does not allow this.", allowed=list(names))
    return user


def _holds(user: User, name: str) -> bool:
    return user.may(name) if "." in name else user.role is Role(name)


def token_hash_of(token: str) -> str:
    """The name of a token in the database."""
    return hashlib.sha256(token.encode()).hexdigest()
