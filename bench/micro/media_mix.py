"""Drive the media process with real RTP of three-party talks and print what a participant costs.

Each of N talks has three parties who all hear the two others, mixed. Prints CPU-ms of the media
process per participant-second, frames heard of frames due, how many of them hold exactly the sum
of the two others, the longest gap between two frames, and late ticks. Asserts nothing.
With --listened: N bridged talks instead, and a third party who hears both; what the two who talk
pay is in `media_relay.py --no-record`. Bounded in time.
"""

import argparse
import asyncio
import gc
import json
import select
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from media_relay import SLOTS, Party, cpu_s, create

from cordboard.media import (
    Bridge,
    MediaClient,
    MediaSpec,
    Route,
    Source,
    Stats,
    StatsReport,
    Supervisor,
)  # fmt: skip
from cordboard.media.codecs import decode, encode


class Talk:
    """Three parties; what each should hear in every frame."""

    def __init__(self, number: int, *, listened: bool) -> None:
        self.parties = [
            Party(f"{who}{number}", byte)
            for who, byte in zip("abc", (0xB4, 0xA1, 0x9A), strict=True)
        ]
        self.listened = listened

    @property
    def mixed(self) -> list[Party]:
        """Those who hear a mix."""
        return self.parties[2:] if self.listened else self.parties

    def sum_for(self, listener: Party) -> int:
        """The byte that is the sum of the others' bytes."""
        others = bytes(party.byte for party in self.parties if party is not listener)
        level = int(decode(others, "PCMA").astype(int).sum())
        return encode(np.array([max(-32768, min(32767, level))], dtype=np.int16), "PCMA")[0]

    async def open(self, client: MediaClient) -> None:
        for party in self.parties:
            await create(client, party)
        names = [party.name for party in self.parties]
        if self.listened:
            await client.send(Bridge(names[0], names[1]))
        for party in self.mixed:
            row = [Source(name) for name in names if name != party.name]
            await client.send(Route(party.name, row))


class Ears:
    """What all parties hear, and when."""

    def __init__(self, talks: list[Talk]) -> None:
        self.sums = {party: talk.sum_for(party) for talk in talks for party in talk.mixed}
        self.epoll = select.epoll()
        self.by_fd = {p.sock.fileno(): p for talk in talks for p in talk.parties}
        for fd in self.by_fd:
            self.epoll.register(fd, select.EPOLLIN)
        self.frames = self.exact = 0
        self.longest_ns = 0

    def forget(self) -> None:
        self.frames = self.exact = self.longest_ns = 0

    def collect(self, wait_s: float) -> None:
        for fd, _ in self.epoll.poll(wait_s):
            party = self.by_fd[fd]
            data = party.sock.recv(2048)
            now_ns = time.perf_counter_ns()
            if party in self.sums:
                self.frames += 1
                self.exact += data[-1] == data[-100] == self.sums[party]
                if party.last_ns:
                    self.longest_ns = max(self.longest_ns, now_ns - party.last_ns)
                party.last_ns = now_ns


def drive(talkers: list[Party], ears: Ears, seconds: float) -> None:
    """Let all talk for so long, spread over the 20 ms of a frame."""
    slots = [talkers[n::SLOTS] for n in range(SLOTS)]
    began, step = time.perf_counter(), 0
    while step < int(seconds * 50 * SLOTS):
        wait_s = began + step * 0.02 / SLOTS - time.perf_counter()
        if wait_s <= 0:
            for party in slots[step % SLOTS]:
                party.send()
            step += 1
            wait_s = 0
        ears.collect(wait_s)


async def bench(chosen: argparse.Namespace) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="media-bench-"))
    path = str(folder / "media.sock")
    config = {"first_port": 30000, "last_port": 39999, "lonely_s": 5}
    supervisor = Supervisor([MediaSpec(path, json.dumps(config))])
    supervisor.start()
    client = MediaClient("bench")
    pid = (await client.connect(path)).pid
    talks = [Talk(number, listened=chosen.listened) for number in range(chosen.talks)]
    for talk in talks:
        await talk.open(client)
    ears = Ears(talks)
    talkers = [party for talk in talks for party in talk.parties]
    drive(talkers, ears, 1.5)
    ears.forget()
    before = await client.send(Stats())
    gc.collect()
    gc.disable()
    cpu = cpu_s(pid)
    drive(talkers, ears, chosen.seconds)
    spent = [after - first for after, first in zip(cpu_s(pid), cpu, strict=True)]
    after = await client.send(Stats())
    assert isinstance(before, StatsReport)
    assert isinstance(after, StatsReport)
    client.close()
    await supervisor.terminate()
    shutil.rmtree(folder)
    due = sum(len(talk.mixed) for talk in talks) * chosen.seconds * 50
    per = 1000 / chosen.seconds / len(talkers)
    return {
        "talks": len(talks),
        "parties_who_hear_a_mix": len(ears.sums),
        "cpu_ms_per_participant_s": round(sum(spent) * per, 3),
        "of_it_user": round(spent[0] * per, 3),
        "core_share": round(sum(spent) / chosen.seconds, 3),
        "frames_heard": ears.frames,
        "frames_due": int(due),
        "exact_sums": ears.exact,
        "longest_gap_ms": round(ears.longest_ns / 1e6, 1),
        "late_ticks": after.late_ticks - before.late_ticks,
        "skipped_ticks": after.skipped_ticks - before.skipped_ticks,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--talks", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--listened", action="store_true")
    chosen = parser.parse_args()
    chosen.seconds = min(chosen.seconds, 60.0)
    for key, value in asyncio.run(bench(chosen)).items():
        print(f"{key:>26}  {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
