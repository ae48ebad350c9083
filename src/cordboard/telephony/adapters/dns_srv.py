"""DNS questions for SRV records and their answers, as bytes, and the order in which to try them.

Only what a trunk needs: one question, records of one kind. Pure: no socket, no clock; chance is
given.

Source: RFC 1035 §4 (messages), RFC 2782 (SRV), RFC 3263 §4 (SIP).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SRV = 33
MAX_TTL_S = 3600
_HEADER = struct.Struct("!6H")
_FIXED = struct.Struct("!HHIH")
_SRV = struct.Struct("!3H")
_RECURSION_WANTED = 0x0100
_TRUNCATED, _ANSWER, _RCODE = 0x0200, 0x8000, 0x000F
_NO_SUCH_NAME = 3
_POINTERS = 32


class BadAnswerError(ValueError):
    """Bytes that are no answer to our question."""


@dataclass(frozen=True, slots=True)
class Srv:
    """One target of a service."""

    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name server said."""

    records: tuple[Srv, ...]
    ttl_s: int
    is_truncated: bool = False


def question(name: str, number: int) -> bytes:
    """The bytes that ask for the SRV records of a name.

    Raises:
        ValueError: If the name cannot be one.
    """
    parts = [part.encode("idna") for part in name.rstrip(".").split(".")]
    if not all(0 < len(part) < 64 for part in parts):
        raise ValueError(f"{name} is no domain name")
    wire = b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
    return _HEADER.pack(number, _RECURSION_WANTED, 1, 0, 0, 0) + wire + struct.pack("!2H", SRV, 1)


def read_answer(data: bytes, number: int) -> Answer:
    """The records in an answer; none if the name does not exist.

    Raises:
        BadAnswerError: If it is broken, another's, or the server failed.
    """
    try:
        found, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
        if found != number or not flags & _ANSWER:
            raise BadAnswerError("not an answer to this question")
        if flags & _RCODE not in (0, _NO_SUCH_NAME):
            raise BadAnswerError(f"the name server says {flags & _RCODE}")
        position = _HEADER.size
        for _ in range(questions):
            _, position = _name(data, position)
            position += 4
        records, ttl_s = [], MAX_TTL_S
        for _ in range(answers):
            _, position = _name(data, position)
            kind, _, ttl, length = _FIXED.unpack_from(data, position)
            position += _FIXED.size
            if kind == SRV:
                priority, weight, port = _SRV.unpack_from(data, position)
                host, _ = _name(data, position + _SRV.size)
                ttl_s = min(ttl_s, ttl)
                if host and port:
                    records.append(Srv(priority, weight, port, host))
            position += length
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadAnswerError("broken answer") from error
    return Answer(tuple(records), ttl_s, bool(flags & _TRUNCATED))


def _name(data: bytes, position: int) -> tuple[str, int]:
    """The name there, and where it ends; pointers lead backwards only (RFC 1035 §4.1.4)."""
    labels: list[str] = []
    end, least = -1, position
    for _ in range(_POINTERS * 4):
        length = data[position]
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | data[position + 1]
            if end < 0:
                end = position + 2
            if target >= least:
                raise BadAnswerError("a pointer that does not lead back")
            position = least = target
        elif length == 0:
            return ".".join(labels), position + 1 if end < 0 else end
        else:
            labels.append(data[position + 1 : position + 1 + length].decode("ascii"))
            position += 1 + length
    raise BadAnswerError("a name without end")


def in_order(records: Iterable[Srv], chance: Callable[[int], int]) -> list[Srv]:
    """The order to try them in: by priority, within one by chance and weight. RFC 2782.

    Args:
        records: In any order.
        chance: A number from 0 to its argument, that included.
    """
    left = sorted(records, key=lambda record: (record.priority, record.weight))
    ordered: list[Srv] = []
    while left:
        same = [record for record in left if record.priority == left[0].priority]
        drawn, total = chance(sum(record.weight for record in same)), 0
        for record in same:
            total += record.weight
            if total >= drawn:
                ordered.append(record)
                left.remove(record)
                break
    return ordered
