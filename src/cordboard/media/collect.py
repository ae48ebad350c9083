"""Gathering digits: when is an entry complete, and why.

Pure: keys and time come in, at most one result comes out. Knows no leg and no prompt except
that the first wait begins when the prompt is over.
Source: digit maps in the spirit of RFC 3435 §2.1.5.
"""

import re
from dataclasses import dataclass
from typing import Literal

CollectEnd = Literal["max", "terminator", "pattern", "timeout", "no_input", "stopped"]
_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", "*": r"\*"}
_MAP = re.compile(r"(?:[0-9XZN*#A-D]|\[[0-9*#A-D]+(?:-[0-9])?[0-9*#A-D]*\])+")
_TOKEN = re.compile(r"\[[^\]]*\]|.")


class PatternError(ValueError):
    """A digit map that nobody can match."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """Turn a digit map (digits, X, Z, N, [14-6]) into a regular expression.

    Raises:
        PatternError: If the text is no digit map.
    """
    if len(text) > 64 or not _MAP.fullmatch(text):
        raise PatternError(text)
    try:
        return re.compile("".join(_CLASSES.get(token, token) for token in _TOKEN.findall(text)))
    except re.error as error:
        raise PatternError(text) from error


@dataclass(frozen=True, slots=True)
class Collection:
    """How an entry ended."""

    digits: str
    reason: CollectEnd
    terminator: str
    enough: bool


class DigitCollector:
    """One entry in progress. After a result nothing more may be fed."""

    def __init__(
        self,
        max_digits: int,
        min_digits: int,
        terminators: str,
        first_ms: int,
        inter_ms: int,
        patterns: list[str],
    ) -> None:
        """Begin; the prompt is taken to be playing until `prompt_ended`.

        Raises:
            PatternError: If a pattern is no digit map.
        """
        self._max = max_digits
        self._min = min_digits
        self._terminators = terminators
        self._first_ms = first_ms
        self._inter_ms = inter_ms
        self._patterns = [compile_pattern(pattern) for pattern in patterns]
        self._digits = ""
        self._pressing = False
        self.deadline_ms: int | None = None
        "When `timeout` is due, in the caller's milliseconds; None while waiting without end."

    def prompt_ended(self, now_ms: int) -> None:
        """The prompt is over: the wait for the first digit begins, if none came yet."""
        if not self._digits and not self._pressing:
            self.deadline_ms = now_ms + self._first_ms

    def key_down(self) -> None:
        """A key is held: no wait runs out meanwhile."""
        self._pressing = True
        self.deadline_ms = None

    def digit(self, digit: str, now_ms: int) -> Collection | None:
        """A key was pressed."""
        self._pressing = False
        if digit in self._terminators:
            return self._end("terminator", digit)
        self._digits += digit
        if len(self._digits) >= self._max:
            return self._end("max")
        if any(pattern.fullmatch(self._digits) for pattern in self._patterns):
            return self._end("pattern")
        self.deadline_ms = now_ms + self._inter_ms
        return None

    def timeout(self, now_ms: int) -> Collection | None:
        """Time has passed; the result if the wait is over."""
        if self.deadline_ms is None or now_ms < self.deadline_ms:
            return None
        return self._end("timeout" if self._digits else "no_input")

    def stop(self) -> Collection:
        """Somebody does not want to know any more."""
        return self._end("stopped")

    def _end(self, reason: CollectEnd, terminator: str = "") -> Collection:
        self.deadline_ms = None
        return Collection(self._digits, reason, terminator, len(self._digits) >= self._min)
