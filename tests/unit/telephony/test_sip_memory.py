"""What survives a kill -9, in a file."""

from pathlib import Path

import pytest

from cordboard.telephony.adapters import sip_memory
from cordboard.telephony.adapters.sip_memory import SipMemory

pytestmark = pytest.mark.unit


def test_what_was_kept_is_there_again_and_what_was_dropped_is_not(tmp_path: Path) -> None:
    memory = SipMemory(tmp_path / "deep" / "memory")
    memory.keep("leg/1", {"a": 1})
    memory.keep("leg/2", {"a": 2})
    memory.keep("phone/8001", {"b": 3})
    memory.keep("leg/1", {"a": 4})
    memory.drop("leg/2")
    memory.drop("leg/unknown")

    again = SipMemory(tmp_path / "deep" / "memory")  # no close: the process was killed

    assert again.items("leg/") == [("1", {"a": 4})]
    assert again.items("phone/") == [("8001", {"b": 3})]


def test_a_line_of_bytes_that_are_no_text_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    SipMemory(path).keep("leg/1", 1)
    path.write_bytes(path.read_bytes().rstrip(b"\0") + b'["leg/\xff\xfe",2]\n')

    assert dict(SipMemory(path).items("leg/")) == {"1": 1}


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    memory = SipMemory(path)
    memory.keep("leg/1", 1)
    memory.keep("leg/2", 2)
    whole = path.read_bytes().rstrip(b"\0")

    for length in range(len(whole)):
        path.write_bytes(whole[:length] + bytes(8))
        kept = dict(SipMemory(path).items("leg/"))
        assert kept in ({}, {"1": 1}, {"1": 1, "2": 2})


def test_a_file_that_has_grown_is_rewritten_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_memory, "_ROOM_BYTES", 1000)
    path = tmp_path / "memory"
    memory = SipMemory(path)
    memory.keep("leg/first", "stays")
    for number in range(500):
        memory.keep(f"leg/{number}", "x" * 20)
        memory.drop(f"leg/{number}")

    assert path.stat().st_size < 2000
    assert SipMemory(path).items("leg/") == [("first", "stays")]
