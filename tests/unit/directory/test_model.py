"""Who may do what."""

import pytest

from cordboard.directory.access import allow
from cordboard.directory.errors import MustChangePasswordError, SignedOutError
from cordboard.directory.model import PERMISSIONS, Role, Session, User, UserId, holders
from cordboard.kit.errors import ForbiddenError

pytestmark = pytest.mark.unit


def a_user(role: Role, *, must_change_password: bool = False) -> User:
    return User(
        id=UserId("u-1"),
        name="x",
        display_name="X",
        role=role,
        must_change_password=must_change_password,
    )


def test_every_permission_is_a_function_and_an_operation() -> None:
    assert [name for name in PERMISSIONS if name.count(".") != 1] == []


def test_whatever_a_supervisor_may_an_administrator_may() -> None:
    assert [
        name
        for name, roles in PERMISSIONS.items()
        if Role.SUPERVISOR in roles and Role.ADMINISTRATOR not in roles
    ] == []


def test_an_agent_may_not_save_recordings_and_a_supervisor_may() -> None:
    assert not a_user(Role.AGENT).may("recordings.download")
    assert a_user(Role.SUPERVISOR).may("recordings.download")
    assert "recordings.download" in a_user(Role.SUPERVISOR).permissions
    assert "users.change" not in a_user(Role.SUPERVISOR).permissions


def test_a_permission_that_nobody_defined_is_a_bug() -> None:
    with pytest.raises(LookupError, match=r"recordings\.eat"):
        holders("recordings.eat")


def test_a_session_has_a_name_that_is_no_secret() -> None:
    session = Session(token_hash="ab" * 32, user_id=UserId("u-1"), created_at_ms=0, used_at_ms=0)
    assert session.id == "ab" * 8


class TestAllow:
    def test_without_session_nobody_comes_in(self) -> None:
        with pytest.raises(SignedOutError):
            allow(None, [])

    @pytest.mark.parametrize("allowed", [(), ("agent",), ("supervisor", "agent"), ("desk.use",)])
    def test_one_of_the_names_is_enough(self, allowed: tuple[str, ...]) -> None:
        user = a_user(Role.AGENT)
        assert allow(user, allowed) is user

    @pytest.mark.parametrize("allowed", [("supervisor",), ("users.change", "administrator")])
    def test_another_role_is_refused(self, allowed: tuple[str, ...]) -> None:
        with pytest.raises(ForbiddenError) as caught:
            allow(a_user(Role.AGENT), allowed)
        assert caught.value.details["allowed"] == list(allowed)

    def test_a_password_of_somebody_else_must_be_changed_first(self) -> None:
        user = a_user(Role.ADMINISTRATOR, must_change_password=True)
        with pytest.raises(MustChangePasswordError):
            allow(user, ["administrator"])
        assert allow(user, [], with_old_password=True) is user

    def test_a_role_that_does_not_exist_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="manager"):
            allow(a_user(Role.AGENT), ["manager"])
