"""A call passed from one to another: transfer, consultation, park, and what a leg's end brings.

Each step tells its facts and then brings the sound to them. What is allowed is decided by who asks
(`verbs.py`) and by the tables; nothing here asks twice.
"""

from functools import partial

from cordboard.calls.errors import NoSuchTargetError, VerbRefusedError
from cordboard.calls.events import (
    CallHeld,
    CallParked,
    CallResumed,
    CallTransferred,
    ConsultAlternated,
    ConsultAnswered,
    ConsultEnded,
    ConsultStarted,
)
from cordboard.calls.model import (
    CallState,
    ConsultResult,
    ConsultState,
    HandlingRole,
    LegPurpose,
    Party,
    Place,
    Route,
    Target,
)
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.ids import AgentId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns
from cordboard.telephony.ports import DialTarget

from .calls import Calls

HEAD_OF_QUEUE = 1000
"Priority added to a call that comes back to its queue because nobody took it."

RING_LIMIT_S = 60.0
"How long a phone rings for a call that was passed on; then the caller goes on elsewhere."

_NO_ANSWER = 19
"Q.850 cause."

PARK_LIMIT_S = 300.0
"A call that nobody picks up goes back to its queue after this."


class Passing:
    """Steps by which a call changes hands.

    Args:
        calls: The calls.
        turns: Runs the turns of timers.
        timers: Key `calls/<call_id>/park`.
    """

    def __init__(self, calls: Calls, turns: Turns, timers: Timers) -> None:
        self._calls = calls
        self._turns = turns
        self._timers = timers

    # Hold

    def hold(self, turn: Turn, call: Call, leg: Leg) -> None:
        """Whom this leg talks with hears music."""
        other = call.counterpart(leg.id)
        if other is None or call.state is not CallState.TALKING or other.place is not Place.TALK:
            return
        self._calls.tell(
            turn,
            call,
            CallHeld(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                agent_id=leg.agent_id,
                held_leg_id=other.id,
            ),
        )
        self._calls.bring_sound(turn, call)

    def resume(self, turn: Turn, call: Call, leg: Leg) -> None:
        """Who is held comes back."""
        if call.state is not CallState.HELD:
            return
        self._calls.tell(
            turn,
            call,
            CallResumed(at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, agent_id=leg.agent_id),
        )
        self._calls.bring_sound(turn, call)

    # Transfer

    def find(self, target: Target) -> tuple[DialTarget, Party, AgentId | None] | None:
        """How to dial a person; None for a queue or a flow.

        Raises:
            NoSuchTargetError: If there is no such target.
        """
        addresses = self._calls.addresses
        match target.kind:
            case "agent":
                agent_id = AgentId(target.value)
                extension = addresses.extension_of(agent_id)
                if extension is None:
                    raise NoSuchTargetError("this agent is not signed in", target=target.value)
                return DialTarget(extension=extension), "agent", agent_id
            case "extension":
                self._check(target)
                agent = addresses.agent_at(target.value)
                return DialTarget(extension=target.value), "agent", agent
            case "outside":
                return DialTarget(number=target.value), "outside", None
            case _:
                self._check(target)
                return None

    def _check(self, target: Target) -> None:
        if not self._calls.addresses.has_target(target.kind, target.value):
            raise NoSuchTargetError(f"there is no {target.kind} {target.value}")

    def transfer(self, turn: Turn, call: Call, leg: Leg, target: Target) -> None:
        """Pass the call on without speaking first; who passes it leaves."""
        person = self.find(target)
        self._tell_transferred(turn, call, leg, target)
        self._let_go(turn, leg)
        if person is not None:
            self._ring(turn, call, person, "transfer")
        else:
            self._route(turn, call, leg.agent_id, Route(target.kind, target.value))  # type: ignore[arg-type]  # the person kinds are gone
        self._calls.bring_sound(turn, call)

    def _ring(
        self,
        turn: Turn,
        call: Call,
        person: tuple[DialTarget, Party, AgentId | None],
        purpose: LegPurpose,
    ) -> Leg:
        target, party, agent_id = person
        leg_id = self._calls.dial(
            turn, call, target, party=party, purpose=purpose, agent_id=agent_id
        )
        return call.legs[leg_id]

    def _tell_transferred(
        self, turn: Turn, call: Call, leg: Leg, target: Target, to: Leg | None = None
    ) -> None:
        self._calls.tell(
            turn,
            call,
            CallTransferred(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                target_kind=target.kind,
                target=target.value,
                agent_id=leg.agent_id,
                is_consulted=to is not None,
                to_leg_id=to.id if to is not None else None,
            ),
        )
        self._calls.bring_sound(turn, call)  # before the queue plays its music

    def _route(
        self, turn: Turn, call: Call, agent_id: AgentId | None, route: Route, priority: int = 0
    ) -> None:
        by = f"agent:{agent_id}" if agent_id else "phone"
        self._calls.route(turn, call.id, route, by=by, entry_kind="transfer", priority=priority)

    def _let_go(self, turn: Turn, leg: Leg) -> None:
        if leg.state is not LegState.ENDED:
            turn.then(partial(self._calls.telephony.hang_up, leg.id))

    def connect_target(self, turn: Turn, call: Call, leg: Leg) -> None:
        """Who was rung for a transferred or parked call has answered."""
        self._timers.drop(_park_timer(call))
        self.stop_limit(leg)
        is_direct = leg.purpose == "pick_up" or call.state is CallState.ANSWERED
        role: HandlingRole = "direct" if is_direct else "transfer"
        self._calls.connect_leg(turn, call, leg, role)

    def limit_ringing(self, call: Call, leg: Leg) -> None:
        """A phone that rings for a passed-on call rings so long and no longer."""
        if leg.purpose in ("transfer", "pick_up", "supervise"):
            end = partial(self._calls.hang_up_leg, call_id=call.id, leg_id=leg.id, cause=_NO_ANSWER)
            self._timers.set(_ring_timer(leg), RING_LIMIT_S, lambda: self._turns.post(end))

    def stop_limit(self, leg: Leg) -> None:
        """It was answered, or is over."""
        self._timers.drop(_ring_timer(leg))

    # Consultation

    def consult(self, turn: Turn, call: Call, leg: Leg, target: Target) -> None:
        """Ring a third party; the customer hears music, unless others talk with it."""
        person = self.find(target)
        if person is None:
            raise VerbRefusedError("consult a person; a queue or a flow can only be transferred to")
        if not call.is_conference:
            self.hold(turn, call, leg)
        third = self._ring(turn, call, person, "consult")
        self._calls.tell(
            turn,
            call,
            ConsultStarted(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                consult_leg_id=third.id,
                target_kind=target.kind,
                target=target.value,
                agent_id=leg.agent_id,
                consulted_agent_id=third.agent_id,
            ),
        )
        self._calls.bring_sound(turn, call)

    def consult_answered(self, turn: Turn, call: Call) -> None:
        """The third party has picked up."""
        by, third = _parties(call)
        self._calls.tell(
            turn,
            call,
            ConsultAnswered(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=by.id,
                consult_leg_id=third.id,
                agent_id=by.agent_id,
                consulted_agent_id=third.agent_id,
            ),
        )
        self._calls.bring_sound(turn, call)

    def alternate(self, turn: Turn, call: Call) -> None:
        """Turn from the third party to the customer, or back."""
        assert call.consult is not None
        by, third = _parties(call)
        to_customer = call.consult.state is ConsultState.TALKING
        if not to_customer and len(call.at(Place.TALK)) == 2:
            self.hold(turn, call, by)
        self._calls.tell(
            turn,
            call,
            ConsultAlternated(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=by.id,
                consult_leg_id=third.id,
                to="customer" if to_customer else "consulted",
                agent_id=by.agent_id,
                consulted_agent_id=third.agent_id,
            ),
        )
        if to_customer:
            self.resume(turn, call, by)
        self._calls.bring_sound(turn, call)

    def end_consult(
        self, turn: Turn, call: Call, result: ConsultResult, *, hang_up: bool = True
    ) -> Leg:
        """The consultation is over; the third party's leg."""
        by, third = _parties(call)
        self._calls.tell(
            turn,
            call,
            ConsultEnded(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=by.id,
                consult_leg_id=third.id,
                result=result,
                is_held=call.state is CallState.HELD,
                agent_id=by.agent_id,
                consulted_agent_id=third.agent_id,
            ),
        )
        if hang_up:
            self._let_go(turn, third)
        self._calls.bring_sound(turn, call)
        return third

    def cancel(self, turn: Turn, call: Call) -> None:
        """Leave the third party and take the customer back."""
        by, _ = _parties(call)
        self.end_consult(turn, call, "returned")
        self.resume(turn, call, by)

    def complete(self, turn: Turn, call: Call) -> None:
        """The third party gets the customer, now or when it answers; the agent leaves."""
        assert call.consult is not None
        answered = call.consult.state is not ConsultState.RINGING
        by, _ = _parties(call)
        in_conference = len([one for one in call.at(Place.TALK) if one is not by]) > 1
        third = self.end_consult(turn, call, "completed", hang_up=False)
        if in_conference:
            self._calls.connect_leg(turn, call, third, "conference")
            self._let_go(turn, by)
        else:
            self.complete_with(turn, call, by, third, answered=answered)

    def complete_with(
        self, turn: Turn, call: Call, by: Leg, third: Leg, *, answered: bool = True
    ) -> None:
        """Pass the customer to this leg of the call, now or when it answers."""
        self._tell_transferred(turn, call, by, _target_of(third), third)
        if answered:
            self.connect_target(turn, call, third)
        self._let_go(turn, by)

    def join(self, turn: Turn, call: Call) -> None:
        """Customer, agent and third party hear one another."""
        by, _ = _parties(call)
        third = self.end_consult(turn, call, "joined", hang_up=False)
        self.resume(turn, call, by)
        self._calls.connect_leg(turn, call, third, "conference")

    # Park

    def park(self, turn: Turn, call: Call, leg: Leg, slot: str) -> None:
        """Leave the customer with music in a numbered place."""
        self._calls.tell(
            turn,
            call,
            CallParked(
                at_ms=turn.at_ms, call_id=call.id, leg_id=leg.id, slot=slot, agent_id=leg.agent_id
            ),
        )
        self._calls.bring_sound(turn, call)
        self._let_go(turn, leg)
        self.take_up(turn, call)

    def take_up(self, turn: Turn, call: Call) -> None:
        """Let a parked call and ringing phones wait for their limits, anew after a restart."""
        for leg in call.living():
            if leg.state is LegState.RINGING:
                self.limit_ringing(call, leg)
        if call.state is not CallState.PARKED:
            return
        give_up = partial(self._park_over, call)
        self._timers.set(_park_timer(call), PARK_LIMIT_S, lambda: self._turns.post(give_up))

    def _park_over(self, call: Call, turn: Turn) -> None:
        if call.state is CallState.PARKED:
            self.give_back(turn, call, call.subject)

    # Nobody has it

    def give_back(self, turn: Turn, call: Call, leg: Leg) -> None:
        """Nobody has the customer: back to the head of its queue, or the end."""
        if call.customer is None or call.last_queue is None:
            self._calls.end(turn, call.id, reason="transfer-failed")
            return
        target = Target("queue", call.last_queue)
        if call.state not in (CallState.TRANSFERRING, CallState.ANSWERED):
            self._tell_transferred(turn, call, leg, target)
        self._calls.bring_sound(turn, call)
        route = Route("queue", call.last_queue)
        self._route(turn, call, call.transferred_by, route, HEAD_OF_QUEUE)

    def ended(self, call: Call) -> None:
        """The call is over: no timer of it is left."""
        self._timers.drop(_park_timer(call))


def _parties(call: Call) -> tuple[Leg, Leg]:
    """The agent and the third party of the consultation."""
    assert call.consult is not None
    return call.legs[call.consult.by], call.legs[call.consult.leg]


def _target_of(leg: Leg) -> Target:
    if leg.agent_id is not None:
        return Target("agent", leg.agent_id)
    return Target("extension" if leg.party == "agent" else "outside", leg.number)


def _ring_timer(leg: Leg) -> str:
    return f"calls/{leg.id}/ring"


def _park_timer(call: Call) -> str:
    return f"calls/{call.id}/park"
