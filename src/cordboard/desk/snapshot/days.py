"""The day of the site: its sums, where they begin, and the moment they begin again."""

from cordboard.desk.model import Counts, LiveState, Path, midnight_after, midnight_before
from cordboard.records import DayCounts, VisitCounts

from .roster import queue_of, seat_of
from .views import late


def begin_day(state: LiveState, now_ms: int) -> None:
    """Set the bounds of the day of this moment, with no sums."""
    state.now_ms = now_ms
    state.day_started_at_ms = midnight_before(now_ms, state.zone)
    state.day_ends_at_ms = midnight_after(now_ms, state.zone)
    state.calls_today = state.answered_today = 0
    for queue in state.queues.values():
        queue.today = Counts()
        for visit in queue.visits.values():
            visit.is_counted = False
    for agent in state.agents.values():
        agent.answered_today = agent.missed_today = 0


def seed(state: LiveState, counts: DayCounts) -> None:
    """Take over what closed calls brought today, before facts of open ones are applied."""
    state.calls_today = counts.calls_inbound
    state.answered_today = counts.calls_answered
    for queue_id, sums in counts.queues.items():
        queue_of(state, queue_id).today = _counts(sums)
    for agent_id, answered in counts.answered_by_agent.items():
        seat_of(state, agent_id).answered_today = answered
    for agent_id, missed in counts.missed_by_agent.items():
        seat_of(state, agent_id).missed_today = missed


def _counts(sums: VisitCounts) -> Counts:
    return Counts(
        answered=sums.answered,
        abandoned=sums.abandoned,
        level_good=sums.level_good,
        level_all=sums.level_all,
        counted=sums.counted,
        wait_ms=sums.wait_ms,
    )


def advance(state: LiveState, now_ms: int) -> set[Path]:
    """Let time pass; returns the places that changed by it alone.

    At the site's midnight the day's sums begin again at zero. Callers who wait over midnight belong
    to the day on which they entered.
    """
    if now_ms >= state.day_ends_at_ms:
        begin_day(state, now_ms)
        return {
            ("figures",),
            *(("queues", queue) for queue in state.queues),
            *(("agents", agent) for agent in state.agents),
        }
    before = late(state)
    state.now_ms = now_ms
    return {("figures",)} if late(state) != before else set()
