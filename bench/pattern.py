"""Marked sound: each frame says whose it is and which one, in a form that a switch leaves alone.

160 bytes of mu-law. All codes of the mark are 0x80 to 0xBF: 64 loud samples that no conversion
through 16-bit linear sound and back changes. Six for the sync word, two for the slot, one for the
direction, two for the number of the frame; a tone fills the rest.
"""

from typing import NamedTuple

FRAME = 160
NUMBERS = 64 * 64
SYNC = bytes((0x85, 0xBA, 0x91, 0xAE, 0x9B, 0xA4))
TAIL = bytes(0x80 + (n * 5) % 64 for n in range(FRAME - 11))

_NUMBER_BYTES = tuple(bytes((0x80 | n >> 6, 0x80 | n & 63)) for n in range(NUMBERS))
TAILED = tuple(number + TAIL for number in _NUMBER_BYTES)
"Number of the frame -> what follows the prefix."


class Marked(NamedTuple):
    """What a frame says of itself."""

    slot: int
    direction: int
    number: int


def prefix(slot: int, direction: int) -> bytes:
    """The first nine bytes of every frame of one direction (0: the caller's) of one call."""
    return SYNC + bytes((0x80 | slot >> 6 & 63, 0x80 | slot & 63, 0x80 | direction))


def frame(slot: int, direction: int, number: int) -> bytes:
    """A whole frame."""
    return prefix(slot, direction) + TAILED[number % NUMBERS]


def read(payload: bytes) -> Marked | None:
    """What a frame says, or None for sound that is not ours: a prompt, music, silence."""
    if len(payload) != FRAME or payload[:6] != SYNC or payload[11:] != TAIL:
        return None
    high, low, direction, number_high, number_low = payload[6:11]
    return Marked(
        (high & 63) << 6 | low & 63, direction & 63, (number_high & 63) << 6 | number_low & 63
    )


def step(last: int, number: int) -> int:
    """How far a frame number is after the last one; negative for one that comes late."""
    return (number - last + NUMBERS // 2) % NUMBERS - NUMBERS // 2
