"""What each fact changes on the board.

Rules for editors: every fact class has a row in STEPS, also one that changes nothing (`_nothing`);
a test fails for a class without. A step changes the state and returns the places it touched. Calls
are folded by `records`, so that the board and the record cannot disagree on a phase.
"""

from collections.abc import Callable
from typing import Any

from cordboard import acd, agents, calls, flows, queues, records
from cordboard.agents import AgentState
from cordboard.desk.model import Counts, LiveState, OpenVisit, Path, Seat
from cordboard.kit.facts import Fact
from cordboard.records import CallRecord
from cordboard.telephony.facts import LineStateChanged

from .lines import change_line, free, occupy
from .roster import queue_of, seat_of

Step = Callable[[LiveState, Any], set[Path]]
_FIGURES: Path = ("figures",)


def apply(state: LiveState, fact: Fact) -> set[Path]:
    """Change the state as the fact says; returns the places touched."""
    return STEPS.get(type(fact), _nothing)(state, fact)


def _nothing(_state: LiveState, _fact: Fact) -> set[Path]:
    return set()


# Calls


def _arrived(state: LiveState, fact: calls.CallArrived) -> set[Path]:
    state.calls[fact.call_id] = records.begin(fact)
    if fact.direction == "inbound" and not fact.is_test and _is_today(state, fact.at_ms):
        state.calls_today += 1
    occupied = occupy(state, fact.line_id, fact.leg_id, fact.at_ms)
    return {("calls", fact.call_id), _FIGURES, *occupied}


def _folded(state: LiveState, fact: Any) -> set[Path]:
    """A fact of a call, folded by the records."""
    before = state.calls.get(fact.call_id)
    if before is None:
        return set()
    after = state.calls[fact.call_id] = records.apply(before, fact)
    return {("calls", fact.call_id)} if after is not before else set()


def _leg_dialled(state: LiveState, fact: calls.LegDialled | calls.LegJoined) -> set[Path]:
    line_id = state.line_of_number.get(fact.number)
    return _folded(state, fact) | occupy(state, line_id, fact.leg_id, fact.at_ms)


def _leg_ended(state: LiveState, fact: calls.LegEnded) -> set[Path]:
    return _folded(state, fact) | free(state, fact.leg_id)


def _agent_connected(state: LiveState, fact: calls.AgentConnected) -> set[Path]:
    before = state.calls.get(fact.call_id)
    touched = _folded(state, fact)
    if before is None or before.agent_answered_at_ms is not None or not before.visits:
        return touched
    if (
        before.direction == "inbound"
        and not before.is_test
        and _is_today(state, before.arrived_at_ms)
    ):
        state.answered_today += 1
        touched.add(_FIGURES)
    return touched


def _ended(state: LiveState, fact: calls.CallEnded) -> set[Path]:
    record = state.calls.pop(fact.call_id, None)
    if record is None:
        return set()
    touched: set[Path] = {("calls", fact.call_id), _FIGURES}
    for leg in record.legs:
        touched |= free(state, leg.id)
    return touched


def _is_today(state: LiveState, at_ms: int) -> bool:
    return at_ms >= state.day_started_at_ms


# Queues


def _entered(state: LiveState, fact: queues.QueueEntered) -> set[Path]:
    touched = _folded(state, fact)
    record: CallRecord | None = state.calls.get(fact.call_id)
    tested = record is not None and record.is_test
    queue_of(state, fact.queue_id).visits[fact.visit_id] = OpenVisit(
        call_id=fact.call_id,
        caller_number=record.caller_number if record else "",
        entered_at_ms=fact.at_ms,
        priority=fact.priority,
        service_level_ms=fact.service_level_ms,
        short_abandon_ms=fact.short_abandon_ms,
        is_counted=fact.queue_kind == "acd" and not tested and _is_today(state, fact.at_ms),
    )
    return {*touched, ("queues", fact.queue_id)}


def _left(state: LiveState, fact: queues.QueueLeft) -> set[Path]:
    touched = _folded(state, fact)
    queue = queue_of(state, fact.queue_id)
    visit = queue.visits.pop(fact.visit_id, None)
    touched.add(("queues", fact.queue_id))
    if not queue.visits:
        queue.estimated_wait_s = None
    if visit is not None and visit.is_counted:
        _count(queue.today, visit, fact.outcome, fact.at_ms - visit.entered_at_ms)
        touched.add(_FIGURES)
    return touched


def _count(today: Counts, visit: OpenVisit, outcome: str, wait_ms: int) -> None:
    """Add a visit to the sums of its queue; one abandoned too soon is in none of them."""
    if outcome == "abandoned" and wait_ms < visit.short_abandon_ms:
        return
    today.counted += 1
    today.wait_ms += wait_ms
    is_late = wait_ms > visit.service_level_ms
    today.answered += outcome == "answered"
    today.abandoned += outcome == "abandoned"
    today.level_good += outcome == "answered" and not is_late
    today.level_all += outcome in ("answered", "abandoned", "refused") or is_late


def _announced(state: LiveState, fact: queues.PositionAnnounced) -> set[Path]:
    queue = queue_of(state, fact.queue_id)
    touched = _folded(state, fact)
    if fact.visit_id in queue.visits:
        queue.estimated_wait_s = fact.estimated_wait_s
        touched.add(("queues", fact.queue_id))
    return touched


# Agents


def _agent_step(change: Callable[[Seat, Any], dict[str, Any]]) -> Step:
    def step(state: LiveState, fact: Any) -> set[Path]:
        seat = seat_of(state, fact.agent_id)
        was, call_before = seat.state, seat.call_id
        for name, value in change(seat, fact).items():
            setattr(seat, name, value)
        touched: set[Path] = {("agents", fact.agent_id)}
        if call_before != seat.call_id:
            touched |= {("calls", one) for one in (call_before, seat.call_id) if one}
        if _standing(was) != _standing(seat.state):
            touched |= {("queues", one.id) for one in state.queues.values() if seat.serves(one)}
        return touched

    return step


_STANDINGS = {AgentState.SIGNED_OUT: 0, AgentState.NOT_READY: 1}


def _standing(state: AgentState) -> int:
    """What a queue's counters see of a state: away, signed in, or ready."""
    return _STANDINGS.get(state, 2)


def _without_work(fact: Any, state: AgentState, reason: str | None = None) -> dict[str, Any]:
    return {
        "state": state,
        "reason": reason,
        "since_ms": fact.at_ms,
        "call_id": None,
        "queue_id": None,
        "wrap_up_ends_at_ms": None,
        "pending_state": None,
        "pending_reason": None,
        "is_handling": False,
    }


def _plan_of(seat: Seat) -> dict[str, Any]:
    """What was chosen for after the work; who was not ready before it will be again."""
    if seat.state is AgentState.NOT_READY:
        return {"pending_state": "not_ready", "pending_reason": seat.reason}
    return {"pending_state": seat.pending_state, "pending_reason": seat.pending_reason}


def _signed_in(_seat: Seat, fact: agents.AgentSignedIn) -> dict[str, Any]:
    return {**_without_work(fact, AgentState.NOT_READY), "extension": fact.extension}


def _rang(_seat: Seat, fact: agents.AgentRang) -> dict[str, Any]:
    work = {"call_id": fact.call_id, "queue_id": fact.queue_id}
    return {**_without_work(fact, AgentState.RINGING), **work}


def _ring_ended(state: LiveState, fact: agents.AgentRingEnded) -> set[Path]:
    """Back to idle; a missed offer counts on the day on which it was made."""
    seat = seat_of(state, fact.agent_id)
    seat.missed_today += fact.result == "missed" and _is_today(state, seat.since_ms)
    return _agent_step(lambda _, fact: _without_work(fact, AgentState.IDLE))(state, fact)


def _talked(seat: Seat, fact: agents.AgentTalked) -> dict[str, Any]:
    on_call = (AgentState.HOLDING, AgentState.CONSULTING, AgentState.TALKING)
    first = not fact.is_internal and not (seat.state in on_call and seat.is_handling)
    return {
        **_without_work(fact, AgentState.TALKING),
        **_plan_of(seat),
        "call_id": fact.call_id,
        "queue_id": fact.queue_id or seat.queue_id,
        "answered_today": seat.answered_today + first,
        "is_handling": not fact.is_internal,
    }


def _presented(state: AgentState) -> Callable[[Seat, Any], dict[str, Any]]:
    """Rung, dialling or consulting: on a call that no offer brought."""

    def change(seat: Seat, fact: Any) -> dict[str, Any]:
        return {
            **_plan_of(seat),
            "state": state,
            "reason": None,
            "since_ms": fact.at_ms,
            "call_id": fact.call_id,
        }

    return change


def _wraps_up(seat: Seat, fact: agents.WrapUpStarted) -> dict[str, Any]:
    return {
        **_without_work(fact, AgentState.WRAP_UP),
        **_plan_of(seat),
        "call_id": fact.call_id,
        "queue_id": fact.queue_id or seat.queue_id,
        "wrap_up_ends_at_ms": fact.ends_at_ms,
    }


# Lines


def _line_changed(state: LiveState, fact: LineStateChanged) -> set[Path]:
    return change_line(state, fact.line_id, kind=fact.line_kind, to=fact.state, at_ms=fact.at_ms)


STEPS: dict[type[Fact], Step] = {
    LineStateChanged: _line_changed,
    calls.CallArrived: _arrived,
    calls.CallRouted: _nothing,
    calls.CallDataSet: _folded,
    calls.LegDialled: _leg_dialled,
    calls.LegRang: _nothing,
    calls.LegAnswered: _folded,
    calls.LegEnded: _leg_ended,
    calls.LegMediaReported: _nothing,
    calls.LegMediaLost: _nothing,
    calls.DigitPressed: _nothing,
    calls.AgentConnected: _agent_connected,
    calls.PartiesConnected: _folded,
    calls.PartyJoined: _folded,
    calls.LegJoined: _leg_dialled,
    calls.LegMoved: _folded,
    calls.LegMuted: _nothing,
    calls.DigitsSent: _nothing,
    calls.ConsultStarted: _folded,
    calls.ConsultAnswered: _nothing,
    calls.ConsultAlternated: _folded,
    calls.ConsultEnded: _folded,
    calls.CallTransferred: _folded,
    calls.TransferFailed: _folded,
    calls.CallParked: _folded,
    calls.SentToFlow: _nothing,
    calls.BackFromFlow: _nothing,
    calls.CallIntercepted: _folded,
    calls.SupervisionStarted: _folded,
    calls.SupervisionChanged: _folded,
    calls.SupervisionEnded: _folded,
    calls.CallHeld: _folded,
    calls.CallResumed: _folded,
    calls.RecordingStarted: _folded,
    calls.RecordingClosed: _folded,
    calls.RecordingFailed: _folded,
    calls.CallEnded: _ended,
    flows.FlowStarted: _nothing,
    flows.NodeEntered: _nothing,
    flows.NodeRetried: _nothing,
    flows.NodeFailed: _nothing,
    flows.NodeLeft: _nothing,
    flows.FlowEnded: _nothing,
    queues.QueueEntered: _entered,
    queues.PositionAnnounced: _announced,
    queues.QueueLeft: _left,
    acd.OfferMade: _folded,
    acd.OfferAccepted: _folded,
    acd.OfferRefused: _folded,
    acd.OfferTimedOut: _folded,
    acd.OfferWithdrawn: _folded,
    acd.OfferFailed: _folded,
    agents.AgentSignedIn: _agent_step(_signed_in),
    agents.AgentSignedOut: _agent_step(lambda _, fact: _without_work(fact, AgentState.SIGNED_OUT)),
    agents.AgentReady: _agent_step(lambda _, fact: _without_work(fact, AgentState.IDLE)),
    agents.AgentNotReady: _agent_step(
        lambda _, fact: _without_work(fact, AgentState.NOT_READY, fact.reason)
    ),
    agents.AgentPendingSet: _agent_step(
        lambda _, fact: {"pending_state": fact.state, "pending_reason": fact.reason}
    ),
    agents.AgentRang: _agent_step(_rang),
    agents.AgentRingEnded: _ring_ended,
    agents.AgentTalked: _agent_step(_talked),
    agents.AgentHeld: _agent_step(
        lambda _, fact: {"state": AgentState.HOLDING, "since_ms": fact.at_ms}
    ),
    agents.AgentAlerted: _agent_step(_presented(AgentState.RINGING)),
    agents.AgentDialled: _agent_step(_presented(AgentState.DIALLING)),
    agents.AgentConsulted: _agent_step(_presented(AgentState.CONSULTING)),
    agents.AgentReleased: _agent_step(lambda _, fact: _without_work(fact, AgentState.IDLE)),
    agents.WrapUpStarted: _agent_step(_wraps_up),
    agents.WrapUpEnded: _agent_step(lambda _, fact: _without_work(fact, AgentState.IDLE)),
    records.RecordingMissed: _nothing,
    records.RecordingRemoved: _nothing,
}
"Every fact class of the house."
