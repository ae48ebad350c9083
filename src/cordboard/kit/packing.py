"""A settled turn as rows: what the journal stores, and what the spool keeps meanwhile.

Packing is done on the journal's own thread, because encoding is work that no caller should wait
for. Facts are frozen and rows belong to the journal, so nobody changes them meanwhile.
"""

import secrets
from typing import Any

import msgspec

from cordboard.kit.facts import Fact, encode
from cordboard.kit.turns import DeadLetter, Turn

FactRow = tuple[int, int, str, str, int, str]
"seq, at_ms, stream, kind, format, body (JSON)."

DeadRow = tuple[str, int, int | None, str, str, str, str, str]
"id, at_ms, seq of the fact or None for a signal, stream, kind, body, listener, error."

UNREADABLE_FORMAT = 0
"Format of a fact that could not be encoded: no class has it, so reading makes a dead letter."

ERROR_CHARACTERS = 2_000


class Packed(msgspec.Struct, array_like=True, gc=False):
    """One turn, ready for the database or the spool."""

    first_seq: int
    "The seq of its first fact; of the next fact if it has none."

    facts: list[FactRow]
    writes: list[tuple[str, dict[str, Any]]]
    "Name of the table, row; in order."

    dead: list[DeadRow]

    @property
    def last_seq(self) -> int:
        """The seq of the last fact stored when this turn is stored."""
        return self.first_seq + len(self.facts) - 1


def pack(turn: Turn, first_seq: int) -> Packed:
    """The turn as rows; whatever cannot be encoded is kept as its `repr` with a dead letter."""
    dead: list[DeadRow] = []
    facts = [_fact_row(fact, seq, dead) for seq, fact in enumerate(turn.facts, first_seq)]
    writes = [(write.table.name, write.row) for write in turn.writes]
    dead += [_dead_row(letter, turn, first_seq) for letter in turn.dead]
    return Packed(first_seq, facts, writes, dead)


def _fact_row(fact: Fact, seq: int, dead: list[DeadRow]) -> FactRow:
    kind = type(fact).__name__
    try:
        return seq, fact.at_ms, fact.stream, kind, fact.FORMAT, encode(fact).decode()
    except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
        body = msgspec.json.encode(repr(fact)).decode()
        dead.append((new_id(), fact.at_ms, seq, "unreadable", kind, body, "journal", _words(error)))
        return seq, fact.at_ms, "unreadable", kind, UNREADABLE_FORMAT, body


def _dead_row(letter: DeadLetter, turn: Turn, first_seq: int) -> DeadRow:
    news = letter.news
    seq, stream = None, ""
    if isinstance(news, Fact):
        place = next((i for i, fact in enumerate(turn.facts) if fact is news), None)
        seq = None if place is None else first_seq + place
        stream = news.stream
    try:
        body = msgspec.json.encode(news).decode()
    except (TypeError, ValueError):
        body = msgspec.json.encode(repr(news)).decode()
    kind = type(news).__name__
    return new_id(), news.at_ms, seq, stream, kind, body, letter.listener, _words(letter.error)


def refused_write(at_ms: int, seq: int, table: str, row: object, error: Exception) -> DeadRow:
    """A dead letter for a projection row that the database refused; `kind` is the table."""
    body = msgspec.json.encode(row, enc_hook=repr).decode()
    return new_id(), at_ms, seq, "", table, body, "journal", _words(error)


def new_id() -> str:
    """A name for a dead letter, made before it is stored so that storing it twice is harmless."""
    return secrets.token_hex(8)


def _words(error: Exception) -> str:
    return repr(error)[:ERROR_CHARACTERS].replace("\0", "")
