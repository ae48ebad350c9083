"""The pure rules of lines: what a line may be next, and which line stands where."""

from .book import LineBook
from .table import (
    CONNECTED,
    INBOUND_INNER_TRANSITIONS,
    INBOUND_OUTER_TRANSITIONS,
    OUTBOUND_INNER_TRANSITIONS,
    OUTBOUND_OUTER_TRANSITIONS,
    STARTS,
    TABLES,
    WAIT_HANG_UP,
)

__all__ = [
    "CONNECTED",
    "INBOUND_INNER_TRANSITIONS",
    "INBOUND_OUTER_TRANSITIONS",
    "OUTBOUND_INNER_TRANSITIONS",
    "OUTBOUND_OUTER_TRANSITIONS",
    "STARTS",
    "TABLES",
    "WAIT_HANG_UP",
    "LineBook",
]
