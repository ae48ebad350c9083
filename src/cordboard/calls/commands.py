"""What later rooms may ask of calls. The wiring puts the service behind it.

Every command takes the turn it is given in: it changes the call at once, tells its facts in that
turn, and its effect on the wire follows the commit. A command for a call that has ended, or a leg
that has, does nothing and returns False: the end is told, and who hears it tidies up.
"""

from typing import Protocol

from cordboard.kit.ids import AgentId, CallId, LegId, OfferId
from cordboard.kit.turns import Turn
from cordboard.telephony.ports import CollectOrder

from .model import Route, SuperviseMode


class CallCommands(Protocol):
    """Orders a call can take."""

    def answer(self, turn: Turn, call_id: CallId) -> bool:
        """Pick up the customer's leg; nothing if it is up already. Starts the recording."""
        ...

    def play(
        self,
        turn: Turn,
        call_id: CallId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
    ) -> bool:
        """Play to the customer; ends with the signal PromptEnded."""
        ...

    def stop(self, turn: Turn, call_id: CallId) -> bool:
        """Stop what the customer is played or asked."""
        ...

    def collect(self, turn: Turn, call_id: CallId, order: CollectOrder) -> bool:
        """Read keys from the customer; ends with the signal DigitsCollected."""
        ...

    def set_data(self, turn: Turn, call_id: CallId, name: str, value: str) -> bool:
        """Keep a named value with the call; `language` is zh or en and chooses later prompts."""
        ...

    def find_data(self, call_id: CallId, name: str) -> str | None:
        """A named value of a living call, or None.

        `caller_number`, `called_number`, `service_number` and `language` are always there.
        """
        ...

    def is_alive(self, call_id: CallId) -> bool:
        """Whether the call goes on (its customer's leg is not over)."""
        ...

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
        """Send the call on; tells CallRouted."""
        ...

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
        """Dial an agent's phone as a leg of this call."""
        ...

    def connect(
        self, turn: Turn, call_id: CallId, leg_id: LegId, *, announce: tuple[str, ...] = ()
    ) -> bool:
        """Let the customer and this answered leg hear each other.

        Args:
            turn: The turn.
            call_id: The call.
            leg_id: The agent's answered leg.
            announce: Prompts that the customer hears first (the agent's number); still ringing
                time by measures.md.
        """
        ...

    def hang_up_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, cause: int = 16) -> bool:
        """End one leg, dialled or talking."""
        ...

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
        """End the call with all its legs."""
        ...


class LineCommands(Protocol):
    """Orders of programs about lines; each is refused with an error that says why."""

    def call_out(
        self,
        turn: Turn,
        call_id: CallId,
        extension: str,
        number: str,
        agent_id: AgentId | None = None,
    ) -> None:
        """Ring an inner line, then call a number for it."""
        ...

    def ring_inner(self, turn: Turn, call_id: CallId, extension: str) -> LegId:
        """Ring an inner line for a call; who picks up talks with it, or joins the talk."""
        ...

    def mute_leg(self, turn: Turn, call_id: CallId, leg_id: LegId, *, is_muted: bool) -> None:
        """Let nobody hear a party, or everybody again."""
        ...


class TapCommands(Protocol):
    """Orders of supervisors."""

    def supervise(
        self,
        turn: Turn,
        call_id: CallId,
        *,
        user_id: str,
        extension: str,
        mode: SuperviseMode,
        agent_id: AgentId | None = None,
    ) -> LegId:
        """Ring the supervisor's phone, then let it hear the call; or change how it does."""
        ...
