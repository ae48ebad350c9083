"""A held customer passes a flow or hears a prompt, and comes back to the agent, who waits.

For what the agent must not hear (a PIN): the agent hears nothing meanwhile, and what the flow keeps
as call data is there afterwards. Counts as hold (glossary, send_to_flow).
"""

from functools import partial

from cordboard.calls.errors import VerbRefusedError
from cordboard.calls.events import BackFromFlow, SentToFlow
from cordboard.calls.model import CallState, Place, Route
from cordboard.calls.state import Call, Leg, LegState
from cordboard.kit.turns import Turn

from .calls import Calls
from .passing import Passing


class Lending:
    """Lends customers, and takes them back.

    Args:
        calls: The calls; it asks here before a flow ends or routes a call.
        passing: How a call changes hands.
    """

    def __init__(self, calls: Calls, passing: Passing) -> None:
        self._calls = calls
        self._passing = passing
        calls.on_flow_over = self.take_back

    def send_to_flow(self, turn: Turn, call: Call, leg: Leg, flow_id: str) -> None:
        """Let the customer pass a flow."""
        self._send(turn, call, leg, flow_id)
        by = f"agent:{leg.agent_id}"
        self._calls.route(turn, call.id, Route("flow", flow_id), by=by, entry_kind="transfer")

    def play(self, turn: Turn, call: Call, leg: Leg, items: tuple[str, ...]) -> None:
        """Let the customer hear a prompt.

        Raises:
            VerbRefusedError: If an item does not exist.
        """
        lost = self._calls.telephony.missing_items(items)
        if lost:
            raise VerbRefusedError(f"there is no prompt {lost[0]}")
        self._send(turn, call, leg, "")
        play = self._calls.telephony.play
        turn.then(partial(play, call.subject.id, prompt_id(call), items))

    def _send(self, turn: Turn, call: Call, leg: Leg, flow_id: str) -> None:
        self._passing.hold(turn, call, leg)
        self._calls.tell(
            turn,
            call,
            SentToFlow(
                at_ms=turn.at_ms,
                call_id=call.id,
                leg_id=leg.id,
                flow_id=flow_id,
                agent_id=leg.agent_id,
            ),
        )
        self._calls.bring_sound(turn, call)

    def take_back(self, turn: Turn, call: Call) -> None:
        """The flow or prompt is over: back to the agent, or to the queue if nobody waits."""
        by = call.legs[call.held_by] if call.held_by is not None else call.subject
        turn.then(partial(self._calls.telephony.stop, call.subject.id))
        self._calls.tell(
            turn,
            call,
            BackFromFlow(at_ms=turn.at_ms, call_id=call.id, leg_id=by.id, agent_id=by.agent_id),
        )
        if by.state is LegState.ANSWERED and by.place is Place.TALK:
            self._passing.resume(turn, call, by)
        else:
            self._passing.give_back(turn, call, by)

    def resumed(self, turn: Turn, call: Call) -> None:
        """After a restart nobody knows how far a prompt was: the customer comes back."""
        if call.lent == "prompt" and call.state is CallState.HELD:
            self.take_back(turn, call)


def prompt_id(call: Call) -> str:
    """Names a prompt that is played from the seat."""
    return f"seat/{call.id}"
