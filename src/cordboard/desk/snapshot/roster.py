"""Who is on the board: agents and queues as configured, and such as only facts name."""

from collections.abc import Iterable

from cordboard.agents import Agent, AgentView
from cordboard.desk.model import LiveState, Seat, WaitingLine
from cordboard.kit.ids import AgentId, QueueId
from cordboard.queues import Queue


def configure(state: LiveState, agents: Iterable[Agent], queues: Iterable[Queue]) -> None:
    """Take over names, numbers and skills; what moves stays as it is.

    A queue or agent that is no longer configured goes when nothing moves there any more.
    """
    seats = {agent.id: agent for agent in agents}
    for agent in seats.values():
        seat = seat_of(state, agent.id)
        seat.name, seat.agent_number, seat.skills = agent.name, agent.agent_number, agent.skills
        if seat.since_ms == 0:
            seat.extension = agent.extension
    lines = {queue.id: queue for queue in queues}
    for queue in lines.values():
        line = queue_of(state, queue.id)
        line.name, line.name_en, line.needs = queue.name, queue.name_en, queue.needs
    for agent_id in [one for one in state.agents if one not in seats]:
        if state.agents[agent_id].state == "signed_out":
            del state.agents[agent_id]
    for queue_id in [one for one in state.queues if one not in lines]:
        if not state.queues[queue_id].visits:
            del state.queues[queue_id]


def adopt(state: LiveState, views: Iterable[AgentView]) -> None:
    """Take over the states in which agents are, at start; the day's sums stay as they are."""
    for view in views:
        seat = seat_of(state, view.id)
        seat.state, seat.reason, seat.since_ms = view.state, view.reason, view.since_ms
        seat.extension = view.extension or seat.extension
        seat.call_id, seat.queue_id = view.call_id, view.queue_id
        seat.wrap_up_ends_at_ms = view.wrap_up_ends_at_ms
        seat.pending_state, seat.pending_reason = view.pending_state, view.pending_reason


def seat_of(state: LiveState, agent_id: AgentId) -> Seat:
    """The agent; one that nobody configured is called by its id."""
    seat = state.agents.get(agent_id)
    if seat is None:
        seat = state.agents[agent_id] = Seat(agent_id, agent_id)
    return seat


def queue_of(state: LiveState, queue_id: QueueId) -> WaitingLine:
    """The queue; one that nobody configured is called by its id."""
    queue = state.queues.get(queue_id)
    if queue is None:
        queue = state.queues[queue_id] = WaitingLine(queue_id, queue_id)
    return queue
