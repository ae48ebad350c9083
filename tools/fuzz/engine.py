"""Runs one reader on mutated bytes in a process of its own, whose memory and time are bounded.

What it is given may be refused by the exceptions that the reader promises; anything else is a
finding: another exception, more than a second for one input, more memory than allowed, or a process
that dies. The bytes lie in shared memory before they are read, so even a death leaves them behind.

Inputs with an outcome not seen before are mutated further: a little guidance without tracing.
"""

import mmap
import os
import re
import resource
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random
from types import FrameType

from tools.fuzz.mutation import MOST_BYTES, mutate

INPUT_S = 1.0
"One input may take so long."

MEMORY_BYTES = 512 << 20
"A reader may take so much more than the process had."

_MOST_KEPT = 2_000
_DEAD_S = 15.0
"A process that says nothing for so long beyond its time hangs where no signal reaches it."


@dataclass(frozen=True)
class Target:
    """One reader of foreign bytes."""

    name: str
    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...] = ()
    "What it promises to raise."

    seeds: tuple[bytes, ...] = ()
    "Besides its folder of the corpus."


@dataclass(frozen=True)
class Finding:
    """An input that a reader does not stand."""

    data: bytes
    says: str


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    inputs: int
    novel: tuple[bytes, ...] = ()
    finding: Finding | None = None


class TooSlowError(BaseException):
    """One input takes too long; no reader catches it by mistake."""


def _alarm(number: int, at: FrameType | None) -> None:
    raise TooSlowError


def arm() -> None:
    """Let `attempt` bound the time of an input; once per process."""
    signal.signal(signal.SIGALRM, _alarm)


def attempt(target: Target, data: bytes) -> tuple[str, str]:
    """How it went in a word (novel ones are mutated further), and the finding; empty: none."""
    signal.setitimer(signal.ITIMER_REAL, INPUT_S)
    try:
        outcome = target.read(data)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except target.refuses as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return f"{type(error).__name__} {re.sub('[0-9]+', '', str(error))[:60]}", ""
    except TooSlowError:
        return "", f"more than {INPUT_S:g} s"
    except BaseException:  # noqa: BLE001 - whatever it is, it is a finding
        signal.setitimer(signal.ITIMER_REAL, 0)
        return "", traceback.format_exc(limit=-6)
    return f"{type(outcome).__name__} {outcome!r:.90}", ""


def run(target: Target, corpus: Sequence[bytes], seconds: float, seed: int) -> Result:
    """Read corpus and mutations for a time, or until something is found."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    shared = mmap.mmap(-1, 8 + MOST_BYTES)
    args = (target, list(corpus), seconds, seed, shared, theirs)
    child = context.Process(target=_work, args=args, daemon=True)
    child.start()
    theirs.close()
    try:
        if ours.poll(seconds + _DEAD_S):
            result: Result = ours.recv()
            return result
        says = f"hangs where no signal reaches it, more than {_DEAD_S:g} s"
    except EOFError:
        child.join()
        says = f"the process died: exit code {child.exitcode}"
    finally:
        child.kill()
        child.join()
        ours.close()
    size = int.from_bytes(shared[:8], "big")
    return Result(0, finding=Finding(shared[8 : 8 + size], says))


def _work(
    target: Target,
    corpus: list[bytes],
    seconds: float,
    seed: int,
    shared: mmap.mmap,
    tell: Connection,
) -> None:
    _bound_memory()
    arm()
    chance = Random(seed)
    kept, seen, novel = list(corpus) or [b""], set[str](), list[bytes]()
    until_s, inputs = time.monotonic() + seconds, 0
    while inputs < len(kept) or time.monotonic() < until_s:
        is_kept = inputs < len(corpus)
        data = kept[inputs] if is_kept else mutate(chance.choice(kept), kept, chance)
        shared[:8] = len(data).to_bytes(8, "big")
        shared[8 : 8 + len(data)] = data
        outcome, says = attempt(target, data)
        inputs += 1
        if says:
            tell.send(Result(inputs, tuple(novel), Finding(data, says)))
            return
        if outcome not in seen and len(seen) < _MOST_KEPT:
            seen.add(outcome)
            if not is_kept:
                kept.append(data)
                novel.append(data)
    tell.send(Result(inputs, tuple(novel)))


def _bound_memory() -> None:
    with open("/proc/self/statm") as figures:
        pages = int(figures.read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
