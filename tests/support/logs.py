"""Stories fail when a log line says who: a telephone number, an account number, keyed digits.

Source: docs/decisions/0007-personal-data-in-logs.md.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

PERSONAL = re.compile(r"(?<![\w.:-])\+?\d{5,}(?![\w.:-])")
"Five digits or more that stand alone in a text; ids, times and addresses do not look like that."


def personal_data(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """`key=value` of everything in these log entries that looks like somebody's number.

    Args:
        entries: Events as structlog gives them: keys and values.
    """
    return [
        f"{key}={value}"
        for entry in entries
        for key, value in entry.items()
        for text in ([value] if isinstance(value, str) else _texts(value))
        if PERSONAL.search(text)
    ]


def _texts(value: object) -> list[str]:
    """What a logger would print of a value; figures are measures, not numbers of people."""
    if isinstance(value, bool | int | float) or value is None:
        return []
    return [repr(value)]
