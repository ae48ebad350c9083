"""Another SIP switch as the thing measured: what can be seen from outside, and CPU if named."""

import time
from pathlib import Path
from typing import NamedTuple

from bench.plan import Plan
from bench.process import Sample, Usage, children, usage


class Peer(NamedTuple):
    """A switch that runs already and calls the generator's phones. See README.md."""

    plan: Plan
    flow_number: str = ""
    "Empty: calls go to the queue's number and no key is pressed."

    scarce_number: str = ""
    keys: str = "1"
    key_after_ms: int = 1000
    pid: int = 0
    calls_at_once: int = 200

    @property
    def name(self) -> str:
        """For the table."""
        return self.plan.target

    @property
    def has_cpu(self) -> bool:
        """Whether its CPU can be read."""
        return self.pid > 0

    @property
    def is_ours(self) -> bool:
        """Whether it is a child of the bench."""
        return False

    def flow_plan(self) -> Plan:
        """Calls through announcement, key and queue."""
        if not self.flow_number:
            return self.plan
        return self.plan._replace(
            number=self.flow_number, keys=self.keys, key_after_ms=self.key_after_ms
        )

    def sample(self) -> Sample:
        """CPU and memory of the process and its children; all as `control`."""
        pids = [self.pid, *children(self.pid)] if self.pid else []
        used = [usage(pid) for pid in pids]
        total = Usage(sum(u.cpu_s for u in used), sum(u.memory_kb for u in used))
        return Sample(time.monotonic(), total, Usage(0.0, 0))

    def kept(self) -> tuple[int, int] | None:
        """Records and recordings cannot be counted from outside."""
        return None

    def recordings(self) -> set[Path] | None:
        """Nor read."""
        return None

    def drops(self) -> int | None:
        """Its sockets are not known."""
        return None

    def settle(self) -> None:
        """Let it come to rest."""
        time.sleep(1.0)
