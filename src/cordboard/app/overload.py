"""The gate in front of new calls: better a `503` for one caller than bad sound for all.

Past its limit a SIP server collapses instead of slowing down, so new calls are refused as soon as
the event loop or the journal runs late, or the house is full or draining. Calls in progress and
requests inside dialogs always pass.
"""

from collections.abc import Callable

from cordboard.kit.clock import Clock

_PROBE_S = 0.05
_RETRY_S = 5
_RETRY_FULL_S = 10
_RETRY_DRAINING_S = 60


class Gate:
    """Says whether a new call may come in.

    Args:
        clock: Time.
        max_lag_s: The loop may be this much late.
        max_calls: Calls at once.
        count_calls: How many there are.
        journal_is_late: Whether facts wait too long.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        max_lag_s: float,
        max_calls: int,
        count_calls: Callable[[], int],
        journal_is_late: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._max_lag_s = max_lag_s
        self._max_calls = max_calls
        self._count_calls = count_calls
        self._journal_is_late = journal_is_late
        self._due_s = 0.0
        self.lag_s = 0.0
        "How late the loop came to its last probe."

        self._lag_before_s = 0.0
        "And to the one before: one hiccup refuses nobody, a loop that stays late does."

        self.is_draining = False
        self.refused = 0

    def ask(self) -> int | None:
        """None to let a call in, else the seconds after which to try again."""
        retry_s = self._why_not()
        if retry_s is not None:
            self.refused += 1
        return retry_s

    def _why_not(self) -> int | None:
        if self.is_draining:
            return _RETRY_DRAINING_S
        if self._count_calls() >= self._max_calls:
            return _RETRY_FULL_S
        waits_s = self._clock.now_s() - self._due_s if self._due_s else 0.0
        late_s = min(self._lag_before_s, max(self.lag_s, waits_s))
        if late_s > self._max_lag_s or self._journal_is_late():
            return _RETRY_S
        return None

    async def watch(self) -> None:
        """Probe the loop for ever."""
        while True:
            self._due_s = self._clock.now_s() + _PROBE_S
            await self._clock.sleep(_PROBE_S)
            self._lag_before_s = self.lag_s
            self.lag_s = max(0.0, self._clock.now_s() - self._due_s)
