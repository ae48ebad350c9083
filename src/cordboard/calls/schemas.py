"""What the web door of calls takes and gives."""

from typing import Annotated

from pydantic import BaseModel, Field

from .model import CallState, ConsultState, Party, Place, SuperviseMode, Target, TargetKind
from .state import Call, Leg

_NUMBER = r"^[0-9*#+() .-]+$"


class NumberIn(BaseModel):
    """Whom to call."""

    number: str = Field(min_length=1, max_length=40, pattern=_NUMBER)
    "As dialled on a phone, or an outside number as it is written."


class TargetIn(BaseModel):
    """Whom to pass the call to, or to consult: `kind` and `value`, or a dialled `number`."""

    kind: TargetKind | None = None
    value: str = Field(default="", max_length=64)
    number: str = Field(default="", max_length=40)

    def find(self) -> Target | None:
        """The target, or None if a number was dialled."""
        return Target(self.kind, self.value) if self.kind is not None else None


class MuteIn(BaseModel):
    """Whether nobody shall hear the agent."""

    is_muted: bool = True


class DigitsIn(BaseModel):
    """Keys to send."""

    digits: str = Field(min_length=1, max_length=64, pattern=r"^[0-9*#A-D]+$")


class FlowIn(BaseModel):
    """Which flow the customer passes."""

    flow_id: str = Field(min_length=1, max_length=64)


class PromptsIn(BaseModel):
    """What the customer hears, by names of prompts: `file:zh/agent/wait`, `say:zh:digits/8012`."""

    items: list[Annotated[str, Field(pattern=r"^(file|say|tone|silence):[\w:/.-]+$")]] = Field(
        min_length=1, max_length=10
    )


class ParkIn(BaseModel):
    """Where to park; the first free place if left out."""

    slot: str | None = Field(default=None, max_length=8)


class SuperviseIn(BaseModel):
    """How to hear a call, and at which phone; one's own if left out."""

    mode: SuperviseMode = "listen"
    extension: str | None = Field(default=None, max_length=32)


class LegNowOut(BaseModel):
    """Who is on the call, and where they stand."""

    id: str
    party: Party
    number: str
    agent_id: str | None
    state: str
    place: Place
    is_muted: bool
    supervises: SuperviseMode | None

    @classmethod
    def of(cls, leg: Leg) -> "LegNowOut":
        """The leg for the screen."""
        return cls(
            id=leg.id,
            party=leg.party,
            number=leg.number,
            agent_id=leg.agent_id,
            state=leg.state,
            place=leg.place,
            is_muted=leg.is_muted,
            supervises=leg.tap.mode if leg.tap is not None else None,
        )


class CallNowOut(BaseModel):
    """A call as it stands: for the buttons of who is on it."""

    id: str
    state: CallState
    consultation: ConsultState | None
    slot: str | None
    legs: list[LegNowOut]

    @classmethod
    def of(cls, call: Call, *, hides_taps: bool) -> "CallNowOut":
        """The call for the screen; an agent does not see who supervises."""
        return cls(
            id=call.id,
            state=call.state,
            consultation=call.consult.state if call.consult is not None else None,
            slot=call.slot,
            legs=[
                LegNowOut.of(leg)
                for leg in call.living()
                if not (hides_taps and leg.purpose == "supervise" and leg.place is not Place.TALK)
            ],
        )


class CallIdOut(BaseModel):
    """Which call came of it."""

    call_id: str
