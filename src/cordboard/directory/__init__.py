"""The directory: users, roles, permissions and sessions. See README.md."""

from .errors import (
    InvalidUserError,
    LastAdministratorError,
    MustChangePasswordError,
    NameTakenError,
    NoSuchUserError,
    SignedOutError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongCredentialsError,
    WrongOldPasswordError,
)
from .model import PERMISSIONS, Account, Role, Session, User, UserId, holders

__all__ = [
    "PERMISSIONS",
    "Account",
    "InvalidUserError",
    "LastAdministratorError",
    "MustChangePasswordError",
    "NameTakenError",
    "NoSuchUserError",
    "Role",
    "Session",
    "SignedOutError",
    "TooManyAttemptsError",
    "User",
    "UserId",
    "WeakPasswordError",
    "WrongCredentialsError",
    "WrongOldPasswordError",
    "holders",
]
