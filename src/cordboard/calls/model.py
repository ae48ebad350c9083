"""Words of the room: what a call, a leg and a route are."""

from enum import StrEnum
from typing import Literal

import msgspec

from cordboard.kit.ids import CallId, LegId
from cordboard.telephony.ports import DialTarget

__all__ = [
    "CallEnder",
    "CallId",
    "CallState",
    "Chosen",
    "ConsultResult",
    "ConsultState",
    "Direction",
    "HandlingRole",
    "LegId",
    "LegPurpose",
    "OutsideCall",
    "Party",
    "Place",
    "Route",
    "RouteKind",
    "SuperviseMode",
    "Target",
    "TargetKind",
]

Direction = Literal["inbound", "outbound", "internal"]
Party = Literal["customer", "agent", "supervisor", "outside", "system"]
CallEnder = Literal["customer", "agent", "supervisor", "system", "network"]
RouteKind = Literal["flow", "queue", "control", "extension", "outside", "hang_up"]
HandlingRole = Literal[
    "queue", "direct", "transfer", "conference", "intercept", "outbound", "internal"
]
"How an agent came to talk in a call (measures, row `handling`)."

SuperviseMode = Literal["listen", "whisper", "barge"]
TargetKind = Literal["agent", "extension", "queue", "flow", "outside"]
LegPurpose = Literal["offer", "party", "transfer", "consult", "supervise", "pick_up", "line"]
"""What a dialled leg is for, and so what its answer and its end mean: an offer of the ACD; the
other party of a direct call; who takes a transferred or a parked call; who is consulted; a tap; an
inner line that a program rang."""

ConsultResult = Literal["completed", "joined", "returned", "failed", "left", "broken"]
"""How a consultation ended: transferred, made a conference, taken back by the agent, never
answered, left by the consulted party, cut short by the end of the agent's leg or of the call."""


class CallState(StrEnum):
    """Signalling view of one call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    "The line is answered, no person yet."

    TALKING = "talking"
    HELD = "held"
    TRANSFERRING = "transferring"
    "Whoever talked has passed the call on, and nobody has it yet."

    PARKED = "parked"
    ENDED = "ended"


class ConsultState(StrEnum):
    """Where a consultation stands."""

    RINGING = "ringing"
    TALKING = "talking"
    WAITING = "waiting"
    "The agent is with the customer again; the consulted party hears music."

    OVER = "over"


class Place(StrEnum):
    """Where a leg stands in its call; who hears whom follows from it."""

    APART = "apart"
    "Rings, leaves, or hears what a flow or a queue plays."

    TALK = "talk"
    HELD = "held"
    CONSULT = "consult"
    TAP = "tap"


class Route(msgspec.Struct, frozen=True):
    """Where a call goes next."""

    kind: RouteKind
    target: str = ""
    "Id of the flow or queue, the extension, the outside number, or the hang-up cause."


class Target(msgspec.Struct, frozen=True):
    """Whom an agent means: to transfer to, to consult, to call."""

    kind: TargetKind
    value: str
    "Id of the agent, queue or flow, the extension, or the outside number."


class OutsideCall(msgspec.Struct, frozen=True, kw_only=True):
    """A leg that shall be dialled to an outside number."""

    call_id: CallId
    leg_id: LegId
    number: str
    extension: str
    "Inner line on whose behalf; empty: nobody's in particular."

    tried: tuple[str, ...] = ()
    "Lines on which it failed already."

    at_ms: int


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """An outer line, and how the number is dialled on it."""

    line_id: str
    target: DialTarget
