"""Random lawful streams: what the rooms nearer the wire may tell of a call, in any lawful order."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.unit.records.facts import T0_MS, Told

Draw = Callable[[st.SearchStrategy[object]], object]
_AGENTS = ("a1", "a2", "a3")
_QUEUES = ("support", "backup")


class Walk:
    """One call on a random way from arrival to its end; the clock moves between any two steps."""

    def __init__(self, draw: Draw, number: int) -> None:
        self._draw = draw
        self.now = 0.0
        self.told = Told(f"c{number}", start_ms=T0_MS + 7_000 * number).arrive()
        self.state = "flow"
        self.agent = ""
        self._used: set[str] = set()

    def choose(self, *options: str) -> str:
        return str(self._draw(st.sampled_from(options)))

    def wait(self) -> float:
        self.now += float(self._draw(st.sampled_from((0.0, 0.001, 1.5, 4.999, 20.0, 61.25))))  # type: ignore[arg-type]
        return self.now

    def run(self, steps: int) -> Told:
        self.told.flow(0)
        for _ in range(steps):
            if self.state == "ended":
                break
            getattr(self, f"_{self.state}")(self.wait())
        return self.told

    def _flow(self, at: float) -> None:
        step = self.choose("key", "data", "enter", "refused", "hang_up", "crash", "served")
        if step == "key":
            self.told.press(at, "5")
        elif step == "data":
            self.told.data(at, "meter", "1")
        elif step in ("enter", "refused"):
            self.told.enter(at, self.choose(*_QUEUES))
            if step == "refused":
                self.told.leave(at, "refused")
            self.state = "queue" if step == "enter" else "flow"
        else:
            by = "customer" if step == "hang_up" else "system"
            reason = "crash" if step == "crash" else ""
            self._end(at, by, reason=reason, served=step == "served")

    def _queue(self, at: float) -> None:
        free = [agent for agent in _AGENTS if agent not in self._used]
        step = self.choose(*(["offer"] if free else []), "overflow", "exit", "position", "hang_up",
                           "timed_out", "drop")  # fmt: skip
        if step == "offer":
            self.agent = free[0]
            self.told.offer(at, self.agent)
            self.state = "ring"
        elif step == "overflow":
            self.told.leave(at, "overflowed").enter(at, self.choose(*_QUEUES), "overflow")
        elif step in ("exit", "timed_out"):
            self.told.leave(at, "exited" if step == "exit" else "timed_out")
            self.state = "flow"
        elif step == "position":
            self.told.position(at)
        else:
            self._end(at, "customer" if step == "hang_up" else "network")
            self.told.leave(at, "abandoned" if step == "hang_up" else "failed")

    def _ring(self, at: float) -> None:
        step = self.choose("connect", "missed", "refused", "failed", "hang_up")
        if step == "connect":
            self.told.connect(at, self.agent)
            self._used.add(self.agent)
            self.state = "talk"
        elif step == "hang_up":
            self._end(at, "customer")
            self.told.end_offer(at, "withdrawn", self.agent).leave(at, "abandoned")
        else:
            self.told.end_offer(at, step, self.agent)
            self.state = "queue"

    def _talk(self, at: float) -> None:
        step = self.choose("hold", "customer", "agent", "transfer", "crash")
        if step == "hold":
            self.told.hold(at, self.agent)
            self.state = "hold"
        elif step == "transfer":
            self.told.agent_hangs_up(at).wrap_up(at, at + 3, self.agent)
            self.told.enter(at, self.choose(*_QUEUES), "transfer")
            self.state = "queue"
        else:
            self._end_talk(at, step)

    def _hold(self, at: float) -> None:
        if self.choose("resume", "customer") == "resume":
            self.told.resume(at, self.agent)
            self.state = "talk"
        else:
            self._end_talk(at, "customer")

    def _end_talk(self, at: float, by: str) -> None:
        if by == "agent":
            self.told.agent_hangs_up(at)
        self._end(at, "system" if by == "crash" else by, reason="crash" if by == "crash" else "")
        self.told.wrap_up(at, self.wait(), self.agent)

    def _end(self, at: float, by: str, *, reason: str = "", served: bool = False) -> None:
        self.told.end(at, by, reason=reason, served=served)
        self.state = "ended"


@st.composite
def streams(draw: Draw, most: int = 4) -> list[Told]:
    """Several calls, each told as far as it came; some are still going on."""
    count = int(draw(st.integers(1, most)))  # type: ignore[call-overload]
    return [
        Walk(draw, number).run(int(draw(st.integers(0, 14))))  # type: ignore[call-overload]
        for number in range(count)
    ]
