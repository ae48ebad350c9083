"""What a waiting caller hears, and the timers of a visit."""

from collections.abc import Callable, Sequence

from cordboard.calls import CallCommands
from cordboard.kit.ids import CallId, VisitId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns

from .fold import half_up
from .model import Queue, Waiting

_TIMERS = ("announce", "max_wait")


class VisitTimers:
    """Deadlines of visits, each a turn.

    Args:
        turns: Runs the turns.
        timers: Keys `queue/<visit_id>/announce`, `.../max_wait` and `.../farewell`.
    """

    def __init__(self, turns: Turns, timers: Timers) -> None:
        self._turns = turns
        self._timers = timers

    def set(
        self, visit_id: VisitId, what: str, delay_s: float, work: Callable[[Turn], object]
    ) -> None:
        """Run `work` in a turn in `delay_s` seconds."""
        self._timers.set(f"queue/{visit_id}/{what}", delay_s, lambda: self._turns.post(work))

    def drop(self, visit_id: VisitId, *what: str) -> None:
        """Forget these timers of the visit; without names, those of waiting."""
        for each in what or _TIMERS:
            self._timers.drop(f"queue/{visit_id}/{each}")


def play_id(visit_id: VisitId, what: str) -> str:
    """`queue/<visit>/<what>`; `what` is welcome, music, announce or sorry."""
    return f"queue/{visit_id}/{what}"


def language_of(calls: CallCommands, call_id: CallId) -> str:
    """The language in which this caller is spoken to."""
    return calls.find_data(call_id, "language") or "zh"


def localise(items: Sequence[str], language: str) -> tuple[str, ...]:
    """`file:queue/wait` becomes `file:zh/queue/wait`; other items stay."""
    return tuple(
        f"file:{language}/{item.removeprefix('file:')}" if item.startswith("file:") else item
        for item in items
    )


def position_items(language: str, position: int, estimate_s: float | None) -> tuple[str, ...]:
    """What is said about the place: the position, and the estimated wait if it can be told.

    The wait is said in whole minutes, half up; below one minute it is "less than one minute".
    """
    items = [f"file:{language}/queue/position_is", f"say:{language}:number/{position}"]
    if language == "zh":
        items.append("file:zh/queue/position_suffix")
    if estimate_s is None:
        return tuple(items)
    items.append(f"file:{language}/queue/estimated_wait")
    if estimate_s < 60:
        return (*items, f"file:{language}/queue/less_than_a_minute")
    minutes = half_up(estimate_s / 60)
    unit = "minute" if minutes == 1 else "minutes"
    return (*items, f"say:{language}:number/{minutes}", f"file:{language}/queue/{unit}")


def play_welcome(turn: Turn, calls: CallCommands, waiting: Waiting, queue: Queue) -> None:
    """The queue's welcome, then its music; music at once if there is none."""
    if not queue.welcome:
        play_music(turn, calls, waiting, queue)
        return
    items = localise(queue.welcome, language_of(calls, waiting.call_id))
    calls.play(turn, waiting.call_id, play_id(waiting.visit_id, "welcome"), items)


def play_music(turn: Turn, calls: CallCommands, waiting: Waiting, queue: Queue) -> None:
    """Hold music until something else is played."""
    calls.play(
        turn, waiting.call_id, play_id(waiting.visit_id, "music"), (queue.hold_music,), loop=True
    )


def play_sorry(
    turn: Turn, calls: CallCommands, call_id: CallId, visit_id: VisitId, prompt: str
) -> None:
    """Why the caller is not served: `full` or `timeout`."""
    items = localise((f"file:queue/{prompt}",), language_of(calls, call_id))
    calls.play(turn, call_id, play_id(visit_id, "sorry"), items)
