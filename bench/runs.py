"""The runs, each giving its marks. None asserts: what went wrong stands in the conditions."""

import math
from collections.abc import Callable

from bench import floors
from bench.figures import Mark, percentile, short
from bench.plan import Report
from bench.talk import bridged, crowd
from bench.watch import Bench, Window, others, outcome

RAMP = (50, 100, 150, 200, 250, 300, 400)
"Calls a second, tried one after another."

HEADROOM = 0.75
"What is proven for a minute is this share of the last rate that was clean for some seconds."

WANTED_PER_S = 100.0
REST_S = 60.0
"What the runs behind the minute take, at least."

MEMORY_CALLS = 20_000


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
    """More and more calls a second until one is lost; twice as many offered; a proven minute."""
    told, clean, limit = [], 0.0, 0.0
    for rate in RAMP[: 3 if bench.quick else len(RAMP)]:
        if bench.left_s < 60 + REST_S + 40:
            told.append("out of time")
            break
        report, window = _offer(bench, rate, bench.seconds(5, 4))
        told.append(f"{rate}: lost {report.lost}, 503 {report.busy}, {window.others:.1f} others")
        limit = float(rate)
        if report.lost or report.busy:
            break
        clean = float(rate)
    overload = _overload(bench, 2 * (clean or limit or RAMP[0]))
    proven, proof = _prove(bench, clean)
    return [
        Mark(
            "sustained_calls_per_s", proven, "calls/s", _bare_limit(bench),
            f"flow calls: {proof}. Before, {bench.seconds(5, 4):.0f} s each: {'; '.join(told)}",
            "clean through the patch, same generator", WANTED_PER_S, more_is_better=True,
        ),
        *overload,
    ]  # fmt: skip


def _offer(bench: Bench, rate: float, seconds: float) -> tuple[Report, Window]:
    return bench.run(bench.switch.flow_plan()._replace(rate=rate, calls=int(rate * seconds)))


def _prove(bench: Bench, clean: float) -> tuple[float, str]:
    """The rate at which no call of a whole minute was refused or lost, and what was tried."""
    first = max(WANTED_PER_S, HEADROOM * clean)
    said, seconds = [], bench.seconds(60, 8)
    for rate in (first, WANTED_PER_S, WANTED_PER_S / 2):
        if rate > first or (said and rate == first):
            continue
        if bench.left_s < seconds + REST_S:
            said.append("no time for a minute at a lower rate")
            break
        report, window = _offer(bench, rate, seconds)
        p99 = short(percentile(report.answer_ms, 0.99))
        said.append(
            f"{rate:.0f} a second for {seconds:.0f} s: {outcome(report)}, answer p99 {p99} ms "
            f"({others(window)})"
        )
        if not report.lost and not report.busy:
            return rate, "; ".join(said)
    return 0.0, "; ".join(said)


def _overload(bench: Bench, rate: float) -> list[Mark]:
    """Twice what was clean: what is let in must be served as if nothing were."""
    report, window = _offer(bench, rate, bench.seconds(12, 6))
    accepted = report.begun - report.busy
    said = (
        f"{rate:.0f} a second offered: {report.busy} of {report.begun} refused with 503, "
        f"{report.completed} of {accepted} accepted ones served, answer p50 "
        f"{short(percentile(report.answer_ms, 0.5))} ms ({outcome(report)}); {others(window)}"
    )
    return [
        Mark("overload_lost_calls", float(report.lost), "calls", None, said, target=0),
        Mark("overload_answer_p99_ms", percentile(report.answer_ms, 0.99), "ms", None,
             f"of those let in; beyond 500 ms callers send again. {said}", target=500),
    ]  # fmt: skip


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
    """What stays after twenty thousand calls that are over, and half way, in each process."""
    if not bench.switch.has_cpu:
        return []
    _call_until(bench, 1_000 if bench.quick else MEMORY_CALLS)
    first_calls, first = min(bench.rests, key=lambda rest: abs(rest[0] - bench.calls / 2))
    last_calls, last = bench.calls, bench.switch.sample()
    between = max(1, last_calls - first_calls)
    told = [
        f"{name} {at.memory_kb - start.memory_kb:+,} and {then.memory_kb - start.memory_kb:+,} kB"
        for name, start, at, then in (
            ("control", bench.idle.control, first.control, last.control),
            ("media", bench.idle.media, first.media, last.media),
        )
    ]
    return [
        Mark("memory_left_kb_per_call", (last.memory_kb - first.memory_kb) / between, "kB", None,
             f"growth from the {first_calls:,}th to the {last_calls:,}th call, all over; since the "
             f"warm-up, at these two: {', '.join(told)}; from the warm-up on "
             f"{(last.memory_kb - bench.idle.memory_kb) / max(1, last_calls):.2f} kB a call")
    ]  # fmt: skip


def _call_until(bench: Bench, calls: int) -> None:
    """Place calls until so many are over, or the time is."""
    while bench.calls < calls and bench.left_s > 20:
        seconds = min(20.0, bench.left_s - 15, (calls - bench.calls) / WANTED_PER_S + 1)
        _offer(bench, WANTED_PER_S, seconds)


Run = Callable[[Bench], list[Mark]]
BY_TELEPHONE: dict[str, tuple[Run, tuple[str, ...]]] = {
    "bridged": (bridged, ("bridged_recorded_cpu_ms_per_call_s", "bridged_packets_lost",
                          "sound_added_latency_p99_ms", "memory_kb_per_call",
                          "recorded_frames_missing")),
    "crowd": (crowd, ("late_prompt_frames_at_300",)),
    "call_cpu": (call_cpu, ("call_cpu_ms",)),
    "setup": (setup, ("invite_to_agent_p50_ms", "invite_to_agent_p99_ms")),
    "freed": (freed, ("freed_agent_to_offer_p99_ms",)),
    "sustained": (sustained, ("sustained_calls_per_s", "overload_lost_calls",
                              "overload_answer_p99_ms")),
    "memory": (memory_left, ("memory_left_kb_per_call",)),
}  # fmt: skip
