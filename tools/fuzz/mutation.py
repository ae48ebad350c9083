"""Mutations of bytes: small, large, and of the words that formats are made of. Pure."""

from collections.abc import Sequence
from random import Random

MOST_BYTES = 65_507
"A datagram holds no more."

_INTERESTING = (
    b"\0", b"\xff", b"\r\n", b"\r\n\r\n", b"\n", b" ", b"\t", b'"', b"\\", b"<", b">", b";", b",",
    b"=", b":", b"@", b"%", b"%00", b"[", b"]", b"{", b"}", b"null", b"-1", b"0", b"1e999",
    b"4294967296", b"18446744073709551616", b"99999999999999999999", b"\xed\xa0\x80", b"\xc3\x28",
    b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\xff", b"SIP/2.0", b"sip:", b"a=", b"m=audio",
)  # fmt: skip


def mutate(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """The same bytes with one to eight changes.

    Args:
        data: What to change.
        others: Where pieces are borrowed from.
        chance: Decides; the same seed makes the same bytes.
    """
    work = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        _change(work, others, chance)
    most = chance.choice((2_000, 2_000, 2_000, MOST_BYTES))  # long ones are slow
    return bytes(work[: max(len(data), most)][:MOST_BYTES])


def _change(work: bytearray, others: Sequence[bytes], chance: Random) -> None:
    at = chance.randrange(len(work) + 1)
    end = min(len(work), at + chance.choice((1, 2, 4, 9, 40)))
    match chance.randrange(9):
        case 0 if at < len(work):
            work[at] ^= 1 << chance.randrange(8)
        case 1 if at < len(work):
            work[at] = chance.randrange(256)
        case 2:
            work[at:at] = chance.choice(_INTERESTING)
        case 3:
            work[at:end] = chance.choice(_INTERESTING)
        case 4:
            del work[at:end]
        case 5:
            piece = bytes(work[at:end])
            work[at:at] = piece * chance.choice((1, 2, 16, 300))
        case 6:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            work[at:end] = other[start : start + chance.choice((4, 30, 300))]
        case 7:
            del work[at:]
        case _:
            _swap(work, chance)


def _swap(work: bytearray, chance: Random) -> None:
    """Exchange two lines, or two bytes where there are no lines."""
    lines = bytes(work).split(b"\n")
    if len(lines) > 2:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        work[:] = b"\n".join(lines)
    elif len(work) > 1:
        one, other = chance.randrange(len(work)), chance.randrange(len(work))
        work[one], work[other] = work[other], work[one]
