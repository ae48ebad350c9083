"""Are the recordings true? Each is decoded, and each frame of marked sound in it accounted for.

A recording is a WAV of stereo mu-law: channel 0 what the caller said, channel 1 what the caller
heard. Nothing of the product is used: the reader is as small as the format.
"""

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.pattern import FRAME, SYNC, Marked, read, step

MU_LAW = 7
EDGE = 25
"Frames (0.5 s) after a party begins to speak that may lie before its recording or its bridge."

TAIL = 5
"And those on their way when the count was taken."

Party = tuple[int, int]
"Slot and direction (0: the caller's)."


class Verdict(NamedTuple):
    """What all recordings of a run hold."""

    files: int
    whole: int
    "Files with every frame of both parties, in order and on the right channel."

    found: int
    "Frames that are where they should be."

    missing: int
    "Frames that were sent to be recorded and are nowhere."

    within: int
    "Of these: between two that are there. The others lie before the first or behind the last."

    at_end: int
    "Of these: behind the last."

    gaps: int
    "Places where frames are missing."

    strays: int
    "Frames on the wrong channel, in the wrong file, twice, or out of order."

    unreadable: int
    "Files without a frame of ours, or that are no such WAV."


def channels_of(data: bytes) -> tuple[bytes, bytes]:
    """Both channels of a WAV file's bytes.

    Raises:
        ValueError: If it is no stereo mu-law at 8,000 Hz, or its length does not fit its header.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("no WAV")
    at, sound = 12, b""
    layout = (0, 0, 0)
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) != size:
            raise ValueError("cut off")
        if name == b"fmt ":
            layout = struct.unpack_from("<HHI", body)
        elif name == b"data":
            sound = body
        at += 8 + size + size % 2
    if layout != (MU_LAW, 2, 8000):
        raise ValueError(f"format {layout}")
    return sound[::2], sound[1::2]


def marks_of(channel: bytes) -> list[Marked]:
    """The frames of ours in a channel, in order, wherever they begin."""
    found: list[Marked] = []
    at = channel.find(SYNC)
    while at >= 0:
        mark = read(channel[at : at + FRAME])
        if mark is not None:
            found.append(mark)
        at = channel.find(SYNC, at + (FRAME if mark is not None else 1))
    return found


class _Tally:
    """Counts over the channels of a run."""

    def __init__(self, sent: Mapping[Party, int]) -> None:
        self.left = dict(sent)
        self.found = self.missing = self.within = self.at_end = self.gaps = self.strays = 0

    def take(self, marks: list[Marked], slot: int, direction: int) -> bool:
        """Account for a channel; True if it is whole."""
        before = self.missing, self.strays
        sent = self.left.pop((slot, direction), 0)
        last, begun = EDGE, False
        for mark in marks:
            if (mark.slot, mark.direction) != (slot, direction):
                self.strays += 1
                continue
            ahead = step(last, mark.number)
            if ahead <= 0:
                self.strays += last > EDGE  # before the edge nothing is asked for
                continue
            skipped = self._skip(ahead - 1)
            self.within += skipped if begun else 0
            begun = True
            self.found += 1
            last += ahead
        self.at_end += self._skip(sent - TAIL - last)
        return (self.missing, self.strays) == before

    def _skip(self, frames: int) -> int:
        if frames <= 0:
            return 0
        self.missing += frames
        self.gaps += 1
        return frames

    def take_unrecorded(self) -> None:
        """All that was sent and has no file."""
        for sent in self.left.values():
            self._skip(sent - TAIL - EDGE)


def check(files: Iterable[Path], sent: Mapping[Party, int]) -> Verdict:
    """Decode recordings and account for every frame.

    Args:
        files: Of the calls of one run.
        sent: How many frames each party had sent when last asked; numbered from 1.
    """
    tally, count, whole, unreadable = _Tally(sent), 0, 0, 0
    for file in files:
        count += 1
        try:
            said, heard = (marks_of(channel) for channel in channels_of(file.read_bytes()))
            slot = (said or heard)[0].slot
        except (ValueError, IndexError, struct.error):
            unreadable += 1
            continue
        both = [tally.take(said, slot, 0), tally.take(heard, slot, 1)]
        whole += all(both)
    tally.take_unrecorded()
    return Verdict(
        files=count,
        whole=whole,
        found=tally.found,
        missing=tally.missing,
        within=tally.within,
        at_end=tally.at_end,
        gaps=tally.gaps,
        strays=tally.strays,
        unreadable=unreadable,
    )
