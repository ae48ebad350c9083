"""After a kill -9: what was under way is replayed and goes on, and nothing is left over.

Calls that were open get their story back from the journal. Their SIP sessions are taken back by
the exchange, and their sound never stopped: talks and music go on, phones ring on, menus ask
again where an answer was lost, callers keep their place. A call whose party or sound did not
survive ends with a fact that says so (reason `crash`). Recordings that the media process still
writes are closed by it; those of a media process that died too are repaired here.
"""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import structlog

from cordboard.app.rooms import Rooms
from cordboard.calls.state import Call
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId, RecordingId
from cordboard.media import repair_recording
from cordboard.telephony import events as wire
from cordboard.telephony.causes import TEMPORARY_FAILURE
from cordboard.telephony.ports import Telephony

_log = structlog.get_logger(__name__)


class Stories(Protocol):
    """What reads the journal back."""

    async def read_streams(self, streams: list[str]) -> list[tuple[int, Fact]]:
        """All facts of these streams in order."""
        ...


async def replay_open_calls(rooms: Rooms, journal: Stories, open_ids: list[CallId]) -> list[Fact]:
    """Give open calls their story and an owner each; before the first packet is read.

    Facts of their agents' work on them are read too, since a record stays open until that is over.
    """
    calls = await journal.read_streams([f"call/{call_id}" for call_id in open_ids])
    agent_ids = sorted({f.agent_id for _, f in calls if getattr(f, "agent_id", None)})  # type: ignore[attr-defined]
    first_seq = calls[0][0] if calls else 0
    agents = await journal.read_streams([f"agent/{agent_id}" for agent_id in agent_ids])
    known = set(open_ids)
    stories = calls + [
        (seq, fact)
        for seq, fact in agents
        if seq > first_seq and getattr(fact, "call_id", None) in known
    ]
    facts = [fact for _, fact in sorted(stories, key=lambda numbered: numbered[0])]
    for fact in facts:
        rooms.replay(fact)
    await rooms.records.store_closed(open_ids)
    for call_id in list(rooms.calls.calls):
        rooms.owners.adopt(call_id)
    return facts


async def resume_calls(
    rooms: Rooms, telephony: Telephony, now_ms: int, *, is_media_lost: bool = False
) -> int:
    """Let open calls go on, and offers be made again; how many calls go on.

    Legs that did not survive end first, with all that follows from it. Legs that no call knows
    (their first fact was never stored) are refused.

    Args:
        rooms: After `replay_open_calls`.
        telephony: Has taken its legs back.
        now_ms: UTC milliseconds.
        is_media_lost: The media process died too, so no figures of their legs will come.
    """
    legs = telephony.survey()
    lost = rooms.resumption.list_lost(legs, now_ms)
    for event in lost:
        rooms.owners.hear(event)
    known = {leg_id for call in rooms.calls.calls.values() for leg_id in call.legs}
    for leg_id in known if is_media_lost else ():
        rooms.owners.hear(wire.LegMediaLost(at_ms=now_ms, leg_id=leg_id))
    for leg_id in legs.keys() - known:
        telephony.hang_up(leg_id, TEMPORARY_FAILURE)
    await rooms.turns.take(lambda turn: None)  # owners have heard of their lost legs by then
    await rooms.turns.take(lambda turn: rooms.resume(turn, telephony.survey()))
    living = rooms.calls.count_living()
    if living or lost:
        _log.warning("recovery.calls_resumed", calls=living, legs_lost=len(lost))
    return living


async def repair_recordings(
    rooms: Rooms, recordings_dir: Path, now_ms: int, captured: Collection[str] = ()
) -> int:
    """Finish part files that nobody writes any more, and tell their calls; how many.

    A file that a living media process holds is left to it.

    Args:
        rooms: Whose calls these are.
        recordings_dir: Where the files lie.
        now_ms: UTC milliseconds.
        captured: Recordings that relays hold: a file is made of them at their end.
    """
    by_path = {
        recording.path: (call, recording.id)
        for call in rooms.calls.calls.values()
        if (record := rooms.records.find(call.id)) is not None
        for recording in record.recordings
        if recording.id in call.open_recordings and recording.id not in captured
    }
    count = 0
    for part in sorted(await asyncio.to_thread(_parts, recordings_dir)):
        path = str(part.relative_to(recordings_dir)).removesuffix(".part.wav") + ".wav"
        try:
            saved = await asyncio.to_thread(repair_recording, str(part))
        except (BlockingIOError, FileNotFoundError):  # a living media process has it
            by_path.pop(path, None)
            continue
        except (OSError, ValueError) as error:
            _log.error("recovery.recording_unusable", path=path, error=str(error))
            continue
        count += 1
        found = by_path.pop(path, None)
        if found is None:
            _log.warning("recovery.recording_without_call", path=path)
            continue
        call, recording_id = found
        rooms.owners.hear(
            wire.RecordingClosed(
                at_ms=now_ms,
                leg_id=call.first_leg,
                recording_id=recording_id,
                path=path,
                duration_ms=saved.duration_ms,
                size_bytes=saved.bytes,
                sha256=saved.sha256,
            )
        )
    await _close_finished(rooms, recordings_dir, by_path, now_ms)
    return count


async def _close_finished(
    rooms: Rooms, recordings_dir: Path, by_path: dict[str, tuple[Call, RecordingId]], now_ms: int
) -> None:
    """Recordings whose end nobody told: there is no part file and no process that holds one."""
    for path, (call, recording_id) in by_path.items():
        if (recordings_dir / path).exists():
            continue  # the media process closed it while we were away; its word is on the way
        rooms.owners.hear(
            wire.RecordingFailed(
                at_ms=now_ms,
                leg_id=call.first_leg,
                recording_id=recording_id,
                path=path,
                reason="the file is gone",
            )
        )


def _parts(recordings_dir: Path) -> list[Path]:
    return list(recordings_dir.rglob("*.part.wav"))
