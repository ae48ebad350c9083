"""The line log: six fields, one line an event, rotated, read from behind."""

from datetime import UTC
from pathlib import Path

import pytest

from cordboard.lines.effects import LINE, FileLog, formatted
from cordboard.lines.model import LogLevel, LogLine

pytestmark = pytest.mark.unit


def a_line(text: str = "call c1", level: LogLevel = "information") -> LogLine:
    return LogLine(
        at_ms=1_303_853_464_000,
        level=level,
        file="lines/service/steps.py",
        line=61,
        channel="101",
        signal="seized",
        state="2",
        text=text,
    )


def test_six_bracketed_fields() -> None:
    expected = (
        "[2011-04-26 21:31:04][information][lines/service/steps.py][61][101/seized/2][call c1]"
    )
    assert formatted(a_line(), UTC) == expected


def test_nothing_in_a_field_breaks_the_line() -> None:
    text = formatted(a_line("a]b[c\nd"), UTC)

    found = LINE.fullmatch(text)
    assert found is not None
    assert found["text"] == "a)b(c d"


def test_files_are_rotated_and_the_last_lines_read_over_the_seam(tmp_path: Path) -> None:
    log = FileLog(tmp_path / "logs" / "lines.log", UTC, max_bytes=1000, files=2)
    for number in range(40):
        log.write(a_line(f"call {number}", "error" if number == 39 else "information"))
    log.close()

    assert len(list((tmp_path / "logs").iterdir())) == 3
    assert [x.rpartition("[")[2] for x in log.read(3)] == ["call 37]", "call 38]", "call 39]"]
    assert len(log.read(14)) == 14
    assert [x.rpartition("[")[2] for x in log.read(5, errors_only=True)] == ["call 39]"]
