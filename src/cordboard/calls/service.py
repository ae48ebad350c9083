"""Use cases of calls: what the wire tells becomes facts, what later rooms ask becomes orders.

One public method is one step inside a turn. Orders to the telephones are effects: they leave after
the commit. Refuses to know queues, agents' states and flows: it says where a call is routed and
lets others hear. Wire events reach a call through its owner (owner.py's mailbox), commands come
inside the turn of whoever gives them; both run on one loop and never in between each other.
"""

from functools import partial

import msgspec

from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, Ids, LegId, OfferId
from cordboard.kit.turns import Turn
from cordboard.telephony import events as wire
from cordboard.telephony.lines import Destination, NumberPlan
from cordboard.telephony.ports import CollectOrder, DialTarget, Telephony

from .events import (
    AgentConnected,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallRouted,
    LegDialled,
)
from .model import CallState, Direction, Party, Route
from .state import Call, Leg, LegState, apply, begin

_CAUSE_UNALLOCATED = 1
_CAUSE_NORMAL = 16
_CAUSE_BUSY = 17
"Q.850 causes."


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This room's section of the settings."""

    default_language: str = "zh"
    records_calls: bool = True
    "Policy: every answered call is recorded over its whole length (REC-01)."

    hold_music: str = "moh:default"
    outside_trunk_id: str | None = None
    "Trunk that calls to outside numbers take."


class Calls:
    """Implements `CallCommands` and hears the wire.

    Args:
        telephony: The telephones.
        plan: What dialled numbers mean.
        ids: Makes identifiers.
        settings: This room's settings.
    """

    def __init__(
        self, telephony: Telephony, plan: NumberPlan, ids: Ids, settings: CallSettings
    ) -> None:
        self.telephony = telephony
        self._plan = plan
        self.ids = ids
        self.settings = settings
        self._calls: dict[CallId, Call] = {}
        self._by_leg: dict[LegId, CallId] = {}
        self._living = 0
        self.announcing: dict[CallId, LegId] = {}
        "Legs that wait for the end of an announcement before they are connected."

    # What others may look at

    @property
    def calls(self) -> dict[CallId, Call]:
        """Calls that are not forgotten yet, by id; read only."""
        return self._calls

    def call_of_leg(self, leg_id: LegId) -> CallId | None:
        """Whose leg this is."""
        return self._by_leg.get(leg_id)

    def count_living(self) -> int:
        """Calls that have not ended."""
        return self._living

    def find_data(self, call_id: CallId, name: str) -> str | None:
        """A named value of a living call, or None."""
        call = self._calls.get(call_id)
        return call.data.get(name) if call is not None else None

    def is_alive(self, call_id: CallId) -> bool:
        """Whether the call goes on."""
        return self._find_living(call_id) is not None

    # Facts: told once, applied at once

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says, without telling or doing anything."""
        if isinstance(fact, CallArrived):
            self._adopt(begin(fact, self.settings.default_language))
            return
        call = self._calls.get(getattr(fact, "call_id", CallId("")))
        if call is not None:
            apply(call, fact)
            if isinstance(fact, CallEnded):
                self._living -= 1
            if isinstance(fact, LegDialled):
                self._by_leg[fact.leg_id] = call.id

    def tell(self, turn: Turn, call: Call, fact: Fact) -> None:
        """Apply a fact to its call and tell it; the two never part."""
        apply(call, fact)
        if type(fact) is CallEnded:
            self._living -= 1
        turn.tell(fact)

    def _adopt(self, call: Call) -> None:
        self._calls[call.id] = call
        self._by_leg[call.first_leg] = call.id
        self._living += 1

    def forget(self, call_id: CallId) -> None:
        """Drop a call of which nothing more can come."""
        call = self._calls.pop(call_id, None)
        self.announcing.pop(call_id, None)
        if call is not None:
            for leg_id in call.legs:
                self._by_leg.pop(leg_id, None)

    def _find_living(self, call_id: CallId) -> Call | None:
        call = self._calls.get(call_id)
        return call if call is not None and call.state is not CallState.ENDED else None

    # Beginning

    def begin(self, turn: Turn, call_id: CallId, event: wire.LegArrived) -> None:
        """A first INVITE: a call begins and goes where its number leads."""
        found = self._plan.find(event.called_number, event.line_kind)
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
        )
        self._adopt(begin(arrived, self.settings.default_language))
        turn.tell(arrived)
        if found is None:
            self.end(turn, call_id, cause=_CAUSE_UNALLOCATED, reason="unknown-number")
            return
        self._follow(turn, call_id, found)

    def _follow(self, turn: Turn, call_id: CallId, found: Destination) -> None:
        self.route(
            turn, call_id, Route(found.kind, found.target), by="number_plan", entry_kind="rule"
        )
        if found.kind in {"extension", "outside"}:
            self._dial_party(turn, self._calls[call_id], found)

    def _dial_party(self, turn: Turn, call: Call, found: Destination) -> None:
        leg_id = LegId(self.ids.new("l"))
        inner = found.kind == "extension"
        target = (
            DialTarget(extension=found.target)
            if inner
            else DialTarget(number=found.target, trunk_id=self.settings.outside_trunk_id)
        )
        self._dial(turn, call, leg_id, target, party="agent" if inner else "customer")
        turn.then(partial(self.telephony.ring, call.first_leg))

    def _dial(
        self,
        turn: Turn,
        call: Call,
        leg_id: LegId,
        target: DialTarget,
        *,
        party: Party,
        agent_id: AgentId | None = None,
        offer_id: OfferId | None = None,
    ) -> None:
        self._by_leg[leg_id] = call.id
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
            ),
        )
        shown = call.data["caller_number"]
        headers: dict[str, str] = {"X-Cordboard-Call": call.id}
        turn.then(
            partial(
                self.telephony.dial,
                leg_id,
                target,
                shown_number=shown,
                headers=headers,
                like=call.first_leg,
            )
        )

    # Commands

    def answer(self, turn: Turn, call_id: CallId) -> bool:
        """Pick up the customer's leg; nothing if it is up already."""
        call = self._find_living(call_id)
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
        call = self._find_living(call_id)
        if call is None:
            return False
        turn.then(partial(self.telephony.play, call.first_leg, play_id, items, loop=loop))
        return True

    def stop(self, turn: Turn, call_id: CallId) -> bool:
        """Stop what the customer is played or asked."""
        call = self._find_living(call_id)
        if call is None:
            return False
        turn.then(partial(self.telephony.stop, call.first_leg))
        return True

    def collect(self, turn: Turn, call_id: CallId, order: CollectOrder) -> bool:
        """Read keys from the customer; ends with the signal DigitsCollected."""
        call = self._find_living(call_id)
        if call is None:
            return False
        turn.then(partial(self.telephony.collect, call.first_leg, order))
        return True

    def set_data(self, turn: Turn, call_id: CallId, name: str, value: str) -> bool:
        """Keep a named value with the call."""
        call = self._find_living(call_id)
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
        """Send the call on; tells CallRouted."""
        if self._find_living(call_id) is None:
            return False
        turn.tell(
            CallRouted(
                at_ms=turn.at_ms,
                call_id=call_id,
                kind=route.kind,
                target=route.target,
                by=by,
                entry_kind=entry_kind,  # type: ignore[arg-type]  # one of the literals by contract
                priority=priority,
                needs=needs or {},
            )
        )
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
        call = self._find_living(call_id)
        if call is None:
            return False
        target = DialTarget(extension=extension)
        self._dial(turn, call, leg_id, target, party="agent", agent_id=agent_id, offer_id=offer_id)
        return True

    def connect(
        self, turn: Turn, call_id: CallId, leg_id: LegId, *, announce: tuple[str, ...] = ()
    ) -> bool:
        """Let the customer and this answered leg hear each other, after the announcement."""
        call = self._find_living(call_id)
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
        """Bridge the customer with an answered agent leg and say so."""
        if call.state is not CallState.ANSWERED or leg.agent_id is None:
            return
        turn.then(partial(self.telephony.bridge, call.first_leg, leg.id))
        self.tell(
            turn,
            call,
            AgentConnected(
                at_ms=turn.at_ms,
                call_id=call.id,
                agent_id=leg.agent_id,
                leg_id=leg.id,
                offer_id=leg.offer_id,
            ),
        )

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
        """End the call with all its legs."""
        call = self._find_living(call_id)
        if call is None:
            return False
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
