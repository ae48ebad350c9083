"""What rooms above may ask of telephones. Adapters: `fake`, `embedded`, `rtpengine`.

Orders return at once and are carried out in order per leg; what came of them is told as events. An
order for a leg that has ended is forgotten: its LegEnded is on its way or was told.
"""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from cordboard.kit.ids import LegId, RecordingId
from cordboard.telephony.events import TelephonyEvent

NO_LINE = "no-line"
"Trunk id of a call for which no outer line is free: it fails with 503 and reaches nobody."


class DialTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where to dial: a phone of the house, or a number through a trunk."""

    extension: str | None = None
    "Inner number; the adapter knows its registration or fixed contact."

    number: str | None = None
    trunk_id: str | None = None
    shown_number: str = ""
    "What the called person sees, in place of the trunk's own number."


class CollectOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Read keys, with a prompt that the first key stops."""

    collect_id: str
    items: tuple[str, ...] = ()
    "Prompt names, see media: `file:zh/menus/welcome`, `say:zh:digits/12`, `silence:500`."

    max_digits: int = 1
    min_digits: int = 0
    terminators: str = "#"
    first_ms: int = 5000
    inter_ms: int = 3000
    patterns: tuple[str, ...] = ()
    "Digit maps that end reading when matched whole: digits, X=0-9, Z=1-9, N=2-9, [14-6]."


class Source(msgspec.Struct, frozen=True):
    """One voice that a leg hears."""

    leg_id: LegId
    gain_db: float = 0.0
    "Louder or softer for this listener alone, -60 to 20."


class LegNow(msgspec.Struct, frozen=True, kw_only=True):
    """How a leg stands at this moment, for whoever takes it back after a restart."""

    state: Literal["asked", "dialling", "up"]
    "Inbound and not picked up by us; dialled and not picked up; or sound may flow."

    codec: str = ""
    play_id: str = ""
    "What its party is played, or asked (`collect_id`); empty for nothing."

    hears: tuple[Source, ...] = ()
    "Its row, whether or not something is played instead of it."

    is_muted: bool = False
    recording_id: RecordingId | None = None
    recording_path: str = ""
    "Final name, relative to the recordings directory, as in RecordingStarted."


class Telephony(Protocol):
    """The telephones."""

    def listen(self, hear: Callable[[TelephonyEvent], None]) -> None:
        """Tell every event from now on to `hear`, on the event loop, in order per leg."""
        ...

    def survey(self) -> dict[LegId, LegNow]:
        """All legs that are not over, as they stand now; after a restart, those taken back."""
        ...

    def ring(self, leg_id: LegId) -> None:
        """Send 180 to an inbound leg."""
        ...

    def answer(self, leg_id: LegId) -> None:
        """Pick up an inbound leg."""
        ...

    def dial(
        self,
        leg_id: LegId,
        target: DialTarget,
        *,
        shown_number: str,
        headers: dict[str, str],
        like: LegId | None = None,
    ) -> None:
        """Call somebody as a new leg with this id.

        Args:
            leg_id: The new leg.
            target: Whom.
            shown_number: What the called person sees.
            headers: Sent with the INVITE.
            like: The leg it shall be bridged with: its codec is offered first, and its sound
                comes from the same media process.
        """
        ...

    def hang_up(self, leg_id: LegId, cause: int = 16) -> None:
        """End a leg in whatever way its moment asks: reject, CANCEL or BYE.

        Args:
            leg_id: The leg.
            cause: Q.850 cause, 1 to 127; mapped to a SIP status for an unanswered inbound leg.
        """
        ...

    def play(
        self,
        leg_id: LegId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
        over: bool = False,
    ) -> None:
        """Let the party hear this; ends with PlayEnded. Others hear the party as before.

        Args:
            leg_id: Who hears it; nobody else does.
            play_id: Named in the event.
            items: Prompt names.
            loop: Begin again at the end.
            over: Together with the row, which goes on (an entry tone in a conference). Otherwise
                instead of the row, which comes back when this ends.
        """
        ...

    def stop(self, leg_id: LegId) -> None:
        """Stop playing and collecting; the party hears its row again, or silence."""
        ...

    def collect(self, leg_id: LegId, order: CollectOrder) -> None:
        """Read keys; ends with Collected."""
        ...

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        """Send keys to the party."""
        ...

    def bridge(self, first: LegId, second: LegId) -> None:
        """Let two legs hear each other and nobody else; what they were played stops.

        Who listened to one of them before hears it no more, unless they were bridged already:
        then nothing changes. The same as parting both and routing each to the other.
        """
        ...

    def unbridge(self, leg_id: LegId) -> None:
        """Part a leg from everybody: it hears nobody, and nobody hears it.

        Rows that had it go on without it: of a bridge the other hears silence, of three who talk
        two are left. What is played to any of them goes on.
        """
        ...

    def route(self, leg_id: LegId, sources: tuple[Source, ...]) -> None:
        """From now on a leg hears these and nobody else; what others hear does not change.

        The whole of conference and supervision, one row per listener. Customer C, agent A,
        supervisor S; `bridge(C, A)` is C: (A), A: (C). Listen: S: (C, A). Whisper: A: (C, S).
        Barge: besides, C: (A, S). Intercept: `bridge(C, S)`. N parties: each row all others.

        One source at 0 dB passes untouched, with its keys; several are mixed, and keys do not go
        into a mix. Not empty: what the leg is played instead of its row stops, what is played
        over it goes on; so a held leg keeps its music until it gets its row again. Empty:
        silence, and what it is played goes on. May be repeated. When a source ends, or has ended,
        the row is what is left of it. Nobody can be in their own row.
        """
        ...

    def mute(self, leg_id: LegId) -> None:
        """Let nobody hear this party, in whatever row it is, now or later; it hears on.

        Its own recording holds silence for what it says; its keys are told. May be repeated.
        """
        ...

    def unmute(self, leg_id: LegId) -> None:
        """Let those who have the party in their row hear it again."""
        ...

    def start_recording(self, leg_id: LegId, recording_id: RecordingId, path: str) -> None:
        """Record what the party says and hears.

        Args:
            leg_id: The leg that the file follows.
            recording_id: Named in the events.
            path: Relative to the recordings directory, without ending.
        """
        ...

    def stop_recording(self, leg_id: LegId) -> None:
        """Close the file."""
        ...

    def accept_transfer(self, leg_id: LegId) -> None:
        """Say that what LegTransferAsked asked is under way; `tell_transfer` says how it goes."""
        ...

    def refuse_transfer(self, leg_id: LegId, cause: int = 21) -> None:
        """Say no to what LegTransferAsked asked; the leg goes on as before.

        Args:
            leg_id: The leg.
            cause: Q.850 cause, 1 to 127.
        """
        ...

    def tell_transfer(self, leg_id: LegId, status: int) -> None:
        """Tell the party how its transfer goes; a status of 200 or more is the last word.

        Args:
            leg_id: The leg.
            status: SIP status, 100 to 699; 180 while the target rings.
        """
        ...

    def refer(self, leg_id: LegId, number: str, other: LegId | None = None) -> None:
        """Ask the party's own side to connect it; LegTransferProgressed tells how it goes.

        Args:
            leg_id: Who shall be connected.
            number: With whom, as its side dials it.
            other: A leg that is up, whose party shall be called instead, in our place.
        """
        ...

    def missing_items(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these prompts do not exist."""
        ...
