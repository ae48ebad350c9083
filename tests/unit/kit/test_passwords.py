"""Hashing beside the event loop, and not without end."""

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher
from typing_extensions import override

from cordboard.kit.passwords import BusyError, Passwords

pytestmark = pytest.mark.unit

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_belongs_to_its_hash_and_no_other() -> None:
    passwords = Passwords(hasher=CHEAP)
    hashed = await passwords.hash("correct horse")

    assert await passwords.verify(hashed, "correct horse")
    assert not await passwords.verify(hashed, "correct house")
    assert not await passwords.verify("no hash", "correct horse")
    assert await passwords.hash("correct horse") != hashed, "salted"
    passwords.close()


async def test_nobodys_password_is_checked_like_anybodys() -> None:
    checked: list[str] = []

    class Watched(PasswordHasher):
        @override
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            checked.append(threading.current_thread().name)
            return super().verify(hash, password)

    passwords = Passwords(hasher=Watched(time_cost=1, memory_cost=8, parallelism=1))

    assert not await passwords.verify(None, "anything")
    assert len(checked) == 1
    assert checked[0].startswith("passwords"), "never on the event loop"
    passwords.close()


async def test_too_many_at_once_are_refused() -> None:
    passwords = Passwords(threads=1, most_waiting=2, hasher=CHEAP)
    asked = [asyncio.ensure_future(passwords.hash("x")) for _ in range(5)]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [str, str, str, BusyError, BusyError]
    assert await passwords.hash("x"), "there is room again"
    passwords.close()


async def test_a_hash_with_other_parameters_is_outdated() -> None:
    passwords = Passwords(hasher=CHEAP)

    assert passwords.is_outdated(PasswordHasher(time_cost=2, memory_cost=64).hash("x"))
    assert not passwords.is_outdated(CHEAP.hash("x"))
    passwords.close()


def test_the_real_parameters_are_owasps() -> None:
    hashed = Passwords()._hasher.hash("x")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
