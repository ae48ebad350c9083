"""Drive the media process with real RTP from this process and print what a call costs.

N bridged (and recorded) calls and M legs that hear a prompt. Prints CPU-ms of the media process
per call-second, loss, added latency (send to receive, this process's own wait included), late
prompt frames, and whether every recording holds what was said. Asserts nothing. Bounded in time.
"""

import argparse
import asyncio
import gc
import hashlib
import json
import os
import select
import shutil
import socket
import statistics
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cordboard.media import (
    Bridge,
    CreateLeg,
    DropLeg,
    LegCreated,
    MediaClient,
    MediaSpec,
    Play,
    RecordingClosed,
    SetRemote,
    StartRecording,
    Stats,
    StatsReport,
    Supervisor,
)  # fmt: skip

HEADER = struct.Struct(">BBHII")
STAMP = struct.Struct(">Q")
SLOTS = 20


class Party:
    """One RTP sender and receiver."""

    def __init__(self, name: str, byte: int) -> None:
        self.name = name
        self.byte = byte
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.port = self.sock.getsockname()[1]
        self.target = 0
        self.sent = 0
        self.came = 0
        self.stamped = 0
        self.filler = bytes([byte]) * 152
        self.last_ns = 0
        self.gaps_ns: list[int] = []

    def aim(self, port: int) -> None:
        self.target = port
        self.sock.connect(("127.0.0.1", port))

    def send(self) -> None:
        self.sent += 1
        head = HEADER.pack(0x80, 8, self.sent & 0xFFFF, self.sent * 160, self.byte)
        self.sock.send(head + STAMP.pack(time.perf_counter_ns()) + self.filler)


def cpu_s(pid: int) -> tuple[float, float]:
    """User and system seconds so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def memory_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def drive(talkers: list[Party], listeners: list[Party], seconds: float) -> list[int]:
    """Send and receive for so long; return latencies in ns. Sends are spread over 20 ms."""
    epoll = select.epoll()
    by_fd = {party.sock.fileno(): party for party in talkers + listeners}
    for fd in by_fd:
        epoll.register(fd, select.EPOLLIN)
    slots = [talkers[n::SLOTS] for n in range(SLOTS)]
    latencies: list[int] = []
    began = time.perf_counter()
    step = 0
    end_steps = int(seconds * 1000 * SLOTS / 20)
    while step < end_steps:
        wait = began + step * 0.02 / SLOTS - time.perf_counter()
        if wait <= 0:
            for party in slots[step % SLOTS]:
                party.send()
            step += 1
            wait = 0
        collect(epoll, by_fd, latencies, wait)
    deadline = time.perf_counter() + 0.3
    while time.perf_counter() < deadline:
        collect(epoll, by_fd, latencies, 0.05)
    epoll.close()
    return latencies


def collect(epoll: Any, by_fd: dict[int, Party], latencies: list[int], wait: float) -> None:
    for fd, _ in epoll.poll(wait):
        party = by_fd[fd]
        try:
            data = party.sock.recv(2048)
        except OSError:
            continue
        now = time.perf_counter_ns()
        party.came += 1
        if len(data) == 172 and data[-1] != party.byte and data[-1] == data[-100]:
            sent_ns = STAMP.unpack_from(data, 12)[0]
            if 0 < now - sent_ns < 2_000_000_000:
                party.stamped += 1
                latencies.append(now - sent_ns)
        if party.last_ns:
            party.gaps_ns.append(now - party.last_ns)
        party.last_ns = now


def verify(closed: RecordingClosed, said: int, heard: int, packets: int) -> bool:
    """Whether the file is whole and holds both parties, each on its channel."""
    data = Path(closed.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != closed.sha256 or len(data) != closed.bytes:
        return False
    left, right = data[58::2], data[59::2]
    full = packets * 152 * 0.98
    return left.count(said) >= full and right.count(heard) >= full


@dataclass
class Measured:
    """Numbers of one run."""

    user_s: float
    system_s: float
    wall_s: float
    latencies_ns: list[int]
    sent: int
    came: int
    before: StatsReport
    after: StatsReport
    grown_kb: int
    good: int = 0


async def bench(chosen: argparse.Namespace) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="media-bench-", dir=chosen.folder or None))
    path = str(folder / "media.sock")
    closed: list[RecordingClosed] = []

    def heard(event: object) -> None:
        if isinstance(event, RecordingClosed):
            closed.append(event)

    config = {"first_port": 30000, "last_port": 39999, "lonely_s": 5}
    supervisor = Supervisor([MediaSpec(path, json.dumps(config))])
    supervisor.start()
    client = MediaClient("bench", events=heard)
    pid = (await client.connect(path)).pid
    bare_kb = memory_kb(pid)
    talkers, listeners = await build(client, chosen, folder)
    measured = await measure(client, pid, talkers, listeners, chosen.seconds)
    measured.grown_kb = memory_kb(pid) - bare_kb
    for party in talkers + listeners:
        await client.send(DropLeg(party.name))
    for _ in range(100):
        if len(closed) >= (chosen.calls if chosen.record else 0):
            break
        await asyncio.sleep(0.05)
    by_leg = {party.name: party for party in talkers}
    measured.good = sum(
        verify(c, by_leg[c.leg].byte, by_leg[c.leg.replace("a", "b")].byte, by_leg[c.leg].sent - 2)
        for c in closed
    )
    client.close()
    await supervisor.terminate()
    shutil.rmtree(folder)
    return report(chosen, measured, listeners)


async def measure(
    client: MediaClient, pid: int, talkers: list[Party], listeners: list[Party], seconds: float
) -> Measured:
    drive(talkers, listeners, 1.0)
    for party in talkers + listeners:
        party.stamped = party.last_ns = 0
        party.gaps_ns = []
    sent = sum(party.sent for party in talkers)
    before = await client.send(Stats())
    gc.collect()
    gc.disable()
    cpu, wall = cpu_s(pid), time.perf_counter()
    latencies = drive(talkers, listeners, seconds)
    cpu_after, wall = cpu_s(pid), time.perf_counter() - wall
    gc.enable()
    after = await client.send(Stats())
    assert isinstance(before, StatsReport)
    assert isinstance(after, StatsReport)
    return Measured(
        cpu_after[0] - cpu[0],
        cpu_after[1] - cpu[1],
        wall,
        latencies,
        sum(party.sent for party in talkers) - sent,
        sum(party.stamped for party in talkers),
        before,
        after,
        0,
    )


async def build(
    client: MediaClient, chosen: argparse.Namespace, folder: Path
) -> tuple[list[Party], list[Party]]:
    talkers, listeners = [], []
    for number in range(chosen.calls):
        pair = [Party(f"a{number}", 0x30 + number % 16), Party(f"b{number}", 0x60 + number % 16)]
        for party in pair:
            await create(client, party)
        if chosen.record:
            target = str(folder / f"{number}.wav")
            await client.send(StartRecording(f"a{number}", f"r{number}", target))
        await client.send(Bridge(f"a{number}", f"b{number}"))
        talkers += pair
    for number in range(chosen.prompts):
        party = Party(f"p{number}", 0)
        await create(client, party)
        await client.send(Play(party.name, "music", ["moh:default"], loop=True))
        listeners.append(party)
    return talkers, listeners


async def create(client: MediaClient, party: Party) -> None:
    made = await client.send(CreateLeg(party.name))
    assert isinstance(made, LegCreated), made
    party.aim(made.rtp_port)
    await client.send(SetRemote(party.name, "127.0.0.1", party.port, telephone_event_pt=101))


def report(chosen: argparse.Namespace, run: Measured, listeners: list[Party]) -> dict[str, object]:
    ranked = sorted(run.latencies_ns) or [0]
    gaps = [gap for party in listeners for gap in party.gaps_ns]
    units = chosen.calls or chosen.prompts or 1
    cpu_s_total = run.user_s + run.system_s
    return {
        "calls": chosen.calls,
        "recorded": chosen.record,
        "prompt_legs": chosen.prompts,
        "seconds": chosen.seconds,
        "cpu_ms_per_unit_s": round(cpu_s_total * 1000 / chosen.seconds / units, 3),
        "of_it_user": round(run.user_s * 1000 / chosen.seconds / units, 3),
        "core_share": round(cpu_s_total / run.wall_s, 3),
        "packets_sent": run.sent,
        "lost": run.sent - run.came,
        "latency_p50_ms": round(statistics.median(ranked) / 1e6, 3),
        "latency_p99_ms": round(ranked[int(len(ranked) * 0.99)] / 1e6, 3),
        "latency_max_ms": round(ranked[-1] / 1e6, 3),
        "prompt_frames": len(gaps),
        "prompt_frames_over_40_ms": sum(gap > 40_000_000 for gap in gaps),
        "late_ticks": run.after.late_ticks - run.before.late_ticks,
        "skipped_ticks": run.after.skipped_ticks - run.before.skipped_ticks,
        "recordings_good": run.good,
        "kb_per_unit": round(run.grown_kb / units, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--prompts", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--no-record", dest="record", action="store_false")
    parser.add_argument("--folder", default="", help="where recordings go")
    chosen = parser.parse_args()
    chosen.seconds = min(chosen.seconds, 60.0)
    for key, value in asyncio.run(bench(chosen)).items():
        print(f"{key:>26}  {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
