"""Use cases of calls: what the wire tells becomes facts, what later rooms ask becomes orders.

One public method is one step inside a turn. Orders to the telephones are effects: they leave after
the commit. Refuses to know queues, agents' states and flows: it says where a call is routed and
lets others hear. Wire events reach a call through its owner (tasks.py's mailbox), commands come
inside the turn of whoever gives them; both run on one loop and never in between each other.
"""

from functools import partial

import msgspec

from cordboard.calls.events import (
    AgentConnected,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallRouted,
    LegDialled,
    PartiesConnected,
    PartyJoined,
)
from cordboard.calls.model import (
    CallState,
    Direction,
    HandlingRole,
    LegPurpose,
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
from .exchange import Addresses, NobodyElse

_CAUSE_UNALLOCATED = 1
_CAUSE_NORMAL = 16
"Q.850 causes."

FLOW_IS_OVER = frozenset({"flow", "flow-failed", "no-such-flow", "too-many-steps"})
"Reasons for which a flow ends a call of its own."


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This room's section of the settings."""

    default_language: str = "zh"
    records_calls: bool = True
    "Policy: every answered call is recorded over its whole length (REC-01)."

    hold_music: str = "moh:default"
    ringback: str = "tone:ringback/cn"
    outside_trunk_id: str | None = None
    "Trunk that calls to outside numbers take."


class Calls(CallBook):
    """Implements `CallCommands` and hears the wire.

    Args:
        telephony: The telephones.
        plan: What dialled numbers mean.
        ids: Makes identifiers.
        settings: This room's settings.
        addresses: Who sits where, and what there is to pass a call to.
    """

    def __init__(
        self,
        telephony: Telephony,
        plan: NumberPlan,
        ids: Ids,
        settings: CallSettings,
        addresses: Addresses | None = None,
    ) -> None:
        super().__init__(
            telephony, settings.default_language, settings.hold_music, settings.ringback
        )
        self.plan = plan
        self.addresses: Addresses = addresses or NobodyElse()
        self.ids = ids
        self.settings = settings

    # Beginning

    def begin(self, turn: Turn, call_id: CallId, event: wire.LegArrived) -> None:
        """A first INVITE: a call begins and goes where its number leads."""
        found = self.plan.find(event.called_number, event.line_kind)
        direction: Direction = "inbound"
        if event.line_kind == "phone" and (found is None or not found.service_number):
            direction = "outbound" if found and found.kind == "outside" else "internal"
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
        )
        self.adopt(turn, arrived)
        if found is None:
            self.end(turn, call_id, cause=_CAUSE_UNALLOCATED, reason="unknown-number")
            return
        self._follow(turn, call_id, found)

    def _follow(self, turn: Turn, call_id: CallId, found: Destination) -> None:
        self.route(
            turn, call_id, Route(found.kind, found.target), by="number_plan", entry_kind="rule"
        )
        if found.kind in {"extension", "outside"}:
            call = self._calls[call_id]
            self.dial_party(turn, call)
            turn.then(partial(self.telephony.ring, call.first_leg))

    def dial_party(self, turn: Turn, call: Call) -> None:
        """Dial whom a direct call is for."""
        if call.route is not None:
            self._dial_person(turn, call, call.route, outside="customer", purpose="party")

    def _dial_person(
        self, turn: Turn, call: Call, route: Route, *, outside: Party, purpose: LegPurpose
    ) -> None:
        inner = route.kind == "extension"
        self.dial(
            turn,
            call,
            DialTarget(extension=route.target) if inner else self.outside(route.target),
            party="agent" if inner else outside,
            purpose=purpose,
            agent_id=self.addresses.agent_at(route.target) if inner else None,
        )
        self.bring_sound(turn, call)

    def outside(self, number: str) -> DialTarget:
        """How an outside number is dialled."""
        return DialTarget(number=number, trunk_id=self.settings.outside_trunk_id)

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
    ) -> LegId:
        """Dial somebody as a leg of this call; its id."""
        leg_id = leg_id or LegId(self.ids.new("l"))
        like = call.subject.id
        self.tell(
            turn,
            call,
            LegDialled(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg_id,
                party=party,
                number=target.extension or target.number or "",
                agent_id=agent_id,
                offer_id=offer_id,
                purpose=purpose,
            ),
        )
        self.call_up(turn, call, leg_id, target, like)
        return leg_id

    def call_up(
        self, turn: Turn, call: Call, leg_id: LegId, target: DialTarget, like: LegId | None
    ) -> None:
        """Send the INVITE of a leg that the call has."""
        headers: dict[str, str] = {"X-Cordboard-Call": call.id}
        shown, dial = call.data["caller_number"], self.telephony.dial
        turn.then(partial(dial, leg_id, target, shown_number=shown, headers=headers, like=like))

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
        turn.then(partial(self.telephony.collect, call.first_leg, order))
        return True

    def set_data(self, turn: Turn, call_id: CallId, name: str, value: str) -> bool:
        """Keep a named value with the call."""
        call = self.find_living(call_id)
        if call is None:
            return False
        self.tell(
            turn,
            call,
            CallDataSet(at_ms=turn.at_ms, call_id=call_id, name=name, value=value),
        )
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
        self.tell(
            turn,
            call,
            CallRouted(
                at_ms=turn.at_ms,
                call_id=call_id,
                kind=route.kind,
                target=route.target,
                by=by,
                entry_kind=entry_kind,  # type: ignore[arg-type]  # one of the literals by contract
                priority=priority,
                needs=needs or {},
            ),
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
