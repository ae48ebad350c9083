"""Use cases of sound files: open one, prove that all are there, delete the old ones."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from cordboard.kit.clock import iso
from cordboard.kit.turns import Turn
from cordboard.records.effects import RecordingFiles, Sound
from cordboard.records.errors import RecordingMissingError, RecordingUnreadableError
from cordboard.records.events import RecordingMissed, RecordingRemoved
from cordboard.records.model import StoredRecording, Unrecorded
from cordboard.records.repository import RecordRepository

from .records import Records, RecordSettings

_DAY_MS = 86_400_000
_EXPIRE_BATCH = 200


class TakesTurns(Protocol):
    """What runs turns; `kit.turns.Turns`."""

    def take(self, work: Callable[[Turn], None]) -> "asyncio.Future[None]":
        """Run one turn now."""
        ...


class RecordingKeeper:
    """The recordings directory and what the records know of it.

    Args:
        records: Whose facts these are.
        repository: The tables.
        files: The directory.
        turns: Runs turns for facts of our own.
        settings: This room's settings.
    """

    def __init__(
        self,
        records: Records,
        repository: RecordRepository,
        files: RecordingFiles,
        turns: TakesTurns,
        settings: RecordSettings,
    ) -> None:
        self._records = records
        self._repository = repository
        self._files = files
        self._turns = turns
        self._settings = settings
        self.unrecorded: list[Unrecorded] = []
        "What the last check found; for metrics and the doctor."

    @property
    def files(self) -> RecordingFiles:
        """The directory, for whoever sends sound."""
        return self._files

    async def open_sound(self, stored: StoredRecording) -> Sound:
        """The sound of a recording.

        Raises:
            RecordingMissingError: If there is no file; says since when.
            RecordingUnreadableError: If the file is no recording.
        """
        recording = stored.recording
        try:
            sound = await asyncio.to_thread(self._files.open, recording.path)
        except ValueError as error:
            raise RecordingUnreadableError(
                f"The recording cannot be read: {error}.", recording_id=recording.id
            ) from None
        if sound is not None:
            return sound
        raise await self._missing(stored)

    async def _missing(self, stored: StoredRecording) -> RecordingMissingError:
        recording = stored.recording
        if recording.state == "failed":
            since, why = recording.ended_at_ms, f"It was not made: {recording.reason}."
        elif recording.removed_at_ms is not None:
            since, why = recording.removed_at_ms, "It was deleted at the end of its retention."
        else:
            since = recording.missing_since_ms or await self._tell_missed(stored)
            why = "Its file was not found where it was stored."
        return RecordingMissingError(
            why, recording_id=recording.id, since=None if since is None else iso(since)
        )

    async def _tell_missed(self, stored: StoredRecording) -> int | None:
        told: list[int] = []

        def tell(turn: Turn) -> None:
            told.append(turn.at_ms)
            turn.tell(
                RecordingMissed(
                    at_ms=turn.at_ms,
                    call_id=stored.call_id,
                    recording_id=stored.recording.id,
                )
            )

        if stored.recording.state != "closed" or not await self._records.recall(stored.call_id):
            return None
        await self._turns.take(tell)
        return told[0]

    async def check_recordings(self, now_ms: int) -> list[Unrecorded]:
        """Prove that every answered call of the last two days has its file, or a word why not.

        A file that is not found is told as a fact once and reported until it is older than that.
        """
        from_ms = now_ms - 2 * _DAY_MS
        found = []
        if self._settings.records_calls:
            found = [
                Unrecorded(call_id=call_id, arrived_at_ms=arrived, why="no-recording")
                for call_id, arrived in await self._repository.list_unrecorded_calls(
                    from_ms, now_ms
                )
            ]
        for stored in await self._repository.list_recordings(from_ms, now_ms):
            if await asyncio.to_thread(self._files.find, stored.recording.path) is None:
                await self._tell_missed(stored)
        found += [
            Unrecorded(
                call_id=stored.call_id,
                arrived_at_ms=stored.recording.started_at_ms,
                why="file-missing",
            )
            for stored in await self._repository.list_missing_recordings(from_ms, now_ms)
        ]
        self.unrecorded = found
        return found

    async def expire_recordings(self, now_ms: int) -> int:
        """Delete recordings at the end of their retention; returns how many.

        The file goes first and the fact follows: were it the other way round, a crash in between
        would leave sound behind that nobody would look for again.
        """
        days = self._settings.recording_retention_days
        before_ms = now_ms - days * _DAY_MS
        count = 0
        while days > 0:
            stored = await self._repository.list_expired_recordings(before_ms, _EXPIRE_BATCH)
            for one in stored:
                await asyncio.to_thread(self._files.delete, one.recording.path)
                if await self._records.recall(one.call_id):
                    await self._turns.take(partial(_tell_removed, one))
            count += len(stored)
            if len(stored) < _EXPIRE_BATCH:
                break
        return count


def _tell_removed(stored: StoredRecording, turn: Turn) -> None:
    turn.tell(
        RecordingRemoved(at_ms=turn.at_ms, call_id=stored.call_id, recording_id=stored.recording.id)
    )
