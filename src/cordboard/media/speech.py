"""Numbers said aloud: from `say:` kinds and values to the names of prompts, in order.

Pure. Checks the value, then asks the language's rules (`speech_zh.py`, `speech_en.py`), which
give atoms; an atom is a prompt `file:LANG/say/ATOM` or a pause. Knows no sound.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Protocol

from . import speech_en, speech_zh

Atoms = list[str]
PAUSE = "pause"
"The atom for a short rest between groups of digits."

_PAUSE_MS = 180


class Rules(Protocol):
    """What a language's module gives."""

    HOME_CURRENCY: str
    CURRENCIES: dict[str, tuple[str, ...]]

    def cardinal(self, number: int, /) -> Atoms:
        """A whole number."""
        ...

    def ordinal(self, number: int, /) -> Atoms:
        """A place in a row."""
        ...

    def day(self, year: int, month: int, day_of_month: int, /) -> Atoms:
        """A date."""
        ...

    def clock(self, hour: int, minute: int, /) -> Atoms:
        """A time of day."""
        ...

    def money(self, units: int, hundredths: int, currency: str, /) -> Atoms:
        """An amount."""
        ...

    def phone_digit(self, digit: str, /) -> str:
        """A digit of a telephone number."""
        ...

    def duration(self, parts: list[tuple[str, int]], /) -> Atoms:
        """How long."""
        ...


LANGUAGES: dict[str, Rules] = {"zh": speech_zh, "en": speech_en}
_KEYS = {"*": "star", "#": "hash"}
_NUMBER = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,6}))?", re.ASCII)
_AMOUNT = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,2}))?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})", re.ASCII)
_PHONE = re.compile(r"\+?[0-9*#]+(?:[ -][0-9*#]+)*", re.ASCII)
_MAX_VALUE = 64
_MAX_DURATION_S = 100 * 86400


class SpeechError(ValueError):
    """A value that cannot be said in this way."""


def expand(language: str, kind: str, value: str) -> list[str]:
    """The items that say a value.

    Args:
        language: `zh` or `en`.
        kind: digits, number, ordinal, date, time, money, phone, duration or weekday.
        value: As written: `123`, `-3.14`, `2026-11-22`, `14:05`, `12.30/CNY`, `3600`.

    Raises:
        SpeechError: If language or kind is unknown or the value does not fit.
    """
    rules = LANGUAGES.get(language)
    if rules is None:
        raise SpeechError(f"no language {language}")
    sayer = _KINDS.get(kind)
    if sayer is None:
        raise SpeechError(f"no kind {kind}")
    if not 0 < len(value) <= _MAX_VALUE:
        raise SpeechError("empty or too long")
    return [
        f"silence:{_PAUSE_MS}" if atom == PAUSE else f"file:{language}/say/{atom}"
        for atom in sayer(rules, value)
    ]


def _match(pattern: re.Pattern[str], value: str) -> re.Match[str]:
    match = pattern.fullmatch(value)
    if match is None:
        raise SpeechError("does not fit")
    return match


def _digits(rules: Rules, value: str) -> Atoms:
    if not re.fullmatch(r"[0-9*#]+", value):
        raise SpeechError("not digits")
    return [_KEYS.get(key, key) for key in value]


def _number(rules: Rules, value: str) -> Atoms:
    sign, whole, fraction = _match(_NUMBER, value).groups()
    atoms: Atoms = ["minus"] if sign else []
    atoms += rules.cardinal(int(whole))
    return atoms + (["point", *fraction] if fraction else [])


def _ordinal(rules: Rules, value: str) -> Atoms:
    sign, whole, fraction = _match(_NUMBER, value).groups()
    if sign or fraction or int(whole) == 0:
        raise SpeechError("not an ordinal")
    return rules.ordinal(int(whole))


def _date(rules: Rules, value: str) -> Atoms:
    year, month, day = map(int, _match(_DATE, value).groups())
    try:
        date(year, month, day)
    except ValueError as error:
        raise SpeechError(str(error)) from error
    if year < 1000:
        raise SpeechError("a year has four digits")
    return rules.day(year, month, day)


def _time(rules: Rules, value: str) -> Atoms:
    hour, minute = map(int, _match(_TIME, value).groups())
    if hour > 23 or minute > 59:
        raise SpeechError("not a time")
    return rules.clock(hour, minute)


def _money(rules: Rules, value: str) -> Atoms:
    amount, _, currency = value.partition("/")
    sign, whole, fraction = _match(_AMOUNT, amount).groups()
    currency = currency or rules.HOME_CURRENCY
    if currency not in rules.CURRENCIES:
        raise SpeechError(f"no currency {currency}")
    minor = int(Decimal(f"{whole}.{fraction or 0}") * 100)
    atoms: Atoms = ["minus"] if sign and minor else []
    return atoms + rules.money(minor // 100, minor % 100, currency)


def _phone(rules: Rules, value: str) -> Atoms:
    _match(_PHONE, value)
    atoms: Atoms = ["plus"] if value[0] == "+" else []
    groups = re.split("[ -]", value.lstrip("+"))
    if len(groups) == 1:
        groups = _grouped(groups[0])
    for place, group in enumerate(groups):
        atoms += [PAUSE] if place else []
        atoms += [_KEYS.get(key) or rules.phone_digit(key) for key in group]
    return atoms


def _grouped(number: str) -> list[str]:
    """A number without spaces in groups: 3-4-4 for 11 digits, else fours from the end."""
    if len(number) == 11:
        return [number[:3], number[3:7], number[7:]]
    if len(number) <= 5:
        return [number]
    head = len(number) % 4
    groups = [number[at : at + 4] for at in range(head, len(number), 4)]
    return [number[:head], *groups] if head else groups


def _duration(rules: Rules, value: str) -> Atoms:
    if not re.fullmatch(r"[0-9]{1,8}", value) or int(value) > _MAX_DURATION_S:
        raise SpeechError("not a duration in seconds")
    seconds = int(value)
    parts = {
        "day": seconds // 86400,
        "hour": seconds // 3600 % 24,
        "minute": seconds // 60 % 60,
        "second": seconds % 60,
    }
    said = [(unit, count) for unit, count in parts.items() if count] or [("second", 0)]
    return rules.duration(said)


def _weekday(rules: Rules, value: str) -> Atoms:
    if not re.fullmatch("[1-7]", value):
        raise SpeechError("a weekday is 1 (Monday) to 7")
    return [f"weekday-{value}"]


_KINDS: dict[str, Callable[[Rules, str], Atoms]] = {
    "digits": _digits,
    "number": _number,
    "ordinal": _ordinal,
    "date": _date,
    "time": _time,
    "money": _money,
    "phone": _phone,
    "duration": _duration,
    "weekday": _weekday,
}
