"""Identifiers: sortable by time, short enough to read aloud, unique; they are no secrets."""

from collections.abc import Callable
from random import Random
from typing import NewType

CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
AgentId = NewType("AgentId", str)
QueueId = NewType("QueueId", str)
VisitId = NewType("VisitId", str)
OfferId = NewType("OfferId", str)
FlowId = NewType("FlowId", str)
RecordingId = NewType("RecordingId", str)
UserId = NewType("UserId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Ids:
    """Makes identifiers of the form `c-01jdabc...`: prefix, 9 characters of time, 6 of chance.

    Args:
        now_ms: UTC milliseconds since 1970.
        chance: Source of the random part; tests give a seeded one.
    """

    def __init__(self, now_ms: Callable[[], int], chance: Random | None = None) -> None:
        self._now_ms = now_ms
        self._chance = chance or Random()  # noqa: S311 - ids are no secrets

    def new(self, prefix: str) -> str:
        """Return a new identifier; ids of one prefix sort by the millisecond they were made in."""
        return f"{prefix}-{_base32(self._now_ms(), 9)}{_base32(self._chance.getrandbits(30), 6)}"


def _base32(value: int, length: int) -> str:
    out = []
    for _ in range(length):
        out.append(_ALPHABET[value & 31])
        value >>= 5
    return "".join(reversed(out))
