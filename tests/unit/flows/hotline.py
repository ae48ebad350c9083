"""A hotline with one caller, driven by hand: flows on a fake of calls, time given by the test."""

from collections.abc import Coroutine, Sequence
from datetime import timedelta, timezone
from typing import Any, TypeVar

from cordboard.calls import (
    CallEnded,
    CallRouted,
    DigitsCollected,
    PromptEnded,
    Route,
)
from cordboard.flows.errors import FlowVersionTakenError
from cordboard.flows.events import FlowEnded, NodeEntered
from cordboard.flows.graph import Flow, check
from cordboard.flows.handlers import subscribe
from cordboard.flows.service import FlowService
from cordboard.kit.bus import Bus
from cordboard.kit.facts import Fact, News
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId
from cordboard.kit.turns import Turn
from cordboard.media.collect import DigitCollector
from cordboard.telephony.ports import CollectOrder

ID = CallId("c-1")
T = TypeVar("T")


def a_flow(nodes: dict[str, Any], **head: Any) -> dict[str, Any]:
    """A document with these nodes; it starts at the first."""
    return {
        "format": 1,
        "id": "demo",
        "name": "Demo",
        "version": 1,
        "start": next(iter(nodes)),
        "nodes": nodes,
        **head,
    }


BYE: dict[str, Any] = {"kind": "hang_up"}


def finish(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("it waits")


class StillClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.at_ms = 1_795_000_000_000

    def now_s(self) -> float:
        return self.at_ms / 1000

    def now_ms(self) -> int:
        return self.at_ms

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


class MemoryFlows:
    """A repository in memory."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, int], tuple[Flow, int]] = {}

    async def load_live(self) -> list[Flow]:
        newest: dict[str, Flow] = {}
        for _, (flow, _) in sorted(self.stored.items()):
            newest[flow.id] = flow
        return list(newest.values())

    async def publish(self, flow: Flow, published_at_ms: int) -> None:
        if any(key[0] == flow.id and key[1] >= flow.version for key in self.stored):
            raise FlowVersionTakenError("taken")
        self.stored[flow.id, flow.version] = flow, published_at_ms


class FakeCalls:
    """CallCommands for one call; keeps what was ordered, tells what calls tells."""

    def __init__(self) -> None:
        self.alive = True
        self.answered = 0
        self.data = {
            "caller_number": "13800001234",
            "called_number": "96510",
            "service_number": "96510",
            "language": "zh",
        }
        self.heard: list[tuple[str, ...]] = []
        "All prompts, in order, questions included."

        self.waiting: tuple[str, tuple[str, ...]] | CollectOrder | None = None
        self.routes: list[CallRouted] = []
        self.ends: list[CallEnded] = []

    def answer(self, turn: Turn, call_id: CallId) -> bool:
        self.answered += 1
        return self.alive

    def play(
        self,
        turn: Turn,
        call_id: CallId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
    ) -> bool:
        if self.alive:
            self.heard.append(items)
            self.waiting = play_id, items
        return self.alive

    def collect(self, turn: Turn, call_id: CallId, order: CollectOrder) -> bool:
        if self.alive:
            self.heard.append(order.items)
            self.waiting = order
        return self.alive

    def set_data(self, turn: Turn, call_id: CallId, name: str, value: str) -> bool:
        self.data[name] = value
        return self.alive

    def find_data(self, call_id: CallId, name: str) -> str | None:
        return self.data.get(name)

    def is_alive(self, call_id: CallId) -> bool:
        return self.alive

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
        routed = CallRouted(
            at_ms=turn.at_ms,
            call_id=call_id,
            kind=route.kind,
            target=route.target,
            by=by,
            entry_kind="flow",
            priority=priority,
            needs=needs or {},
        )
        self.routes.append(routed)
        turn.tell(routed)
        return True

    def end(
        self,
        turn: Turn,
        call_id: CallId,
        *,
        by: str = "system",
        cause: int = 16,
        reason: str = "",
        served: bool = False,
    ) -> bool:
        self.alive = False
        ended = CallEnded(
            at_ms=turn.at_ms,
            call_id=call_id,
            by="system",
            hangup_cause=cause,
            reason=reason,
            served=served,
        )
        self.ends.append(ended)
        turn.tell(ended)
        return True

    def stop(self, turn: Turn, call_id: CallId) -> bool:
        raise AssertionError("flows stop nothing")

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
        raise AssertionError("flows ring nobody")

    def connect(
        self, turn: Turn, call_id: CallId, leg_id: LegId, *, announce: tuple[str, ...] = ()
    ) -> bool:
        raise AssertionError("flows connect nobody")

    def hang_up_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, cause: int = 16) -> bool:
        raise AssertionError("flows know no legs")


class Hotline:
    """Flows, and a caller who keys, keeps silent or leaves."""

    def __init__(
        self,
        *documents: object,
        missing: Sequence[str] = (),
        lost: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.calls = FakeCalls()
        self.clock = StillClock()
        self.flows = MemoryFlows()
        self.missing = set(missing)
        self.lost = set(lost)
        self.facts: list[Fact] = []
        self.bus = Bus()
        self.service = self.a_service()
        subscribe(self.bus, self.service)
        for document in documents:
            finish(self.service.publish(check(document)))

    def a_service(self) -> FlowService:
        """Another service on the same calls and flows, as after a restart."""
        return FlowService(
            self.calls,
            self.flows,
            clock=self.clock,
            missing_items=lambda items: tuple(item for item in items if item in self.missing),
            has_target=lambda kind, target: (kind, target) not in self.lost,
            zone=timezone(timedelta(hours=8)),
        )

    def hear(self, news: News) -> None:
        """One turn that begins with this."""
        turn = Turn(self.clock.at_ms, self.bus)
        turn.tell(news)
        turn.settle()
        assert turn.dead == []
        self.facts += turn.facts

    def wait(self, ms: int = 2000) -> None:
        """Time goes by."""
        self.clock.at_ms += ms

    def dial(self, flow_id: str = "demo") -> "Hotline":
        """The caller reaches a flow."""
        self.hear(CallRouted(at_ms=self.clock.at_ms, call_id=ID, kind="flow", target=flow_id))
        return self

    def prompt_ends(self, reason: Any = "finished", detail: str = "") -> None:
        """What is played is over."""
        self.wait()
        waiting = self.calls.waiting
        assert isinstance(waiting, tuple), f"nothing is played: {waiting}"
        self.hear(
            PromptEnded(
                at_ms=self.clock.at_ms,
                call_id=ID,
                play_id=waiting[0],
                reason=reason,
                detail=detail,
            )
        )

    def key(self, keys: str) -> None:
        """The caller keys this, and waits if that was not the end of it."""
        order = self._question()
        collector = DigitCollector(
            order.max_digits,
            order.min_digits,
            order.terminators,
            order.first_ms,
            order.inter_ms,
            list(order.patterns),
        )
        result = None
        for place, key in enumerate(keys):
            self.wait(300)
            result = collector.digit(key, self.clock.at_ms)
            assert result is None or place == len(keys) - 1, f"{keys[place + 1 :]} is not heard"
        if result is None:
            self.wait(order.inter_ms)
            result = collector.timeout(self.clock.at_ms)
        assert result is not None
        self.collected(result.digits, result.reason, result.terminator)

    def silence(self) -> None:
        """The caller keys nothing."""
        self.wait(2000 + self._question().first_ms)
        self.collected("", "no_input")

    def collected(self, digits: str, reason: Any, terminator: str = "") -> None:
        """What the telephones tell of the question that is open."""
        self.hear(
            DigitsCollected(
                at_ms=self.clock.at_ms,
                call_id=ID,
                collect_id=self._question().collect_id,
                digits=digits,
                reason=reason,
                terminator=terminator,
            )
        )

    def hang_up(self, by: Any = "customer", reason: str = "") -> None:
        """The call ends."""
        self.wait(100)
        self.calls.alive = False
        self.hear(
            CallEnded(at_ms=self.clock.at_ms, call_id=ID, by=by, hangup_cause=16, reason=reason)
        )

    def _question(self) -> CollectOrder:
        waiting = self.calls.waiting
        assert isinstance(waiting, CollectOrder), f"nothing is asked: {waiting}"
        return waiting

    @property
    def node(self) -> str:
        """Where the caller is; empty outside of flows."""
        run = self.service.find_run(ID)
        return run.node_id if run is not None else ""

    @property
    def path(self) -> list[str]:
        """Nodes entered, in order."""
        return [fact.node_id for fact in self.facts if isinstance(fact, NodeEntered)]

    @property
    def ended(self) -> FlowEnded:
        """The end of the one flow that was run."""
        (end,) = (fact for fact in self.facts if isinstance(fact, FlowEnded))
        return end

    def told(self, *kinds: type[Fact]) -> list[Any]:
        """Facts of these classes, in order."""
        return [fact for fact in self.facts if isinstance(fact, kinds)]
