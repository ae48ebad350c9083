"""The line list at work, and the commands that programs give."""

from .control import Control, Exchange, view_of
from .lines import LineList

__all__ = ["Control", "Exchange", "LineList", "view_of"]
