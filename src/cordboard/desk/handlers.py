"""The fact door: facts reach the desk after their commit, in the order of the journal."""

from cordboard.kit.turns import Turns

from .service import Desk


def subscribe(turns: Turns, desk: Desk) -> None:
    """Let the desk see every committed fact."""
    turns.watch(desk.hear)
