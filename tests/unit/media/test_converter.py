"""The converter: what it makes, what it tells twice, what it deletes."""

import hashlib
from pathlib import Path

import pytest

from cordboard.media.capture_jobs import CaptureJob
from cordboard.media.converter import convert, remove
from tests.unit.media.test_capture import HEAD, SAID, job, stream

pytestmark = pytest.mark.unit


def a_job(folder: Path) -> CaptureJob:
    order = job()
    order.path = str(folder / "out/r.wav")
    order.folders = {"c": str(folder)}
    return order


def capture(folder: Path, name: str, *records: bytes) -> Path:
    path = folder / "pcaps" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(HEAD + b"".join(records))
    return path


def test_a_recording_is_made_once_and_told_twice(tmp_path: Path) -> None:
    capture(tmp_path, "c-1.pcap", *stream(SAID, 1))
    first = convert(a_job(tmp_path))
    content = (tmp_path / "out/r.wav").read_bytes()
    assert (first.reason, first.duration_ms, first.bytes) == ("", 1000, len(content))
    assert first.sha256 == hashlib.sha256(content).hexdigest()

    remove({"c": str(tmp_path)})
    again = convert(a_job(tmp_path))
    assert (again.reason, again.sha256) == ("", first.sha256)


def test_all_files_of_a_call_are_read_and_no_others(tmp_path: Path) -> None:
    records = stream(SAID, 1)
    capture(tmp_path, "c-1.pcap.1795000000", *records[:25])  # set aside when the relay came back
    capture(tmp_path, "c-1.pcap", *records[25:])
    capture(tmp_path, "cc-1.pcap", *stream(SAID, 9, ssrc=7))
    convert(a_job(tmp_path))
    sound = (tmp_path / "out/r.wav").read_bytes()[58:]
    assert set(sound[0::2]) == {1}


def test_without_a_capture_there_is_a_word_why(tmp_path: Path) -> None:
    assert "no capture file" in convert(a_job(tmp_path)).reason
    assert not (tmp_path / "out").exists()


def test_a_disk_that_refuses_leaves_the_capture_and_no_half_file(tmp_path: Path) -> None:
    kept = capture(tmp_path, "c-1.pcap", *stream(SAID, 1))
    (tmp_path / "out").write_text("a file where a folder should be")
    assert convert(a_job(tmp_path)).reason
    assert kept.exists()


def test_what_nobody_needs_is_deleted_with_its_descriptions(tmp_path: Path) -> None:
    mine, other = capture(tmp_path, "c-1.pcap"), capture(tmp_path, "d-1.pcap")
    (tmp_path / "metadata").mkdir()
    said = tmp_path / "metadata/rtpengine-meta-c-1.txt"
    said.write_text("")
    remove({"c": str(tmp_path), "gone": str(tmp_path / "nowhere")})
    assert (mine.exists(), said.exists(), other.exists()) == (False, False, True)
