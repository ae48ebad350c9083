"""What a screen shows: the whole, and what a fact changes of it.

The screen law: for every fact, the snapshot before with the fact's patch laid over it equals the
snapshot after. `apply` changes the state and names the places touched; `patch` shows those places
as they are now, so that many facts make one patch. A place whose thing is gone has the value null.
Pure: no I/O, no clock.

Source: the worked law of Zulip's events; REC-05 for who sees whose numbers.
"""

from typing import Any

from cordboard.desk.model import LiveState, Path

from .days import advance, begin_day, seed
from .lines import change_line
from .roster import adopt, configure
from .steps import STEPS, apply
from .views import value_at

__all__ = [
    "STEPS",
    "adopt",
    "advance",
    "apply",
    "begin_day",
    "change_line",
    "configure",
    "patch",
    "seed",
    "snapshot",
]


def snapshot(state: LiveState, *, masks: bool = False) -> dict[str, Any]:
    """The whole, as the screen keeps it.

    Args:
        state: What is known.
        masks: Hide customers' numbers and call data, for agents.
    """
    return {
        **{
            part: {key: value_at(state, (part, key), masks=masks) for key in getattr(state, part)}
            for part in ("calls", "queues", "agents", "lines")
        },
        "figures": value_at(state, ("figures",), masks=masks),
    }


def patch(state: LiveState, touched: set[Path], *, masks: bool = False) -> list[dict[str, Any]]:
    """What to set, or with null to delete, at each touched place."""
    return [
        {"path": list(path), "value": value_at(state, path, masks=masks)}
        for path in sorted(touched)
    ]
