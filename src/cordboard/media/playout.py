"""Where the packets of one party wait for the mixer: a small jitter buffer, 20 ms at a time.

Parties tick differently and the mixer has one tick of its own, so some sound lies ready: one to
two frames with a steady party, as many as its jitter asks for otherwise. What is missing when it
is due is silence. Pure: encoded bytes in, encoded bytes out; time is the calls of `take`.
"""

_FRAME = 160
_RING = 32 * _FRAME
_DEEP = 10 * _FRAME
"A burst that lies deeper is cut: old speech is worth less than a short way."

_SPARE = 3 * _FRAME
"What never lies shallower for a second lies there in vain: one frame is dropped."

_FORGOTTEN = 5
"Frames without sound after which the next packet begins anew."

_SECOND = 50


class Playout:
    """Sound of one party on its way into mixes; taken from once per tick."""

    __slots__ = (
        "_cursor", "_dry", "_empty", "_end", "_is_open", "_ring", "_shallowest", "_taken",
        "_ts_zero", "dropped", "late", "silence",
    )  # fmt: skip

    def __init__(self, silence: int) -> None:
        """Begin empty.

        Args:
            silence: The byte of (almost) zero in the party's codec.
        """
        self.silence = silence
        self._empty = bytes((silence,)) * _FRAME
        self._ring = bytearray(self._empty * (_RING // _FRAME))
        self._is_open = False
        self._ts_zero = 0
        "The timestamp of position 0; positions grow for ever, frames begin at multiples of 160."

        self._cursor = 0
        "Position of what is taken next."

        self._end = 0
        "Where the newest sound ends."

        self._dry = 0
        self._taken = 0
        self._shallowest = _RING
        self.late = 0
        "Packets that came after their moment."

        self.dropped = 0
        "Frames skipped to shorten the way."

    def put(self, ts: int, payload: bytes) -> None:
        """Put a packet in its place (hot)."""
        size = len(payload)
        at = ((ts - self._ts_zero - self._cursor + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        if not self._is_open or not -_RING < at <= _RING - size:
            self._open(ts)
            at = _FRAME
        if at < 0:
            self.late += 1
            return
        first = (self._cursor + at) % _RING
        if first + size <= _RING:
            self._ring[first : first + size] = payload
        else:
            room = _RING - first
            self._ring[first:] = payload[:room]
            self._ring[: size - room] = payload[room:]
        if self._cursor + at + size > self._end:
            self._end = self._cursor + at + size
            if at + size > _DEEP:
                self._skip(((at + size) // _FRAME - 2) * _FRAME)

    def take(self) -> bytes | None:
        """The next 20 ms; None if there is no sound for them (hot)."""
        cursor = self._cursor
        depth = self._end - cursor
        if depth < _FRAME:
            self._dry += 1
            if self._dry >= _FORGOTTEN:
                self._is_open = False
            return None
        self._dry = 0
        first = cursor % _RING
        frame = bytes(self._ring[first : first + _FRAME])
        self._ring[first : first + _FRAME] = self._empty
        self._cursor = cursor + _FRAME
        self._taken += 1
        if depth < self._shallowest:
            self._shallowest = depth
        if self._taken >= _SECOND:
            if self._shallowest >= _SPARE:
                self._skip(_FRAME)
            self._taken = 0
            self._shallowest = _RING
        return frame

    def _open(self, ts: int) -> None:
        """Begin anew: one frame of silence, then this packet."""
        self._ring[:] = self._empty * (_RING // _FRAME)
        self._ts_zero = (ts - self._cursor - _FRAME) & 0xFFFFFFFF
        self._end = self._cursor
        self._is_open = True
        self._dry = self._taken = 0
        self._shallowest = _RING

    def _skip(self, size: int) -> None:
        for _ in range(0, min(size, self._end - self._cursor - _FRAME), _FRAME):
            first = self._cursor % _RING
            self._ring[first : first + _FRAME] = self._empty
            self._cursor += _FRAME
            self.dropped += 1
