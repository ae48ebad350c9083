"""Who gets whom, and why. Pure: the same agents, calls and moment always give the same answer.

Both directions are here: the agent for a call, and the call for an agent that became free. An agent
who lacks a needed skill, or is not idle, is never chosen (ACD-01, ACD-02).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from cordboard.agents import AgentId, AgentState, AgentView, Staffing, fits
from cordboard.queues import Waiting

from .model import Candidate, Choice, PassedOver, Reason

LISTED = 10
"Agents named in each list of a reason."

Need = Mapping[str, int]
Key = Callable[[AgentView], Any]

ORDERS: dict[str, Callable[[Need], Key]] = {
    "longest_idle": lambda _: attrgetter("idle_since_ms", "id"),
}
"""Strategy -> what makes of a call's need the key by which qualified idle agents stand in line, the
smallest first. The last part of a key is the agent's id, so that no tie is left to chance."""

FALLBACK = "longest_idle"
"Rule of a queue whose strategy has no order yet; the reason names the rule that was used."


def choose(
    need: Need,
    idle_agents: Sequence[AgentView],
    now_ms: int,
    strategy: str = FALLBACK,
    *,
    barred: Mapping[AgentId, str] | None = None,
    others: Sequence[AgentView] = (),
    staffing: Staffing | None = None,
) -> Choice | None:
    """The agent for a call, or None if nobody may have it now.

    Args:
        need: Skill -> lowest level that will do.
        idle_agents: Who might take it; who does not fit or is not idle is left out.
        now_ms: UTC milliseconds.
        strategy: Rule of the queue.
        barred: Agents that must not have this call now -> why.
        others: Signed-in agents with the skills, for the reason: why they were not free.
        staffing: Counts of all agents with the skills, for the reason.
    """
    rule = strategy if strategy in ORDERS else FALLBACK
    barred = barred or {}
    qualified = [
        agent
        for agent in idle_agents
        if agent.state is AgentState.IDLE and fits(agent.skills, need)
    ]
    ranked = sorted(
        (agent for agent in qualified if agent.id not in barred),
        key=ORDERS[rule](need),
    )
    if not ranked:
        return None
    chosen = ranked[0]
    candidates = [
        Candidate(
            agent_id=agent.id,
            name=agent.name,
            idle_ms=max(0, now_ms - agent.idle_since_ms),
            level=sum([agent.skills.get(skill, 0) for skill in need]),
            chosen=agent is chosen,
        )
        for agent in ranked[:LISTED]
    ]
    reason = Reason(
        rule=rule,
        need=dict(need),
        candidates=tuple(candidates),
        passed_over=_passed_over(qualified, barred, others),
        qualified=staffing.signed_in if staffing else len(qualified),
        idle=staffing.idle if staffing else len(qualified),
    )
    return Choice(agent=chosen, reason=reason)


def _passed_over(
    qualified: Iterable[AgentView], barred: Mapping[AgentId, str], others: Iterable[AgentView]
) -> tuple[PassedOver, ...]:
    """First who was idle and barred, then who was not idle."""
    idle = ((agent, barred[agent.id]) for agent in qualified if agent.id in barred)
    away = (
        (agent, agent.reason or agent.state.value)
        for agent in others
        if agent.state is not AgentState.IDLE
    )
    listed = islice(chain(idle if barred else (), away), LISTED)
    return tuple([PassedOver(agent.id, agent.name, word) for agent, word in listed])


def pick_call(
    skills: Mapping[str, int],
    lines: Iterable[Sequence[Waiting]],
    may_have: Callable[[Waiting], bool],
) -> Waiting | None:
    """The call for an agent: of all lines the highest priority, then the longest wait.

    Args:
        skills: The agent's.
        lines: Calls without an open offer, each line in order of place.
        may_have: Whether the agent may have this call now.
    """
    heads = (
        next((call for call in line if fits(skills, call.needs) and may_have(call)), None)
        for line in lines
    )
    return min(
        (call for call in heads if call is not None),
        key=lambda call: (-call.priority, call.entered_at_ms, call.ordinal),
        default=None,
    )
