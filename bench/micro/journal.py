"""How fast the journal is: facts a second, latency, CPU a fact; on SQLite and on PostgreSQL.

    python bench/micro/journal.py [--seconds 4] [--postgres URL]

A turn here has 4 facts and 2 projection rows of 12 and 8 columns, as a call's turn has. `burst`
appends as fast as the journal takes them (1,000 turns outstanding); `idle` one turn at a time;
`full` 300 turns a second on an event loop that packets keep from ever being idle.
"""

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
import uvloop
from sqlalchemy import BigInteger, Column, Integer, String, Table

from cordboard.kit.bus import Bus
from cordboard.kit.clock import SystemClock
from cordboard.kit.db import Database, Write, engine_of, metadata
from cordboard.kit.facts import Fact
from cordboard.kit.journal import SqlJournal
from cordboard.kit.turns import Turn

FACTS, WRITES = 4, 2
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/"

calls = Table(
    "bench_calls",
    metadata,
    Column("id", String(20), primary_key=True),
    *(Column(f"word_{n}", String(40)) for n in range(5)),
    *(Column(f"at_{n}_ms", BigInteger) for n in range(6)),
)
agents = Table(
    "bench_agents",
    metadata,
    Column("id", String(20), primary_key=True),
    *(Column(f"figure_{n}", Integer) for n in range(7)),
)


class BenchTold(Fact, frozen=True, kw_only=True, gc=False):
    call_id: str
    leg_id: str
    party: str
    number: str
    cause: int

    @property
    def stream(self) -> str:
        return f"call/{self.call_id}"


def a_turn(n: int) -> Turn:
    turn = Turn(1_795_000_000_000 + n, Bus())
    call_id = f"c-{n // 8:015d}"
    for _ in range(FACTS):
        turn.facts.append(
            BenchTold(
                at_ms=turn.at_ms,
                call_id=call_id,
                leg_id="l-01jdabcdefghjkm",
                party="customer",
                number="13800138000",
                cause=16,
            )
        )
    row = {f"word_{i}": "a word of some length" for i in range(5)}
    turn.writes.append(
        Write(calls, {"id": call_id, **row, **{f"at_{i}_ms": turn.at_ms for i in range(6)}})
    )
    turn.writes.append(
        Write(agents, {"id": f"a-{n % 200}", **{f"figure_{i}": n for i in range(7)}})
    )
    return turn


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def burst(journal: SqlJournal, seconds: float) -> tuple[float, float]:
    """(facts a second, microseconds of CPU a fact), the making of the turns included."""
    room = asyncio.Semaphore(1_000)
    n, end = 0, time.perf_counter() + seconds
    start, start_cpu = time.perf_counter(), cpu_s()
    while time.perf_counter() < end:
        await room.acquire()
        journal.append(a_turn(n), lambda seq: room.release())
        n += 1
    await settled(journal)
    took, used = time.perf_counter() - start, cpu_s() - start_cpu
    return n * FACTS / took, used / (n * FACTS) * 1e6


async def idle(journal: SqlJournal, seconds: float) -> tuple[float, float]:
    """(p50, p99) in milliseconds from append to done, one at a time."""
    loop = asyncio.get_running_loop()
    waits, end = [], time.perf_counter() + seconds
    n = 10_000_000
    while time.perf_counter() < end:
        stored = loop.create_future()
        n += 1
        start = time.perf_counter()
        journal.append(a_turn(n), stored.set_result)
        await stored
        waits.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.005)
    return quantiles(waits)


class Echo(asyncio.DatagramProtocol):
    """Sends back what comes, after 50 us of work: packets enough keep a loop full."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        sum(range(2_000))
        self.transport.sendto(data, address)


async def full(journal: SqlJournal, seconds: float, rate: int = 300) -> tuple[float, float]:
    """(p50, p99) in milliseconds at a steady rate on a loop that is never idle."""
    loop = asyncio.get_running_loop()
    echo, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    for _ in range(64):
        echo.sendto(b"x" * 800, echo.get_extra_info("sockname"))
    waits: list[float] = []
    sent, start = 0, time.perf_counter()
    while (now := time.perf_counter()) < start + seconds:
        while sent < (now - start) * rate:
            began = time.perf_counter()
            journal.append(
                a_turn(20_000_000 + sent),
                lambda seq, began=began: waits.append((time.perf_counter() - began) * 1000),
            )
            sent += 1
        await asyncio.sleep(0.002)
    echo.close()
    await settled(journal)
    return quantiles(waits)


async def settled(journal: SqlJournal) -> None:
    stored = asyncio.get_running_loop().create_future()
    journal.append(Turn(0, Bus()), stored.set_result)
    await stored


def quantiles(waits: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(waits, n=100)
    return cuts[49], cuts[98]


async def measure(name: str, url: str, seconds: float, switch_ms: float) -> None:
    engine = engine_of(url)
    metadata.create_all(engine)
    engine.dispose()
    database = Database(url)
    with tempfile.TemporaryDirectory() as folder:
        journal = SqlJournal(database, SystemClock(), Path(folder) / "spool")
        await journal.start()
        sys.setswitchinterval(switch_ms / 1000)
        rate, cpu_us = await burst(journal, seconds)
        idle_50, idle_99 = await idle(journal, seconds)
        full_50, full_99 = await full(journal, seconds)
        start, n, seq = time.perf_counter(), 0, 0
        while n < 40_000 and (page := await journal.read_after(seq, 5_000)):
            n, seq = n + len(page), page[-1][0]
        read_rate = n / (time.perf_counter() - start)
        await journal.close()
    await database.close()
    print(
        f"{name:10} {rate:8.0f} {cpu_us:10.1f} {idle_50:8.2f} {idle_99:8.2f}"
        f" {full_50:8.2f} {full_99:8.2f} {read_rate:9.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--postgres", default=POSTGRES)
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--switch-ms", type=float, default=0.5, help="interpreter switch interval")
    given = parser.parse_args()
    print(
        f"{'':10} {'facts/s':>8} {'CPU us/f':>10} {'idle p50':>8} {'p99 ms':>8}"
        f" {'full p50':>8} {'p99 ms':>8} {'read/s':>9}"
    )
    runner = uvloop.run if given.uvloop else asyncio.run
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        runner(measure("SQLite", f"sqlite:///{folder}/bench.db", given.seconds, given.switch_ms))
    name = f"bench_{uuid.uuid4().hex[:8]}"
    try:
        server = psycopg.connect(
            given.postgres.replace("+psycopg", "") + "postgres", autocommit=True
        )
    except psycopg.OperationalError as error:
        print(f"PostgreSQL  not measured: {error}")
        return
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            runner(measure("PostgreSQL", given.postgres + name, given.seconds, given.switch_ms))
        finally:
            server.execute(f"DROP DATABASE {name}")


if __name__ == "__main__":
    main()
