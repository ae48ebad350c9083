import os
import subprocess
import sys
from pathlib import Path

import pytest

import cordboard.media
from cordboard.media.config import ConfigError, read_config
from cordboard.media.supervisor import find_living, start_time, write_pid_file

pytestmark = pytest.mark.unit


def test_a_process_is_known_by_pid_and_start_time(tmp_path: Path) -> None:
    path = str(tmp_path / "m.sock")
    assert start_time(os.getpid()) == start_time(os.getpid())
    assert start_time(2**22 + 1) is None
    write_pid_file(path)
    assert Path(f"{path}.pid").read_text().split() == [
        str(os.getpid()),
        str(start_time(os.getpid())),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "rubbish", "1", f"{os.getpid()} 1", "999999999 5"],
    ids=["empty", "rubbish", "no start time", "another start time", "no such process"],
)
def test_a_pid_file_of_another_life_finds_nobody(tmp_path: Path, text: str) -> None:
    path = str(tmp_path / "m.sock")
    Path(f"{path}.pid").write_text(text)
    assert find_living(path) is None


def test_who_does_not_listen_is_not_found(tmp_path: Path) -> None:
    path = str(tmp_path / "m.sock")
    write_pid_file(path)
    assert find_living(path) is None


def test_the_door_is_light() -> None:
    code = "import sys, cordboard.media; print('numpy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert answer.stdout.strip() == b"False"


def test_the_door_keeps_what_it_promises() -> None:
    assert sorted(cordboard.media.__all__) == sorted(set(cordboard.media.__all__))
    assert all(hasattr(cordboard.media, name) for name in cordboard.media.__all__)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"frist_port": 1}', '{"first_port": 80}', '{"silent_ms": "x"}', "@/none"]
)
def test_a_configuration_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_config(text)
