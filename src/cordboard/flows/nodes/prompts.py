"""Prompts: from what a flow names to what the telephone is asked to play.

`menus/main` has no language: it becomes `file:zh/menus/main`. With a scheme: `file:zh/...`,
`tone:busy/cn/3000`, `silence:500`, `say:digits/{account}` or `say:zh:digits/123`. Variables stand
in the argument of `say` only, so that no caller can name a file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from cordboard.flows.model import LANGUAGES, Fault, Language, Scene, Scope
from cordboard.flows.nodes.template import render, template_faults

SpokenIn = Literal["", "zh", "en", "both"]
"Language of a node's prompts: empty is the caller's; `both` is zh, then en."

SayForm = Literal["digits", "number", "date", "time", "money", "ordinal", "phone", "duration"]
APOLOGY = "system/error"
"What a caller hears when a flow cannot go on."

_NAME = r"[a-z0-9_]+(?:[/-][a-z0-9_]+)*"
_BARE = re.compile(_NAME)
_FIXED = re.compile(
    rf"file:{_NAME}|silence:[0-9]{{1,5}}|moh:{_NAME}/[0-9]{{1,5}}"
    r"|tone:beep/[a-z]{2}|tone:[a-z]{1,16}/[a-z]{2}/[0-9]{1,5}"
)
"Tones and music only with their milliseconds: a prompt comes to an end."

_SAYABLE = {
    "digits": r"[0-9*#]{1,64}",
    "number": r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": r"[0-9]{2}:[0-9]{2}",
    "money": r"-?[0-9]{1,13}(?:\.[0-9]{1,2})?(?:/[A-Z]{3})?",
    "ordinal": r"[0-9]{1,15}",
    "phone": r"\+?[0-9*#]{1,63}",
    "duration": r"[0-9]{1,7}",
}
"What can be spoken in each form; `duration` in seconds, `money` as `12.30` or `12.30/CNY`."

_SAY = re.compile(rf"say:(?:(zh|en):)?({'|'.join(_SAYABLE)})/(.+)")
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{6})?")
_TIME = re.compile(r"(?:[0-9]{8})?([0-9]{2})([0-9]{2})(?:[0-9]{2})?")


def resolve(
    items: Iterable[str], language: Language, spoken_in: SpokenIn, values: Mapping[str, str]
) -> tuple[str, ...]:
    """What to play, in order; a `say` whose value cannot be spoken is left out."""
    chosen = _languages(spoken_in, (language,))
    items = tuple(items)
    return tuple(
        found for one in chosen for item in items if (found := _resolve(item, one, values))
    )


def heard(scene: Scene, spoken_in: SpokenIn, *items: str) -> tuple[str, ...]:
    """What the caller of this scene is played."""
    return resolve(items, scene.language, spoken_in, scene.values)


def say(form: str, value: str) -> str:
    """The item that speaks a value in the caller's language."""
    return f"say:{form}/{value}"


def fixed_items(
    items: Iterable[str], spoken_in: SpokenIn, languages: Iterable[Language]
) -> Iterator[str]:
    """Every item that may be played and is known before a call: all but `say`."""
    items = tuple(items)
    for language in _languages(spoken_in, tuple(languages)):
        yield from (_resolve(item, language, {}) for item in items if not _SAY.fullmatch(item))


def item_faults(path: str, items: Iterable[str], scope: Scope) -> Iterator[Fault]:
    """What is wrong with a list of prompts."""
    for index, item in enumerate(items):
        where = f"{path}.{index}"
        spoken = _SAY.fullmatch(item)
        if spoken is not None:
            yield from template_faults(where, spoken[3], scope)
        elif not _BARE.fullmatch(item) and not _FIXED.fullmatch(item):
            yield Fault(where, "bad-prompt", f"{item[:80]!r} is no prompt that comes to an end")


def _languages(spoken_in: SpokenIn, otherwise: tuple[Language, ...]) -> tuple[Language, ...]:
    if spoken_in == "both":
        return LANGUAGES
    return (spoken_in,) if spoken_in else otherwise


def _resolve(item: str, language: Language, values: Mapping[str, str]) -> str:
    spoken = _SAY.fullmatch(item)
    if spoken is None:
        return item if ":" in item else f"file:{language}/{item}"
    form = spoken[2]
    value = _as_spoken(form, render(spoken[3], values))
    if not re.fullmatch(_SAYABLE[form], value):
        return ""
    return f"say:{spoken[1] or language}:{form}/{value}"


def _as_spoken(form: str, value: str) -> str:
    """Dates and times also as the variables hold them: YYYYMMDD, hhmmss, both in one."""
    if form == "date":
        return _DATE.sub(r"\1-\2-\3", value) if _DATE.fullmatch(value) else value
    if form == "time":
        return _TIME.sub(r"\1:\2", value) if _TIME.fullmatch(value) else value
    return value
