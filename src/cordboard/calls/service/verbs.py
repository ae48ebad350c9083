"""What an agent may do with a call: each verb asks whether it can be done now, then does it.

A verb that the call's state forbids is refused with a sentence; nothing has changed then.
"""

from functools import partial

from cordboard.calls.errors import NoSuchTargetError, NotOnCallError, VerbRefusedError
from cordboard.calls.events import DigitsSent
from cordboard.calls.model import CallState, ConsultState, Place, Target
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.ids import AgentId, CallId
from cordboard.kit.turns import Turn
from cordboard.telephony.lines import clean_number
from cordboard.telephony.ports import DialTarget

from .calls import Calls
from .dialling import Dialling
from .lending import Lending
from .passing import Passing

PARK_SLOTS = tuple(str(number) for number in range(701, 720))


class Verbs:
    """An agent's verbs. An agent is named by its id, and found by its leg in the call.

    Args:
        calls: The calls.
        passing: How a call changes hands.
        dialling: Calls that inner lines make.
    """

    def __init__(self, calls: Calls, passing: Passing, dialling: Dialling) -> None:
        self._calls = calls
        self._passing = passing
        self._lending = Lending(calls, passing)
        self._dialling = dialling

    # Hold and mute

    def hold(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Let the customer hear music."""
        call, leg = self._in_talk(call_id, agent_id)
        _refuse_if(call.state is CallState.HELD, "the customer is held already")
        _refuse_if(call.consult is not None, "a consultation is under way: alternate instead")
        self._passing.hold(turn, call, leg)

    def retrieve(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Take the customer back, from hold or from a consultation under way."""
        call, leg = self._on_call(call_id, agent_id)
        if call.consult is not None and call.consult.by == leg.id:
            self._passing.cancel(turn, call)
            return
        _refuse_if(call.state is not CallState.HELD, "nobody is held")
        if call.lent is not None:
            self._lending.take_back(turn, call)
        else:
            self._passing.resume(turn, call, leg)

    def send_to_flow(self, turn: Turn, call_id: CallId, agent_id: AgentId, flow_id: str) -> None:
        """Let the customer pass a flow and come back; the agent waits and hears nothing."""
        call, leg = self._alone_with_customer(call_id, agent_id)
        self._passing.find(Target("flow", flow_id))
        self._lending.send_to_flow(turn, call, leg, flow_id)

    def play(self, turn: Turn, call_id: CallId, agent_id: AgentId, items: tuple[str, ...]) -> None:
        """Let the customer hear a prompt and come back."""
        call, leg = self._alone_with_customer(call_id, agent_id)
        self._lending.play(turn, call, leg, items)

    def _alone_with_customer(self, call_id: CallId, agent_id: AgentId) -> tuple[Call, Leg]:
        call, leg = self._in_talk(call_id, agent_id)
        _refuse_if(call.consult is not None, "a consultation is under way: complete or cancel it")
        _refuse_if(call.is_conference, "others are on the call")
        _refuse_if(call.customer in (None, leg), "only a customer can be sent to a flow")
        return call, leg

    def mute(self, turn: Turn, call_id: CallId, agent_id: AgentId, *, is_muted: bool) -> None:
        """Let nobody hear the agent, or everybody again."""
        call, leg = self._on_call(call_id, agent_id)
        self._dialling.mute(turn, call, leg, is_muted=is_muted)

    def send_digits(self, turn: Turn, call_id: CallId, agent_id: AgentId, digits: str) -> None:
        """Send keys to whom the agent talks with."""
        call, leg = self._on_call(call_id, agent_id)
        to = self._listener(call, leg)
        _refuse_if(to is None, "there is nobody to send digits to")
        assert to is not None
        turn.then(partial(self._calls.telephony.send_digits, to.id, digits))
        fact = DigitsSent(
            at_ms=turn.at_ms, call_id=call.id, leg_id=to.id, by_leg_id=leg.id, count=len(digits)
        )
        self._calls.tell(turn, call, fact)

    def _listener(self, call: Call, leg: Leg) -> Leg | None:
        consult = call.consult
        if leg.place is Place.CONSULT and consult is not None:
            is_up = consult.state is ConsultState.TALKING
            return call.legs[consult.leg] if is_up and consult.by == leg.id else None
        other = call.counterpart(leg.id)
        return other if other is not None and other.place is Place.TALK else None

    # Transfer and consultation

    def transfer(self, turn: Turn, call_id: CallId, agent_id: AgentId, target: Target) -> None:
        """Pass the call on without speaking first."""
        call, leg = self._in_talk(call_id, agent_id)
        _refuse_if(call.consult is not None, "a consultation is under way: complete or cancel it")
        _refuse_if(call.is_conference, "a conference cannot be transferred: hang up to leave it")
        _refuse_if(call.counterpart(leg.id) is None, "there is nobody to transfer")
        self._passing.transfer(turn, call, leg, self._aim(call, target, agent_id))

    def consult(self, turn: Turn, call_id: CallId, agent_id: AgentId, target: Target) -> None:
        """Ring a third party while the customer hears music."""
        call, leg = self._in_talk(call_id, agent_id)
        _refuse_if(call.consult is not None, "one consultation at a time")
        _refuse_if(call.counterpart(leg.id) is None, "there is nobody to consult about")
        self._passing.consult(turn, call, leg, self._aim(call, target, agent_id))

    def complete(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Pass the customer to the consulted party; also while it still rings."""
        self._passing.complete(turn, self._consulting(call_id, agent_id))

    def cancel(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Leave the consulted party and take the customer back."""
        self._passing.cancel(turn, self._consulting(call_id, agent_id))

    def alternate(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Turn from the consulted party to the customer, or back."""
        self._passing.alternate(turn, self._consulting_answered(call_id, agent_id))

    def conference(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """Join customer, agent and consulted party."""
        self._passing.join(turn, self._consulting_answered(call_id, agent_id))

    def hang_up(self, turn: Turn, call_id: CallId, agent_id: AgentId) -> None:
        """End the agent's own leg; what follows is what its end means."""
        _, leg = self._on_call(call_id, agent_id)
        self._calls.hang_up_leg(turn, call_id, leg.id)

    # Park and pick up

    def park(self, turn: Turn, call_id: CallId, agent_id: AgentId, slot: str | None = None) -> str:
        """Leave the customer in a place where anybody may pick it up; the place."""
        call, leg = self._in_talk(call_id, agent_id)
        _refuse_if(call.consult is not None, "a consultation is under way: complete or cancel it")
        _refuse_if(call.is_conference, "a conference cannot be parked")
        _refuse_if(call.customer in (None, leg), "only a customer can be parked")
        taken = {each.slot for each in self._calls.calls.values() if each.slot is not None}
        free = [each for each in PARK_SLOTS if each not in taken]
        place = slot or (free[0] if free else None)
        _refuse_if(place is None, "every place is taken")
        assert place is not None
        _refuse_if(place not in free, f"place {place} is taken, or there is none of this number")
        self._passing.park(turn, call, leg, place)
        return place

    def pick_up(self, turn: Turn, slot: str, agent_id: AgentId) -> CallId:
        """Ring the agent's phone for the call parked there."""
        call = self.find_parked(slot)
        if call is None:
            raise NoSuchTargetError(f"nothing is parked at {slot}")
        _refuse_if(call.transfer_leg is not None, "somebody else is picking it up")
        extension = self._extension_of(agent_id)
        self._calls.dial(
            turn,
            call,
            DialTarget(extension=extension),
            party="agent",
            purpose="pick_up",
            agent_id=agent_id,
        )
        return call.id

    def find_parked(self, slot: str) -> Call | None:
        """The call in this place."""
        for call in self._calls.calls.values():
            if call.slot == slot and call.state is CallState.PARKED:
                return call
        return None

    # Dialling

    def dial_out(self, turn: Turn, call_id: CallId, agent_id: AgentId, number: str) -> None:
        """Call a number, inner or outside: the agent's own phone rings first, then the number.

        Args:
            turn: The turn.
            call_id: Of the new call.
            agent_id: Who calls.
            number: As on a phone, outside numbers with their prefix; or as written, if it is not
                an inner one.
        """
        extension = self._extension_of(agent_id)
        self._dialling.call_out(turn, call_id, extension, number, agent_id)

    def read_number(self, number: str) -> Target:
        """Whom a dialled number means, or an error that says why nobody."""
        return self._dialling.read_number(number)

    # Who asks, and about what

    def _on_call(self, call_id: CallId, agent_id: AgentId) -> tuple[Call, Leg]:
        call = self._calls.get(call_id)
        leg = call.find_leg_of(agent_id)
        if leg is None:
            raise NotOnCallError("you are not on this call", call_id=call_id)
        return call, leg

    def _in_talk(self, call_id: CallId, agent_id: AgentId) -> tuple[Call, Leg]:
        call, leg = self._on_call(call_id, agent_id)
        _refuse_if(
            call.state not in (CallState.TALKING, CallState.HELD), f"the call is {call.state}"
        )
        _refuse_if(leg.place not in (Place.TALK, Place.CONSULT), "you are not in the talk")
        _refuse_if(call.lent is not None, "the customer is in a flow: retrieve first")
        return call, leg

    def _consulting(self, call_id: CallId, agent_id: AgentId) -> Call:
        call, leg = self._on_call(call_id, agent_id)
        is_mine = call.consult is not None and call.consult.by == leg.id
        _refuse_if(not is_mine, "you consult nobody")
        return call

    def _consulting_answered(self, call_id: CallId, agent_id: AgentId) -> Call:
        call = self._consulting(call_id, agent_id)
        assert call.consult is not None
        _refuse_if(call.consult.state is ConsultState.RINGING, "the other phone still rings")
        return call

    def _aim(self, call: Call, target: Target, agent_id: AgentId) -> Target:
        """The target, if it is not on the call already."""
        if target.kind == "outside":
            target = Target("outside", clean_number(target.value))
        is_self = target.kind == "agent" and target.value == agent_id
        own = self._calls.addresses.extension_of(agent_id)
        is_self = is_self or (target.kind == "extension" and target.value == own)
        _refuse_if(is_self, "this is yourself")
        on_line = {leg.agent_id for leg in call.legs.values() if leg.state is LegState.ANSWERED}
        _refuse_if(
            target.kind == "agent" and target.value in on_line, "this agent is on the call already"
        )
        return target

    def _extension_of(self, agent_id: AgentId) -> str:
        extension = self._calls.addresses.extension_of(agent_id)
        _refuse_if(extension is None, "sign in at a phone first")
        assert extension is not None
        return extension


def _refuse_if(condition: bool, why: str) -> None:
    if condition:
        raise VerbRefusedError(why)
