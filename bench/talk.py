"""The run with sound: many calls bridged and recorded, every frame checked at the other ear."""

import time
from typing import Any, NamedTuple

from bench import floors
from bench.figures import Mark, short
from bench.plan import Plan, Report
from bench.process import Generator, Sample
from bench.watch import Bench, Window, others


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
