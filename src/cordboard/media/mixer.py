"""All mixes of the process in one go, each 20 ms: many voices in, one frame for each row out.

Rows are `Sink`s in mode `mix`. Their voices wait in a `Playout` each, are expanded once, summed
row by row in one array and pressed into the row's codec. Nobody is in their own row, so nobody
hears themselves. What does not fit 16 bits is cut, not wrapped. Knows no socket and no order.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codecs import SILENCE, decode_table, encode_table
from .playout import Playout
from .sink import FRAME, Playing, Sink

_LAWS = ("PCMA", "PCMU")
_NOTHING = 256 * len(_LAWS)
"Where in `_LEVELS` the zeros begin."

_LEVELS = np.zeros(_NOTHING + 256, dtype=np.float32)
_CODES = np.empty(65536 * len(_LAWS), dtype=np.uint8)
for _at, _law in enumerate(_LAWS):
    _LEVELS[256 * _at : 256 * _at + 256] = decode_table(_law)
    _CODES[65536 * _at : 65536 * _at + 65536] = encode_table(_law)
_EMPTY = bytes(FRAME)


class _Prompt(NamedTuple):
    """What is played over one row."""

    sink: Sink
    playing: Playing


class _Plan(NamedTuple):
    """The rows as arrays; holds until a row changes."""

    voices: tuple[Sink, ...]
    prompts: tuple[_Prompt, ...]
    rows: tuple[Sink, ...]
    laws: list[int]
    "Where in `_LEVELS` each voice's, then each prompt's codec begins."

    parts: NDArray[np.intp]
    "Which of the voices and prompts are summed, row after row."

    gains: NDArray[np.float32]
    firsts: NDArray[np.intp]
    "Where in `parts` each row begins."

    codes: NDArray[np.int32]
    "What leads from a level to its code, by row."


class Mixer:
    """Owner of the rows that are mixed; used by the media thread alone.

    Args:
        play_over: Told when what is played over a row has handed out its last sample.
    """

    def __init__(self, play_over: Callable[[str], None]) -> None:
        self._play_over = play_over
        self._rows: dict[str, Sink] = {}
        self._plan: _Plan | None = None
        self._voices: tuple[Sink, ...] = ()

    def __len__(self) -> int:
        return len(self._rows)

    def follow(self, sink: Sink) -> None:
        """Mix for this sink, or no longer, as its mode says; its row may be another."""
        if sink.mixes:
            self._rows[sink.name] = sink
            self._plan = None
        elif self._rows.pop(sink.name, None) is not None:
            self._plan = None

    def forget(self, name: str) -> None:
        """The sink is gone."""
        if self._rows.pop(name, None) is not None:
            self._plan = None

    def tick(self, clock: int, now: int) -> None:
        """Send 20 ms to every row.

        Args:
            clock: The shared media clock of this tick, a multiple of 160.
            now: Media ticks at this moment.
        """
        plan = self._plan
        if plan is None:
            plan = self._plan = self._lay_out()
        if not plan.rows:
            return
        frames = [voice.inbox.take() if voice.inbox else None for voice in plan.voices]
        frames += [prompt.playing.sequence.frame(FRAME, clock) for prompt in plan.prompts]
        mixed = _mix(plan, frames)
        at = 0
        for row in plan.rows:
            row.hear_mix(mixed[at : at + FRAME], now)
            at += FRAME
        for prompt in plan.prompts:
            if prompt.playing.sequence.done:
                self._play_over(prompt.sink.name)

    def _lay_out(self) -> _Plan:
        rows = tuple(self._rows.values())
        places: dict[str, int] = {}
        voices: list[Sink] = []
        for row in rows:
            for voice in row.voices:
                if voice.source.name not in places:
                    places[voice.source.name] = len(voices)
                    voices.append(voice.source)
        self._open_inboxes(tuple(voices))
        prompts = [_Prompt(row, row.playing) for row in rows if row.playing is not None]
        at_prompt = {prompt.sink.name: len(voices) + n for n, prompt in enumerate(prompts)}
        parts: list[int] = []
        gains: list[float] = []
        firsts: list[int] = []
        for row in rows:
            firsts.append(len(parts))
            parts += [places[voice.source.name] for voice in row.voices]
            gains += [voice.gain for voice in row.voices]
            if row.name in at_prompt:
                parts.append(at_prompt[row.name])
                gains.append(1.0)
        laws = [256 * _LAWS.index(voice.codec) for voice in voices]
        laws += [256 * _LAWS.index(prompt.playing.codec) for prompt in prompts]
        codes = [65536 * _LAWS.index(row.codec) + 32768 for row in rows]
        return _Plan(
            tuple(voices), tuple(prompts), rows, laws,
            np.array(parts, dtype=np.intp), np.array(gains, dtype=np.float32)[:, None],
            np.array(firsts, dtype=np.intp), np.array(codes, dtype=np.int32)[:, None],
        )  # fmt: skip

    def _open_inboxes(self, voices: tuple[Sink, ...]) -> None:
        """Let packets wait of those that are mixed, and of nobody else."""
        still = {voice.name for voice in voices}
        for voice in self._voices:
            if voice.name not in still:
                voice.inbox = None
        for voice in voices:
            silence = SILENCE[voice.codec]
            if voice.inbox is None or voice.inbox.silence != silence:
                voice.inbox = Playout(silence)
        self._voices = voices


def _mix(plan: _Plan, frames: list[bytes | None]) -> bytes:
    """One frame for each row of the plan, one after another, each in its codec."""
    heard = b"".join(_EMPTY if frame is None else frame for frame in frames)
    bases = [
        _NOTHING if frame is None else law for frame, law in zip(frames, plan.laws, strict=True)
    ]
    codes = np.frombuffer(heard, dtype=np.uint8).reshape(len(frames), FRAME)
    levels = _LEVELS.take(codes + np.array(bases, dtype=np.intp)[:, None])
    sums = np.add.reduceat(levels.take(plan.parts, axis=0) * plan.gains, plan.firsts, axis=0)
    np.clip(sums, -32768, 32767, out=sums)
    return _CODES.take(sums.astype(np.int32) + plan.codes).tobytes()
