"""Facts and signals about a call. Past tense, frozen; time is given, never read."""

from typing import Literal

import msgspec
from typing_extensions import override

from cordboard.kit.facts import Fact, Signal
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, RecordingId

from .model import (
    CallEnder,
    ConsultResult,
    Direction,
    HandlingRole,
    LegPurpose,
    Party,
    RouteKind,
    SuperviseMode,
    TargetKind,
)


class CallFact(Fact, frozen=True, kw_only=True, gc=False):
    """Base of all call facts."""

    call_id: CallId

    @property
    @override
    def stream(self) -> str:
        """`call/<id>`."""
        return f"call/{self.call_id}"


class CallArrived(CallFact, frozen=True, kw_only=True, gc=False):
    """A call began: the first INVITE, inbound from a customer or an inner phone."""

    leg_id: LegId
    direction: Direction
    origin: str
    "line, agent, campaign, queue_callback, callback, follow_up, web_call, relay."

    line_id: str
    caller_number: str
    called_number: str
    service_number: str = ""
    "The hotline's entry, for inbound calls."

    sip_call_id: str = ""
    is_test: bool = False
    agent_id: AgentId | None = None
    "Who sits at the phone that began it."

    outer_line: str = ""


class LegDialled(CallFact, frozen=True, kw_only=True, gc=False):
    """We dial somebody into the call."""

    leg_id: LegId
    party: Party
    number: str
    agent_id: AgentId | None = None
    offer_id: OfferId | None = None
    purpose: LegPurpose | None = None
    "None in journals of before: an offer if it has one, else the other party."
    outer_line: str = ""


class LegJoined(CallFact, frozen=True, kw_only=True, gc=False):
    """A leg that was up in another call is one of this call now: a transfer by a phone's keys."""

    leg_id: LegId
    party: Party
    number: str
    agent_id: AgentId | None = None
    purpose: LegPurpose | None = None


class LegMoved(CallFact, frozen=True, kw_only=True, gc=False):
    """The leg goes on as one of another call, which says LegJoined of it."""

    leg_id: LegId
    to_call_id: CallId


class LegRang(CallFact, frozen=True, kw_only=True, gc=False):
    """A dialled leg rings."""

    leg_id: LegId


class LegAnswered(CallFact, frozen=True, kw_only=True, gc=False):
    """A leg was picked up: ours by us, a dialled one by its party."""

    leg_id: LegId
    codec: str = ""


class LegEnded(CallFact, frozen=True, kw_only=True, gc=False):
    """A leg is over."""

    leg_id: LegId
    party: Party
    by: Literal["party", "us", "network"]
    hangup_cause: int
    "Q.850 cause 1 to 127."

    sip_status: int = 0
    agent_id: AgentId | None = None
    offer_id: OfferId | None = None
    was_answered: bool = False


class CallRouted(CallFact, frozen=True, kw_only=True, gc=False):
    """The call goes to a flow, a queue, an extension, or its end; whoever owns the target hears."""

    kind: RouteKind
    target: str = ""
    by: str = "number_plan"
    "number_plan, flow:<id>, queue:<id> (overflow)."

    entry_kind: Literal["flow", "rule", "overflow", "transfer", "pulled", "direct"] = "rule"
    priority: int = 0
    needs: dict[str, int] = msgspec.field(default_factory=dict)
    "Skill name -> lowest level that will do, beyond what the queue asks."


class CallDataSet(CallFact, frozen=True, kw_only=True, gc=False):
    """A named value joined the call; it travels to desk, record and report."""

    name: str
    value: str


class DigitPressed(CallFact, frozen=True, kw_only=True, gc=False):
    """A party pressed a key, once."""

    leg_id: LegId
    party: Party
    digit: str
    method: Literal["rfc4733", "info", "inband"]


class AgentConnected(CallFact, frozen=True, kw_only=True, gc=False):
    """Customer and agent hear each other: the moment a wait ends and a talk begins."""

    agent_id: AgentId
    leg_id: LegId
    offer_id: OfferId | None = None
    role: HandlingRole | None = None
    "None in journals of before: `queue` with an offer, else `direct`."


class PartiesConnected(CallFact, frozen=True, kw_only=True, gc=False):
    """Two parties of a call without a queue hear each other: internal, or dialled to outside."""

    leg_id: LegId
    other_leg_id: LegId
    agent_ids: tuple[AgentId, ...] = ()
    "Who of them is an agent, in a call without a customer."


class PartyJoined(CallFact, frozen=True, kw_only=True, gc=False):
    """One more party joined the talk; an agent in a call with a customer is AgentConnected."""

    leg_id: LegId
    agent_id: AgentId | None = None


class CallHeld(CallFact, frozen=True, kw_only=True, gc=False):
    """The customer hears hold music."""

    leg_id: LegId
    "The leg that held: the agent's."

    agent_id: AgentId | None = None
    held_leg_id: LegId | None = None
    "Who hears the music; None: the leg that began the call."


class CallResumed(CallFact, frozen=True, kw_only=True, gc=False):
    """The customer was taken back from hold."""

    leg_id: LegId
    agent_id: AgentId | None = None


class LegMuted(CallFact, frozen=True, kw_only=True, gc=False):
    """Nobody hears this party any more, or everybody does again. No hold."""

    leg_id: LegId
    is_muted: bool
    agent_id: AgentId | None = None


class DigitsSent(CallFact, frozen=True, kw_only=True, gc=False):
    """Keys were sent to this party for another one; which ones is nobody's business."""

    leg_id: LegId
    by_leg_id: LegId
    count: int


class ConsultStarted(CallFact, frozen=True, kw_only=True, gc=False):
    """An agent rings a third party while the customer hears music."""

    leg_id: LegId
    consult_leg_id: LegId
    target_kind: TargetKind
    target: str
    agent_id: AgentId | None = None
    consulted_agent_id: AgentId | None = None


class ConsultAnswered(CallFact, frozen=True, kw_only=True, gc=False):
    """The agent and the third party hear each other."""

    leg_id: LegId
    consult_leg_id: LegId
    agent_id: AgentId | None = None
    consulted_agent_id: AgentId | None = None


class ConsultAlternated(CallFact, frozen=True, kw_only=True, gc=False):
    """The agent turned to the other one; a CallResumed or CallHeld of the customer goes with it."""

    leg_id: LegId
    consult_leg_id: LegId
    to: Literal["customer", "consulted"]
    agent_id: AgentId | None = None
    consulted_agent_id: AgentId | None = None


class ConsultEnded(CallFact, frozen=True, kw_only=True, gc=False):
    """The consultation is over; a customer who is held stays so until told otherwise."""

    leg_id: LegId
    consult_leg_id: LegId
    result: ConsultResult
    is_held: bool = True
    "Whether the customer hears music; else it talks with others, or with the agent."

    agent_id: AgentId | None = None
    consulted_agent_id: AgentId | None = None


class CallTransferred(CallFact, frozen=True, kw_only=True, gc=False):
    """Whoever talked passed the call on and leaves it."""

    leg_id: LegId
    target_kind: TargetKind
    target: str
    agent_id: AgentId | None = None
    is_consulted: bool = False
    to_leg_id: LegId | None = None
    "After a consultation: the target's leg, on the line or ringing."


class TransferFailed(CallFact, frozen=True, kw_only=True, gc=False):
    """Whom a call was passed to, with this leg, did not take it."""

    leg_id: LegId
    hangup_cause: int


class CallParked(CallFact, frozen=True, kw_only=True, gc=False):
    """The customer hears music in a numbered place until somebody picks the call up."""

    leg_id: LegId
    slot: str
    agent_id: AgentId | None = None


class SentToFlow(CallFact, frozen=True, kw_only=True, gc=False):
    """A held customer passes a flow, or hears a prompt, and comes back to the agent, who waits."""

    leg_id: LegId
    flow_id: str = ""
    "Empty: a prompt."

    agent_id: AgentId | None = None


class BackFromFlow(CallFact, frozen=True, kw_only=True, gc=False):
    """The flow or prompt is over; the customer is held until taken back, in this very turn."""

    leg_id: LegId
    agent_id: AgentId | None = None


class SupervisionStarted(CallFact, frozen=True, kw_only=True, gc=False):
    """A supervisor, whose leg this is, taps the call."""

    leg_id: LegId
    target_leg_id: LegId
    "The agent's; whoever talks with the customer next when it is gone."

    mode: SuperviseMode
    user_id: str


class SupervisionChanged(CallFact, frozen=True, kw_only=True, gc=False):
    """The supervisor hears and is heard in another way."""

    leg_id: LegId
    mode: SuperviseMode


class SupervisionEnded(CallFact, frozen=True, kw_only=True, gc=False):
    """The supervisor's tap is over: left, or took the call over."""

    leg_id: LegId


class CallIntercepted(CallFact, frozen=True, kw_only=True, gc=False):
    """A supervisor took the call from this agent, who leaves it."""

    leg_id: LegId
    from_leg_id: LegId
    user_id: str
    agent_id: AgentId | None = None


class RecordingStarted(CallFact, frozen=True, kw_only=True, gc=False):
    """The call is being recorded."""

    recording_id: RecordingId
    leg_id: LegId
    path: str


class RecordingClosed(CallFact, frozen=True, kw_only=True, gc=False):
    """The recording is whole."""

    recording_id: RecordingId
    leg_id: LegId
    path: str
    duration_ms: int
    size_bytes: int
    sha256: str
    gap_count: int = 0
    gap_ms: int = 0


class RecordingFailed(CallFact, frozen=True, kw_only=True, gc=False):
    """There is no whole recording, and why."""

    recording_id: RecordingId
    leg_id: LegId
    path: str
    reason: str


class LegMediaReported(CallFact, frozen=True, kw_only=True, gc=False):
    """Media figures of one leg, written at its end."""

    leg_id: LegId
    packets_in: int
    packets_out: int
    lost: int
    jitter_ms: float
    foreign: int = 0
    rtt_ms: float | None = None
    mos: float | None = None


class LegMediaLost(CallFact, frozen=True, kw_only=True, gc=False):
    """The figures of one leg will never come: its media process died with them."""

    leg_id: LegId


class CallEnded(CallFact, frozen=True, kw_only=True, gc=False):
    """The call is over: every leg is, or is being hung up."""

    by: CallEnder
    hangup_cause: int
    reason: str = ""
    "Free word for what is not usual: crash, drain."

    served: bool = False
    "A flow reached a node marked served."


class PromptOrdered(Signal, frozen=True, kw_only=True, gc=False):
    """The customer shall be played something, or asked for keys."""

    call_id: CallId


class PromptEnded(Signal, frozen=True, kw_only=True, gc=False):
    """What the customer was played is over."""

    call_id: CallId
    play_id: str
    reason: Literal["finished", "stopped", "digit", "replaced", "failed"]
    detail: str = ""


class DigitsCollected(Signal, frozen=True, kw_only=True, gc=False):
    """What the customer was asked to key in is in."""

    call_id: CallId
    collect_id: str
    digits: str
    reason: Literal["max", "terminator", "pattern", "timeout", "no_input", "stopped", "failed"]
    terminator: str = ""
