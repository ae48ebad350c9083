"""The calls of this moment: memory changed by facts alone, and sound brought to what it says."""

from collections.abc import Callable, Mapping
from functools import partial

from cordboard.calls.effects import Switchboard
from cordboard.calls.errors import NoSuchCallError
from cordboard.calls.events import (
    CallArrived,
    CallDataSet,
    CallEnded,
    CallRouted,
    LegDialled,
    LegJoined,
)
from cordboard.calls.model import CallState, Route
from cordboard.calls.state import Call, apply, begin
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId, LegId, RecordingId
from cordboard.kit.turns import Turn
from cordboard.telephony.ports import DialTarget, LegNow, Telephony


class CallBook:
    """Calls that are not forgotten yet.

    Args:
        telephony: The telephones.
        default_language: Of callers who have not chosen one.
        music: What who is held hears.
        ringback: What who waits for a ringing phone hears.
    """

    def __init__(
        self, telephony: Telephony, default_language: str, music: str, ringback: str
    ) -> None:
        self.telephony = telephony
        self._default_language = default_language
        self._switchboard = Switchboard(telephony, music, ringback)
        self._calls: dict[CallId, Call] = {}
        self._by_leg: dict[LegId, CallId] = {}
        self._living = 0
        self.on_begun: Callable[[CallId], object] = lambda call_id: None
        "Told of each call that begins, to give it an owner."

        self.on_flow_over: Callable[[Turn, Call], object] = lambda turn, call: None
        "Told when a flow has nothing more to say to a customer whom an agent lent to it."

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

    def find_recorded(self, recording_id: RecordingId) -> Call | None:
        """The call that this open recording is of; its leg may be one of another call now."""
        for call in self._calls.values():
            if recording_id in call.open_recordings:
                return call
        return None

    def count_living(self) -> int:
        """Calls that have not ended."""
        return self._living

    def find_data(self, call_id: CallId, name: str) -> str | None:
        """A named value of a living call, or None."""
        call = self._calls.get(call_id)
        return call.data.get(name) if call is not None else None

    def is_alive(self, call_id: CallId) -> bool:
        """Whether the call goes on."""
        return self.find_living(call_id) is not None

    # Facts: told once, applied at once

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says, without telling or doing anything."""
        if isinstance(fact, CallArrived):
            self._adopt(begin(fact, self._default_language))
            return
        call = self._calls.get(getattr(fact, "call_id", CallId("")))
        if call is not None:
            apply(call, fact)
            if isinstance(fact, CallEnded):
                self._living -= 1
            if isinstance(fact, LegDialled | LegJoined):
                self._by_leg[fact.leg_id] = call.id
            self._switchboard.take_over(call)

    def get(self, call_id: CallId) -> Call:
        """A call that goes on.

        Raises:
            NoSuchCallError: If there is none, or it has ended.
        """
        call = self.find_living(call_id)
        if call is None:
            raise NoSuchCallError("there is no such call, or it has ended", call_id=call_id)
        return call

    def tell(self, turn: Turn, call: Call, fact: Fact) -> None:
        """Apply a fact to its call and tell it; the two never part."""
        apply(call, fact)
        if isinstance(fact, LegDialled | LegJoined):
            self._by_leg[fact.leg_id] = call.id
        elif type(fact) is CallEnded:
            self._living -= 1
            self._switchboard.forget(call.id)
        turn.tell(fact)

    def bring_sound(self, turn: Turn, call: Call) -> None:
        """Let everybody hear what the state of the call says; at the end of each step."""
        self._switchboard.bring(turn, call)

    def renew_sound(self, turn: Turn, call: Call, legs: Mapping[LegId, LegNow]) -> None:
        """Order again what the legs do not show, after a restart."""
        self._switchboard.renew(turn, call, legs)

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

    def tell_routed(
        self,
        turn: Turn,
        call: Call,
        route: Route,
        *,
        by: str,
        entry_kind: str,
        priority: int,
        needs: dict[str, int] | None,
    ) -> None:
        """Tell where the call is sent."""
        self.tell(
            turn,
            call,
            CallRouted(
                at_ms=turn.at_ms,
                call_id=call.id,
                kind=route.kind,
                target=route.target,
                by=by,
                entry_kind=entry_kind,  # type: ignore[arg-type]  # one of the literals by contract
                priority=priority,
                needs=needs or {},
            ),
        )

    def call_up(
        self, turn: Turn, call: Call, leg_id: LegId, target: DialTarget, like: LegId | None
    ) -> None:
        """Send the INVITE of a leg that the call has."""
        headers: dict[str, str] = {"X-Cordboard-Call": call.id}
        dial = self.telephony.dial
        shown = call.data["caller_number"]
        turn.then(partial(dial, leg_id, target, shown_number=shown, headers=headers, like=like))

    def _adopt(self, call: Call) -> None:
        self._calls[call.id] = call
        self._by_leg[call.first_leg] = call.id
        self._living += 1

    def forget(self, call_id: CallId) -> None:
        """Drop a call of which nothing more can come."""
        call = self._calls.pop(call_id, None)
        self.announcing.pop(call_id, None)
        self._switchboard.forget(call_id)
        if call is not None:
            for leg_id in call.legs:
                if self._by_leg.get(leg_id) == call_id:  # else it is a leg of another call now
                    del self._by_leg[leg_id]

    def adopt(self, turn: Turn, arrived: CallArrived) -> None:
        """Tell that a call began; one that has no owner gets one."""
        self._adopt(begin(arrived, self._default_language))
        self.on_begun(arrived.call_id)
        turn.tell(arrived)

    def find_living(self, call_id: CallId) -> Call | None:
        """The call, if it goes on."""
        call = self._calls.get(call_id)
        return call if call is not None and call.state is not CallState.ENDED else None
