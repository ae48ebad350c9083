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
from .model import PERMISSIONS, Account, NewUser, Role, Session, User, UserChange, UserId, holders

__all__ = [
    "PERMISSIONS",
    "Account",
    "InvalidUserError",
    "LastAdministratorError",
    "MustChangePasswordError",
    "NameTakenError",
    "NewUser",
    "NoSuchUserError",
    "Role",
    "Session",
    "SignedOutError",
    "TooManyAttemptsError",
    "User",
    "UserChange",
    "UserId",
    "WeakPasswordError",
    "WrongCredentialsError",
    "WrongOldPasswordError",
    "holders",
]
