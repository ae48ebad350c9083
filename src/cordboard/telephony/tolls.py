"""The brake on calls to outside: how many somebody may place before a stolen phone grows dear.

Pure: time is given. Who pays is the phone beside which a number is dialled, or the trunk whose call
is passed on to outside. A refused number costs nothing and is told as 403.

Source: telephone rule 12 of section 3 (guard); 3GPP TS 22.031 §5 (fraud information) for the three
measures: calls in a time, calls at once, costly destinations.
"""

from collections import Counter, OrderedDict, deque
from typing import Literal

import msgspec

Why = Literal["rate", "concurrent", "costly"]
MINUTE_MS = 60_000
_MOST_PAYERS = 10_000


class TollSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits; 0: none."""

    phone_per_min: int = 30
    "Calls to outside that one phone begins in a minute."

    phone_at_once: int = 10
    trunk_per_min: int = 0
    "Calls that came in by one trunk and are passed on to outside, in a minute."

    trunk_at_once: int = 0
    costly_prefixes: tuple[str, ...] = ()
    "Beginnings of numbers that cost much, `00` or `+` for abroad."

    costly_per_min: int = 2
    "Calls to those, for each phone and each trunk."


class TollBrake:
    """Counts, and says no."""

    def __init__(self, settings: TollSettings) -> None:
        self._settings = settings
        self._begun: OrderedDict[str, deque[int]] = OrderedDict()
        self.refused: Counter[Why] = Counter({"rate": 0, "concurrent": 0, "costly": 0})

    def ask(
        self, kind: Literal["phone", "trunk"], payer: str, number: str, at_once: int, now_ms: int
    ) -> Why | None:
        """None lets the call go, and counts it.

        Args:
            kind: Of the payer.
            payer: Extension or id of the trunk.
            number: Dialled outside.
            at_once: Calls to outside that the payer has now.
            now_ms: Any clock.
        """
        why = self._why_not(kind, payer, number, at_once, now_ms)
        if why is not None:
            self.refused[why] += 1
        return why

    def _why_not(
        self, kind: Literal["phone", "trunk"], payer: str, number: str, at_once: int, now_ms: int
    ) -> Why | None:
        asked = self._settings
        is_phone = kind == "phone"
        most = asked.phone_at_once if is_phone else asked.trunk_at_once
        if most and at_once >= most:
            return "concurrent"
        measures: list[tuple[Why, str, int]] = [
            ("rate", f"{kind}/{payer}", asked.phone_per_min if is_phone else asked.trunk_per_min)
        ]
        if number.startswith(asked.costly_prefixes):
            measures.append(("costly", f"{kind}/{payer}/costly", asked.costly_per_min))
        limited = [measure for measure in measures if measure[2]]
        for why, name, most in limited:
            if len(self._minute(name, now_ms)) >= most:
                return why
        for _, name, _ in limited:
            self._minute(name, now_ms).append(now_ms)
        return None

    def _minute(self, name: str, now_ms: int) -> deque[int]:
        """When calls of this measure began, within the last minute."""
        begun = self._begun.pop(name, None) or deque()
        while begun and now_ms - begun[0] >= MINUTE_MS:
            begun.popleft()
        self._begun[name] = begun
        if len(self._begun) > _MOST_PAYERS:
            self._begun.popitem(last=False)
        return begun


def prefixes_of(text: str) -> tuple[str, ...]:
    """Prefixes as settings write them, commas between."""
    return tuple(part for item in text.split(",") if (part := item.strip()))
