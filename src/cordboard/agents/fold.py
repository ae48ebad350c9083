"""What an agent did today, folded from the agent's own facts. Pure.

A handling counts on the local day on which its first talk began, a missed offer on the day it was
made, so a talk over midnight is not cut (anchors `start` and `made` of the measures).
"""

from datetime import datetime, tzinfo
from functools import lru_cache

from msgspec.structs import replace

from .events import AgentFact, AgentPendingSet, AgentRingEnded, AgentTalked, WrapUpEnded
from .model import AgentDay, AgentState, AgentView


def day_of(at_ms: int, zone: tzinfo) -> str:
    """The local date of a moment, `2026-03-02`."""
    return _day_at(at_ms // 1000, zone)


@lru_cache(maxsize=8)  # most facts of a second ask for the same
def _day_at(at_s: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_s, zone).date().isoformat()


def anchor_of(before: AgentView, fact: AgentFact) -> int | None:
    """The moment whose day the fact counts for, or None if it counts for nothing.

    Args:
        before: The agent before the fact.
        fact: The fact.
    """
    if isinstance(fact, AgentTalked) and before.handled_since_ms is None:
        return None if fact.is_internal else fact.at_ms
    if isinstance(fact, AgentRingEnded) and fact.result == "missed":
        return before.since_ms
    ends_stretch = before.state in (AgentState.TALKING, AgentState.WRAP_UP)
    return before.handled_since_ms if ends_stretch and not _only_plans(fact) else None


def count(day: AgentDay, before: AgentView, fact: AgentFact) -> AgentDay:
    """The day after a fact for which `anchor_of` gave a moment of this day."""
    if isinstance(fact, AgentTalked) and before.handled_since_ms is None:
        return replace(day, answered=day.answered + 1)
    if isinstance(fact, AgentRingEnded):
        return replace(day, missed=day.missed + 1)
    spent_ms = fact.at_ms - before.since_ms
    if isinstance(fact, WrapUpEnded):
        return replace(day, wrap_up_ms=day.wrap_up_ms + spent_ms)
    return replace(day, talk_ms=day.talk_ms + spent_ms)


def _only_plans(fact: AgentFact) -> bool:
    """A fact that ends no stretch: the agent chose what comes after the work."""
    return isinstance(fact, AgentPendingSet)
