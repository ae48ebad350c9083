"""Values as numbers, where they are numbers."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,6})?")
LIMIT = 10**18


def number(text: str) -> Decimal | None:
    """The number that a value is, or None; at most 18 digits, 6 after the point."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def add(text: str, amount: int) -> str:
    """A counter moved on; what is no whole number counts as 0, and it stops at 18 digits."""
    before = number(text)
    whole = int(before) if before is not None else 0
    return str(max(1 - LIMIT, min(LIMIT - 1, whole + amount)))
