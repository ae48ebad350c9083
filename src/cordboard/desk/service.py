"""The desk: keeps the live picture and pushes each change to every screen, soon and not too often.

Facts come after their commit, in order (`Turns.watch`). They change the picture at once and are
pushed together, the first after a pause at once, later ones at most every PUSH_EVERY_S. A screen
that is too slow for a few pushes loses them and gets a fresh snapshot; no other screen waits for
it. Refuses to know HTTP and WebSockets: a screen is a bounded box of messages.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol

import msgspec

from cordboard.agents import Agent, AgentView
from cordboard.directory import User
from cordboard.kit.clock import Clock
from cordboard.kit.facts import Fact
from cordboard.queues import Queue
from cordboard.records import DayCounts

from .effects import News, Numbered, WholePicture, ping
from .model import LineState, LiveState, Path
from .snapshot import adopt, advance, apply, begin_day, change_line, configure, seed

PUSH_EVERY_S = 0.05
PUSH_EVERY_BUSY_S = 0.1
BUSY_FACTS = 200
"Facts in one push above which the next one waits longer."

BOX_MESSAGES = 16
"Pushes that a screen may lag behind before it gets a snapshot instead."

PING_EVERY_S = 15.0
TICK_S = 1.0


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """This room's section of the settings."""

    push_every_s: float = PUSH_EVERY_S
    box_messages: int = BOX_MESSAGES


class Roster(Protocol):
    """Who and what is configured."""

    def list_agents(self) -> Iterable[Agent]:
        """All agents."""
        ...

    def list_queues(self) -> Iterable[Queue]:
        """All queues."""
        ...


class Screen:
    """One connection: who looks, and what is still to be sent.

    Args:
        user: Who looks.
        box_messages: How many pushes may wait.
    """

    def __init__(self, user: User, box_messages: int) -> None:
        self.user = user
        self.is_closed = False
        self._box: deque[bytes] = deque()
        self._size = box_messages
        self._wants_snapshot = True
        self._wake = asyncio.Event()
        self._wake.set()

    @property
    def is_leader(self) -> bool:
        """Whether this screen shows all numbers and all facts."""
        return self.user.may("floor.see")

    def put(self, message: bytes) -> None:
        """Leave a push; one too many turns all of them into a snapshot."""
        if self._wants_snapshot:
            return
        if len(self._box) >= self._size:
            self.refresh()
            return
        self._box.append(message)
        self._wake.set()

    def refresh(self) -> None:
        """Forget what waits; the next message is a snapshot."""
        self._box.clear()
        self._wants_snapshot = True
        self._wake.set()

    def close(self) -> None:
        """Nothing is sent any more."""
        self.is_closed = True
        self._wake.set()

    def take(self, snapshot: Callable[[], bytes]) -> bytes | None:
        """The next message, or None if there is none now."""
        if self._wants_snapshot:
            message = snapshot()
            self._wants_snapshot = False
            return message
        return self._box.popleft() if self._box else None

    async def wait(self) -> None:
        """Until there may be a message, or the screen is closed."""
        await self._wake.wait()
        self._wake.clear()


class Desk:
    """The live picture and the screens that show it.

    Args:
        clock: Time.
        state: The picture; `zone` is the site's.
        roster: Agents and queues as configured.
        settings: This room's settings.
    """

    def __init__(
        self, clock: Clock, state: LiveState, roster: Roster, settings: DeskSettings
    ) -> None:
        self._clock = clock
        self._state = state
        self._roster = roster
        self._settings = settings
        self._screens: set[Screen] = set()
        self._facts: list[tuple[int, Fact]] = []
        self._touched: set[Path] = set()
        self._pushed_at_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._picture: WholePicture | None = None
        begin_day(state, clock.now_ms())
        configure(state, roster.list_agents(), roster.list_queues())

    @property
    def state(self) -> LiveState:
        """The picture; read only."""
        return self._state

    # What moves

    def seed(self, counts: DayCounts, seq: int) -> None:
        """Begin with what closed calls brought today and the journal's last number."""
        seed(self._state, counts)
        self._state.seq = seq

    def replay(self, fact: Fact) -> None:
        """Take over a stored fact of an open call, at start."""
        apply(self._state, fact)

    def adopt_agents(self, views: Iterable[AgentView]) -> None:
        """Take over the states in which agents are, at start, behind `seed` and `replay`."""
        adopt(self._state, views)
        self._refresh_all()

    def hear(self, numbered: Sequence[tuple[int, Fact]]) -> None:
        """Committed facts, in order: change the picture, push soon."""
        for seq, fact in numbered:
            self._touched |= apply(self._state, fact)
            self._state.seq = seq
        self._picture = None
        if not self._screens:
            self._touched.clear()
            return
        self._facts += numbered
        self._push_soon()

    def line_changed(
        self,
        line_id: str,
        *,
        kind: Literal["trunk", "phone"],
        to: LineState,
        name: str = "",
        number: str | None = None,
    ) -> None:
        """A trunk came up or went down, a phone registered or went away."""
        self._touched |= change_line(
            self._state,
            line_id,
            kind=kind,
            to=to,
            at_ms=self._clock.now_ms(),
            name=name,
            number=number,
        )
        self._picture = None
        if not self._screens:
            self._touched.clear()

    def reconfigure(self) -> None:
        """Agents or queues were configured anew: every screen gets a snapshot."""
        configure(self._state, self._roster.list_agents(), self._roster.list_queues())
        self._refresh_all()

    def tick(self) -> None:
        """Let time pass: midnight, waits that grow too long, lines that changed without a fact.

        Changes without a fact have no number of their own, so they go with the next facts, or as
        snapshots when none come.
        """
        self._touched |= advance(self._state, self._clock.now_ms())
        self._picture = None
        if self._touched and not self._facts:
            self._refresh_all()

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            await self._clock.sleep(TICK_S)
            self.tick()

    # Screens

    def open(self, user: User) -> Screen:
        """A screen of this user; its first message is a snapshot."""
        self._push()
        screen = Screen(user, self._settings.box_messages)
        self._screens.add(screen)
        return screen

    def close(self, screen: Screen) -> None:
        """The screen is gone, or shall go."""
        screen.close()
        self._screens.discard(screen)

    def end_session(self, session_id: str) -> None:
        """A login was ended: its screens go."""
        for screen in [one for one in self._screens if one.user.session_id == session_id]:
            self.close(screen)

    def count_screens(self) -> int:
        """Screens that are open."""
        return len(self._screens)

    async def next_message(self, screen: Screen) -> bytes | None:
        """The next message for this screen, a ping after a quiet time, None when it is closed."""
        while not screen.is_closed:
            message = screen.take(lambda: self._snapshot(screen))
            if message is not None:
                return message
            try:
                async with asyncio.timeout(PING_EVERY_S):
                    await screen.wait()
            except TimeoutError:
                return ping(self._clock.now_ms())
        return None

    def _snapshot(self, screen: Screen) -> bytes:
        self._push()
        if self._picture is None:
            self._picture = WholePicture(self._state, self._clock.now_ms())
        if screen.is_leader:
            return self._picture.for_leader()
        return self._picture.for_agent(screen.user.agent_id)

    # Pushing

    def _push_soon(self) -> None:
        if self._timer is not None:
            return
        busy = len(self._facts) > BUSY_FACTS
        every_s = max(PUSH_EVERY_BUSY_S if busy else 0.0, self._settings.push_every_s)
        wait_s = max(0.0, self._pushed_at_s + every_s - self._clock.now_s())
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._push)

    def _push(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._facts:
            return
        facts: Numbered = self._facts
        news = News(self._state, facts, self._touched)
        self._facts, self._touched = [], set()
        self._pushed_at_s = self._clock.now_s()
        for screen in self._screens:
            screen.put(
                news.for_leader() if screen.is_leader else news.for_agent(screen.user.agent_id)
            )

    def _refresh_all(self) -> None:
        self._push()
        self._touched.clear()
        self._picture = None
        for screen in self._screens:
            screen.refresh()


def parse_message(text: str) -> dict[str, Any]:
    """What a screen said; an empty one if it is no JSON object."""
    try:
        said = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
