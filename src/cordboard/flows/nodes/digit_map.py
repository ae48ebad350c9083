"""Digit maps: what an entry must look like, in the small language of telephone engineers.

Digits, `*`, `#`, X (0-9), Z (1-9), N (2-9) and classes like `[13-5]`; `|` between alternatives.
There is no repetition, so a map matches in time linear in its length, whatever a caller keys.
Source: RFC 3435 §2.1.5 (digit maps), without its timers and wildcard.
"""

import re
from functools import lru_cache

_ONE = re.compile(r"(?:[0-9XZN*#]|\[(?:[0-9](?:-[0-9])?){1,10}\]){1,32}")
_TOKEN = re.compile(r"\[[^\]]*\]|.")
_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", "*": "[*]"}
_MAX_ALTERNATIVES = 16


def expand(text: str) -> tuple[str, ...] | None:
    """The alternatives as patterns that are regular expressions and digit maps alike, or None.

    Only digits, `#` and classes are left in them: whoever ends the reading may take them as the
    one or the other.
    """
    parts = text.split("|")
    if len(parts) > _MAX_ALTERNATIVES or not all(_ONE.fullmatch(part) for part in parts):
        return None
    if any(a > b for a, b in re.findall(r"([0-9])-([0-9])", text)):
        return None
    return tuple(
        "".join(_CLASSES.get(token, token) for token in _TOKEN.findall(part)) for part in parts
    )


@lru_cache(maxsize=256)
def _compiled(text: str) -> re.Pattern[str] | None:
    patterns = expand(text)
    return None if patterns is None else re.compile("|".join(patterns))


def matches(text: str, digits: str) -> bool:
    """Whether the digits match one of the alternatives in full; a broken map matches nothing."""
    pattern = _compiled(text)
    return pattern is not None and pattern.fullmatch(digits) is not None
