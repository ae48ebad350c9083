"""The recordings of all legs: begun, handed on each second, ended, and told as facts.

Joins `recorder.Recording` (sound on a timeline) to `recording_files.RecordingFiles` (the disk).
Every recording that was begun is told as closed or failed, once. Knows no RTP.
"""

from collections.abc import Callable, Mapping

from .events import Event, RecordingClosed, RecordingFailed, RecordingStarted
from .leg import Leg
from .recorder import Recording
from .recording_files import Failed, Opened, RecordingFile, RecordingFiles, Saved, part_path


class Recordings:
    """Owner of all recordings; used by the media thread alone."""

    def __init__(
        self,
        files: RecordingFiles,
        legs: Mapping[str, Leg],
        tell: Callable[[Event], None],
        utc_ms: Callable[[], int],
        media_now: Callable[[], int],
    ) -> None:
        self._files = files
        self._legs = legs
        self._tell = tell
        self._utc_ms = utc_ms
        self._media_now = media_now
        self._recordings: dict[RecordingFile, Recording] = {}

    def __len__(self) -> int:
        return len(self._recordings)

    def start(self, leg: Leg, recording_id: str, path: str) -> None:
        """Begin to record; a fact follows when the file is open or could not be."""
        recording = Recording(recording_id, leg.name, path, leg.codec, self._media_now())
        file = self._files.open(path, leg.codec)
        self._recordings[file] = recording
        leg.record(recording, file)

    def stop(self, leg: Leg) -> None:
        """Hand on the rest and close; a fact follows when the file is safe."""
        recording, file = leg.recording, leg.file
        leg.record(None, None)
        if recording is None or file is None:
            return
        self._files.append(file, recording.take_rest(self._media_now()))
        self._files.close(file, [mark.offset_ms * 8 for mark in recording.marks])

    def take_news(self) -> None:
        """Turn what the file threads tell into facts."""
        for news in self._files.news():
            recording = self._recordings.get(news.file)
            if recording is None:
                continue
            if isinstance(news, Opened):
                self._recording_opened(recording)
            elif isinstance(news, Saved):
                self._recording_saved(recording, news)
            else:
                self._recording_failed(recording, news)

    def _recording_opened(self, recording: Recording) -> None:
        began_ms = self._utc_ms() - (self._media_now() - recording.origin) // 8
        self._tell(
            RecordingStarted(recording.recording_id, recording.leg, recording.path, began_ms)
        )

    def _recording_saved(self, recording: Recording, news: Saved) -> None:
        del self._recordings[news.file]
        saved = news.saved
        self._tell(
            RecordingClosed(
                recording.recording_id, recording.leg, saved.path, saved.duration_ms, saved.bytes,
                saved.sha256, recording.gap_count, recording.gap_ticks // 8, self._utc_ms(),
                recording.marks,
            )
        )  # fmt: skip

    def _recording_failed(self, recording: Recording, news: Failed) -> None:
        del self._recordings[news.file]
        leg = self._legs.get(recording.leg)
        if leg is not None and leg.recording is recording:
            leg.record(None, None)
        part = part_path(recording.path)
        self._tell(
            RecordingFailed(
                recording.recording_id, recording.leg, part, news.reason, self._utc_ms()
            )
        )

    def hand_on(self, leg: Leg, now: int) -> None:
        """Give the files what no late packet can change any more (once a second)."""
        recording, file = leg.recording, leg.file
        if recording is None or file is None:
            return
        sound = recording.take_settled(now)
        if sound and not self._files.append(file, sound):
            self._files.give_up(file)
            self._recording_failed(recording, Failed(file, "the disk is too slow"))
