"""The load process: paced callers and agents' phones over two UDP sockets, and their tally.

    python -m bench.load '{"target": "127.0.0.1:5060", "number": "96511", "rate": 10, "calls": 50}'

The fields are those of `bench.plan.Plan`. Says JSON lines (`ready`, `filled`, `figures`, `report`)
and obeys lines on standard input (`go`, `mark`, `figures`, `stop`); it ends with its input.
"""

import gc
import heapq
import json
import os
import select
import socket
import sys
import time
from collections import Counter
from typing import Any

from bench import sipwords as words
from bench.phones import Address, Caller, Leg, Phone
from bench.plan import Plan, Report, plan_of
from bench.sound_line import SoundLine

HOST = "127.0.0.1"
_LATE_S = 0.02
_LONGEST_S = 4.0
_BATCH = 64
_STOP_PACE_S = 0.004


class Load:
    """One run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        host, _, port = plan.target.rpartition(":")
        self.target: Address = (socket.gethostbyname(host), int(port))
        self.callers_sock = _udp(0)
        self.agents_sock = _udp(plan.agent_port)
        self.here = b"%b:%d" % (HOST.encode(), self.callers_sock.getsockname()[1])
        self.agents_here = b"%b:%d" % (HOST.encode(), plan.agent_port)
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind((HOST, 0))
        self.body = words.SDP % {b"host": HOST.encode(), b"port": self.sink.getsockname()[1]}
        self.run_id = b"%x" % (time.time_ns() & 0xFFFFFFFFFF)
        self.callers: dict[bytes, Caller] = {}
        self.phones: dict[bytes, Phone] = {}
        self.by_number: dict[bytes, Caller] = {}
        self.waiting: dict[bytes, Caller] = {}
        self.freed_ns: dict[bytes, int] = {}
        self.timers: list[tuple[float, int, str, Leg, object]] = []
        self.tally: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.setup_ms: list[float] = []
        self.answer_ms: list[float] = []
        self.freed_ms: list[float] = []
        self.begun = self.open = self.talks = self._timer_number = 0
        self.stopping = False
        self.agents_ended = 0.0
        self.sound = SoundLine(plan.calls) if plan.sound else None

    # What legs ask

    def send(self, leg: Leg, data: bytes) -> None:
        """Send from the leg's own socket."""
        sock = self.agents_sock if leg.side else self.callers_sock
        try:
            sock.sendto(data, leg.remote)
        except OSError:
            self.tally["unsent"] += 1

    def send_until_answered(self, leg: Leg, data: bytes) -> None:
        """Send, and again after 0.5, 1, 2, 4 ... s (RFC 3261 §17.1) until something else is due."""
        leg.pending = data
        leg.interval_s = 0.5
        self.send(leg, data)
        self.later(leg.interval_s, "resend", leg, data)

    def later(self, seconds: float, what: str, leg: Leg, key: object = None) -> None:
        """Call a method of the leg, or `resend`."""
        self._timer_number += 1
        due_s = time.perf_counter() + seconds
        heapq.heappush(self.timers, (due_s, self._timer_number, what, leg, key))

    def find_caller(self, number: bytes) -> Caller | None:
        """Whose call this is; where the number is hidden, the one who waits longest."""
        found = self.by_number.get(number)
        if found is None and self.waiting:
            self.tally["guessed"] += 1
            found = next(iter(self.waiting.values()))
        return found

    def offered(self, phone: Phone) -> None:
        """An agent's phone was invited."""
        caller, at_ns = phone.caller, phone.received_ns
        freed_ns = self.freed_ns.pop(phone.extension, 0)
        if freed_ns:
            self.freed_ms.append((at_ns - freed_ns) / 1e6)
        if caller is not None:
            if caller.phone is None:
                self.setup_ms.append((at_ns - caller.sent_ns) / 1e6)
            caller.phone = phone
            phone.slot = caller.slot

    def talking(self, phone: Phone) -> None:
        """Both are connected, as far as the agent can tell."""
        caller = phone.caller
        if caller is None or caller.has_talked or caller.state != "up":
            return
        caller.has_talked = True
        self.waiting.pop(caller.call_id, None)
        self.talks += 1
        if self.plan.hold_s >= 0:
            self.agents_ended += self.plan.agents_hang_up
            by_agent = self.agents_ended >= 1
            self.agents_ended -= by_agent
            self.later(self.plan.hold_s, "hang_up", phone if by_agent else caller)
        elif self.talks == self.plan.calls:
            say("filled")

    def freed(self, phone: Phone) -> None:
        """An agent hangs up."""
        if self.plan.backlog and len(self.waiting) >= self.plan.backlog:
            self.freed_ns[phone.extension] = time.perf_counter_ns()

    def over(self, leg: Leg) -> None:
        """A leg came to its end; its call too, once both have."""
        if leg.slot >= 0:
            self._order_sound("stop", leg.slot, leg.side)
        caller = leg if isinstance(leg, Caller) else getattr(leg, "caller", None)
        if caller is None or caller.call_id not in self.callers:
            return
        phone = caller.phone
        if caller.state == "over" and (phone is None or phone.state == "over"):
            self._close(caller)

    def _close(self, caller: Caller) -> None:
        self.open -= 1
        self.waiting.pop(caller.call_id, None)
        self.by_number.pop(caller.number, None)
        del self.callers[caller.call_id]
        self.tally[_outcome(caller)] += 1

    def answered(self, caller: Caller, status: int) -> None:
        """A first INVITE had its final answer."""
        self.statuses[status] += 1
        if status == 200:
            self.answer_ms.append((time.perf_counter_ns() - caller.sent_ns) / 1e6)

    def count_repeated(self) -> None:
        """The switch sent something again."""
        self.tally["repeated"] += 1

    # Sound

    def _order_sound(self, *order: object) -> None:
        if self.sound is not None:
            self.sound.order(*order)

    def sound_of(self, leg: Leg) -> bytes:
        """The SDP of a leg."""
        if leg.slot < 0 or self.sound is None:
            return self.body
        port = self.sound.ports[leg.slot * 2 + leg.side]
        return words.SDP % {b"host": HOST.encode(), b"port": port}

    def sound_to(self, leg: Leg, message: bytes) -> None:
        """Speak to where a message says."""
        where = words.sound_address(message)
        if leg.slot >= 0 and where is not None:
            self._order_sound("start", leg.slot, leg.side, where.host, where.port)

    # The loop

    def run(self) -> Report:
        """All of it."""
        epoll = select.epoll()
        for source in (self.callers_sock, self.agents_sock, sys.stdin):
            epoll.register(source.fileno(), select.EPOLLIN)
        say("ready")
        self._obey()
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        pause_s = 1 / self.plan.rate
        latest_s = began_s + self.plan.calls * pause_s + self.plan.wait_s
        latest_s += max(0.0, self.plan.hold_s) + self.plan.drain_s
        while self._goes_on(latest_s):
            now_s = time.perf_counter()
            if not self.stopping:
                while self.begun < self.plan.calls and began_s + self.begun * pause_s <= now_s:
                    late = now_s - (began_s + self.begun * pause_s) > _LATE_S
                    self.tally["begun_late"] += late
                    self._begin()
            self._fire(time.perf_counter())
            due_s = self.timers[0][0] if self.timers else now_s + 0.1
            if self.begun < self.plan.calls:
                due_s = min(due_s, began_s + self.begun * pause_s)
            wait_s = min(0.1, max(0.0, due_s - time.perf_counter()))
            for fd, _ in epoll.poll(wait_s):
                if fd == sys.stdin.fileno():
                    self._obey()
                elif fd == self.agents_sock.fileno():
                    self._read(self.agents_sock, self._hear_agent)
                else:
                    self._read(self.callers_sock, self._hear_caller)
        return self._report(time.perf_counter() - began_s, time.process_time() - began_cpu_s)

    def _goes_on(self, latest_s: float) -> bool:
        if self.stopping or self.begun >= self.plan.calls:
            held = self.plan.hold_s < 0 and not self.stopping
            return (self.open > 0 and time.perf_counter() < latest_s) or held
        return True

    def _begin(self) -> None:
        n = self.begun
        self.begun += 1
        self.open += 1
        caller = Caller(self, n, b"%d-%b@bench" % (n, self.run_id), self.target, self.here)
        if self.sound is not None:
            caller.slot = n
        self.callers[caller.call_id] = self.waiting[caller.call_id] = caller
        self.by_number[caller.number] = caller
        caller.dial()

    def _fire(self, now_s: float) -> None:
        timers = self.timers
        while timers and timers[0][0] <= now_s:
            _, _, what, leg, key = heapq.heappop(timers)
            if what != "resend":
                getattr(leg, what)()
            elif leg.pending is key:
                self.tally["resent"] += 1
                self.send(leg, leg.pending)
                leg.interval_s = min(_LONGEST_S, leg.interval_s * 2)
                self.later(leg.interval_s, "resend", leg, key)

    def _read(self, sock: socket.socket, hear: Any) -> None:
        for _ in range(_BATCH):
            try:
                data, source = sock.recvfrom(8192)
            except OSError:
                return
            try:
                hear(data, source)
            except (ValueError, IndexError):
                self.tally["unread"] += 1

    def _hear_caller(self, data: bytes, source: Address) -> None:
        caller = self.callers.get(words.header(data, b"Call-ID"))
        if caller is None:
            self._hear_stranger(data, source, self.callers_sock)
            return
        status = words.status_of(data)
        if status:
            if not self.plan.keep_to_target and status == 200:
                caller.remote = source
            caller.hear_response(data, status)
        else:
            caller.hear_request(data, words.method_of(data))

    def _hear_agent(self, data: bytes, source: Address) -> None:
        call_id = words.header(data, b"Call-ID")
        phone = self.phones.get(call_id)
        status = words.status_of(data)
        if phone is not None:
            if status:
                phone.hear_response(data, status)
            else:
                phone.hear_request(data, words.method_of(data))
        elif data.startswith(b"INVITE "):
            phone = self.phones[call_id] = Phone(self, data, source, self.agents_here)
            phone.ring()
        else:
            self._hear_stranger(data, source, self.agents_sock)

    def _hear_stranger(self, data: bytes, source: Address, sock: socket.socket) -> None:
        """Calls that are over: their last requests come again, and OPTIONS from outside."""
        method = words.method_of(data)
        if words.status_of(data) or method == b"ACK":
            return
        self.tally["repeated"] += method == b"BYE"
        sock.sendto(words.answer(data, b"200 OK"), source)

    def _obey(self) -> None:
        line = os.read(sys.stdin.fileno(), 4096).decode()
        if not line:
            raise SystemExit("the harness is gone")
        for verb in line.split():
            if verb == "mark":
                self._order_sound("mark")
            elif verb == "figures" and self.sound is not None:
                say("figures", **self.sound.figures())
            elif verb == "stop":
                self._stop()

    def _stop(self) -> None:
        self.stopping = True
        for n, caller in enumerate(list(self.callers.values())):
            self.later(n * _STOP_PACE_S, "hang_up", caller)

    def _report(self, seconds: float, cpu_s: float) -> Report:
        if self.sound is not None:
            self.sound.end()
        tally = self.tally
        return Report(
            begun=self.begun, completed=tally["completed"], busy=tally["busy"],
            failed=tally["failed"], unserved=tally["unserved"], unfinished=self.open,
            statuses=tuple(self.statuses.items()), resent=tally["resent"],
            guessed=tally["guessed"], repeated=tally["repeated"], seconds=seconds,
            begun_late=tally["begun_late"], cpu_s=cpu_s, setup_ms=tuple(self.setup_ms),
            answer_ms=tuple(self.answer_ms), freed_ms=tuple(self.freed_ms),
        )  # fmt: skip


def _outcome(caller: Caller) -> str:
    if caller.has_talked:
        return "completed"
    if caller.status == 503:
        return "busy"
    return "unserved" if caller.gave_up and caller.status == 200 else "failed"


def _udp(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.setblocking(False)
    sock.bind((HOST, port))
    return sock


def say(at: str, **what: Any) -> None:
    """One line to the harness."""
    sys.stdout.write(json.dumps({"at": at, **what}) + "\n")
    sys.stdout.flush()


def main() -> None:
    gc.disable()
    plan = plan_of(json.loads(sys.argv[1]))
    say("report", **Load(plan).run()._asdict())


if __name__ == "__main__":
    main()
