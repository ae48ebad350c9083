"""The converter: a process that makes recordings of what the relays captured.

`python -m cordboard.media.converter`: orders on its input, one JSON line each, what became of them
on its output; it ends when its input does. At low priority, so that it never disturbs a talk. A job
that is done already is told again, so control may repeat one after a crash.
"""

import errno
import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from .capture import CaptureError, Packets, lay, read_capture
from .capture_jobs import CaptureDone, CaptureJob, CaptureOrder
from .recording_files import part_path
from .wav import WavError, cue_chunk, header, read_format

_NICE = 5


def main() -> int:
    """Serve orders until the input ends; the exit status."""
    with suppress(OSError):
        os.nice(_NICE)
    for line in sys.stdin.buffer:
        try:
            order = msgspec.json.decode(line, type=CaptureOrder)
        except msgspec.MsgspecError:
            continue
        if order.job is not None:
            sys.stdout.buffer.write(msgspec.json.encode(convert(order.job)) + b"\n")
            sys.stdout.buffer.flush()
        remove(order.remove)
    return 0


def convert(job: CaptureJob) -> CaptureDone:
    """Make a recording; why not, if it cannot be made."""
    done = _found(job)
    if done is not None:
        return done
    try:
        captures = {call: _read(folder, call) for call, folder in job.folders.items()}
        if not any(captures.values()):
            return CaptureDone(job.recording_id, reason="no capture file of the relay was found")
        laid = lay(job, captures)
        sound = laid.frames
        digest = _write(job, sound)
    except OSError as error:
        return CaptureDone(job.recording_id, reason=error.strerror or str(error))
    frames = len(sound) // 2
    return CaptureDone(
        job.recording_id, frames // 8, os.path.getsize(job.path), digest,
        laid.gap_count, laid.gap_ms,
    )  # fmt: skip


def files_of(folder: str, call: str) -> list[Path]:
    """Capture files of a call, oldest first; those set aside at a restart of the relay too."""
    found = _named(Path(folder, "pcaps"), f"{call}-")
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def _named(folder: Path, prefix: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]
    except FileNotFoundError:
        return []


def remove(calls: dict[str, str]) -> None:
    """Delete the files of calls that no recording needs any more."""
    for call, folder in calls.items():
        descriptions = _named(Path(folder, "metadata"), f"rtpengine-meta-{call}-")
        for path in files_of(folder, call) + descriptions:
            with suppress(OSError):
                path.unlink()


def _read(folder: str, call: str) -> list[Packets]:
    found = []
    for path in files_of(folder, call):
        with suppress(CaptureError):  # one that was begun and never written
            found.append(read_capture(path.read_bytes()))
    return found


def _write(job: CaptureJob, sound: bytes) -> str:
    """Write, sync, rename; the SHA-256 of the file."""
    marks = [8 * (at - job.from_ms) for pause in job.pauses for at in pause if at]
    cues = cue_chunk(marks)
    parts = (header(job.codec, 2, len(sound) // 2, len(cues)), sound, cues)
    part = Path(part_path(job.path))
    part.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for piece in parts:
                file.write(piece)
                digest.update(piece)
            file.flush()
            os.fsync(file.fileno())
        part.rename(job.path)
    except OSError:
        part.unlink(missing_ok=True)  # the capture is still there: nothing is lost with it
        raise
    return digest.hexdigest()


def _found(job: CaptureJob) -> CaptureDone | None:
    """What is told of a file that was made in an earlier life."""
    try:
        content = Path(job.path).read_bytes()
        frames = read_format(content[:64], len(content)).data_bytes // 2
    except FileNotFoundError:
        return None
    except (OSError, WavError):
        return CaptureDone(job.recording_id, reason=os.strerror(errno.EEXIST))
    digest = hashlib.sha256(content).hexdigest()
    return CaptureDone(job.recording_id, frames // 8, len(content), digest)


if __name__ == "__main__":
    sys.exit(main())
