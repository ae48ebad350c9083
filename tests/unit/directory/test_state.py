"""The rules of accounts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.directory.errors import InvalidUserError, WeakPasswordError
from cordboard.directory.model import Account, NewUser, Role, Session, User, UserId
from cordboard.directory.state import (
    COMMON_PASSWORDS,
    SHORTEST_PASSWORD,
    AccountRules,
    check_display_name,
    check_password,
    check_user,
    ends_at_ms,
    password_fault,
    retry_after_ms,
    shown,
)

pytestmark = pytest.mark.unit

RULES = AccountRules(idle_s=60, absolute_s=600)


class TestPasswords:
    @pytest.mark.parametrize(
        "password",
        ["correct horse battery", "正确的马电池订书钉很好", "cordboard-demo", "x9!kQ2-pLm"],
    )
    def test_long_ones_will_do_whatever_they_are_made_of(self, password: str) -> None:
        assert password_fault(password, name="limin") is None

    @pytest.mark.parametrize(
        ("password", "says"),
        [
            ("short", "at least 10"),
            ("x" * 8 + "yz" * 70, "at most 128"),
            ("aaaaaaaaaaaa", "different characters"),
            ("limin12345", "login name"),
            ("LiMin-2024", "login name"),
            ("Password123", "attacker"),
        ],
    )
    def test_weak_ones_are_told_what_to_do(self, password: str, says: str) -> None:
        assert says in (password_fault(password, name="limin") or "")

    def test_the_list_of_common_ones_holds_only_what_other_rules_let_through(self) -> None:
        assert [each for each in COMMON_PASSWORDS if each != each.casefold()] == []
        assert len(COMMON_PASSWORDS) > 50

    def test_a_refusal_names_the_field(self) -> None:
        with pytest.raises(WeakPasswordError) as caught:
            check_password("short", name="x", field="new_password")
        assert caught.value.details["errors"][0]["field"] == "new_password"  # type: ignore[index]
        check_password("correct horse", name="x", field="new_password")

    @given(st.text(max_size=200), st.text(max_size=20))
    def test_any_text_is_judged(self, password: str, name: str) -> None:
        fault = password_fault(password, name=name)
        assert fault is None or fault.endswith(".")
        if len(password) < SHORTEST_PASSWORD:
            assert fault is not None


class TestSessions:
    def test_one_ends_when_nobody_asks_for_long(self) -> None:
        assert ends_at_ms(a_session(used_at_ms=30_000), RULES) == 90_000

    def test_one_in_use_ends_too(self) -> None:
        assert ends_at_ms(a_session(used_at_ms=599_000), RULES) == 600_000


class TestTryingAgain:
    def test_at_once_below_the_limit(self) -> None:
        assert retry_after_ms([5_000, 4_000], 3, 6_000, 10_000) == 0

    def test_when_the_window_has_slid_past_the_oldest_that_counts(self) -> None:
        assert retry_after_ms([5_000, 4_000, 1_000], 3, 6_000, 10_000) == 5_000

    def test_older_ones_beyond_the_limit_do_not_count(self) -> None:
        assert retry_after_ms([5_000, 4_000, 3_000, 1], 3, 6_000, 10_000) == 7_000

    def test_never_a_time_that_is_over(self) -> None:
        assert retry_after_ms([1_000], 1, 60_000, 10_000) == 0

    @given(st.lists(st.integers(0, 1_000), max_size=20), st.integers(1, 5))
    def test_after_the_wait_there_is_room(self, moments: list[int], most: int) -> None:
        failures = sorted(moments, reverse=True)
        now_ms, window_ms = 1_000, 500
        later_ms = now_ms + retry_after_ms(failures, most, now_ms, window_ms)
        left = [at_ms for at_ms in failures if at_ms > later_ms - window_ms]
        assert retry_after_ms(left, most, later_ms, window_ms) == 0


class TestUsers:
    def test_a_good_one_passes(self) -> None:
        check_user(a_new_user())
        check_user(a_new_user(agent_number="", extension=""))
        check_display_name("李敏")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", " "),
            ("name", "x" * 81),
            ("name", "two\nlines"),
            ("display_name", "x" * 121),
            ("agent_number", "80-12"),
            ("agent_number", "８０１２"),
            ("extension", "1" * 21),
        ],
    )
    def test_a_field_that_will_not_do_is_named(self, field: str, value: str) -> None:
        with pytest.raises(InvalidUserError) as caught:
            check_user(a_new_user(**{field: value}))
        assert [each["field"] for each in caught.value.details["errors"]] == [field]  # type: ignore[attr-defined]

    def test_all_of_them_are_named_together(self) -> None:
        with pytest.raises(InvalidUserError) as caught:
            check_user(a_new_user(name="", agent_number="x"))
        assert len(caught.value.details["errors"]) == 2  # type: ignore[arg-type]

    def test_a_display_name_is_not_empty(self) -> None:
        with pytest.raises(InvalidUserError):
            check_display_name("  ")

    def test_the_audit_never_sees_a_hash(self) -> None:
        account = Account(user=a_user(), is_active=True, password_hash="$argon2", created_at_ms=1)
        assert "$argon2" not in repr(shown(account))
        assert shown(account)["role"] == "agent"


def a_session(used_at_ms: int) -> Session:
    return Session(
        token_hash="ab" * 32, user_id=UserId("u-1"), created_at_ms=0, used_at_ms=used_at_ms
    )


def a_new_user(**changes: str) -> NewUser:
    fields: dict[str, Any] = {"name": "limin", "display_name": "李敏", "password": "x"}
    return NewUser(role=Role.AGENT, **{**fields, "agent_number": "8012", **changes})


def a_user() -> User:
    return User(id=UserId("u-1"), name="limin", display_name="李敏", role=Role.AGENT)
