"""Use cases of calls: what the wire tells becomes facts, what later rooms ask becomes orders.

One public method is one step inside a turn. Orders to the telephones are effects: they leave after
the commit. Refuses to know queues, agents' states and flows: it says where a call is routed and
lets others hear. Wire events reach a call through its owner (tasks.py's mailbox), commands come
inside the turn of whoever gives them; both run on one loop and never in between each other.
"""

from functools import partial

from cordboard.calls.events import (
    AgentConnected,
    CallArrived,
    CallEnded,
    LegDialled,
    PartiesConnected,
    PartyJoined,
    PromptOrdered,
)
from cordboard.calls.model import (
    CallState,
    Chosen,
    Direction,
    HandlingRole,
    LegPurpose,
    OutsideCall,
    Party,
    Route,
)
from cordboard.calls.state import WAITS_FOR_AGENT, Call, Leg, LegState
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, Ids, LegId, OfferId
from cordboard.kit.turns import Turn
from cordboard.telephony import events as wire
from cordboard.telephony.lines import Destination, NumberPlan
from cordboard.telephony.ports import CollectOrder, DialTarget, Telephony

from .book import CallBook
from .exchange import (
    NO_LINE_IS_FREE,
    Addresses,
    CallSettings,
    NobodyElse,
    OneTrunk,
    OuterLines,
)

_CAUSE_UNALLOCATED = 1
_CAUSE_NORMAL = 16
_CAUSE_NO_CHANNEL = 34
"Q.850 causes."

FLOW_IS_OVER = frozenset({"flow", "flow-failed", "no-such-flow", "too-many-steps"})
"Reasons for which a flow ends a call of its own."


class Calls(CallBook):
    """Implements `CallCommands` and hears the wire.

    Args:
        telephony: The telephones.
        plan: What dialled numbers mean.
        ids: Makes identifiers.
        settings: This room's settings.
        addresses: Who sits where, and what there is to pass a call to.
        outer: Which outer lines there are.
    """

    def __init__(
        self,
        telephony: Telephony,
        plan: NumberPlan,
        ids: Ids,
        settings: CallSettings,
        addresses: Addresses | None = None,
        outer: OuterLines | None = None,
    ) -> None:
        super().__init__(
            telephony, settings.default_language, settings.hold_music, settings.ringback
        )
        self.plan = plan
        self.addresses: Addresses = addresses or NobodyElse()
        self.outer: OuterLines = outer or OneTrunk()
        self.ids = ids
        self.settings = settings

    # Beginning

    def begin(self, turn: Turn, call_id: CallId, event: wire.LegArrived) -> None:
        """A first INVITE: a call begins and goes where its number leads."""
        found = self.plan.find(event.called_number, event.line_kind)
        direction: Direction = "inbound"
        if event.line_kind == "phone" and (found is None or not found.service_number):
            direction = "outbound" if found and found.kind == "outside" else "internal"
        line = self.outer.admit(event.line_id) if event.line_kind == "trunk" else ""
        arrived = CallArrived(
            at_ms=turn.at_ms,
            call_id=call_id,
            leg_id=event.leg_id,
            direction=direction,
            origin="line" if direction == "inbound" else "agent",
            line_id=event.line_id,
            caller_number=event.caller_number,
            called_number=event.called_number,
            service_number=found.service_number if found else "",
            sip_call_id=event.sip_call_id,
            agent_id=None if direction == "inbound" else self.addresses.agent_at(event.line_id),
            outer_line=line or "",
        )
        self.adopt(turn, arrived)
        if found is None:
            self.end(turn, call_id, cause=_CAUSE_UNALLOCATED, reason="unknown-number")
            return
        if line is None:
            self.end(turn, call_id, cause=_CAUSE_NO_CHANNEL, reason="no-free-line")
            return
        self._follow(turn, call_id, found)

    def _follow(self, turn: Turn, call_id: CallId, found: Destination) -> None:
        self.route(
            turn, call_id, Route(found.kind, found.target), by="number_plan", entry_kind="rule"
        )
        call = self._calls[call_id]
        if found.kind in {"extension", "outside"}:
            self.dial_party(turn, call)
        if found.kind in {"extension", "outside", "control"} and self.is_alive(call_id):
            turn.then(partial(self.telephony.ring, call.first_leg))

    def dial_party(self, turn: Turn, call: Call) -> None:
        """Dial whom a direct call is for."""
        if call.route is not None:
            self._dial_person(turn, call, call.route, outside="customer", purpose="party")

    def _dial_person(
        self, turn: Turn, call: Call, route: Route, *, outside: Party, purpose: LegPurpose
    ) -> None:
        inner = route.kind == "extension"
        leg_id = LegId(self.ids.new("l"))
        chosen = None if inner else self.choose(turn, call, leg_id, route.target)
        if chosen is None and not inner and purpose == "party":
            self.end(turn, call.id, cause=_CAUSE_NO_CHANNEL, reason="no-free-line")
            return
        self.dial(
            turn,
            call,
            DialTarget(extension=route.target) if inner else DialTarget(number=route.target),
            party="agent" if inner else outside,
            purpose=purpose,
            leg_id=leg_id,
            agent_id=self.addresses.agent_at(route.target) if inner else None,
            chosen=chosen,
        )
        self.bring_sound(turn, call)

    def dial(
        self,
        turn: Turn,
        call: Call,
        target: DialTarget,
        *,
        party: Party,
        purpose: LegPurpose,
        leg_id: LegId | None = None,
        agent_id: AgentId | None = None,
        offer_id: OfferId | None = None,
        chosen: Chosen | None = None,
    ) -> LegId:
        """Dial somebody as a leg of this call; its id. With no outer line free the leg fails."""
        leg_id = leg_id or LegId(self.ids.new("l"))
        number, line_id = target.extension or target.number or "", ""
        if target.number is not None:
            chosen = chosen or self.choose(turn, call, leg_id, target.number) or NO_LINE_IS_FREE
            target, line_id = chosen.target, chosen.line_id
        like = call.subject.id
        self.tell(
            turn,
            call,
            LegDialled(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg_id,
                party=party,
                number=number,
                agent_id=agent_id,
                offer_id=offer_id,
                purpose=purpose,
                outer_line=line_id,
            ),
        )
        self.call_up(turn, call, leg_id, target, like)
        return leg_id

    def choose(self, turn: Turn, call: Call, leg_id: LegId, number: str) -> Chosen | None:
        """An outer line for a leg, or None if none is free."""
        asker = call.asker
        return self.outer.choose(
            OutsideCall(
                call_id=call.id,
                leg_id=leg_id,
                number=number,
                extension=asker.number if asker is not None else "",
                tried=call.tried_lines,
                at_ms=turn.at_ms,
            )
        )

    # Commands

    def answer(self, turn: Turn, call_id: CallId) -> bool:
        """Pick up the customer's leg; nothing if it is up already."""
        call = self.find_living(call_id)
        if call is None:
            return False
        if call.state is CallState.RINGING:
            turn.then(partial(self.telephony.answer, call.first_leg))
        return True

    def play(
        self,
        turn: Turn,
        call_id: CallId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
    ) -> bool:
        """Play to the customer; ends with the signal PromptEnded."""
        call = self.find_living(call_id)
        if call is None:
            return False
        turn.tell(PromptOrdered(at_ms=turn.at_ms, call_id=call_id))
        turn.then(partial(self.telephony.play, call.first_leg, play_id, items, loop=loop))
        return True

    def stop(self, turn: Turn, call_id: CallId) -> bool:
        """Stop what the customer is played or asked."""
        call = self.find_living(call_id)
        if call is None:
            return False
        turn.then(partial(self.telephony.stop, call.first_leg))
        return True

    def collect(self, turn: Turn, call_id: CallId, order: CollectOrder) -> bool:
        """Read keys from the customer; ends with the signal DigitsCollected."""
        call = self.find_living(call_id)
        if call is None:
            return False
        turn.tell(PromptOrdered(at_ms=turn.at_ms, call_id=call_id))
        turn.then(partial(self.telephony.collect, call.first_leg, order))
        return True

    def route(
        self,
        turn: Turn,
        call_id: CallId,
        route: Route,
        *,
        by: str,
        entry_kind: str = "flow",
        priority: int = 0,
        needs: dict[str, int] | None = None,
    ) -> bool:
        """Send the call on; tells CallRouted. A lent customer comes back to the agent instead."""
        call = self.find_living(call_id)
        if call is None:
            return False
        if call.lent == "flow" and by.startswith("flow:"):
            self.on_flow_over(turn, call)
            return True
        self.tell_routed(
            turn, call, route, by=by, entry_kind=entry_kind, priority=priority, needs=needs
        )
        if by.startswith("flow:") and route.kind in ("extension", "outside"):
            self._dial_person(turn, call, route, outside="outside", purpose="transfer")
        return True

    def ring_agent(
        self,
        turn: Turn,
        call_id: CallId,
        leg_id: LegId,
        *,
        agent_id: AgentId,
        extension: str,
        offer_id: OfferId | None,
    ) -> bool:
        """Dial an agent's phone as a leg of this call."""
        call = self.find_living(call_id)
        if call is None:
            return False
        self.dial(
            turn,
            call,
            DialTarget(extension=extension),
            party="agent",
            purpose="offer",
            leg_id=leg_id,
            agent_id=agent_id,
            offer_id=offer_id,
        )
        return True

    def connect(
        self, turn: Turn, call_id: CallId, leg_id: LegId, *, announce: tuple[str, ...] = ()
    ) -> bool:
        """Let the customer and this answered leg hear each other, after the announcement."""
        call = self.find_living(call_id)
        leg = call.legs.get(leg_id) if call is not None else None
        if call is None or leg is None or leg.state is not LegState.ANSWERED:
            return False
        if self.announcing.get(call_id) == leg_id:
            return True  # the announcement is on: its end connects
        if announce:
            self.announcing[call_id] = leg_id
            turn.then(partial(self.telephony.play, call.first_leg, f"connect/{leg_id}", announce))
        else:
            self.join(turn, call, leg)
        return True

    def join(self, turn: Turn, call: Call, leg: Leg) -> None:
        """Let an offered agent and the customer hear each other."""
        if call.state in WAITS_FOR_AGENT and leg.agent_id is not None:
            role: HandlingRole | None = "queue" if leg.offer_id else None
            self.connect_leg(turn, call, leg, role)

    def connect_leg(
        self, turn: Turn, call: Call, leg: Leg, role: HandlingRole | None = None
    ) -> None:
        """Let an answered leg into the talk: with the customer, or as one more of a conference."""
        at_ms, subject = turn.at_ms, call.subject
        agent_id = leg.agent_id
        if call.customer is not None and agent_id is not None:
            fact: Fact = AgentConnected(
                at_ms=at_ms,
                call_id=call.id,
                agent_id=agent_id,
                leg_id=leg.id,
                offer_id=leg.offer_id,
                role=role,
            )
        elif call.state in WAITS_FOR_AGENT:
            ids = (one.agent_id for one in (subject, leg) if call.customer is None)
            fact = PartiesConnected(
                at_ms=at_ms,
                call_id=call.id,
                leg_id=subject.id,
                other_leg_id=leg.id,
                agent_ids=tuple(each for each in ids if each is not None),
            )
        else:
            fact = PartyJoined(at_ms=at_ms, call_id=call.id, leg_id=leg.id, agent_id=agent_id)
        self.tell(turn, call, fact)
        self.bring_sound(turn, call)

    def hang_up_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, cause: int = 16) -> bool:
        """End one leg, dialled or talking."""
        call = self._calls.get(call_id)
        leg = call.legs.get(leg_id) if call is not None else None
        if leg is None or leg.state is LegState.ENDED:
            return False
        turn.then(partial(self.telephony.hang_up, leg_id, cause))
        return True

    def end(
        self,
        turn: Turn,
        call_id: CallId,
        *,
        by: str = "system",
        cause: int = _CAUSE_NORMAL,
        reason: str = "",
        served: bool = False,
    ) -> bool:
        """End the call with all its legs; a flow only gives back a customer that was lent."""
        call = self.find_living(call_id)
        if call is None:
            return False
        if call.lent == "flow" and reason in FLOW_IS_OVER:
            self.on_flow_over(turn, call)
            return True
        self.announcing.pop(call_id, None)
        for leg in call.living():
            turn.then(partial(self.telephony.hang_up, leg.id, cause))
        self.tell(
            turn,
            call,
            CallEnded(
                at_ms=turn.at_ms,
                call_id=call_id,
                by=by,  # type: ignore[arg-type]  # one of CallEnder by contract
                hangup_cause=cause,
                reason=reason,
                served=served,
            ),
        )
        return True
