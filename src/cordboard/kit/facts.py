"""Facts and signals: the two kinds of news that travel down the corridor.

A fact is stored in the journal, frozen, in the past tense, with its time given. A signal is heard
in the same turn and then forgotten (the end of a prompt): whatever it changes is told as a fact.
Stored facts age: each class carries a FORMAT number, and each step up is one pure function.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import msgspec

__all__ = ["Fact", "News", "Signal", "StoredFact", "all_facts", "decode", "encode", "upgrade"]


class News(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Anything that the bus delivers."""

    at_ms: int
    "UTC milliseconds since 1970 at which it happened."


class Signal(News, frozen=True, kw_only=True, gc=False):
    """News that is not stored."""


class Fact(News, frozen=True, kw_only=True, gc=False):
    """News that is stored. The class name is its kind in the journal."""

    FORMAT: ClassVar[int] = 1
    "Number of the shape; raised with a function registered by `upgrade`."

    @property
    def stream(self) -> str:
        """Whose story this is: `call/<id>`, `agent/<id>`, `line/<id>`."""
        raise NotImplementedError(type(self).__name__)


class StoredFact(msgspec.Struct, frozen=True):
    """One row of the journal."""

    seq: int
    "Place in the one order of all facts, from 1, without gaps."

    at_ms: int
    stream: str
    kind: str
    format: int
    body: bytes
    "JSON of the fact's fields."


Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
_UPGRADES: dict[tuple[str, int], Upgrade] = {}
_CLASSES: dict[str, type[Fact]] = {}
_encode = msgspec.json.Encoder().encode


def all_facts() -> Iterator[type[Fact]]:
    """Every fact class that has been imported, leaves only."""
    pending = [Fact]
    while pending:
        cls = pending.pop()
        children = cls.__subclasses__()
        if children:
            pending.extend(children)
        elif cls is not Fact:
            yield cls


def upgrade(kind: str, from_format: int) -> Callable[[Upgrade], Upgrade]:
    """Register the pure function that lifts a stored fact one format up."""

    def register(function: Upgrade) -> Upgrade:
        _UPGRADES[kind, from_format] = function
        return function

    return register


def encode(fact: Fact) -> bytes:
    """The fact as JSON, the body of its row."""
    return _encode(fact)


def decode(kind: str, format: int, body: bytes) -> Fact:
    """The fact of a stored row, lifted to today's format.

    Raises:
        LookupError: If no class has this kind, or a step up is missing.
        msgspec.ValidationError: If the body does not fit.
    """
    cls = _CLASSES.get(kind) or _find(kind)
    if format == cls.FORMAT:
        return msgspec.json.decode(body, type=cls)
    fields = msgspec.json.decode(body)
    while format < cls.FORMAT:
        fields = _UPGRADES[kind, format](fields)
        format += 1
    return msgspec.convert(fields, type=cls)


def _find(kind: str) -> type[Fact]:
    for cls in all_facts():
        _CLASSES[cls.__name__] = cls
    try:
        return _CLASSES[kind]
    except KeyError:
        raise LookupError(f"no fact is called {kind!r}") from None
