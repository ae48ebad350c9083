"""RTP on the wire: headers, wrapping numbers, what was received, what was sent.

Pure: time comes in as media ticks (8 000 a second). Knows no socket, no codec and no leg.
Sources: RFC 3550 §5.1 (header), §6.4.1 and A.8 (jitter), A.1 (sequence), RFC 3551 §4.1 (marker).
"""

import struct

HEADER = struct.Struct(">BBHII")
HEADER_BYTES = 12
SAMPLE_HZ = 8000
VERSION_2 = 0x80
MARKER = 0x80

_REORDER_WINDOW = 100
_RESTART_GAP = 3000
_RESTART_TICKS = 4000
"Half a second: a relayed stream that is off the clock by more is aligned anew."


def seq_diff(newer: int, older: int) -> int:
    """Steps from `older` to `newer` in 16-bit arithmetic, -32768 to 32767."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def ts_diff(newer: int, older: int) -> int:
    """Ticks from `older` to `newer` in 32-bit arithmetic."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def payload_bounds(data: bytes) -> tuple[int, int] | None:
    """Start and end of the payload behind CSRCs, extension and padding; None if malformed."""
    size = len(data)
    if size < HEADER_BYTES or data[0] & 0xC0 != VERSION_2:
        return None
    start = HEADER_BYTES + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if size < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    padding = data[-1] if data[0] & 0x20 else 0
    if data[0] & 0x20 and not padding:
        return None
    end = size - padding
    return (start, end) if start <= end else None


class Reception:
    """What came in from one party: counts, loss and jitter.

    A change of SSRC or a jump in the sequence starts a new stretch; sums go on.
    """

    __slots__ = (
        "_base", "_expected_before", "_jitter", "_received_before", "_transit", "highest_seq",
        "packets", "ssrc",
    )  # fmt: skip

    def __init__(self) -> None:
        self.packets = 0
        self.ssrc = -1
        self.highest_seq = 0
        "Extended highest sequence number, for receiver reports."

        self._base = 0
        self._transit = 0
        self._jitter = 0.0
        self._expected_before = 0
        self._received_before = 0

    def take(self, seq: int, ts: int, ssrc: int, arrival: int) -> int:
        """Count one packet; return how far it is from the newest before it (hot).

        Args:
            seq: Its sequence number.
            ts: Its timestamp.
            ssrc: Its source.
            arrival: When it came, in media ticks of any origin.

        Returns:
            1 in order, more after a loss, 0 a repetition, negative late; 1 on a new stretch.
        """
        step = ((seq - self.highest_seq + 0x8000) & 0xFFFF) - 0x8000
        if ssrc != self.ssrc or not -_REORDER_WINDOW <= step <= _RESTART_GAP:
            self._restart(seq, ssrc, arrival - ts)
            self.packets += 1
            return 1
        if step > 0:
            self.highest_seq += step
        self.packets += 1
        transit = arrival - ts
        drift = abs(transit - self._transit)
        self._transit = transit
        if drift < SAMPLE_HZ:
            self._jitter += (drift - self._jitter) / 16.0
        return step

    def take_untimed(self, seq: int, ssrc: int, arrival: int) -> int:
        """Count a packet whose timestamp does not follow the clock (telephone-event)."""
        return self.take(seq, arrival - self._transit, ssrc, arrival)

    def _restart(self, seq: int, ssrc: int, transit: int) -> None:
        self._expected_before = self.expected
        self._received_before = self.packets
        self.ssrc = ssrc
        self._base = self.highest_seq = seq
        self._transit = transit

    @property
    def expected(self) -> int:
        """How many packets the sequence numbers say were sent to us."""
        if self.ssrc < 0:
            return 0
        return self._expected_before + self.highest_seq - self._base + 1

    @property
    def lost(self) -> int:
        """Packets that never came, not below 0 (repetitions count against it)."""
        return max(0, self.expected - self.packets)

    @property
    def jitter_ticks(self) -> float:
        """Interarrival jitter, in media ticks."""
        return self._jitter


class Outgoing:
    """Sequence numbers and timestamps towards one party: one SSRC, never a step back.

    Whatever is heard (prompt, relay of one peer, then of another, digits), the party sees one
    stream: the sequence has no hole of our making, timestamps follow the clock, and the marker
    is set where a new stretch begins.
    """

    __slots__ = (
        "_fresh", "_guard", "_origin", "_seq_first", "_seq_shift", "_source", "_ts_shift",
        "octets", "packets", "sent_ts", "seq", "ssrc", "ts",
    )  # fmt: skip

    def __init__(self, ssrc: int, seq: int, ts: int, now: int) -> None:
        """Begin a stream.

        Args:
            ssrc: Our source identifier for this leg.
            seq: The number before the first packet's (random, RFC 3550 §5.1).
            ts: The timestamp that stands for `now` (random).
            now: Media ticks of the process clock.
        """
        self.ssrc = ssrc
        self.seq = seq & 0xFFFF
        self.ts = ts & 0xFFFFFFFF
        self.packets = 0
        self.octets = 0
        self.sent_ts = self.ts
        "Timestamp of the packet sent last; older than `ts` after a reordered one."

        self._origin = (ts - now) & 0xFFFFFFFF
        self._fresh = True
        self._source = -1
        self._seq_shift = 0
        self._ts_shift = 0
        self._seq_first = 0
        self._guard = 0

    def clock_ts(self, now: int) -> int:
        """The timestamp that belongs to a moment."""
        return (self._origin + now) & 0xFFFFFFFF

    def begin_stretch(self) -> None:
        """The next packet starts something new: marker, and timestamp from the clock."""
        self._fresh = True
        self._source = -1

    def own(self, payload_type: int, samples: int, now: int) -> bytes:
        """Header of the next packet of our own sound (`samples` long, paced by the tick)."""
        self._source = -1
        if self._fresh:
            self._fresh = False
            payload_type |= MARKER
            self.ts = self._next_ts(samples, now)
        else:
            self.ts = (self.ts + samples) & 0xFFFFFFFF
        self.seq = seq = (self.seq + 1) & 0xFFFF
        self.packets += 1
        self.octets += samples
        return HEADER.pack(VERSION_2, payload_type, seq, self.ts, self.ssrc)

    def event(self, payload_type: int, ts: int, *, first: bool) -> bytes:
        """Header of a telephone-event packet of our own; `ts` stays the same over one event."""
        self._source = -1
        self._fresh = True
        self.seq = (self.seq + 1) & 0xFFFF
        self.ts = ts
        self.packets += 1
        self.octets += 4
        marked = payload_type | (MARKER if first else 0)
        return HEADER.pack(VERSION_2, marked, self.seq, ts, self.ssrc)

    def relay(self, marked_type: int, seq: int, ts: int, ssrc: int, now: int) -> bytes | None:
        """Header for a packet of another party, numbers rewritten, gaps and order kept.

        Args:
            marked_type: Marker bit and payload type as they shall be sent.
            seq: Sequence number as it came.
            ts: Timestamp as it came.
            ssrc: Source as it came.
            now: Media ticks of the process clock.

        Returns:
            None for a straggler from before this relay began; it would collide with our own.
        """
        if ssrc != self._source:
            self._align(seq, ts, ssrc, now)
            marked_type |= MARKER
        out_seq = (seq + self._seq_shift) & 0xFFFF
        out_ts = (ts + self._ts_shift) & 0xFFFFFFFF
        ahead = ((out_seq - self.seq + 0x8000) & 0xFFFF) - 0x8000
        if ahead > 0:
            off_clock = ((out_ts - self._origin - now + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            if ahead > _RESTART_GAP or not -_RESTART_TICKS < off_clock < _RESTART_TICKS:
                self._align(seq, ts, ssrc, now)
                marked_type |= MARKER
                out_seq = (self.seq + 1) & 0xFFFF
                out_ts = (ts + self._ts_shift) & 0xFFFFFFFF
            self.seq = out_seq
            self.ts = out_ts
        elif self._is_straggler(out_seq, ahead):
            return None
        self.sent_ts = out_ts
        self.packets += 1
        self.octets += 160
        return HEADER.pack(VERSION_2, marked_type, out_seq, out_ts, self.ssrc)

    def _is_straggler(self, out_seq: int, ahead: int) -> bool:
        return ahead < -_REORDER_WINDOW or seq_diff(out_seq, self._seq_first) < 0

    def _align(self, seq: int, ts: int, ssrc: int, now: int) -> None:
        self._source = ssrc
        self._fresh = True
        self._seq_first = (self.seq + 1) & 0xFFFF
        self._seq_shift = (self._seq_first - seq) & 0xFFFF
        self._ts_shift = (self._next_ts(160, now) - ts) & 0xFFFFFFFF

    def _next_ts(self, samples: int, now: int) -> int:
        by_clock = self.clock_ts(now)
        by_last = (self.ts + samples) & 0xFFFFFFFF if self.packets else by_clock
        return by_clock if ts_diff(by_clock, by_last) > 0 else by_last
