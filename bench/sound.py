"""The sound process: paced marked RTP for both parties of many calls, and a check of what arrives.

A process of its own, so that signalling does not disturb the pace. `load` starts it with one end of
a socket pair: JSON arrays in (`start`, `stop`, `mark`, `figures`, `end`), JSON out. Both parties'
sockets live here, so the time from sending to arriving is read off one clock.
"""

import fcntl
import gc
import json
import select
import socket
import struct
import sys
import time
from typing import Any

from bench.figures import Histogram
from bench.pattern import FRAME, NUMBERS, SYNC, TAILED, prefix, step

BUCKETS = 20
"Streams are spread over the 20 ms of a frame."

_BUCKET_NS = 1_000_000
_KEPT = 256
_LATE_NS = 5_000_000
_GIVEN_UP_NS = 200_000_000
_HEADER = struct.Struct("!BBHII")
_SIOCGSTAMPNS = 0x8907
_STAMP = struct.Struct("@ll")
_LATE_PROMPT_NS = 30_000_000
"A frame of a prompt is due 20 ms after the one before; half as much more is late."


class Figures:
    """What was sent and heard since the mark."""

    def __init__(self) -> None:
        self.since_ns = time.perf_counter_ns()
        self.sent = self.received = self.lost = self.late = 0
        self.crossed = self.unmarked = self.refused = 0
        self.sent_late = self.skipped_ms = 0
        self.prompt_frames = self.prompt_late = 0
        self.prompt_largest_ns = 0
        self.heard: set[int] = set()
        self.latency_ms = Histogram(0.05, 20_000)

    def report(self, streams: set[int], totals: list[int]) -> dict[str, Any]:
        """All figures; `silent` counts streams that should have been heard and were not.

        Args:
            streams: Keys of those that should have been heard.
            totals: Frames sent since the start, by key.
        """
        return {
            "totals": totals,
            "prompt_frames": self.prompt_frames,
            "prompt_late": self.prompt_late,
            "prompt_largest_ms": self.prompt_largest_ns / 1e6,
            "seconds": (time.perf_counter_ns() - self.since_ns) / 1e9,
            "streams": len(streams),
            "silent": len(streams - self.heard),
            "sent": self.sent,
            "received": self.received,
            "lost": self.lost,
            "late": self.late,
            "crossed": self.crossed,
            "unmarked": self.unmarked,
            "refused": self.refused,
            "sent_late": self.sent_late,
            "skipped_ms": self.skipped_ms,
            "p50_ms": self.latency_ms.percentile(0.5),
            "p99_ms": self.latency_ms.percentile(0.99),
            "max_ms": self.latency_ms.largest,
        }


class Stream:
    """One party of one call: what it says, and what it hears of the other."""

    __slots__ = (
        "active", "expected", "key", "last", "number", "other", "prefix", "prompt_at_ns",
        "prompt_next", "remote", "sent_ns", "sequence", "sock", "ssrc", "stamp", "timestamp",
        "total",
    )  # fmt: skip

    def __init__(self, slot: int, side: int) -> None:
        self.key = slot * 2 + side
        self.prefix = prefix(slot, side)
        self.expected = prefix(slot, 1 - side)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind(("127.0.0.1", 0))
        self.remote = ("", 0)
        self.sent_ns = [0] * _KEPT
        self.other: Stream = self
        self.ssrc = self.key + 1
        self.active = False
        self.last = -1
        self.number = self.sequence = self.timestamp = self.total = 0
        self.prompt_next = (-1, -1)
        self.prompt_at_ns = 0
        self.stamp = bytearray(_STAMP.size)
        self.arrived_ns()  # the kernel keeps the times from the first question on

    def arrived_ns(self) -> int:
        """When the kernel received what was read last: our own lateness is not the sender's."""
        try:
            fcntl.ioctl(self.sock.fileno(), _SIOCGSTAMPNS, self.stamp)
        except OSError:
            return 0
        seconds, nanoseconds = _STAMP.unpack(self.stamp)
        return seconds * 1_000_000_000 + nanoseconds


class Studio:
    """All streams and the loop over them."""

    def __init__(self, control: socket.socket, slots: int) -> None:
        self.control = control
        self.streams = [Stream(slot, side) for slot in range(slots) for side in (0, 1)]
        for stream in self.streams:
            stream.other = self.streams[stream.key ^ 1]
        self.buckets: list[list[Stream]] = [[] for _ in range(BUCKETS)]
        self.figures = Figures()
        self.epoll = select.epoll()
        self.by_fd = {stream.sock.fileno(): stream for stream in self.streams}
        for fd in self.by_fd:
            self.epoll.register(fd, select.EPOLLIN)
        self.epoll.register(control.fileno(), select.EPOLLIN)
        self.running = True

    def run(self) -> None:
        """Until `end`, or until the other side of the control socket is gone."""
        self._say([stream.sock.getsockname()[1] for stream in self.streams])
        due_ns, bucket = time.perf_counter_ns(), 0
        control_fd = self.control.fileno()
        while self.running:
            now_ns = time.perf_counter_ns()
            if now_ns - due_ns > _GIVEN_UP_NS:  # like a phone: what was not spoken stays unspoken
                self.figures.skipped_ms += (now_ns - due_ns) // 1_000_000
                due_ns = now_ns
            for _ in range(BUCKETS):
                if due_ns > now_ns:
                    break
                self._send(bucket, now_ns - due_ns)
                bucket = (bucket + 1) % BUCKETS
                due_ns += _BUCKET_NS
                now_ns = time.perf_counter_ns()
            for fd, _ in self.epoll.poll(max(0.0, (due_ns - now_ns) / 1e9)):
                if fd == control_fd:
                    self._obey()
                else:
                    self._hear(self.by_fd[fd])

    def _send(self, bucket: int, behind_ns: int) -> None:
        figures = self.figures
        for stream in self.buckets[bucket]:
            number = stream.number = (stream.number + 1) % NUMBERS
            stream.total += 1
            stream.sequence = (stream.sequence + 1) & 0xFFFF
            stream.timestamp = (stream.timestamp + FRAME) & 0xFFFFFFFF
            head = _HEADER.pack(0x80, 0, stream.sequence, stream.timestamp, stream.ssrc)
            stream.sent_ns[number % _KEPT] = time.perf_counter_ns()
            try:
                stream.sock.sendto(head + stream.prefix + TAILED[number], stream.remote)
            except OSError:
                figures.refused += 1
                continue
            figures.sent += 1
        if behind_ns > _LATE_NS:
            figures.sent_late += len(self.buckets[bucket])

    def _hear(self, stream: Stream) -> None:
        try:
            data = stream.sock.recv(2048)
        except OSError:
            return
        now_ns = time.perf_counter_ns()
        figures = self.figures
        if len(data) != 12 + FRAME or data[12:18] != SYNC:
            figures.unmarked += 1
            if len(data) == 12 + FRAME:
                self._hear_prompt(stream, data)
            return
        if data[12:21] != stream.expected or data[21:] != TAILED[_number(data)]:
            figures.crossed += 1
            return
        number = _number(data)
        figures.received += 1
        figures.heard.add(stream.key)
        figures.latency_ms.add((now_ns - stream.other.sent_ns[number % _KEPT]) / 1e6)
        ahead = step(stream.last, number) if stream.last >= 0 else 1
        if ahead > 0:
            figures.lost += ahead - 1
            stream.last = number
        else:
            figures.late += 1
            figures.lost -= 1

    def _hear_prompt(self, stream: Stream, data: bytes) -> None:
        """Time a frame that follows another without a pause, by RTP's own numbers."""
        at_ns = stream.arrived_ns()
        _, _, sequence, timestamp, _ = _HEADER.unpack_from(data)
        if (sequence, timestamp) == stream.prompt_next:
            figures, took_ns = self.figures, at_ns - stream.prompt_at_ns
            figures.prompt_frames += 1
            figures.prompt_late += took_ns > _LATE_PROMPT_NS
            figures.prompt_largest_ns = max(figures.prompt_largest_ns, took_ns)
        stream.prompt_at_ns = at_ns
        stream.prompt_next = (sequence + 1) & 0xFFFF, (timestamp + FRAME) & 0xFFFFFFFF

    def _obey(self) -> None:
        data = self.control.recv(65_536)
        if not data:
            self.running = False
            return
        verb, *given = json.loads(data)
        if verb == "start":
            self._start(*given)
        elif verb == "stop":
            self._stop(self.streams[given[0] * 2 + given[1]])
        elif verb == "mark":
            self.figures = Figures()
        elif verb == "figures":
            heard = {s.key for s in self.streams if s.active and s.other.active}
            self._say(self.figures.report(heard, [s.total for s in self.streams]))
        else:
            self.running = False

    def _start(self, slot: int, side: int, host: str, port: int) -> None:
        stream = self.streams[slot * 2 + side]
        if not stream.active:
            stream.active = True
            stream.last = stream.other.last = -1
            self.buckets[stream.key % BUCKETS].append(stream)
        stream.remote = (host, port)

    def _stop(self, stream: Stream) -> None:
        if stream.active:
            stream.active = False
            self.buckets[stream.key % BUCKETS].remove(stream)

    def _say(self, what: object) -> None:
        self.control.send(json.dumps(what).encode())


def _number(data: bytes) -> int:
    return (data[21] & 63) << 6 | data[22] & 63


def main() -> None:
    fd, slots = int(sys.argv[1]), int(sys.argv[2])
    gc.disable()
    Studio(socket.socket(fileno=fd), slots).run()


if __name__ == "__main__":
    main()
