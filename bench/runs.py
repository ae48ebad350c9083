"""The runs, each giving its marks. None asserts: what went wrong stands in the conditions."""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench import floors
from bench.figures import Mark, percentile, short
from bench.plan import Plan, Report
from bench.process import Generator, Sample, children, machine_busy_s, usage

WHOLE_S = 540.0
"No run begins, and no step of the ramp, that would not fit into this."

RAMP = (25, 50, 75, 100, 125, 150, 200, 250, 300)


class Switch(Protocol):
    """What is measured: our server, or a peer."""

    @property
    def plan(self) -> Plan: ...
    @property
    def scarce_number(self) -> str: ...
    @property
    def calls_at_once(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def has_cpu(self) -> bool: ...
    @property
    def is_ours(self) -> bool: ...
    def flow_plan(self) -> Plan: ...
    def sample(self) -> Sample: ...
    def kept(self) -> tuple[int, int] | None: ...
    def drops(self) -> int | None: ...
    def settle(self) -> None: ...


class Window:
    """What a stretch of time cost: the switch, and how busy the machine was with other things."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.before = switch.sample()
        self._busy_s = machine_busy_s()
        self._ours_s = _ours_s()
        self.after = self.before
        self.others = 0.0
        "Cores' worth of CPU used by processes that are not of this bench."

    def close(self, ended_cpu_s: float = 0.0) -> None:
        """Read the clocks.

        Args:
            ended_cpu_s: CPU of processes of ours that have ended meanwhile.
        """
        self.after = self._switch.sample()
        seconds = max(0.1, self.seconds)
        ours_s = _ours_s() - self._ours_s + ended_cpu_s
        if not self._switch.is_ours:
            ours_s += self.after.cpu_s - self.before.cpu_s
        self.others = max(0.0, (machine_busy_s() - self._busy_s - ours_s) / seconds)

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.after.at_s - self.before.at_s

    @property
    def control_s(self) -> float:
        """CPU of the control process."""
        return self.after.control.cpu_s - self.before.control.cpu_s

    @property
    def media_s(self) -> float:
        """CPU of the media processes."""
        return self.after.media.cpu_s - self.before.media.cpu_s


def _ours_s() -> float:
    own = os.getpid()
    return sum(usage(pid).cpu_s for pid in (own, *children(own)))


def wait_for_quiet(limit_s: float, *, below: float = 0.3) -> None:
    """Wait until other processes use little of the machine, or until the limit."""
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        busy_s, ours_s, began_s = machine_busy_s(), _ours_s(), time.monotonic()
        time.sleep(1.0)
        used_s = machine_busy_s() - busy_s - (_ours_s() - ours_s)
        if used_s / (time.monotonic() - began_s) < below:
            return


class Bench:
    """What the runs share.

    Args:
        switch: What is measured.
        log: File for the generators' errors.
        quick: Short windows: for a look, not for a figure.
    """

    def __init__(self, switch: Switch, log: Path, *, quick: bool) -> None:
        self.switch = switch
        self.log = log
        self.quick = quick
        self._until_s = time.monotonic() + WHOLE_S
        self._bare: dict[float, floors.Bare] = {}
        self.calls = 0
        self.memory_kb = 0
        "Of the switch, warmed up and idle."

    @property
    def left_s(self) -> float:
        """How much of the time is left."""
        return self._until_s - time.monotonic()

    def seconds(self, full: float, quick: float) -> float:
        """How long to measure."""
        return quick if self.quick else full

    def run(self, plan: Plan) -> tuple[Report, Window]:
        """Place the calls of a plan and watch the switch until it has come to rest."""
        window = Window(self.switch)
        with Generator(plan, self.log) as generator:
            report = generator.run()
        self.switch.settle()
        window.close(report.cpu_s)
        self.calls += report.begun
        return report, window

    def bare(self, rate: float) -> floors.Bare:
        """The reference at this rate; measured once."""
        if rate not in self._bare:
            calls = int(rate * self.seconds(6, 3))
            plan = self.switch.plan._replace(rate=rate, calls=calls, hold_s=0.5)
            self._bare[rate] = floors.bare_run(plan, self.log)
        return self._bare[rate]

    def warm_up(self) -> None:
        """A few calls through everything, so that nothing is measured for the first time."""
        self.run(self.switch.plan._replace(rate=20, calls=60, hold_s=0.5))
        self.run(self.switch.flow_plan()._replace(rate=20, calls=60, hold_s=0.5))
        self.memory_kb = self.switch.sample().memory_kb


def outcome(report: Report) -> str:
    """What became of the calls, in few words; what is zero is not named."""
    parts = [f"{report.completed} of {report.begun} calls completed"]
    for name in ("busy", "failed", "unserved", "unfinished", "resent", "repeated", "guessed"):
        count = getattr(report, name)
        if count:
            parts.append(f"{name} {count}")
    if report.begun_late:
        parts.append(f"generator late {report.begun_late}")
    return ", ".join(parts)


def others(window: Window) -> str:
    """How noisy the machine was."""
    return f"other processes used {window.others:.2f} cores"


# Bridged, recorded, with sound


class Talk(NamedTuple):
    """What the run with sound gave."""

    window: Window
    idle: Sample
    sound: dict[str, Any]
    report: Report


def bridged(bench: Bench) -> list[Mark]:
    """Many calls at once with RTP: CPU, loss, added latency, memory, recordings."""
    switch, count = bench.switch, bench.switch.calls_at_once
    kept = switch.kept()
    drops = switch.drops()
    talk = _talk(bench, switch.plan, bench.seconds(20, 6))
    dropped = None if drops is None else (switch.drops() or 0) - drops
    switch.settle()
    bench.calls += talk.report.begun
    direct = _talk_directly(bench)
    window, sound, after = talk.window, talk.sound, switch.kept()
    call_seconds = count * window.seconds
    cpu = (window.control_s + window.media_s) * 1000 / call_seconds
    memory = (window.before.memory_kb - talk.idle.memory_kb) / count
    recordings = "" if not (kept and after) else (
        f"; {after[0] - kept[0]} call records and {after[1] - kept[1]} recordings of {count}"
    )  # fmt: skip
    checked = (
        f"{sound['received']:,} marked packets heard of {sound['sent']:,} sent, gaps "
        f"{sound['lost']}, out of order {sound['late']}, to the wrong ear {sound['crossed']}, "
        f"ears that heard none {sound['silent']}, packets of other sound {sound['unmarked']}, "
        f"dropped by the kernel {_or_dash(dropped)}, sent late by the generator "
        f"{sound['sent_late']}"
    )
    return [
        Mark(
            "bridged_recorded_cpu_ms_per_call_s", cpu if switch.has_cpu else None,
            "CPU-ms per call-second", floors.packet_ms(),
            f"{count} calls for {window.seconds:.0f} s: control "
            f"{window.control_s * 1000 / call_seconds:.2f}, media "
            f"{window.media_s * 1000 / call_seconds:.2f}; {others(window)}{recordings}",
            "100 sends and receives of 172 bytes", 1.5,
        ),
        Mark(
            "bridged_packets_lost", not_heard(sound), "packets", not_heard(direct),
            checked, "the same sound without a switch between", 0,
        ),
        Mark(
            "sound_added_latency_p99_ms", sound["p99_ms"], "ms", direct["p99_ms"],
            f"sending to arriving, p50 {short(sound['p50_ms'])}, largest "
            f"{short(sound['max_ms'])}, the generator's own wait included; {others(window)}",
            "the same sound without a switch between", 10,
        ),
        Mark(
            "memory_kb_per_call", memory if switch.has_cpu else None, "kB", None,
            f"all processes (PSS), {count} calls talking against idle after the warm-up", "", 100,
        ),
    ]  # fmt: skip


def not_heard(sound: dict[str, Any]) -> float:
    """Packets that did not reach the right ear: gaps, strays, and all for ears that heard none."""
    unheard = sound["silent"] * sound["seconds"] * 50
    return float(max(0, sound["lost"]) + sound["crossed"] + round(unheard))


def _or_dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def _talk(bench: Bench, base: Plan, seconds: float) -> Talk:
    count = bench.switch.calls_at_once
    plan = base._replace(rate=40, calls=count, hold_s=-1, sound=True)
    with Generator(plan, bench.log) as generator:
        idle = bench.switch.sample()
        generator.go()
        generator.wait("filled", count / plan.rate + plan.wait_s + 5)
        time.sleep(bench.seconds(3, 1))
        generator.tell("mark")
        window = Window(bench.switch)
        time.sleep(seconds)
        window.close()
        generator.tell("figures")
        sound = generator.wait("figures", 10)
        generator.tell("stop")
        report = generator.report()
    return Talk(window, idle, sound, report)


def _talk_directly(bench: Bench) -> dict[str, Any]:
    with floors.start_bare(bench.switch.plan, bench.log) as (_, plan):
        return _talk(bench, plan, bench.seconds(6, 3)).sound


# Signalling


def call_cpu(bench: Bench) -> list[Mark]:
    """Whole calls through flow, queue, ring, bridge and record; the sound's CPU is told apart."""
    rate = 50.0
    plan = bench.switch.flow_plan()._replace(rate=rate, calls=int(rate * bench.seconds(20, 6)))
    kept = bench.switch.kept()
    report, window = bench.run(plan)
    after = bench.switch.kept()
    records = f", {after[0] - kept[0]} records" if kept and after else ""
    served = max(1, report.completed)
    reference = bench.bare(rate)
    cpu_ms = window.control_s * 1000 / served
    besides = f"media process besides {window.media_s * 1000 / served:.2f} a call"
    if not bench.switch.is_ours:
        besides = "all its processes, so its media too"
    return [
        Mark(
            "call_cpu_ms", cpu_ms if bench.switch.has_cpu else None, "CPU-ms per call",
            reference.cpu_ms,
            f"flow, queue, ring, bridge, record, {rate:.0f} a second: {outcome(report)}{records}; "
            f"{besides}; {others(window)}",
            "its datagrams patched through at this rate", 5,
        )
    ]  # fmt: skip


def setup(bench: Bench) -> list[Mark]:
    """Caller's INVITE to agent's INVITE, direct queue, agents ready."""
    rate = 50.0
    plan = bench.switch.plan._replace(rate=rate, calls=int(rate * bench.seconds(20, 6)))
    report, window = bench.run(plan)
    reference = bench.bare(rate)
    said = f"direct queue, agents ready, {rate:.0f} a second: {outcome(report)}; {others(window)}"
    wording = "the datagram patched through"
    p50, p99 = (percentile(report.setup_ms, share) for share in (0.5, 0.99))
    return [
        Mark("invite_to_agent_p50_ms", p50, "ms", reference.p50_ms, said, wording, 5),
        Mark(
            "invite_to_agent_p99_ms", p99, "ms", reference.p99_ms,
            f"{said}; largest {short(max(report.setup_ms, default=math.nan))}", wording, 25,
        ),
    ]  # fmt: skip


def freed(bench: Bench) -> list[Mark]:
    """Few agents, many waiting: an agent's BYE to the next INVITE at the same phone."""
    number = bench.switch.scarce_number
    if not number:
        why = "name the number of a queue with few agents: --scarce-number"
        return [Mark("freed_agent_to_offer_p99_ms", None, "ms", None, why, target=30)]
    calls = int(bench.seconds(600, 200))
    plan = bench.switch.plan._replace(
        number=number, rate=60, calls=calls, hold_s=0.5, agents_hang_up=1.0, backlog=20, wait_s=40
    )
    report, window = bench.run(plan)
    p50, p99 = (percentile(report.freed_ms, share) for share in (0.5, 0.99))
    return [
        Mark(
            "freed_agent_to_offer_p99_ms", p99, "ms", bench.bare(50.0).p99_ms,
            f"agent's BYE to next INVITE at its phone, 20 or more waiting, wrap-up 0, "
            f"{len(report.freed_ms)} times, p50 {short(p50)}: {outcome(report)}; {others(window)}",
            "a datagram patched through", 30,
        )
    ]  # fmt: skip


def sustained(bench: Bench) -> list[Mark]:
    """More and more calls a second until one is lost; a longer proof; twice as much offered."""
    told, clean = [], 0.0
    for rate in RAMP[: 4 if bench.quick else len(RAMP)]:
        if bench.left_s < 200:
            told.append("out of time")
            break
        report, window = _offer(bench, rate, bench.seconds(6, 4))
        told.append(f"{rate}: lost {report.lost}, 503 {report.busy}, {window.others:.1f} others")
        if report.lost or report.busy:
            break
        clean = float(rate)
    proof = "no step was clean"
    if clean:
        clean, proof = _prove(bench, clean)
    overload = _overload(bench, 2 * (clean or RAMP[0]))
    floor = _bare_limit(bench)
    return [
        Mark(
            "sustained_calls_per_s", clean, "calls/s", floor,
            f"flow calls, ramp {'; '.join(told)}. {proof}. {overload}",
            "clean through the patch, same generator", 100, more_is_better=True,
        )
    ]  # fmt: skip


def _offer(bench: Bench, rate: float, seconds: float) -> tuple[Report, Window]:
    return bench.run(bench.switch.flow_plan()._replace(rate=rate, calls=int(rate * seconds)))


def _prove(bench: Bench, clean: float) -> tuple[float, str]:
    rates = [rate for rate in reversed(RAMP) if rate <= clean][: 1 if bench.quick else 3]
    said = []
    for rate in rates:
        seconds = bench.seconds(60 if rate == rates[0] and bench.left_s > 180 else 20, 8)
        if bench.left_s < 100:
            said.append("no time to prove a lower rate")
            break
        report, window = _offer(bench, rate, seconds)
        said.append(f"{rate} for {seconds:.0f} s: {outcome(report)} ({others(window)})")
        if not report.lost and not report.busy:
            return float(rate), "; ".join(said)
    return 0.0, "; ".join(said)


def _overload(bench: Bench, rate: float) -> str:
    report, _ = _offer(bench, rate, bench.seconds(10, 4))
    accepted = report.begun - report.busy
    return (
        f"Offered {rate:.0f} a second: {report.busy} of {report.begun} refused with 503, "
        f"{report.completed} of {accepted} accepted ones served, answer p99 "
        f"{short(percentile(report.answer_ms, 0.99))} ms ({outcome(report)})"
    )


def _bare_limit(bench: Bench) -> float:
    clean = 0.0
    for rate in (500.0, 1000.0, 2000.0):
        report = bench.bare(rate).report
        if report.lost or report.resent:
            break
        clean = rate
    return clean


# Not by telephone


def journal(bench: Bench, postgres: str) -> list[Mark]:
    """Facts a second, group commit, on both databases."""
    found = floors.journal_facts_per_s(bench.seconds(3, 1), postgres)
    floor = floors.sqlite_facts_per_s(bench.seconds(1.5, 0.7))
    marks = []
    for name, mark in (("SQLite", "journal_facts_per_s"),
                       ("PostgreSQL", "journal_facts_per_s_postgresql")):  # fmt: skip
        rate = found[name]
        why = "4 facts and 2 projection rows a turn" if isinstance(rate, float) else str(rate)
        marks.append(
            Mark(mark, rate if isinstance(rate, float) else None, "facts/s", floor,
                 f"{name}, {why}", "rows by executemany into SQLite, nothing else", 5000,
                 more_is_better=True)
        )  # fmt: skip
    return marks


def memory_left(bench: Bench) -> list[Mark]:
    """What stays after thousands of calls."""
    if not bench.switch.has_cpu or not bench.calls:
        return []
    left = (bench.switch.sample().memory_kb - bench.memory_kb) / bench.calls
    return [
        Mark("memory_left_kb_per_call", left, "kB", None,
             f"growth since the warm-up by {bench.calls:,} calls that are over")
    ]  # fmt: skip


Run = Callable[[Bench], list[Mark]]
BY_TELEPHONE: dict[str, tuple[Run, tuple[str, ...]]] = {
    "bridged": (bridged, ("bridged_recorded_cpu_ms_per_call_s", "bridged_packets_lost",
                          "sound_added_latency_p99_ms", "memory_kb_per_call")),
    "call_cpu": (call_cpu, ("call_cpu_ms",)),
    "setup": (setup, ("invite_to_agent_p50_ms", "invite_to_agent_p99_ms")),
    "freed": (freed, ("freed_agent_to_offer_p99_ms",)),
    "sustained": (sustained, ("sustained_calls_per_s",)),
    "memory": (memory_left, ("memory_left_kb_per_call",)),
}  # fmt: skip


def machine() -> dict[str, Any]:
    """What this ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if "model name" in line
        ),
        "unknown",
    )
    release = json.dumps(os.uname().release)
    return {"cores": os.cpu_count(), "processor": model, "kernel": release.strip('"'),
            "load": os.getloadavg()}  # fmt: skip


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
