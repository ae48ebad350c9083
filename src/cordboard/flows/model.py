"""Words of the room: what a node sees, what it may order, what can be wrong with a flow.

A node is pure: it is given a Scene and returns orders. The service carries them out in order; the
last one of a step either waits for the caller (Play, Read), goes on (Leave) or is the last word
(Send, HangUp).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from cordboard.kit.ids import FlowId

__all__ = [
    "FORMAT",
    "LANGUAGES",
    "READ_ONLY_VARIABLES",
    "SYSTEM_VARIABLES",
    "Fault",
    "FlowId",
    "HangUp",
    "Keep",
    "Language",
    "Leave",
    "Order",
    "Play",
    "Problem",
    "Read",
    "Report",
    "Retry",
    "Scene",
    "Scope",
    "Send",
    "TargetKind",
]

FORMAT = 1
"Number of the shape of a flow document."

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
TargetKind = Literal["queue", "flow", "extension", "outside"]

READ_ONLY_VARIABLES = frozenset(
    {"caller_number", "called_number", "service_number", "date", "time", "datetime"}
)
"Always there. `date` YYYYMMDD, `time` hhmmss, `datetime` both, local (IVR-05)."

SYSTEM_VARIABLES = READ_ONLY_VARIABLES | {"language"}
"`language` may be set, to a language of the flow."


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What a node sees of its run at one moment."""

    language: Language
    "What the caller hears now."

    values: Mapping[str, str]
    "All variables, system ones included."

    attempt: int = 0
    "How often this node has asked in vain since it was entered."


class Play(msgspec.Struct, frozen=True):
    """Let the caller hear this; the step goes on at PromptEnded."""

    items: tuple[str, ...]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Let the caller hear this and key something in; the step goes on at DigitsCollected."""

    items: tuple[str, ...]
    max_digits: int = 1
    min_digits: int = 0
    terminators: str = ""
    first_ms: int = 5000
    inter_ms: int = 3000
    patterns: tuple[str, ...] = ()
    "Only digits and classes like [2-9]; see nodes.digit_map."


class Keep(msgspec.Struct, frozen=True):
    """Set a variable: it joins the call's data."""

    name: str
    value: str


class Retry(msgspec.Struct, frozen=True):
    """The caller was asked in vain and will be asked again; a Read follows."""

    reason: Literal["no_input", "invalid"]
    digits: str = ""


class Report(msgspec.Struct, frozen=True):
    """Something at this node is broken (a prompt is missing); the caller is led on."""

    detail: str


class Leave(msgspec.Struct, frozen=True):
    """Go on by this exit."""

    exit: str
    digits: str = ""
    "What was keyed here."


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Route the call out of the flow; by the exit `failed` if there is no such target."""

    kind: TargetKind
    target: str
    priority: int = 0
    needs: dict[str, int] = msgspec.field(default_factory=dict)


class HangUp(msgspec.Struct, frozen=True):
    """End the call."""

    cause: int = 16
    "Q.850 cause, 1 to 127."


Order = Play | Read | Keep | Retry | Report | Leave | Send | HangUp


class Scope(msgspec.Struct, frozen=True):
    """What a node may refer to."""

    variables: frozenset[str]
    "Declared ones and system ones."

    languages: tuple[str, ...]


class Fault(NamedTuple):
    """Something wrong inside one node."""

    path: str
    "Field, then key or index: `keys.1`, `items.0`."

    code: str
    "Kebab-case word for machines."

    message: str


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with a flow."""

    node_id: str
    "Empty when it is about the flow as a whole."

    path: str
    code: str
    message: str
    severity: Literal["error", "warning"] = "error"
