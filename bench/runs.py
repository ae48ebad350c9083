"""The runs, each giving its marks. None asserts: what went wrong stands in the conditions."""

import math
from collections.abc import Callable

from bench import floors
from bench.figures import Mark, percentile, short
from bench.plan import Report
from bench.talk import bridged
from bench.watch import Bench, Window, others, outcome

RAMP = (25, 50, 75, 100, 125, 150, 200, 250, 300)


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
