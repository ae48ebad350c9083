import errno
import hashlib
import os
import struct
import threading
from pathlib import Path

import pytest

from cordboard.media.recording_files import (
    MAX_WAITING_BYTES,
    Failed,
    News,
    Opened,
    RecordingFile,
    RecordingFiles,
    Saved,
    part_path,
    repair_recording,
)
from cordboard.media.wav import WavError, cue_chunk, header, read_format

pytestmark = pytest.mark.unit

SECOND = b"\x11\x22" * 8000


def end(files: RecordingFiles) -> list[News]:
    files.finish(5)
    return files.news()


class TestHeader:
    def test_it_reads_back(self) -> None:
        data = header("PCMU", 2, 8000)
        shape = read_format(data, len(data) + 16000)
        assert (shape.codec, shape.channels, shape.rate_hz) == ("PCMU", 2, 8000)
        assert (shape.data_offset, shape.data_bytes) == (58, 16000)

    def test_riff_size_counts_all_that_follows(self) -> None:
        cues = cue_chunk([10, 20])
        whole = header("PCMA", 2, 100, len(cues)) + bytes(200) + cues
        assert struct.unpack_from("<I", whole, 4)[0] == len(whole) - 8
        assert struct.unpack_from("<4sII", cues) == (b"cue ", len(cues) - 8, 2)

    def test_an_unfinished_size_means_to_the_end(self) -> None:
        assert read_format(header("PCMA", 2, 0), 58 + 500).data_bytes == 500

    @pytest.mark.parametrize("size", range(57))
    def test_a_cut_header_is_a_named_error(self, size: int) -> None:
        with pytest.raises(WavError):
            read_format(header("PCMA", 2, 10)[:size], size)

    @pytest.mark.parametrize("at", [0, 8, 12, 20, 22, 34, 50])
    def test_a_broken_header_is_a_named_error(self, at: int) -> None:
        data = bytearray(header("PCMA", 2, 10))
        data[at] ^= 0x40
        with pytest.raises(WavError):
            read_format(bytes(data), 500)


class TestFiles:
    def test_a_whole_recording_is_renamed_and_told_with_its_digest(self, tmp_path: Path) -> None:
        woken = threading.Event()
        files = RecordingFiles(woken.set)
        path = tmp_path / "2026" / "r.wav"
        file = files.open(str(path), "PCMA")
        for _ in range(3):
            assert files.append(file, SECOND)
        files.close(file, [8000])
        opened, saved = end(files)
        assert isinstance(opened, Opened)
        assert isinstance(saved, Saved)
        data = path.read_bytes()
        assert data[58 : 58 + 48000] == SECOND * 3
        assert data[58 + 48000 :] == cue_chunk([8000])
        assert saved.saved.duration_ms == 3000
        assert saved.saved.sha256 == hashlib.sha256(data).hexdigest()
        assert woken.is_set()
        assert not Path(part_path(str(path))).exists()

    def test_the_part_file_is_valid_after_every_write(self, tmp_path: Path) -> None:
        path = str(tmp_path / "r.wav")
        file = RecordingFile(path, "PCMU")
        file.open()
        for seconds in range(1, 4):
            file.append(SECOND)
            data = Path(part_path(path)).read_bytes()
            assert read_format(data, len(data)).data_bytes == 16000 * seconds
        file.abandon()

    def test_a_full_disk_is_one_failure_and_other_recordings_go_on(self, tmp_path: Path) -> None:
        def write(fd: int, data: bytes, at: int) -> int:
            if "full.part" in os.readlink(f"/proc/self/fd/{fd}") and at > 20_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return os.pwrite(fd, data[:5000], at)

        files = RecordingFiles(lambda: None, write)
        full, good = (files.open(str(tmp_path / f"{n}.wav"), "PCMA") for n in ("full", "good"))
        for _ in range(4):
            files.append(full, SECOND)
            files.append(good, SECOND)
        files.close(full, [])
        files.close(good, [])
        news = end(files)
        failed = [item for item in news if isinstance(item, Failed)]
        assert [(item.file, "space" in item.reason) for item in failed] == [(full, True)]
        assert [item.file for item in news if isinstance(item, Saved)] == [good]
        assert (tmp_path / "good.wav").read_bytes()[58:] == SECOND * 4
        assert repair_recording(str(tmp_path / "full.part.wav")).duration_ms >= 1000

    def test_an_existing_file_is_not_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "r.wav").write_bytes(b"old")
        files = RecordingFiles(lambda: None)
        file = files.open(str(tmp_path / "r.wav"), "PCMA")
        files.append(file, SECOND)
        files.close(file, [])
        (failed,) = end(files)
        assert isinstance(failed, Failed)
        assert (tmp_path / "r.wav").read_bytes() == b"old"

    def test_a_disk_that_is_too_slow_is_noticed(self, tmp_path: Path) -> None:
        gate = threading.Event()

        def write(fd: int, data: bytes, at: int) -> int:
            gate.wait()
            return os.pwrite(fd, data, at)

        files = RecordingFiles(lambda: None, write)
        file = files.open(str(tmp_path / "r.wav"), "PCMA")
        taken = 0
        while files.append(file, SECOND):
            taken += len(SECOND)
        assert taken <= MAX_WAITING_BYTES + 2 * len(SECOND)
        gate.set()
        files.give_up(file)
        assert not [item for item in end(files) if isinstance(item, Saved)]


class TestRepair:
    def test_a_part_file_cut_anywhere_becomes_a_whole_one(self, tmp_path: Path) -> None:
        for cut in (0, 1, 2, 999, 16000):
            part = tmp_path / f"{cut}.part.wav"
            part.write_bytes(header("PCMU", 2, 0) + SECOND[:cut])
            saved = repair_recording(str(part))
            data = Path(saved.path).read_bytes()
            assert read_format(data, len(data)).data_bytes == cut // 2 * 2
            assert data[58:] == SECOND[: cut // 2 * 2]
            assert saved.sha256 == hashlib.sha256(data).hexdigest()

    def test_a_file_that_somebody_writes_is_left_alone(self, tmp_path: Path) -> None:
        file = RecordingFile(str(tmp_path / "r.wav"), "PCMA")
        file.open()
        with pytest.raises(BlockingIOError):
            repair_recording(str(tmp_path / "r.part.wav"))
        file.abandon()

    def test_what_is_no_part_file_of_ours_is_left_alone(self, tmp_path: Path) -> None:
        other = tmp_path / "x.part.wav"
        other.write_bytes(b"hello")
        with pytest.raises(WavError):
            repair_recording(str(other))
        with pytest.raises(WavError):
            repair_recording(str(tmp_path / "r.wav"))
        assert other.read_bytes() == b"hello"
