"""What a waiting caller hears, what the estimated wait is made of, and the timers of a visit."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from cordboard.calls import CallCommands, PromptEnded
from cordboard.kit.ids import CallId, QueueId, VisitId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns

from .fold import HandleTimes, estimate_wait_s, half_up
from .model import Queue, Waiting
from .repository import handle_times_row


class Estimates:
    """What the estimated wait is made of: handle times, and agents as the ACD reported last."""

    def __init__(self) -> None:
        self.staff: dict[QueueId, tuple[int, int]] = {}
        "Agents (ready, signed in) by queue."

        self._times: defaultdict[QueueId, HandleTimes] = defaultdict(HandleTimes)

    def put(self, queue_id: QueueId, interval_at_ms: int, handlings: int, handle_ms: int) -> None:
        """Take an interval as stored."""
        self._times[queue_id].put(interval_at_ms, handlings, handle_ms)

    def add(self, turn: Turn, queue_id: QueueId, started_at_ms: int, handle_ms: int) -> None:
        """Count a handling and store its interval."""
        times = self._times[queue_id]
        at_ms = times.add(started_at_ms, handle_ms, turn.at_ms)
        if at_ms is not None:
            turn.write(handle_times_row(queue_id, at_ms, *times.intervals[at_ms]))

    def count_signed_in(self, queue_id: QueueId) -> int:
        """Agents signed in with the queue's skills."""
        return self.staff.get(queue_id, (0, 0))[1]

    def wait_s(self, queue_id: QueueId, position: int, now_ms: int) -> float | None:
        """The estimated wait at this position; None where it cannot be told."""
        ready, _ = self.staff.get(queue_id, (0, 0))
        return estimate_wait_s(position, self._times[queue_id].average_s(now_ms), ready)


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


def is_entertained_by(order_id: str, waiting: Waiting) -> bool:
    """Whether this is something that the waiting caller is played for company."""
    return order_id in {
        play_id(waiting.visit_id, what) for what in ("welcome", "music", "announce")
    }


def is_music_due(ended: PromptEnded, waiting: Waiting) -> bool:
    """Whether what was said to the waiting caller is over, so that the music goes on."""
    spoken = {play_id(waiting.visit_id, what) for what in ("welcome", "announce")}
    return ended.play_id in spoken and ended.reason in ("finished", "failed", "digit")


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
