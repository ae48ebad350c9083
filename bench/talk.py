"""The runs with sound: calls bridged and recorded, every frame checked at the ear and on disk."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from bench import floors
from bench.figures import Mark, short
from bench.plan import Plan, Report
from bench.process import BenchError, Generator, Sample
from bench.recordings import check
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
    kept, files = switch.kept(), switch.recordings()
    drops = switch.drops()
    talk = talk_of(bench, switch.plan, bench.seconds(20, 6))
    dropped = None if drops is None else (switch.drops() or 0) - drops
    switch.settle()
    bench.count(talk.report)
    recorded = _recorded(files, switch.recordings(), talk)
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
        f"{sound['sent_late']} (silent for {sound['skipped_ms']} ms), calls that talked "
        f"{sound['streams'] // 2}"
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
        recorded,
    ]  # fmt: skip


def _recorded(before: set[Path] | None, after: set[Path] | None, talk: Talk) -> Mark:
    """Every recording of the run decoded, both channels, frame by frame."""
    name, unit = "recorded_frames_missing", "frames"
    if before is None or after is None:
        return Mark(name, None, unit, None, "the switch's recordings are not here")
    totals = enumerate(talk.sound["totals"])
    sent = {(key // 2, key % 2): total for key, total in totals if total}
    found = check(sorted(after - before), sent)
    return Mark(
        name, float(found.missing + found.strays), unit, None,
        f"{found.whole} of {found.files} recordings hold all that both parties sent, each on its "
        f"channel: {found.found:,} frames found, {found.missing:,} missing in {found.gaps} gaps "
        f"({found.within:,} of them within, {found.at_end:,} at the end), "
        f"astray {found.strays}, unreadable files {found.unreadable}, calls {len(sent) // 2}; "
        f"sound was {short(talk.sound['p99_ms'])} ms late (p99), lost at a recording's end",
        target=0,
    )  # fmt: skip


def crowd(bench: Bench) -> list[Mark]:
    """Half as many calls more talk and are recorded while others hear prompts."""
    switch = bench.switch
    count, seconds = switch.calls_at_once * 3 // 2, bench.seconds(12, 5)
    talk_plan = switch.plan._replace(rate=40, calls=count, hold_s=-1, sound=True)
    alone_s = bench.seconds(5, 3)
    lasts_s = alone_s + count / talk_plan.rate + seconds + 10
    plan = switch.flow_plan()._replace(
        rate=_LISTENERS_PER_S, calls=int(lasts_s * _LISTENERS_PER_S), keys="", sound=True,
        wait_s=60, agent_port=talk_plan.agent_port + 1,
    )  # fmt: skip
    drops = switch.drops()
    with Generator(plan, bench.log) as listeners, Generator(talk_plan, bench.log) as talkers:
        listeners.go()
        time.sleep(2)
        alone = _sound_of(listeners, alone_s)
        talkers.go()
        _fill(talkers)
        talkers.tell("mark")
        window = Window(switch)
        heard = _sound_of(listeners, seconds)
        window.close()
        talkers.tell("figures")
        sound = talkers.wait("figures", 10)
        for one in (listeners, talkers):
            one.tell("stop")
        for one in (listeners, talkers):
            bench.count(one.report())
    switch.settle()
    dropped = None if drops is None else (switch.drops() or 0) - drops
    frames, before = heard["prompt_frames"], max(1, alone["prompt_frames"])
    value = float(heard["prompt_late"]) if frames else None
    return [
        Mark(
            "late_prompt_frames_at_300", value, "frames",
            alone["prompt_late"] * frames / before,
            f"{frames:,} frames of prompts to {_LISTENERS_PER_S} new callers a second, by the "
            f"kernel's time of arrival, more than 30 ms after the one before; largest "
            f"{short(heard['prompt_largest_ms'])} ms; beside {sound['streams'] // 2} recorded "
            f"calls, {not_heard(sound):,.0f} of their {sound['sent']:,} packets not heard (p99 "
            f"{short(sound['p99_ms'])} ms), dropped by the kernel {_or_dash(dropped)}; "
            f"{others(window)}",
            "as many frames with nobody talking", 0,
        )
    ]  # fmt: skip


_LISTENERS_PER_S = 4


def _fill(generator: Generator) -> None:
    """Wait until all calls talk; if some never will, the figures say how many do."""
    plan = generator.plan
    with suppress(BenchError):
        generator.wait("filled", plan.calls / plan.rate + _FILL_S)


_FILL_S = 8.0


def _sound_of(generator: Generator, seconds: float) -> dict[str, Any]:
    """What is heard from now on for a while."""
    generator.tell("mark")
    time.sleep(seconds)
    generator.tell("figures")
    return generator.wait("figures", 10)


def not_heard(sound: dict[str, Any]) -> float:
    """Packets that did not reach the right ear: gaps, strays, and all for ears that heard none."""
    unheard = sound["silent"] * sound["seconds"] * 50
    return float(max(0, sound["lost"]) + sound["crossed"] + round(unheard))


def _or_dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def talk_of(bench: Bench, base: Plan, seconds: float) -> Talk:
    """As many calls at once as the switch is measured with, talking for a while."""
    count = bench.switch.calls_at_once
    plan = base._replace(rate=40, calls=count, hold_s=-1, sound=True)
    with Generator(plan, bench.log) as generator:
        idle = bench.switch.sample()
        generator.go()
        _fill(generator)
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
        return talk_of(bench, plan, bench.seconds(6, 3)).sound
