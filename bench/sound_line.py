"""The load process's end of the line to its sound process."""

import json
import socket
import subprocess
import sys
from typing import Any

_ANSWER_BYTES = 1 << 17


class SoundLine:
    """Starts `bench.sound` and gives it orders.

    Args:
        slots: Calls that can have sound.
    """

    def __init__(self, slots: int) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.sound", str(theirs.fileno()), str(slots)],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self.ports: list[int] = json.loads(self._ours.recv(_ANSWER_BYTES))
        "By slot * 2 + side."

    def order(self, *order: object) -> None:
        """`start`, slot, side, host, port; `stop`, slot, side; `mark`."""
        self._ours.send(json.dumps(order).encode())

    def figures(self) -> dict[str, Any]:
        """What was heard since the mark."""
        self.order("figures")
        found: dict[str, Any] = json.loads(self._ours.recv(_ANSWER_BYTES))
        return found

    def end(self) -> None:
        """Let it go."""
        self.order("end")
        self._process.wait(5)
