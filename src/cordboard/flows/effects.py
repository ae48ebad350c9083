"""What a flow does to a call: one order, one function, through CallCommands.

Each returns whether the call took it; a call that is over takes nothing, and its end is told.
"""

from cordboard.calls import CallCommands, Route
from cordboard.kit.ids import CallId
from cordboard.kit.turns import Turn
from cordboard.telephony.ports import CollectOrder

from .model import Language, Play, Read, Send
from .nodes import APOLOGY
from .state import Run

FAILED_CAUSE = 41
"Q.850: temporary failure."


def play(calls: CallCommands, turn: Turn, call_id: CallId, run: Run, order: Play) -> bool:
    """Let the caller hear something; PromptEnded follows with the run's order id."""
    return calls.play(turn, call_id, run.order_id, order.items)


def read(calls: CallCommands, turn: Turn, call_id: CallId, run: Run, order: Read) -> bool:
    """Ask the caller for keys; DigitsCollected follows with the run's order id."""
    wanted = CollectOrder(
        collect_id=run.order_id,
        items=order.items,
        max_digits=order.max_digits,
        min_digits=order.min_digits,
        terminators=order.terminators,
        first_ms=order.first_ms,
        inter_ms=order.inter_ms,
        patterns=order.patterns,
    )
    return calls.collect(turn, call_id, wanted)


def send(calls: CallCommands, turn: Turn, call_id: CallId, run: Run, order: Send) -> bool:
    """Route the call on; CallRouted follows."""
    return calls.route(
        turn,
        call_id,
        Route(kind=order.kind, target=order.target),
        by=f"flow:{run.flow_id}",
        entry_kind="flow",
        priority=order.priority,
        needs=order.needs,
    )


def apologise(
    calls: CallCommands, turn: Turn, call_id: CallId, run: Run, language: Language
) -> bool:
    """Let the caller hear that something is broken; PromptEnded follows."""
    return calls.play(turn, call_id, run.order_id, (f"file:{language}/{APOLOGY}",))


def give_up(calls: CallCommands, turn: Turn, call_id: CallId, reason: str) -> bool:
    """End a call that cannot be led on."""
    return calls.end(turn, call_id, cause=FAILED_CAUSE, reason=reason)
