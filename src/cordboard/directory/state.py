"""The rules of accounts, pure: password strength, how long a login lasts, when to try again.

Sources: NIST SP 800-63B §5.1.1 (length over composition, common passwords refused, no routine
expiry); OWASP Session Management Cheat Sheet (idle and absolute time-outs).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from .errors import InvalidUserError, WeakPasswordError
from .model import Account, NewUser, Session

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128

# Of the lists of leaked passwords, those long enough to pass the first rule, and our own words.
COMMON_PASSWORDS = frozenset(
    """0123456789 01234567890 0987654321 1111111111 11111111111 123123123123 1234567890 12345678900
    12345678901 123456789a 123456789q 1234512345 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 147258369
    1472583690 a123456789 aa12345678 aa123456789 abc1234567 abcd123456 abcd1234567 admin12345
    admin123456 administrator asdfghjkl1 cordboard1 cordboard12 cordboard123 changeme123 football123
    iloveyou12 iloveyou123 letmein1234 password01 password12 password123 password1234 password12345
    passwordpassword qazwsxedc1 qazwsxedcrfv qq123456789 qwe1234567 qwer123456 qwertyuiop
    qwertyuiop1 qwerty1234 qwerty12345 qwerty123456 q1w2e3r4t5 wang123456 woaini1314 woaini520
    woaini5201314 zxcvbnm123 zaq12wsxcde3 welcome123 welcome1234""".split()  # noqa: SIM905 - eighty lines of quotation marks
)


class AccountRules(msgspec.Struct, frozen=True, kw_only=True):
    """The section of settings of this room."""

    idle_s: int = 8 * 3600
    "A session ends when nothing was asked for so long: a shift."

    absolute_s: int = 24 * 3600
    "A session ends so long after login in any case."

    window_s: int = 300
    "Failed logins are counted over this time."

    most_failures_of_name: int = 5
    most_failures_of_source: int = 50
    "Generous: a whole site may come from one address."


def password_fault(password: str, *, name: str) -> str | None:
    """What is wrong with a new password, as a sentence for its owner; None if it will do."""
    plain = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters; a few words in a row are easiest."
    if len(password) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters."
    if len(set(plain)) < 4:
        return "Use more than three different characters."
    if name and name.casefold() in plain and len(plain) < len(name) + 6:
        return "Do not build the password from the login name."
    if plain in COMMON_PASSWORDS:
        return "This password is on every attacker's list; choose another."
    return None


def ends_at_ms(session: Session, rules: AccountRules) -> int:
    """When the session ends if nothing more is asked in it, UTC milliseconds."""
    idle = session.used_at_ms + rules.idle_s * 1000
    return min(idle, session.created_at_ms + rules.absolute_s * 1000)


def retry_after_ms(failures_at_ms: Sequence[int], most: int, now_ms: int, window_ms: int) -> int:
    """How long to wait for the next try; 0 if it may be made now.

    Args:
        failures_at_ms: Failed tries within the window, the latest first.
        most: So many are allowed in a window.
        now_ms: UTC milliseconds.
        window_ms: Length of the sliding window.
    """
    if len(failures_at_ms) < most:
        return 0
    return max(0, failures_at_ms[most - 1] + window_ms - now_ms)


def check_password(password: str, *, name: str, field: str) -> None:
    """Refuse a new password that will not do.

    Raises:
        WeakPasswordError: Naming the field.
    """
    fault = password_fault(password, name=name)
    if fault is not None:
        raise WeakPasswordError(fault, errors=field_error(field, fault))


def check_user(new: NewUser) -> None:
    """Refuse a new user whose fields will not do.

    Raises:
        InvalidUserError: Naming every field that will not do.
    """
    found = [
        *_length_error("name", new.name, 80),
        *_length_error("display_name", new.display_name, 120),
        *_digits_error("agent_number", new.agent_number),
        *_digits_error("extension", new.extension),
    ]
    if found:
        raise InvalidUserError(found[0]["message"], errors=found)


def check_display_name(display_name: str) -> None:
    """Refuse a display name that will not do.

    Raises:
        InvalidUserError: Naming the field.
    """
    if found := _length_error("display_name", display_name, 120):
        raise InvalidUserError(found[0]["message"], errors=found)


def shown(account: Account) -> dict[str, Any]:
    """What the audit keeps of a user: never the hash."""
    user = account.user
    return {
        "name": user.name,
        "display_name": user.display_name,
        "role": user.role.value,
        "is_active": account.is_active,
        "agent_number": user.agent_number,
        "extension": user.extension,
    }


def field_error(field: str, message: str) -> list[dict[str, str]]:
    """One entry of a problem's `errors`."""
    return [{"field": field, "message": message}]


def _length_error(field: str, text: str, most: int) -> list[dict[str, str]]:
    if 0 < len(text.strip()) <= most and text.isprintable():
        return []
    return field_error(field, f"Write 1 to {most} characters.")


def _digits_error(field: str, text: str | None) -> list[dict[str, str]]:
    if not text or (text.isascii() and text.isdigit() and len(text) <= 20):
        return []
    return field_error(field, "Use digits only, at most 20.")
