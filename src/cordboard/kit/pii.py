"""Personal values in logs: a wrapper that never shows what it holds by accident.

A number, a name, digits that a caller keyed in or words that somebody said reach a log only as
`Pii(value)` under a key that begins with `pii.`; anywhere else they print as `***`.
"""

from typing import Any

from typing_extensions import override

MASK = "***"
PREFIX = "pii."


class Pii:
    """A personal value.

    Args:
        value: What only a `pii.` key may show.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> object:
        """The value itself."""
        return self._value

    @override
    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    @override
    def __format__(self, spec: str) -> str:
        return MASK


def masked(key: str, value: Any, *, may_show: bool) -> Any:
    """What a log may print for this key: personal values only under `pii.`, and only if allowed."""
    if isinstance(value, Pii):
        return value.reveal() if may_show and key.startswith(PREFIX) else MASK
    if key.startswith(PREFIX):
        return value if may_show else MASK
    if isinstance(value, dict):
        return {k: masked(str(k), v, may_show=may_show) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [masked(key, item, may_show=may_show) for item in value]
    return value
