"""Use cases of flows: lead calls through them, publish and show them.

A run changes by facts only (`state.apply`), so that `replay` of the journal restores it. The
service knows no kind of node: it carries out the orders that nodes return.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

import msgspec
import structlog

from cordboard.calls import (
    AgentConnected,
    BackFromFlow,
    CallCommands,
    CallEnded,
    CallRouted,
    DigitsCollected,
    PartiesConnected,
    PromptEnded,
)
from cordboard.kit.clock import Clock
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId
from cordboard.kit.turns import Turn

from . import effects
from .access import Shelf, language_of, look
from .errors import FlowVersionTakenError
from .events import FlowEnded, FlowFact, FlowStarted, NodeEntered, NodeFailed, NodeLeft, NodeRetried
from .graph import Flow, bad_flow, check_prompts
from .model import HangUp, Keep, Leave, Order, Play, Problem, Read, Report, Retry, Scene, Send
from .nodes import Node
from .repository import Flows
from .state import Pace, Run, apply

_log = structlog.get_logger(__name__)


class FlowService:
    """Leads calls through flows.

    Args:
        calls: Orders to calls.
        repository: Where published flows are kept.
        clock: When a flow was published.
        missing_items: Which prompts cannot be played (`Telephony.missing_items`).
        has_target: Whether there is such a queue or extension: `has_target("queue", "repair")`.
        zone: Local time of the hotline, for the variables `date` and `time`.
    """

    def __init__(
        self,
        calls: CallCommands,
        repository: Flows,
        *,
        clock: Clock,
        missing_items: Callable[[tuple[str, ...]], tuple[str, ...]],
        has_target: Callable[[str, str], bool],
        zone: tzinfo = UTC,
    ) -> None:
        self._calls = calls
        self._repository = repository
        self._clock = clock
        self._missing_items = missing_items
        self._has_target = has_target
        self._zone = zone
        self._shelf = Shelf()
        self._runs: dict[CallId, Run] = {}
        self._paces: dict[CallId, Pace] = {}

    # --- what flows there are ----------------------------------------------------------------

    async def load(self) -> None:
        """Take the live flows from the repository; at start, before the first call."""
        for flow in await self._repository.load_live():
            self._shelf.put(flow)

    async def publish(self, flow: Flow) -> Flow:
        """Store a flow and let new calls enter it; calls in progress keep their version.

        Publishing the live version once more changes nothing.

        Returns:
            The flow, with warnings also about targets that are not there (yet).

        Raises:
            BadFlowError: If prompts are missing.
            FlowVersionTakenError: If this version or a later one is published.
        """
        live = self._shelf.find_live(flow.id)
        if live is not None and live.version >= flow.version:
            if live.document == flow.document:
                return live
            raise FlowVersionTakenError(
                f"Version {live.version} is live: publish a higher one.", version=live.version
            )
        missing = check_prompts(flow, self._missing_items)
        if missing:
            raise bad_flow(*missing)
        await self._repository.publish(flow, self._clock.now_ms())
        self._shelf.put(flow, ((run.flow_id, run.version) for run in self._runs.values()))
        warnings = (*flow.warnings, *self._lost_targets(flow))
        return msgspec.structs.replace(flow, warnings=warnings)

    def get_live(self, flow_id: str) -> Flow:
        """The version that new calls enter.

        Raises:
            NoSuchFlowError: If there is none.
        """
        return self._shelf.get_live(flow_id)

    def list_live(self) -> Sequence[Flow]:
        """All live flows, by id."""
        return self._shelf.list_live()

    def find_run(self, call_id: CallId) -> Run | None:
        """Where the call is in its flow, or None."""
        return self._runs.get(call_id)

    def _lost_targets(self, flow: Flow) -> list[Problem]:
        return [
            Problem(node_id, "target", "no-such-target", f"there is no {kind} {target}", "warning")
            for node_id, node in flow.nodes.items()
            for kind, target in node.targets()
            if not self._is_target(kind, target)
        ]

    def _is_target(self, kind: str, target: str) -> bool:
        if kind == "flow":
            return self._shelf.find_live(target) is not None
        return bool(target) and self._has_target(kind, target)

    # --- what is heard -----------------------------------------------------------------------

    def on_routed(self, turn: Turn, fact: CallRouted) -> None:
        """A call goes somewhere: out of its flow, and perhaps into one."""
        self._end(turn, fact.call_id, "routed", f"{fact.kind}:{fact.target}")
        if fact.kind == "flow":
            self._start(turn, fact.call_id, fact.target)

    def on_connected(self, turn: Turn, fact: AgentConnected | PartiesConnected) -> None:
        """Somebody took the call out of its flow."""
        self._end(turn, fact.call_id, "routed", "connected")

    def on_back(self, turn: Turn, fact: BackFromFlow) -> None:
        """The agent took the caller back before the flow was over."""
        self._end(turn, fact.call_id, "routed", "taken back")

    def on_prompt_ended(self, turn: Turn, signal: PromptEnded) -> None:
        """What the caller was played is over; stale news is ignored.

        So is `stopped`: the flow stops nothing, so the call is being ended or taken elsewhere.
        """
        run = self._runs.get(signal.call_id)
        if run is None or run.order_id != signal.play_id or signal.reason == "stopped":
            return
        if run.failure:
            self._end(turn, signal.call_id, "failed", run.failure)
            effects.give_up(self._calls, turn, signal.call_id, "flow-failed")
            return
        self._go_on(turn, signal.call_id, lambda node, scene: node.on_prompt(scene, signal))

    def on_digits(self, turn: Turn, signal: DigitsCollected) -> None:
        """What the caller keyed is in; stale news and `stopped` are ignored as with prompts."""
        run = self._runs.get(signal.call_id)
        if run is None or run.order_id != signal.collect_id or signal.reason == "stopped":
            return
        self._go_on(turn, signal.call_id, lambda node, scene: node.on_digits(scene, signal))

    def on_call_ended(self, turn: Turn, fact: CallEnded) -> None:
        """The call is over, by whomever: so is its run."""
        self._paces.pop(fact.call_id, None)
        if fact.by in ("customer", "network"):
            self._end(turn, fact.call_id, "caller_left", fact.reason)
        else:
            self._end(turn, fact.call_id, "failed", fact.reason or fact.by)

    def replay(self, fact: Fact) -> None:
        """Restore a run from the journal: state only, nothing told, nothing ordered."""
        if isinstance(fact, FlowFact):
            self._apply(fact)

    def resume(self, turn: Turn, heard: Mapping[CallId, str]) -> None:
        """After a restart: callers who are no longer asked what their run waits for are asked anew.

        Args:
            turn: The one turn of the restart.
            heard: What each living call's customer is played or asked now, by its order id.
        """
        for call_id in [each for each in self._runs if self._calls.is_alive(each)]:
            run = self._runs[call_id]
            self._calls.answer(turn, call_id)
            if heard.get(call_id) == run.order_id:
                continue
            flow = self._shelf.find(run.flow_id, run.version)
            if flow is None or run.failure:
                self._fail(turn, call_id, run.failure or "flow-version-gone")
            else:
                self._walk(turn, call_id, flow, run.node_id or flow.start)

    # --- a run -------------------------------------------------------------------------------

    def _start(self, turn: Turn, call_id: CallId, flow_id: str) -> None:
        flow = self._shelf.find_live(flow_id)
        if flow is None:
            _log.error("flow.not_found", flow_id=flow_id, call_id=call_id)
            effects.give_up(self._calls, turn, call_id, "no-such-flow")
        elif self._calls.is_alive(call_id):
            self._tell(turn, FlowStarted, call_id, flow_id=flow.id, version=flow.version)
            self._calls.answer(turn, call_id)
            self._walk(turn, call_id, flow, flow.start)

    def _go_on(
        self, turn: Turn, call_id: CallId, ask: Callable[[Node, Scene], Sequence[Order]]
    ) -> None:
        run = self._runs[call_id]
        flow = self._shelf.find(run.flow_id, run.version)
        node = flow.nodes.get(run.node_id) if flow is not None else None
        if flow is None or node is None:
            self._fail(turn, call_id, "flow-version-gone")
            return
        orders = ask(node, look(self._calls, call_id, flow, run, turn.at_ms, self._zone))
        self._walk(turn, call_id, flow, self._carry_out(turn, call_id, node, orders))

    def _walk(self, turn: Turn, call_id: CallId, flow: Flow, node_id: str | None) -> None:
        """From node to node until one waits, or the run is over."""
        while node_id is not None:
            if not self._paces.setdefault(call_id, Pace()).step(turn.at_ms):
                self._fail(turn, call_id, "too-many-steps")
                return
            node = flow.nodes[node_id]
            words = {"node_kind": node.KIND, "label": node.label, "served": node.served}
            self._tell(turn, NodeEntered, call_id, flow_id=flow.id, node_id=node_id, **words)
            run = self._runs[call_id]
            orders = node.enter(look(self._calls, call_id, flow, run, turn.at_ms, self._zone))
            node_id = self._carry_out(turn, call_id, node, orders)

    def _carry_out(
        self, turn: Turn, call_id: CallId, node: Node, orders: Sequence[Order]
    ) -> str | None:
        """Do what a node wants; the next node, or None if it waits or the run is over."""
        leave: str | None = None
        for order in orders:
            leave = self._do(turn, call_id, order)
        return node.exits[leave] if leave is not None else None

    def _do(self, turn: Turn, call_id: CallId, order: Order) -> str | None:
        """Carry out one order; the exit by which the call leaves its node, if it does."""
        run = self._runs[call_id]
        match order:
            case Play():
                effects.play(self._calls, turn, call_id, run, order)
            case Read():
                effects.read(self._calls, turn, call_id, run, order)
            case Keep(name, value):
                self._calls.set_data(turn, call_id, name, value)
            case Retry(reason, digits):
                self._at_node(turn, NodeRetried, call_id, reason=reason, digits=digits)
            case Report(detail):
                self._fault(turn, call_id, detail, is_final=False)
            case Leave(exit, digits):
                self._at_node(turn, NodeLeft, call_id, exit=exit, digits=digits)
                return exit
            case Send():
                return self._send(turn, call_id, order)
            case HangUp(cause):
                self._end(turn, call_id, "hung_up")
                self._calls.end(turn, call_id, cause=cause, reason="flow", served=run.served)
        return None

    def _send(self, turn: Turn, call_id: CallId, order: Send) -> str | None:
        if not self._calls.is_alive(call_id):
            return None
        is_sent = self._is_target(order.kind, order.target) and effects.send(
            self._calls, turn, call_id, self._runs[call_id], order
        )
        if is_sent:
            self._end(turn, call_id, "routed", f"{order.kind}:{order.target}")
            return None
        self._at_node(turn, NodeLeft, call_id, exit="failed")
        return "failed"

    def _fail(self, turn: Turn, call_id: CallId, detail: str) -> None:
        """The flow cannot go on: say so to the caller; the end of the apology ends the call."""
        self._fault(turn, call_id, detail, is_final=True)
        run = self._runs[call_id]
        flow = self._shelf.find(run.flow_id, run.version)
        wanted = self._calls.find_data(call_id, "language")
        effects.apologise(self._calls, turn, call_id, run, language_of(flow, wanted))

    def _fault(self, turn: Turn, call_id: CallId, detail: str, *, is_final: bool) -> None:
        run = self._runs[call_id]
        _log.error("flow.fault", call_id=call_id, flow_id=run.flow_id, node_id=run.node_id)
        self._at_node(turn, NodeFailed, call_id, detail=detail, is_final=is_final)

    def _end(self, turn: Turn, call_id: CallId, outcome: str, detail: str = "") -> None:
        run = self._runs.get(call_id)
        if run is not None:
            words = {"outcome": outcome, "served": run.served, "detail": detail}
            self._tell(turn, FlowEnded, call_id, flow_id=run.flow_id, **words)

    def _at_node(self, turn: Turn, kind: type[FlowFact], call_id: CallId, **words: Any) -> None:
        run = self._runs[call_id]
        self._tell(turn, kind, call_id, flow_id=run.flow_id, node_id=run.node_id, **words)

    def _tell(self, turn: Turn, kind: type[FlowFact], call_id: CallId, **words: Any) -> None:
        fact = kind(at_ms=turn.at_ms, call_id=call_id, **words)
        turn.tell(fact)
        self._apply(fact)

    def _apply(self, fact: FlowFact) -> None:
        run = apply(self._runs.get(fact.call_id), fact)
        if run is None:
            self._runs.pop(fact.call_id, None)
        else:
            self._runs[fact.call_id] = run
