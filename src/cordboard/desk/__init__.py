"""The room of screens: what is live. See README.md."""

from .model import LiveState

__all__ = ["LiveState"]
