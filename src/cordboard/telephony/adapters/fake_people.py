"""The far ends of the exchange in memory: how a phone behaves, and what a party does and hears.

A party knows no rule of the exchange: it asks it to do what a person does with a telephone.
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from cordboard.kit.ids import LegId


class FarEnds(Protocol):
    """What a party may ask of its exchange."""

    def sound_of(self, leg_id: LegId) -> str | None:
        """What the party of this leg hears now."""
        ...

    def parties_of(self, leg_id: LegId) -> tuple[str, ...]:
        """Numbers of the parties that this leg's party hears now."""
        ...

    def key(self, leg_id: LegId, digit: str, method: Literal["rfc4733", "info", "inband"]) -> None:
        """A party pressed a key."""
        ...

    def picked_up(self, leg_id: LegId) -> None:
        """A dialled party answers."""
        ...

    def party_hung_up(self, leg_id: LegId, cause: int) -> None:
        """The far end ends its leg."""
        ...

    def transfer_asked(self, leg_id: LegId, number: str, other: LegId | None) -> None:
        """The far end sends its leg on."""
        ...

    def held(self, leg_id: LegId, *, held: bool) -> None:
        """The far end holds or resumes by SDP."""
        ...


@dataclass(slots=True)
class FakePhone:
    """How an inner phone or an outside party behaves when it is dialled."""

    answers_after_s: float | None = 2.0
    "None: rings on and on."

    status: int = 0
    "A failure status (486, 603, 404, 503) given instead of ringing."

    rings: list["FakeParty"] = field(default_factory=list)
    "Parties that were dialled here, oldest first."


class FakeParty:
    """The far end of one leg: what it does, and what it hears."""

    def __init__(self, exchange: FarEnds, leg_id: LegId, number: str) -> None:
        self._exchange = exchange
        self.leg_id = leg_id
        self.number = number
        self.state: Literal["calling", "ringing", "talking", "ended"] = "calling"
        self.hears: list[str] = []
        "Names of prompts begun and of parties heard (`party:<number>`), in order."

        self.got_digits = ""
        self.cause: int | None = None
        self.is_holding = False

        self.transfer_told: list[int] = []
        "SIP statuses that it was told of the transfer it asked for."

        self.referred_to = ""
        "Number that our `refer` named."

    @property
    def now_hears(self) -> str | None:
        """What it hears at this moment, joined by `+` if it is more than one; None for silence."""
        return self._exchange.sound_of(self.leg_id)

    @property
    def hears_parties(self) -> tuple[str, ...]:
        """Numbers of those whom it hears at this moment."""
        return self._exchange.parties_of(self.leg_id)

    def press(self, digits: str, method: Literal["rfc4733", "info", "inband"] = "rfc4733") -> None:
        """Press keys, one after the other."""
        for digit in digits:
            self._exchange.key(self.leg_id, digit, method)

    def pick_up(self) -> None:
        """Answer a ringing leg."""
        self._exchange.picked_up(self.leg_id)

    def hang_up(self, cause: int = 16) -> None:
        """End the leg: CANCEL, BYE or a busy rejection, as its moment asks."""
        self._exchange.party_hung_up(self.leg_id, cause)

    def transfer(self, number: str, other: LegId | None = None) -> None:
        """Ask that its peer be connected to a number, or to whom this other leg talks with."""
        self._exchange.transfer_asked(self.leg_id, number, other)

    def hold(self) -> None:
        """Stop the other's sound by SDP."""
        self.is_holding = True
        self._exchange.held(self.leg_id, held=True)

    def resume(self) -> None:
        """Take the other back."""
        self.is_holding = False
        self._exchange.held(self.leg_id, held=False)
