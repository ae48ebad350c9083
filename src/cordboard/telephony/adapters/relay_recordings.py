"""Recordings made of what the relays capture: who is heard when, and which file is still needed.

A relay writes all packets of a call into one file while anybody in it is recorded. Beside that
stands a list, per recording, of the ports at which the party and whoever it hears arrive; at the
end the converter makes the stereo file of both. All of it is in the memory file, so that a
recording is finished after a kill -9 as well.
"""

from collections.abc import Callable

import msgspec

from cordboard import media
from cordboard.media import CaptureDone, CaptureJob, Converter, Ear
from cordboard.telephony.adapters.relay_leg import RelayLeg
from cordboard.telephony.adapters.relay_memory import RelayMemory


class RelayRecordings:
    """All recordings under way.

    Args:
        converter: Makes the files.
        memory: Keeps jobs over a kill -9.
        now_ms: UTC milliseconds.
    """

    def __init__(
        self, converter: Converter, memory: RelayMemory, now_ms: Callable[[], int]
    ) -> None:
        self._converter = converter
        self._memory = memory
        self._now_ms = now_ms
        self.tell: Callable[[media.Event], object] = lambda event: None
        "Hears how recordings begin and end."

        self._open: dict[str, CaptureJob] = {}
        "Leg -> its recording, while it goes on."

        self._ending: dict[str, CaptureJob] = {}
        "Recording id -> job that the converter has."

        converter.done = self._done

    @property
    def pending(self) -> int:
        """Recordings that are not yet files."""
        return len(self._open) + len(self._ending)

    @property
    def ids(self) -> set[str]:
        """Those recordings."""
        return {job.recording_id for job in self._open.values()} | self._ending.keys()

    def has(self, leg: RelayLeg) -> bool:
        """Whether a leg is being recorded here."""
        return leg.name in self._open

    def of(self, leg: RelayLeg) -> tuple[str, str] | tuple[None, None]:
        """Id and path of a leg's recording, if it is being recorded here."""
        job = self._open.get(leg.name)
        return (job.recording_id, job.path) if job is not None else (None, None)

    async def start(
        self, leg: RelayLeg, order: media.StartRecording, heard_port: int, now_ms: int
    ) -> media.Reply:
        """Begin; RecordingStarted is told.

        Raises:
            NgError: If the relay cannot.
        """
        if leg.name in self._open:
            return media.Refused("already-recording", self._open[leg.name].recording_id)
        codec = leg.wish.codec if leg.wish is not None else "PCMA"
        job = CaptureJob(order.recording_id, leg.name, order.path, codec, now_ms)
        if leg.wish is not None:
            job.payload_types[leg.wish.payload_type] = codec
        self._open[leg.name] = job
        try:
            await self.follow(leg, heard_port, now_ms)
        except BaseException:
            del self._open[leg.name]
            raise
        self.tell(media.RecordingStarted(job.recording_id, leg.name, job.path, now_ms))
        return media.Ok()

    async def follow(self, leg: RelayLeg, heard_port: int, now_ms: int) -> None:
        """The leg is in another call at the relay, or begins to be recorded: capture that.

        Raises:
            NgError: If the relay cannot.
        """
        job = self._open.get(leg.name)
        if job is None:
            return
        call = leg.group.call
        job.folders[call.call_id] = call.relay.settings.recording_dir
        if not call.is_recorded and not _is_paused(job):
            await call.record(on=True)
        self.hears(leg, heard_port, now_ms)

    def hears(self, leg: RelayLeg, port: int, now_ms: int) -> None:
        """From now on the leg's party hears what arrives at this port of the relay."""
        job = self._open.get(leg.name)
        if job is not None:
            call = leg.group.call.call_id
            job.ears.append(Ear(now_ms, call, leg.party.outer[1], port))
            self._keep(job)

    async def pause(self, leg: RelayLeg, now_ms: int, *, on: bool) -> media.Reply:
        """Stop capturing, so that nothing is on any disk, or go on.

        Raises:
            NgError: If the relay cannot.
        """
        job = self._open.get(leg.name)
        if job is None:
            return media.Refused("not-recording", leg.name)
        if on and _is_paused(job):
            job.pauses[-1][1] = now_ms
        elif not on and not _is_paused(job):
            job.pauses.append([now_ms, 0])
        await self._capture_if_wanted(leg)
        self._keep(job)
        return media.Ok()

    async def stop(self, leg: RelayLeg, now_ms: int) -> None:
        """The recording ends here; `finish` makes the file of it.

        Raises:
            NgError: If the relay does not stop writing.
        """
        job = self._open.get(leg.name)
        if job is None:
            return
        job.until_ms = now_ms
        self._keep(job)
        await self._capture_if_wanted(leg)

    async def _capture_if_wanted(self, leg: RelayLeg) -> None:
        call = leg.group.call
        wanted = any(
            (job := self._open.get(name)) is not None and not job.until_ms and not _is_paused(job)
            for name in leg.group.legs
        )
        if wanted != call.is_recorded:
            await call.record(on=wanted)

    def finish(self, leg: RelayLeg) -> None:
        """Give a recording that has ended to the converter."""
        job = self._open.pop(leg.name, None)
        if job is not None:
            self._convert(job)

    def _convert(self, job: CaptureJob) -> None:
        job.until_ms = job.until_ms or self._now_ms()
        self._ending[job.recording_id] = job
        self._keep(job)
        self._converter.convert(job)

    def _done(self, done: CaptureDone) -> None:
        job = self._ending.pop(done.recording_id, None)
        if job is None:
            return
        self._memory.drop_recording(job.recording_id)
        at_ms = self._now_ms()
        if done.reason:
            self.tell(
                media.RecordingFailed(job.recording_id, job.leg, job.path, done.reason, at_ms)
            )
            return
        others = [*self._open.values(), *self._ending.values()]
        needed = {call for other in others for call in other.folders}
        self._converter.remove({c: f for c, f in job.folders.items() if c not in needed})
        marks = []
        for begin, end in job.pauses:
            marks.append(media.RecordingMark("paused", begin - job.from_ms))
            if end:
                marks.append(media.RecordingMark("resumed", end - job.from_ms))
        self.tell(
            media.RecordingClosed(
                job.recording_id, job.leg, job.path, done.duration_ms, done.bytes, done.sha256,
                done.gap_count, done.gap_ms, at_ms, marks,
            )
        )  # fmt: skip

    # After a kill -9

    def adopt(self, living: set[str]) -> None:
        """Take back the recordings of an earlier life; those of legs that are gone end."""
        for kept in self._memory.recordings():
            job = msgspec.convert(kept, CaptureJob, str_keys=True)
            if job.leg in living and not job.until_ms:
                self._open[job.leg] = job
            else:
                self._convert(job)

    def _keep(self, job: CaptureJob) -> None:
        self._memory.keep_recording(job.recording_id, msgspec.to_builtins(job))

    async def close(self) -> None:
        """Let the converter end what it has."""
        await self._converter.close()


def _is_paused(job: CaptureJob) -> bool:
    return bool(job.pauses) and not job.pauses[-1][1]
