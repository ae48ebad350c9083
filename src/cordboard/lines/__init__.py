"""The room of lines: the line list, its life cycles, its log and its control. See README.md."""

from .errors import BadCommandError, LineBusyError, NoSuchLineError
from .model import LineEvent, LineState, LogLine

__all__ = [
    "BadCommandError",
    "LineBusyError",
    "LineEvent",
    "LineState",
    "LogLine",
    "NoSuchLineError",
]
