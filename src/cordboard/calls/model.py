"""Words of the room: what a call, a leg and a route are."""

from enum import StrEnum
from typing import Literal

import msgspec

from cordboard.kit.ids import CallId, LegId

__all__ = [
    "CallEnder",
    "CallId",
    "CallState",
    "Direction",
    "LegId",
    "Party",
    "Route",
    "RouteKind",
]

Direction = Literal["inbound", "outbound", "internal"]
Party = Literal["customer", "agent", "supervisor", "outside", "system"]
CallEnder = Literal["customer", "agent", "supervisor", "system", "network"]
RouteKind = Literal["flow", "queue", "extension", "outside", "hang_up"]


class CallState(StrEnum):
    """Signalling view of one call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    "The line is answered, no person yet."

    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class Route(msgspec.Struct, frozen=True):
    """Where a call goes next."""

    kind: RouteKind
    target: str = ""
    "Id of the flow or queue, the extension, the outside number, or the hang-up cause."
