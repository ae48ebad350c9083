"""How each thing looks on a screen: plain values, times as text."""

from typing import Any

from cordboard.agents import AgentState
from cordboard.desk.model import Line, LiveState, OpenVisit, Path, Seat, WaitingLine, iso
from cordboard.records import CallRecord, masked

CALLERS_SHOWN = 100
"Of a queue; `waiting` counts them all."

_OFF = (AgentState.SIGNED_OUT, AgentState.NOT_READY)


def value_at(state: LiveState, path: Path, *, masks: bool) -> dict[str, Any] | None:
    """What stands at a place now; None if it is gone."""
    if path[0] == "figures":
        return _figures(state)
    part, key = path
    thing = getattr(state, part).get(key)
    if thing is None:
        return None
    if part == "calls":
        return _call(state, thing, masks=masks)
    if part == "queues":
        return _queue(state, thing, masks=masks)
    return _agent(thing) if part == "agents" else _line(thing)


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


def _call(state: LiveState, record: CallRecord, *, masks: bool) -> dict[str, Any]:
    queue_id = record.visits[-1].queue_id if record.visits else None
    queue = state.queues.get(queue_id) if queue_id else None
    agent_id = agent_of(record)
    agent = state.agents.get(agent_id) if agent_id else None
    return {
        "id": record.id,
        "direction": record.direction,
        "caller_number": masked(record.caller_number) if masks else record.caller_number,
        "called_number": masked(record.called_number)
        if masks and record.direction == "outbound"
        else record.called_number,
        "service_number": record.service_number,
        "phase": record.phase,
        "phase_since": iso(record.phase_since_ms),
        "arrived_at": iso(record.arrived_at_ms),
        "queue_id": queue_id,
        "queue_name": queue.name if queue else queue_id,
        "agent_id": agent_id,
        "agent_name": agent.name if agent else agent_id,
        "language": record.language,
        "recording": any(one.state == "recording" for one in record.recordings),
        "call_data": {} if masks else record.call_data,
    }


def agent_of(record: CallRecord) -> Any:
    """Who talks, else whom it rings, else None."""
    for handling in reversed(record.handlings):
        if handling.phase in ("talk", "hold", "consult"):
            return handling.agent_id
    for offer in reversed(record.offers):
        if offer.result in (None, "accepted") and record.phase == "ring":
            return offer.agent_id
    return None


def _queue(state: LiveState, queue: WaitingLine, *, masks: bool) -> dict[str, Any]:
    order = sorted(queue.visits.values(), key=_place)
    serving = [agent.state for agent in state.agents.values() if agent.serves(queue)]
    return {
        "id": queue.id,
        "name": queue.name,
        "name_en": queue.name_en or None,
        "waiting": len(order),
        "longest_wait_since": _at(min((one.entered_at_ms for one in order), default=None)),
        "estimated_wait_s": queue.estimated_wait_s,
        "ready": sum(one not in _OFF for one in serving),
        "signed_in": sum(one is not AgentState.SIGNED_OUT for one in serving),
        "answered_today": queue.today.answered,
        "abandoned_today": queue.today.abandoned,
        "callers": [
            {
                "call_id": one.call_id,
                "position": position,
                "entered_at": iso(one.entered_at_ms),
                "caller_number": masked(one.caller_number) if masks else one.caller_number,
            }
            for position, one in enumerate(order[:CALLERS_SHOWN], 1)
        ],
    }


def _place(visit: OpenVisit) -> tuple[int, int]:
    return -visit.priority, visit.entered_at_ms


def _agent(agent: Seat) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "agent_number": agent.agent_number,
        "extension": agent.extension,
        "state": str(agent.state),
        "reason": agent.reason,
        "since": iso(agent.since_ms),
        "call_id": agent.call_id,
        "queue_id": agent.queue_id,
        "wrap_up_ends_at": _at(agent.wrap_up_ends_at_ms),
        "pending_state": agent.pending_state,
        "pending_reason": agent.pending_reason,
        "answered_today": agent.answered_today,
        "missed_today": agent.missed_today,
    }


def _line(line: Line) -> dict[str, Any]:
    busy = line.kind == "phone" and line.legs and line.state == "registered"
    return {
        "id": line.id,
        "kind": line.kind,
        "name": line.name,
        "number": line.number,
        "state": "busy" if busy else line.state,
        "since": iso(line.busy_since_ms if busy else line.since_ms),
        "calls": len(line.legs),
    }


def _figures(state: LiveState) -> dict[str, Any]:
    today = [queue.today for queue in state.queues.values()]
    good = sum(one.level_good for one in today)
    judged = sum(one.level_all for one in today) + late(state)
    counted = sum(one.counted for one in today)
    wait_ms = sum(one.wait_ms for one in today)
    return {
        "calls_now": len(state.calls),
        "calls_today": state.calls_today,
        "answered_today": state.answered_today,
        "abandoned_today": sum(one.abandoned for one in today),
        "service_level": round(good / judged, 6) if judged else None,
        "average_wait_ms": (2 * wait_ms + counted) // (2 * counted) if counted else None,
    }


def late(state: LiveState) -> int:
    """Callers of today who wait longer than their threshold: missed already."""
    return sum(
        visit.is_counted and state.now_ms - visit.entered_at_ms > visit.service_level_ms
        for queue in state.queues.values()
        for visit in queue.visits.values()
    )
