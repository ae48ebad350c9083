"""Sound made of pieces, handed out in frames without a gap between the pieces.

Pure: a frame is asked for once per tick with the shared media clock. Knows no codec and no name:
a segment is encoded bytes, one a sample.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of encoded sound."""

    data: bytes
    repeat: bool = False
    "Begins again at its end, until `limit` or for ever."

    shared: bool = False
    "Where it begins is read from the common clock, so all listeners hear the same (music)."

    limit: int | None = None
    "Samples after which a repeating segment is over."

    @property
    def endless(self) -> bool:
        """Whether nothing behind it is ever heard."""
        return self.repeat and self.limit is None


class SequenceEmptyError(ValueError):
    """Nothing to play: no segment has a sample."""


class Sequence:
    """Plays segments one after another; owned by one leg."""

    __slots__ = ("_data", "_filler", "_index", "_left", "_loop", "_pos", "_segments", "_size",
                 "done", "played")  # fmt: skip

    def __init__(self, segments: list[Segment], silence: int, *, loop: bool = False) -> None:
        """Prepare to play.

        Args:
            segments: The pieces, in order.
            silence: The byte that fills the last frame.
            loop: Begin again after the last.

        Raises:
            SequenceEmptyError: If there is no sound at all and the sequence loops.
        """
        self._segments = [segment for segment in segments if segment.data and segment.limit != 0]
        if loop and not self._segments:
            raise SequenceEmptyError
        self._filler = bytes((silence,)) * 480
        self._loop = loop
        self._index = -1
        self._data = b""
        self._pos = 0
        self._size = 0
        self._left: int | None = 0
        self.played = 0
        "Samples handed out, without the filler."

        self.done = False
        "True once the last sample was handed out."

    def frame(self, samples: int, clock: int) -> bytes:
        """The next `samples` bytes; the last frame is filled with silence.

        Args:
            samples: Length of a frame.
            clock: The media clock at this frame, in samples, the same for all listeners.
        """
        pos = self._pos
        end = pos + samples
        if end < self._size and self._left is None:
            self._pos = end
            self.played += samples
            return self._data[pos:end]
        return self._assemble(samples, clock)

    def _assemble(self, samples: int, clock: int) -> bytes:
        parts: list[bytes] = []
        need = samples
        while need and (self._pos < self._size or self._advance(clock + samples - need)):
            take = min(need, self._size - self._pos)
            if self._left is not None:
                take = min(take, self._left)
                self._left -= take
            parts.append(self._data[self._pos : self._pos + take])
            need -= take
            self._step(take)
        self.played += samples - need
        if self._pos >= self._size and not self._loop and self._index + 1 >= len(self._segments):
            self.done = True
        if need:
            parts.append(self._filler[:need])
        return b"".join(parts)

    def _step(self, take: int) -> None:
        self._pos += take
        segment = self._segments[self._index]
        if self._left == 0:
            self._pos = self._size
        elif segment.repeat and self._pos >= self._size:
            self._pos = 0

    def _advance(self, clock: int) -> bool:
        self._index += 1
        if self._index >= len(self._segments):
            if not self._loop:
                self._index = len(self._segments)
                self.done = True
                return False
            self._index = 0
        segment = self._segments[self._index]
        self._data = segment.data
        self._size = len(segment.data)
        self._pos = clock % self._size if segment.shared else 0
        self._left = segment.limit if segment.repeat else None
        return True
