"""What the relay plane must know after a kill -9: legs at the relays, recordings under way.

Kept in the adapter's memory file beside the sessions. Knows keys and values, not what they are for.
"""

from typing import Any

from cordboard.telephony.adapters.relay_leg import RelayLeg
from cordboard.telephony.adapters.sip_memory import SipMemory


class RelayMemory:
    """The relays' part of the memory file.

    Args:
        memory: The file.
    """

    def __init__(self, memory: SipMemory) -> None:
        self._memory = memory

    def keep(self, leg: RelayLeg) -> None:
        """Remember how a leg stands at its relay."""
        self._memory.keep(f"relay/{leg.name}", leg.kept())

    def drop(self, leg: RelayLeg) -> None:
        """Forget a leg."""
        self._memory.drop(f"relay/{leg.name}")

    def legs(self) -> list[dict[str, Any]]:
        """Legs of an earlier life, oldest first."""
        return [kept for _, kept in self._memory.items("relay/")]

    def keep_recording(self, recording_id: str, kept: Any) -> None:
        """Remember a recording that is not yet a whole file."""
        self._memory.keep(f"recording/{recording_id}", kept)

    def drop_recording(self, recording_id: str) -> None:
        """Forget a recording: it is whole, or failed."""
        self._memory.drop(f"recording/{recording_id}")

    def recordings(self) -> list[Any]:
        """Recordings of an earlier life."""
        return [kept for _, kept in self._memory.items("recording/")]
