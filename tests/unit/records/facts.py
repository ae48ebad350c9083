"""Facts of calls for tests of records and desk, told in seconds since the call arrived."""

from typing import Any

from cordboard.acd import (
    OfferAccepted,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
    Reason,
)
from cordboard.agents import (
    AgentHeld,
    AgentRang,
    AgentReady,
    AgentRingEnded,
    AgentTalked,
    WrapUpEnded,
    WrapUpStarted,
)
from cordboard.calls import (
    AgentConnected,
    CallArrived,
    CallDataSet,
    CallEnded,
    CallHeld,
    CallResumed,
    CallRouted,
    DigitPressed,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegMediaLost,
    LegMediaReported,
    LegRang,
    RecordingClosed,
    RecordingStarted,
)
from cordboard.flows import FlowEnded, FlowStarted, NodeEntered, NodeLeft
from cordboard.kit.facts import Fact
from cordboard.queues import PositionAnnounced, QueueEntered, QueueLeft

T0_MS = 1_795_000_000_000
_OFFER_ENDS = {
    "accepted": OfferAccepted,
    "refused": OfferRefused,
    "missed": OfferTimedOut,
    "withdrawn": OfferWithdrawn,
    "failed": OfferFailed,
}


class Told:
    """The facts of one call, as the rooms nearer the wire tell them; `at` is in seconds."""

    def __init__(self, call_id: str = "c1", *, start_ms: int = T0_MS, caller: str = "13871562043"):
        self.id = call_id
        self.start_ms = start_ms
        self.caller = caller
        self.facts: list[Fact] = []
        self.visit = 0
        self.offers = 0
        self.queue_id = ""
        self.entered_ms = 0
        self.agent_leg: dict[str, Any] | None = None
        "The leg that talks, as its end will tell it."

    def tell(self, kind: type[Any], at: float, /, **fields: Any) -> "Told":
        self.facts.append(kind(at_ms=self.start_ms + round(at * 1000), **fields))
        return self

    def call(self, kind: type[Any], at: float, /, **fields: Any) -> "Told":
        return self.tell(kind, at, call_id=self.id, **fields)

    def arrive(self, at: float = 0.0, **fields: Any) -> "Told":
        shape: dict[str, Any] = {
            "leg_id": f"{self.id}-l0",
            "direction": "inbound",
            "origin": "line",
            "line_id": "trunk",
            "caller_number": self.caller,
            "called_number": "96510",
            "service_number": "96510",
        }
        self.call(CallArrived, at, **{**shape, **fields})
        return self.call(CallRouted, at, kind="flow", target="demo")

    def flow(self, at: float = 0.0, *, digits: str = "", until: float | None = None) -> "Told":
        self.call(FlowStarted, at, flow_id="demo", version=1)
        self.call(LegAnswered, at, leg_id=f"{self.id}-l0", codec="PCMA")
        self.call(RecordingStarted, at, recording_id=f"{self.id}-r0", leg_id=f"{self.id}-l0",
                  path=f"2026/11/{self.id}")  # fmt: skip
        node = {"flow_id": "demo", "node_id": "menu"}
        self.call(NodeEntered, at, **node, node_kind="menu", label="Menu")
        for place, digit in enumerate(digits, 1):
            self.press(at + place / 10, digit)
        if until is not None:
            self.call(NodeLeft, until, **node, exit="1", digits=digits)
            self.call(FlowEnded, until, flow_id="demo", outcome="routed")
        return self

    def press(self, at: float, digit: str) -> "Told":
        return self.call(DigitPressed, at, leg_id=f"{self.id}-l0", party="customer", digit=digit,
                         method="rfc4733")  # fmt: skip

    def data(self, at: float, name: str, value: str) -> "Told":
        return self.call(CallDataSet, at, name=name, value=value)

    def enter(self, at: float, queue: str = "support", entry: str = "flow") -> "Told":
        self.visit += 1
        self.queue_id, self.entered_ms = queue, self.start_ms + round(at * 1000)
        return self.call(QueueEntered, at, visit_id=self.visit_id, queue_id=queue,
                         entry_kind=entry, service_level_ms=20_000, short_abandon_ms=5_000,
                         place=1)  # fmt: skip

    @property
    def visit_id(self) -> str:
        return f"{self.id}-v{self.visit}"

    def position(self, at: float, position: int = 1) -> "Told":
        return self.call(PositionAnnounced, at, visit_id=self.visit_id, queue_id=self.queue_id,
                         position=position, estimated_wait_s=60)  # fmt: skip

    def leave(self, at: float, outcome: str) -> "Told":
        wait_ms = self.start_ms + round(at * 1000) - self.entered_ms
        return self.call(QueueLeft, at, visit_id=self.visit_id, queue_id=self.queue_id,
                         outcome=outcome, wait_ms=wait_ms)  # fmt: skip

    def offer(self, at: float, agent: str = "a1") -> "Told":
        self.offers += 1
        self.call(OfferMade, at, offer_id=self.offer_id, agent_id=agent, visit_id=self.visit_id,
                  queue_id=self.queue_id, leg_id=self.leg_id, reason=Reason(rule="longest_idle"),
                  )  # fmt: skip
        self.call(LegDialled, at, leg_id=self.leg_id, party="agent", number="8001", agent_id=agent,
                  offer_id=self.offer_id)  # fmt: skip
        self.tell(AgentRang, at, agent_id=agent, call_id=self.id, offer_id=self.offer_id,
                  queue_id=self.queue_id)  # fmt: skip
        return self.call(LegRang, at, leg_id=self.leg_id)

    @property
    def offer_id(self) -> str:
        return f"{self.id}-o{self.offers}"

    @property
    def leg_id(self) -> str:
        return f"{self.id}-l{self.offers}"

    def end_offer(self, at: float, result: str, agent: str = "a1") -> "Told":
        self.call(_OFFER_ENDS[result], at, offer_id=self.offer_id, agent_id=agent)
        if result != "accepted":
            self.tell(AgentRingEnded, at, agent_id=agent, call_id=self.id, offer_id=self.offer_id,
                      result=result)  # fmt: skip
            self.call(LegEnded, at, leg_id=self.leg_id, party="agent", by="us", hangup_cause=16,
                      agent_id=agent, offer_id=self.offer_id)  # fmt: skip
        return self

    def connect(self, at: float, agent: str = "a1") -> "Told":
        self.call(LegAnswered, at, leg_id=self.leg_id, codec="PCMA")
        self.end_offer(at, "accepted", agent)
        self.call(AgentConnected, at, agent_id=agent, leg_id=self.leg_id, offer_id=self.offer_id)
        self.leave(at, "answered")
        self.agent_leg = {"leg_id": self.leg_id, "party": "agent", "hangup_cause": 16,
                          "agent_id": agent, "was_answered": True}  # fmt: skip
        return self.tell(AgentTalked, at, agent_id=agent, call_id=self.id, queue_id=self.queue_id)

    def hold(self, at: float, agent: str = "a1") -> "Told":
        self.call(CallHeld, at, leg_id=self.leg_id, agent_id=agent)
        return self.tell(AgentHeld, at, agent_id=agent, call_id=self.id)

    def resume(self, at: float, agent: str = "a1") -> "Told":
        self.call(CallResumed, at, leg_id=self.leg_id, agent_id=agent)
        return self.tell(AgentTalked, at, agent_id=agent, call_id=self.id, queue_id=self.queue_id)

    def end(self, at: float, by: str = "customer", *, reason: str = "", served: bool = False
            ) -> "Told":  # fmt: skip
        if by == "customer":
            self.call(LegEnded, at, leg_id=f"{self.id}-l0", party="customer", by="party",
                      hangup_cause=16, was_answered=True)  # fmt: skip
        self.call(CallEnded, at, by=by, hangup_cause=16, reason=reason, served=served)
        if by != "customer":
            self.call(LegEnded, at, leg_id=f"{self.id}-l0", party="customer", by="us",
                      hangup_cause=16, was_answered=True)  # fmt: skip
        return self.agent_hangs_up(at, by="us")

    def agent_hangs_up(self, at: float, *, by: str = "party") -> "Told":
        """The leg that talks ends; nothing if there is none."""
        leg, self.agent_leg = self.agent_leg, None
        return self if leg is None else self.call(LegEnded, at, by=by, **leg)

    def wrap_up(self, start: float, end: float, agent: str = "a1") -> "Told":
        self.tell(WrapUpStarted, start, agent_id=agent, call_id=self.id, queue_id=self.queue_id,
                  ends_at_ms=self.start_ms + round(end * 1000))  # fmt: skip
        self.tell(WrapUpEnded, end, agent_id=agent, call_id=self.id, by="agent")
        return self.tell(AgentReady, end, agent_id=agent)

    def close_recording(self, at: float, duration_ms: int = 1000) -> "Told":
        return self.call(RecordingClosed, at, recording_id=f"{self.id}-r0", leg_id=f"{self.id}-l0",
                         path=f"2026/11/{self.id}.wav", duration_ms=duration_ms, size_bytes=58,
                         sha256="0" * 64)  # fmt: skip

    def report(self, at: float, leg: str = "l0") -> "Told":
        return self.call(LegMediaReported, at, leg_id=f"{self.id}-{leg}", packets_in=990,
                         packets_out=1000, lost=10, jitter_ms=3.5, mos=4.3)  # fmt: skip

    def lose_media(self, at: float, leg: str = "l0") -> "Told":
        return self.call(LegMediaLost, at, leg_id=f"{self.id}-{leg}")


def answered_call(call_id: str = "c1", *, agent: str = "a1", start_ms: int = T0_MS) -> Told:
    """Menu 0-10 s, queue to 12, ring to 18, talk to 40 with a hold 20-25, wrap-up to 50."""
    told = Told(call_id, start_ms=start_ms).arrive().flow(0, digits="12", until=10)
    told.enter(10).offer(12, agent).connect(18, agent).hold(20, agent).resume(25, agent).end(40)
    return told.wrap_up(40, 50, agent).close_recording(40.5).report(41).report(41.2, "l1")
