"""The gate in front of new calls: better a `503` for one caller than bad service for all.

Past its limit a SIP server collapses instead of slowing down, so new calls are refused as soon as
work waits too long anywhere (see `throttle`), or the house is full or draining. Calls in progress
and requests inside dialogs always pass.
"""

from collections import Counter
from collections.abc import Callable

import structlog

from cordboard.app.throttle import Throttle
from cordboard.kit.clock import Clock, Occupancy

_PROBE_S = 0.02
_PROBES_A_SHARE = 10
"How full the loop is, is looked at every 200 ms."

_RETRY_S = {"late": 2, "rate": 2, "full": 10, "draining": 60}
"""Retry-After. Short for a moment's overload: a proxy sends us nothing at all meanwhile (RFC 3261
§21.5.4), and a long silence of many proxies ends in the next flood."""

_OVER_S = 5.0
"An episode is over when nobody was refused for so long."

TAKEN = "taken"
"New calls are taken: what `/healthz` says of them, or else why they are refused."

_log = structlog.get_logger(__name__)


class Gate:
    """Says whether a new call may come in.

    Args:
        clock: Time.
        target_s: Work may wait so long: unread on the wire, for the loop, for its commit.
        max_calls: Calls at once.
        count_calls: How many there are.
        journal_waits_s: How long the oldest turn waits for its commit.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        target_s: float,
        max_calls: int,
        count_calls: Callable[[], int],
        journal_waits_s: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._max_calls = max_calls
        self._count_calls = count_calls
        self._journal_waits_s = journal_waits_s
        self.throttle = Throttle(target_s)
        self.is_draining = False
        self.refused: Counter[str] = Counter(dict.fromkeys(_RETRY_S, 0))
        "Calls by the reason why."

        self._began_s: float | None = None
        self._refused_s = 0.0
        self._in_episode = 0
        self._last_why = TAKEN

    def ask(self) -> int | None:
        """None to let a call in, else the seconds after which to try again."""
        now_s = self._clock.now_s()
        why = self._why_not(now_s)
        if why is None:
            return None
        self.refused[why] += 1
        if why != "draining":
            self._note(now_s, why)
        return _RETRY_S[why]

    def _why_not(self, now_s: float) -> str | None:
        if self.is_draining:
            return "draining"
        if self._count_calls() >= self._max_calls:
            return "full"
        return self.throttle.ask(now_s)

    def saw_wire(self, waited_s: float) -> None:
        """A datagram is read that lay unread so long."""
        self.throttle.saw("wire", self._clock.now_s(), waited_s)

    @property
    def says(self) -> str:
        """Whether calls were refused in the last seconds, and why the last of them."""
        return "draining" if self.is_draining else self._last_why

    @property
    def waits_s(self) -> dict[str, float]:
        """How long work waited when it was last looked at, by queue."""
        return {name: queue.waits_s for name, queue in self.throttle.queues.items()}

    def _note(self, now_s: float, why: str) -> None:
        self._refused_s, self._last_why = now_s, why
        self._in_episode += 1
        if self._began_s is None:
            self._began_s = now_s
            _log.warning("overload.began", why=why, **self._figures())

    def _figures(self) -> dict[str, object]:
        waits_ms = {f"{name}_ms": round(s * 1000) for name, s in self.waits_s.items()}
        return {"calls": self._count_calls(), **waits_ms}

    async def watch(self) -> None:
        """Probe the loop and the journal for ever; runs on the loop whose gate it is."""
        occupancy = Occupancy()
        while True:
            for _ in range(_PROBES_A_SHARE):
                due_s = self._clock.now_s() + _PROBE_S
                await self._clock.sleep(_PROBE_S)
                self.look(due_s)
            self.throttle.saw_busy(occupancy.share())

    def look(self, due_s: float) -> None:
        """Take a probe that was due at this time, and end an episode that is over."""
        now_s = self._clock.now_s()
        self.throttle.saw("loop", now_s, max(0.0, now_s - due_s))
        self.throttle.saw("journal", now_s, self._journal_waits_s())
        if self._began_s is not None and now_s - self._refused_s > _OVER_S:
            lasted_s = round(self._refused_s - self._began_s, 1)
            _log.warning(
                "overload.ended", seconds=lasted_s, refused=self._in_episode, **self._figures()
            )
            self._began_s, self._in_episode, self._last_why = None, 0, TAKEN
