"""One leg of the exchange in memory: who is at its end, what sounds there, what is recorded."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cordboard.kit.ids import RecordingId
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.fake_people import FakeParty
from cordboard.telephony.adapters.fake_sound import Collecting, Player
from cordboard.telephony.ports import LegNow, Source

CODEC = "PCMA"
"What every party of the exchange in memory speaks."


@dataclass(slots=True)
class FakeLeg:
    """What the exchange knows of a leg."""

    party: FakeParty
    inbound: bool
    answered: bool = False
    row: tuple[Source, ...] = ()
    "Whom it hears when nothing is played to it."

    is_muted: bool = False
    player: Player | None = None
    plays_over: bool = False
    "What is played is heard together with the row."

    collecting: Collecting | None = None
    order_id: str = ""
    "What was ordered last: a play id or a collect id."

    recording: tuple[RecordingId, str, float] | None = None
    "Its id, its path without ending, and when it began in monotonic seconds."

    timer: asyncio.TimerHandle | None = None

    def look(self) -> LegNow:
        """How it stands now."""
        state: Literal["asked", "dialling"] = "asked" if self.inbound else "dialling"
        is_busy = self.player is not None or self.collecting is not None
        recording_id, path, _ = self.recording or (None, "", 0.0)
        return LegNow(
            state="up" if self.answered else state,
            codec=CODEC if self.answered else "",
            play_id=self.order_id if is_busy else "",
            hears=self.row,
            is_muted=self.is_muted,
            recording_id=recording_id,
            recording_path=f"{path}.wav" if path else "",
        )

    def end_play(self, reason: Literal["stopped", "replaced"]) -> None:
        """End what is played; a wait for keys begins, as after its prompt's own end."""
        player, self.player = self.player, None
        if player is not None:
            player.close()
            player.dropped(reason)
            if self.collecting is not None:
                self.collecting.prompt_over()

    def silence(self, reason: Literal["stopped", "replaced"]) -> None:
        """End what is played and collected, and tell whoever ordered it why."""
        player, self.player = self.player, None
        collecting, self.collecting = self.collecting, None
        if player is not None:
            player.close()
            player.dropped(reason)
        if collecting is not None:
            collecting.stop()

    def close(self) -> None:
        """Let nothing of this leg happen any more; nobody is told."""
        if self.timer is not None:
            self.timer.cancel()
        for closing in (self.player, self.collecting):
            if closing is not None:
                closing.close()

    def close_recording(self, now_ms: int, now_s: float) -> wire.RecordingClosed | None:
        """The event of the file that is closed now; None if there was none."""
        if self.recording is None:
            return None
        recording_id, path, since_s = self.recording
        self.recording = None
        lasted_ms = round((now_s - since_s) * 1000)
        return wire.RecordingClosed(
            at_ms=now_ms,
            leg_id=self.party.leg_id,
            recording_id=recording_id,
            path=path + ".wav",
            duration_ms=lasted_ms,
            size_bytes=lasted_ms * 16,
            sha256=sha256(path.encode()).hexdigest(),
        )
