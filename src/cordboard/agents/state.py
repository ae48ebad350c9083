"""The life of an agent at the ACD, as a table.

Every rule about what an agent may be next is in TRANSITIONS and nowhere else; `make draw` makes its
picture from this very table. Pure: no I/O, no clock. A pending state is no state of its own: it is
kept beside the work and becomes an AgentNotReady or AgentSignedOut in the turn that ends the work.

Source: glossary, section 7 (agent states and transitions); AGT-04, AGT-05.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from .errors import BadReasonError, IllegalAgentStateError
from .events import (
    AgentAlerted,
    AgentConsulted,
    AgentDialled,
    AgentFact,
    AgentHeld,
    AgentNotReady,
    AgentPendingSet,
    AgentRang,
    AgentReady,
    AgentReleased,
    AgentRingEnded,
    AgentSignedIn,
    AgentSignedOut,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from .model import NOT_READY_REASONS, Agent, AgentState, AgentView

TRANSITIONS: dict[AgentState, dict[type[AgentFact], AgentState]] = {
    AgentState.SIGNED_OUT: {AgentSignedIn: AgentState.NOT_READY},
    AgentState.IDLE: {
        AgentNotReady: AgentState.NOT_READY,
        AgentRang: AgentState.RINGING,
        AgentAlerted: AgentState.RINGING,
        AgentDialled: AgentState.DIALLING,
        AgentConsulted: AgentState.CONSULTING,
        AgentTalked: AgentState.TALKING,
        AgentSignedOut: AgentState.SIGNED_OUT,
    },
    AgentState.NOT_READY: {
        AgentReady: AgentState.IDLE,
        AgentNotReady: AgentState.NOT_READY,
        AgentAlerted: AgentState.RINGING,
        AgentDialled: AgentState.DIALLING,
        AgentConsulted: AgentState.CONSULTING,
        AgentTalked: AgentState.TALKING,
        AgentSignedOut: AgentState.SIGNED_OUT,
    },
    AgentState.RINGING: {
        AgentRingEnded: AgentState.IDLE,
        AgentReleased: AgentState.IDLE,
        AgentConsulted: AgentState.CONSULTING,
        AgentTalked: AgentState.TALKING,
        AgentPendingSet: AgentState.RINGING,
        AgentSignedOut: AgentState.SIGNED_OUT,
    },
    AgentState.DIALLING: {
        AgentTalked: AgentState.TALKING,
        AgentReleased: AgentState.IDLE,
        WrapUpStarted: AgentState.WRAP_UP,
        AgentPendingSet: AgentState.DIALLING,
    },
    AgentState.TALKING: {
        AgentConsulted: AgentState.CONSULTING,
        AgentHeld: AgentState.HOLDING,
        WrapUpStarted: AgentState.WRAP_UP,
        AgentPendingSet: AgentState.TALKING,
    },
    AgentState.HOLDING: {
        AgentConsulted: AgentState.CONSULTING,
        AgentTalked: AgentState.TALKING,
        WrapUpStarted: AgentState.WRAP_UP,
        AgentPendingSet: AgentState.HOLDING,
    },
    AgentState.CONSULTING: {
        AgentTalked: AgentState.TALKING,
        AgentHeld: AgentState.HOLDING,
        AgentReleased: AgentState.IDLE,
        WrapUpStarted: AgentState.WRAP_UP,
        AgentPendingSet: AgentState.CONSULTING,
    },
    AgentState.WRAP_UP: {
        WrapUpEnded: AgentState.IDLE,
        AgentPendingSet: AgentState.WRAP_UP,
    },
}
"""An agent signs in to a not_ready of 0 ms; AgentReady follows in the same turn, or a reason.
AgentTalked from idle or not_ready is a call without an offer (direct). Who leaves during talk or
wrap-up goes through WrapUpStarted and WrapUpEnded, so that a handling always has its end."""

IN_TALK = frozenset(
    {AgentState.DIALLING, AgentState.TALKING, AgentState.HOLDING, AgentState.CONSULTING}
)
"States in which somebody is on the agent's phone, or will be."

AT_WORK = IN_TALK | {AgentState.RINGING, AgentState.WRAP_UP}
"States in which a chosen state waits for the end of the work."


def check_reason(reason: str, *, forced: bool) -> None:
    """Let pass what may be chosen as a reason of not ready; by force also `forced`.

    Raises:
        BadReasonError: If the reason is unknown, or only the system sets it.
    """
    known = NOT_READY_REASONS.get(reason)
    if known is None or not (known.is_choosable or (forced and reason == "forced")):
        choices = [each.id for each in NOT_READY_REASONS.values() if each.is_choosable]
        raise BadReasonError(f"choose one of {', '.join(choices)}", reason=reason)


def begin(agent: Agent) -> AgentView:
    """The agent before anything happened: signed out."""
    return AgentView(
        id=agent.id,
        name=agent.name,
        agent_number=agent.agent_number,
        extension=agent.extension,
        skills=agent.skills,
        state=AgentState.SIGNED_OUT,
        reason=None,
        since_ms=0,
        idle_since_ms=0,
    )


def apply(view: AgentView, fact: AgentFact) -> AgentView:
    """The agent as it is after the fact.

    Raises:
        IllegalAgentStateError: If TRANSITIONS has no such step.
    """
    state = TRANSITIONS[view.state].get(type(fact))
    if state is None:
        raise IllegalAgentStateError(
            f"{view.state} cannot take {type(fact).__name__}", agent_id=view.id
        )
    return _STEPS[type(fact)](view, fact, state)


def _free(view: AgentView, at_ms: int, state: AgentState, **changes: Any) -> AgentView:
    """In a state without work."""
    empty: dict[str, Any] = {
        "reason": None,
        "call_id": None,
        "offer_id": None,
        "queue_id": None,
        "wrap_up_ends_at_ms": None,
        "pending_state": None,
        "pending_reason": None,
        "wrap_up_s": 0,
        "handled_since_ms": None,
    }
    return replace(view, state=state, since_ms=at_ms, **(empty | changes))


def _signed_in(view: AgentView, fact: AgentSignedIn, state: AgentState) -> AgentView:
    return _free(view, fact.at_ms, state, extension=fact.extension)


def _signed_out(view: AgentView, fact: AgentSignedOut, state: AgentState) -> AgentView:
    return _free(view, fact.at_ms, state)


def _ready(view: AgentView, fact: AgentReady, state: AgentState) -> AgentView:
    return _free(view, fact.at_ms, state, idle_since_ms=fact.at_ms)


def _not_ready(view: AgentView, fact: AgentNotReady, state: AgentState) -> AgentView:
    return _free(view, fact.at_ms, state, reason=fact.reason)


def _pending_set(view: AgentView, fact: AgentPendingSet, state: AgentState) -> AgentView:
    return replace(view, state=state, pending_state=fact.state, pending_reason=fact.reason)


def _rang(view: AgentView, fact: AgentRang, state: AgentState) -> AgentView:
    return replace(
        view,
        state=state,
        since_ms=fact.at_ms,
        call_id=fact.call_id,
        offer_id=fact.offer_id,
        queue_id=fact.queue_id,
        wrap_up_s=fact.wrap_up_s,
    )


def _presented(view: AgentView, fact: Any, state: AgentState) -> AgentView:
    """Something without an offer: who was not ready will be so again."""
    changes: dict[str, Any] = {}
    if view.state is AgentState.NOT_READY:
        changes = {"pending_state": "not_ready", "pending_reason": view.reason}
    return replace(
        view, state=state, reason=None, since_ms=fact.at_ms, call_id=fact.call_id, **changes
    )


def _ring_ended(view: AgentView, fact: AgentFact, state: AgentState) -> AgentView:
    """Idle again, as long as before: a call that came to nothing costs nobody the place."""
    return _free(view, fact.at_ms, state)


def _talked(view: AgentView, fact: AgentTalked, state: AgentState) -> AgentView:
    since = view.handled_since_ms
    same_call = view.call_id == fact.call_id
    changes: dict[str, Any] = {}
    if view.state is AgentState.NOT_READY:
        changes = {"pending_state": "not_ready", "pending_reason": view.reason}
    return replace(
        view,
        state=state,
        reason=None,
        since_ms=fact.at_ms,
        call_id=fact.call_id,
        offer_id=None,
        queue_id=fact.queue_id,
        wrap_up_s=view.wrap_up_s if same_call else 0,
        handled_since_ms=fact.at_ms if since is None and not fact.is_internal else since,
        **changes,
    )


def _held(view: AgentView, fact: AgentHeld, state: AgentState) -> AgentView:
    return replace(view, state=state, since_ms=fact.at_ms)


def _wrap_up_started(view: AgentView, fact: WrapUpStarted, state: AgentState) -> AgentView:
    return replace(view, state=state, since_ms=fact.at_ms, wrap_up_ends_at_ms=fact.ends_at_ms)


def _wrap_up_ended(view: AgentView, fact: WrapUpEnded, state: AgentState) -> AgentView:
    return _free(view, fact.at_ms, state, idle_since_ms=fact.at_ms)


_STEPS: dict[type[AgentFact], Callable[[AgentView, Any, AgentState], AgentView]] = {
    AgentSignedIn: _signed_in,
    AgentSignedOut: _signed_out,
    AgentReady: _ready,
    AgentNotReady: _not_ready,
    AgentPendingSet: _pending_set,
    AgentRang: _rang,
    AgentRingEnded: _ring_ended,
    AgentTalked: _talked,
    AgentHeld: _held,
    AgentAlerted: _presented,
    AgentDialled: _presented,
    AgentConsulted: _presented,
    AgentReleased: _ring_ended,
    WrapUpStarted: _wrap_up_started,
    WrapUpEnded: _wrap_up_ended,
}
