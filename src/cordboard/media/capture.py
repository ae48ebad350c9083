"""Captured packets made into a stereo recording: what one party said, and what it heard.

A relay writes every packet that arrives to a pcap file, stamped with the wall clock. Positions come
from RTP timestamps, laid on the clock by the least delayed packets, so late and reordered ones land
right and both channels keep together. Pure: bytes in, bytes out; arrays instead of loops, because
every call-second holds a hundred packets.

Sources: draft-ietf-opsawg-pcap (file format, LINKTYPE_RAW 101, ETHERNET 1); RFC 3550 §5.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .capture_jobs import CaptureJob, Ear
from .codecs import SILENCE, transcoding

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_MAGIC = {0xA1B2C3D4: 1, 0xA1B23C4D: 1000}
"File magic -> parts of a microsecond that the second field counts."

_LINK_HEADER = {101: 0, 228: 0, 229: 0, 1: 14}
_FILE_HEADER, _RECORD_HEADER, _UDP = 24, 16, 8
_RTP = 12
_LOOK = 4096
_ANCHOR_PACKETS = 1500
"Half a minute: how often a stream is laid on the clock anew, if it has drifted."

_DRIFT = 800
_JUMP = 1600
_SETTLED = 500
"Packets (10 s) within which a burst behind a stall has come down to its usual delay."

_MAX_LOST = 1000


class CaptureError(ValueError):
    """The bytes are no capture that we can read."""


@dataclass(frozen=True, slots=True)
class Packets:
    """RTP packets of one file, one row each."""

    data: Bytes
    at_us: Ints
    port: Ints
    kind: Ints
    "Payload type."

    seq: Ints
    ts: Ints
    ssrc: Ints
    start: Ints
    "Where the payload begins in `data`."

    size: Ints

    def pick(self, rows: NDArray[np.bool_]) -> "Packets":
        """Some of the packets."""
        return Packets(
            self.data, self.at_us[rows], self.port[rows], self.kind[rows], self.seq[rows],
            self.ts[rows], self.ssrc[rows], self.start[rows], self.size[rows],
        )  # fmt: skip


def read_capture(content: bytes) -> Packets:
    """The RTP packets of a pcap file; what is torn off at its end, or is no RTP, is left out.

    Raises:
        CaptureError: If it is no pcap file of a kind we know.
    """
    data = np.frombuffer(content, dtype=np.uint8)
    if len(data) < _FILE_HEADER:
        raise CaptureError("no pcap header")
    head = data[:_FILE_HEADER].view("<u4")
    parts, link = _MAGIC.get(int(head[0])), _LINK_HEADER.get(int(head[5]) & 0xFFFF)
    if parts is None or link is None:
        raise CaptureError("no pcap file of packets that we know")
    tables = [_rows(data, at, count, size, link, parts) for at, count, size in _stretches(data)]
    columns = [np.concatenate(found) for found in zip(*tables, strict=True)] if tables else []
    if not columns:
        columns = [np.empty(0, np.int64)] * 8
    return Packets(data, *columns)


def _stretches(data: Bytes) -> Iterable[tuple[int, int, int]]:
    """Neighbouring records of one length: where, how many, how long with their headers."""
    at, end = _FILE_HEADER, len(data)
    while at + _RECORD_HEADER <= end:
        size = _RECORD_HEADER + int(data[at + 8 : at + 12].view("<u4")[0])
        count = min(_LOOK, (end - at) // size)
        if count == 0:
            return
        table = data[at : at + count * size].reshape(count, size)
        lengths = np.ascontiguousarray(table[:, 8:12]).view("<u4")[:, 0] + _RECORD_HEADER
        other = np.flatnonzero(lengths != size)
        if len(other):
            count = int(other[0])
        yield at, count, size
        at += count * size


def _rows(data: Bytes, at: int, count: int, size: int, link: int, parts: int) -> list[Ints]:
    """Columns of a stretch, as in `Packets`; empty ones if its records hold no RTP."""
    ip = _RECORD_HEADER + link
    if size < ip + 1:
        return [np.empty(0, np.int64)] * 8
    table = data[at : at + count * size].reshape(count, size)
    first = table[:, ip]
    udp = np.where(first >> 4 == 6, 40, (first & 15) * 4).astype(np.int64) + ip
    good = udp + _UDP + _RTP <= size
    table, udp = table[good], udp[good]
    begin = at + np.flatnonzero(good) * size
    if not len(table):
        return [np.empty(0, np.int64)] * 8
    rtp = udp + _UDP
    head = np.take_along_axis(table, rtp[:, None] + np.arange(_RTP), axis=1)
    stamp = np.ascontiguousarray(table[:, :8]).view("<u4").astype(np.int64)
    ports = np.take_along_axis(table, udp[:, None] + np.arange(2, 4), axis=1).astype(np.int64)
    skip = _RTP + 4 * (head[:, 0] & 15).astype(np.int64)
    sizes = size - rtp - skip
    plain = (head[:, 0] & 0xF0 == 0x80) & (sizes > 0)
    skip, sizes, plain = _unpack_unusual(table, rtp, head, skip, sizes, plain)
    columns = [
        stamp[:, 0] * 1_000_000 + stamp[:, 1] // parts,
        ports[:, 0] << 8 | ports[:, 1],
        (head[:, 1] & 0x7F).astype(np.int64),
        _big_endian(head[:, 2:4]),
        _big_endian(head[:, 4:8]),
        _big_endian(head[:, 8:12]),
        begin + rtp + skip,
        sizes,
    ]
    return [column[plain] for column in columns]


def _unpack_unusual(
    table: Bytes, rtp: Ints, head: Bytes, skip: Ints, sizes: Ints, plain: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Packets with padding or a header extension (browsers): one by one."""
    for row in np.flatnonzero((head[:, 0] & 0xC0 == 0x80) & ~plain):
        at = int(rtp[row] + skip[row])
        if head[row, 0] & 0x10:
            if at + 4 > table.shape[1]:
                continue
            more = 4 + 4 * int(_big_endian(table[row : row + 1, at + 2 : at + 4])[0])
            skip[row] += more
            sizes[row] -= more
        if head[row, 0] & 0x20:
            sizes[row] -= int(table[row, -1])
        plain[row] = sizes[row] > 0
    return skip, sizes, plain


def _big_endian(columns: Bytes) -> Ints:
    value = np.zeros(len(columns), np.int64)
    for n in range(columns.shape[1]):
        value = value << 8 | columns[:, n]
    return value


@dataclass(frozen=True, slots=True)
class Laid:
    """A recording, laid out."""

    frames: bytes
    "Stereo: what the party said and what it heard, byte by byte in turn."

    gap_count: int
    "Places where packets of the party are missing."

    gap_ms: int


def lay(job: CaptureJob, captures: dict[str, list[Packets]]) -> Laid:
    """Lay out a recording.

    Args:
        job: What to make.
        captures: The files of each of the relay's calls.
    """
    length = max(0, job.until_ms - job.from_ms) * 8
    stereo = np.full((length, 2), SILENCE[job.codec], np.uint8)
    lost = [0, 0]
    for spans, channel in ((_spans(job, "said_port"), 0), (_spans(job, "heard_port"), 1)):
        for call, port, from_ms, until_ms in spans:
            for packets in captures.get(call, ()):
                at_ms = packets.at_us // 1000
                rows = (packets.port == port) & (at_ms >= from_ms) & (at_ms < until_ms)
                for ssrc in np.unique(packets.ssrc[rows]):
                    stream = packets.pick(rows & (packets.ssrc == ssrc))
                    if channel == 0:
                        _count_lost(stream, lost)
                    _lay_stream(job, stream, stereo[:, channel])
    for begin, end in job.pauses:
        stop = (end or job.until_ms) - job.from_ms
        stereo[max(0, begin - job.from_ms) * 8 : max(0, stop) * 8] = SILENCE[job.codec]
    return Laid(stereo.tobytes(), lost[0], lost[1] * 20)


def _spans(job: CaptureJob, which: str) -> list[tuple[str, int, int, int]]:
    """Call, port, from and until of what goes to one channel; equal neighbours are one."""
    found: list[tuple[str, int, int, int]] = []
    ends = [*(ear.at_ms for ear in job.ears[1:]), job.until_ms + 1]
    for ear, until_ms in zip(job.ears, ends, strict=False):
        port = _port(ear, which)
        if found and found[-1][:2] == (ear.call, port):
            found[-1] = (*found[-1][:3], until_ms)
        else:
            found.append((ear.call, port, max(ear.at_ms, job.from_ms), until_ms))
    return found


def _port(ear: Ear, which: str) -> int:
    return ear.said_port if which == "said_port" else ear.heard_port


def _count_lost(stream: Packets, lost: list[int]) -> None:
    steps = np.diff(stream.seq) & 0xFFFF
    holes = steps[(steps > 1) & (steps < _MAX_LOST)]
    lost[0] += len(holes)
    lost[1] += int((holes - 1).sum())


def _lay_stream(job: CaptureJob, stream: Packets, channel: Bytes) -> None:
    """Put the sound of one sender on a channel."""
    for kind, codec in job.payload_types.items():
        part = stream.pick(stream.kind == kind)
        if not len(part.ts):
            continue
        at = _positions(part, job.from_ms)
        table = transcoding(codec, job.codec)
        change = None if table is None else np.frombuffer(table, dtype=np.uint8)
        for size in np.unique(part.size):
            rows = np.flatnonzero(part.size == size)
            windows = sliding_window_view(part.data, int(size))
            for some in np.array_split(rows, len(rows) // _LOOK + 1):
                sound = windows[part.start[some]]
                _put(channel, at[some], sound if change is None else change[sound])


def _positions(part: Packets, from_ms: int) -> Ints:
    """Where in the recording each packet begins, in samples."""
    arrived = (part.at_us - from_ms * 1000) * 8 // 1000
    steps = np.diff(part.ts, prepend=part.ts[:1])
    steps = (steps + 0x80000000 & 0xFFFFFFFF) - 0x80000000
    unwrapped = np.cumsum(steps)
    late = arrived - unwrapped
    cuts = _cuts(part, steps, late)
    found = np.empty(len(late), np.int64)
    for rows in np.split(np.arange(len(late)), cuts):
        anchor: int | None = None
        for block in np.array_split(rows, len(rows) // _ANCHOR_PACKETS + 1):
            if not len(block):
                continue
            wanted = int(np.percentile(late[block], 1))
            if anchor is None or abs(wanted - anchor) > _DRIFT:
                anchor = wanted
            found[block] = unwrapped[block] + anchor
    return found


def _cuts(part: Packets, steps: Ints, late: Ints) -> list[int]:
    """Where a sender's timestamps begin to mean other moments: it paused, or counts anew.

    A burst behind a stall comes late and soon is not late any more: that is none.
    """
    found = []
    for at in np.flatnonzero(np.abs(np.diff(late)) > _JUMP) + 1:
        before, behind = late[max(0, at - _SETTLED) : at], late[at : at + _SETTLED]
        goes_on = steps[at] == (part.seq[at] - part.seq[at - 1]) * part.size[at]
        if abs(int(behind.min() - before.min())) > _JUMP and not (goes_on and len(behind) < 25):
            found.append(int(at))
    return found


def _put(channel: Bytes, at: Ints, sound: Bytes) -> None:
    """Copy rows of sound to their positions; neighbours go as one piece."""
    size = sound.shape[1]
    for rows in np.split(np.arange(len(at)), np.flatnonzero(np.diff(at) != size) + 1):
        if not len(rows):
            continue
        begin = int(at[rows[0]])
        piece = sound[rows[0] : rows[-1] + 1].reshape(-1)
        cut = max(0, -begin)
        end = min(len(channel), begin + len(piece))
        if end > begin + cut:
            channel[begin + cut : end] = piece[cut : end - begin]
