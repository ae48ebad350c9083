"""Password hashes: argon2id, in a small pool of threads of its own.

One hash takes tens of milliseconds of a core and 19 MiB, by intent. It never runs on the event
loop, at most `threads` run at a time, and when too many wait the next is refused rather than
letting a morning's logins or an attacker starve the calls.
Source: OWASP Password Storage Cheat Sheet (argon2id, m = 19 MiB, t = 2, p = 1); RFC 9106.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from cordboard.kit.errors import DomainError

MEMORY_KIB = 19_456
TIME_COST = 2
PARALLELISM = 1

T = TypeVar("T")


class BusyError(DomainError):
    """Too many passwords are being checked at this moment. Details: `retry_after_s`."""

    code = "busy"
    status = 503


class Passwords:
    """Makes and checks hashes.

    Args:
        threads: Hashes at a time.
        most_waiting: Further ones that may wait.
        hasher: Tests give a cheap one.
    """

    def __init__(
        self, threads: int = 1, most_waiting: int = 100, hasher: PasswordHasher | None = None
    ) -> None:
        self._hasher = hasher or PasswordHasher(
            time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._room = threads + most_waiting
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """The password's hash in PHC string format, with its parameters and salt.

        Raises:
            BusyError: If too many wait.
        """
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash.

        None stands for a user that does not exist: it takes as long as a wrong password.

        Raises:
            BusyError: If too many wait.
        """
        right = await self._run(lambda: self._verify(password_hash or self._nobody, password))
        return right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._room:
            raise BusyError("Many people are logging in; try again in a moment.", retry_after_s=2)
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._room += 1

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
