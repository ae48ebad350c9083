"""What is known of one call now: its legs, who stands where, and a consultation if there is one."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from cordboard.calls.model import (
    CallState,
    ConsultState,
    Direction,
    LegPurpose,
    Party,
    Place,
    Route,
    SuperviseMode,
)
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, RecordingId

WAITS_FOR_AGENT = frozenset({CallState.ANSWERED, CallState.TRANSFERRING, CallState.PARKED})
"States in which somebody may be connected with the customer."


class LegState(StrEnum):
    """Where one leg stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class Tap:
    """How a supervisor hears a call."""

    mode: SuperviseMode
    target: LegId | None
    "The agent's leg; None: whoever talks with the customer next."


@dataclass(slots=True)
class Leg:
    """One party's connection."""

    id: LegId
    party: Party
    number: str
    state: LegState = LegState.RINGING
    agent_id: AgentId | None = None
    offer_id: OfferId | None = None
    purpose: LegPurpose | None = None
    outer_line: str = ""
    place: Place = Place.APART
    is_muted: bool = False
    tap: Tap | None = None
    was_answered: bool = False
    is_reported: bool = False
    "Its media figures are in, can no longer come, or it never had media."


@dataclass(slots=True)
class Consultation:
    """An agent with a third party."""

    by: LegId
    leg: LegId
    "The third party's."

    state: ConsultState = ConsultState.RINGING


@dataclass(slots=True)
class Call:
    """What is known of one call now. Changed by `apply` alone."""

    id: CallId
    direction: Direction
    first_leg: LegId
    "The leg that began the call: the customer's, or the dialling phone's."

    subject_leg: LegId
    "Whom the call is about: the customer, else who began it, else who was passed on."

    service_number: str
    data: dict[str, str]
    state: CallState = CallState.RINGING
    legs: dict[LegId, Leg] = field(default_factory=dict)
    consult: Consultation | None = None
    held_by: LegId | None = None
    "Whose customer hears music."

    transfer_leg: LegId | None = None
    "Who is rung for a transferred call."

    transferred_by: AgentId | None = None
    lent: Literal["flow", "prompt"] | None = None
    "What the held customer passes before coming back to the agent."

    slot: str | None = None
    "Where it is parked."

    route: Route | None = None
    "Where it was sent last."

    last_queue: QueueId | None = None
    open_recordings: set[RecordingId] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Nothing more can come: ended, every leg over and reported, every recording closed."""
        return (
            self.state is CallState.ENDED
            and not self.open_recordings
            and all(leg.state is LegState.ENDED and leg.is_reported for leg in self.legs.values())
        )

    def living(self) -> list[Leg]:
        """Legs that are not over."""
        return [leg for leg in self.legs.values() if leg.state is not LegState.ENDED]

    def at(self, place: Place) -> list[Leg]:
        """Legs that stand there, in the order in which they began."""
        return [leg for leg in self.legs.values() if leg.place is place]

    @property
    def customer(self) -> Leg | None:
        """The customer; None for an internal call."""
        return self.subject if self.subject.party == "customer" else None

    @property
    def subject(self) -> Leg:
        """Whom the call is about; the recording follows the customer."""
        return self.legs[self.subject_leg]

    def counterpart(self, leg_id: LegId) -> Leg | None:
        """Whom this leg has on the line and may hold: the customer, else the only other one."""
        customer = self.customer
        if customer is not None:
            return customer if customer.id != leg_id else None
        others = [leg for leg in self.legs.values() if self._is_on_line(leg, leg_id)]
        return others[0] if len(others) == 1 else None

    def _is_on_line(self, leg: Leg, not_leg: LegId) -> bool:
        third = self.consult.leg if self.consult is not None else None
        return leg.id not in (not_leg, third) and leg.place in (Place.TALK, Place.HELD)

    @property
    def is_conference(self) -> bool:
        """Whether three or more parties talk."""
        return len(self.at(Place.TALK)) > 2

    @property
    def party_leg(self) -> Leg | None:
        """The other party of a direct call, dialled and not over; None before."""
        for leg in self.legs.values():
            if leg.purpose == "party" and leg.state is not LegState.ENDED:
                return leg
        return None

    @property
    def asker(self) -> Leg | None:
        """On whose behalf somebody outside is dialled: who began the call, else who works on it."""
        if self.direction != "inbound":
            return self.legs[self.first_leg]
        for leg in self.legs.values():
            if leg.party == "agent" and leg.place in (Place.TALK, Place.CONSULT):
                return leg
        return None

    @property
    def tried_lines(self) -> tuple[str, ...]:
        """Outer lines on which the other party was called in vain; without a name, one still."""
        return tuple(
            leg.outer_line
            for leg in self.legs.values()
            if leg.purpose == "party" and leg.state is LegState.ENDED and leg.number == self.called
        )

    @property
    def called(self) -> str:
        """The outside number that a direct call is for; empty if it is for nobody outside."""
        return self.route.target if self.route and self.route.kind == "outside" else ""

    @property
    def held(self) -> Leg | None:
        """Who is held and is not the third party of a consultation."""
        third = self.consult.leg if self.consult is not None else None
        for leg in self.legs.values():
            if leg.place is Place.HELD and leg.id != third:
                return leg
        return None

    def find_leg_of(self, agent_id: AgentId) -> Leg | None:
        """The agent's leg in this call that is up, or None."""
        for leg in self.legs.values():
            if leg.agent_id == agent_id and leg.state is LegState.ANSWERED:
                return leg
        return None
