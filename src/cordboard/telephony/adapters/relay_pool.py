"""The rtpengine instances of a site: which of them live, and which one gets the next call.

Each is asked once a second how long it has lived. One that does not answer for a while is down: its
calls are lost there and go elsewhere. One that answers with a younger age was restarted: whoever
has calls there must look whether they survived (they do with Redis). Knows no leg.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog

from cordboard.kit.clock import Clock
from cordboard.kit.tasks import Tasks
from cordboard.telephony.adapters.ng import NgClient, NgError, NgReply

_ASK_S = 1.0
_ASK_SHAKY_S = 0.2
_AGE_SLACK_S = 2.0
_log = structlog.get_logger(__name__)


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """One instance."""

    host: str
    port: int = 22222
    weight: int = 1
    "Share of the calls; 0: none, it only finishes what it has."

    recording_dir: str = ""
    "Where its `--recording-dir` is seen from here; empty: calls there are recorded by our media."

    @property
    def name(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


def read_relay(text: str, recording_dir: str = "") -> RelaySettings:
    """An instance as settings name it: `host:port` or `host:port*weight`.

    Raises:
        ValueError: If it is neither.
    """
    place, _, weight = text.partition("*")
    host, colon, port = place.rpartition(":")
    if not (colon and host and port.isdecimal() and (weight or "1").isdecimal()):
        raise ValueError(f"{text}: host:port, or host:port*weight")
    return RelaySettings(
        host=host.strip("[]"),
        port=int(port),
        weight=int(weight or 1),
        recording_dir=recording_dir,
    )


class Relay:
    """One instance and what is known of it.

    Args:
        settings: Of this instance.
        on_refused: Told when its machine says that nobody listens.
    """

    def __init__(self, settings: RelaySettings, on_refused: Callable[[], object]) -> None:
        self.settings = settings
        self.name = settings.name
        address = (settings.host, settings.port)
        self.ng = NgClient(address, secrets.token_hex(4) + "x", on_refused)
        self.is_up = False
        self.calls = 0
        "Calls there, as far as they are ours."

        self.deaths = 0
        "How often it went down or was restarted."

        self.silent_since_s: float | None = None
        self.born_s: float | None = None
        "When it began to live, on our clock."


class RelayPool:
    """Watches the instances and shares calls out.

    Args:
        settings: Of each instance.
        clock: Time.
        down_after_s: An instance silent for so long is down.
    """

    def __init__(
        self, settings: tuple[RelaySettings, ...], clock: Clock, *, down_after_s: float = 2.0
    ) -> None:
        self._clock = clock
        self._down_after_s = down_after_s
        self._tasks = Tasks("relays")
        self._hurry: dict[str, asyncio.Event] = {}
        self._unheard: set[str] = set()
        self._all_heard = asyncio.Event()
        self.relays: dict[str, Relay] = {}
        for one in settings:
            hurry = self._hurry[one.name] = asyncio.Event()
            self.relays[one.name] = Relay(one, hurry.set)
        self.on_down: Callable[[Relay], object] = lambda relay: None
        "Told when an instance is given up."

        self.on_back: Callable[[Relay], object] = lambda relay: None
        "Told when an instance answers again, or was restarted: look what it still knows."

    async def start(self, timeout_s: float = 3.0) -> None:
        """Open the control sockets and wait until every instance has answered, or for so long."""
        for relay in self.relays.values():
            relay.ng.open()
            self._unheard.add(relay.name)
            self._tasks.start(self._watch(relay), name=relay.name)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_heard.wait(), timeout_s if self.relays else 0)

    async def close(self) -> None:
        """Stop watching; the instances and their calls go on."""
        await self._tasks.close()
        for relay in self.relays.values():
            relay.ng.close()

    def choose(self, but: Relay | None = None) -> Relay | None:
        """The living instance with the fewest calls for its weight; None if there is none.

        Args:
            but: Not this one.
        """
        found = [
            relay
            for relay in self.relays.values()
            if relay.is_up and relay.settings.weight > 0 and relay is not but
        ]
        fit = [relay for relay in found if relay.silent_since_s is None] or found
        return min(fit, key=lambda r: (r.calls + 1) / r.settings.weight, default=None)

    async def _watch(self, relay: Relay) -> None:
        hurry = self._hurry[relay.name]
        while True:
            hurry.clear()
            try:
                self._heard(relay, await self._ask(relay))
                self._unheard.discard(relay.name)
                if not self._unheard:
                    self._all_heard.set()
            except NgError:
                self._silent(relay)
            if relay.silent_since_s is not None:
                await self._clock.sleep(_ASK_SHAKY_S)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), _ASK_S)

    async def _ask(self, relay: Relay) -> NgReply:
        try:
            return await asyncio.wait_for(relay.ng.ask("statistics"), _ASK_S)
        except TimeoutError:
            raise NgError("no answer") from None

    def _heard(self, relay: Relay, reply: NgReply) -> None:
        now_s = self._clock.now_s()
        born_s = now_s - (reply.statistics.totalstatistics.age_s if reply.statistics else 0)
        is_new = relay.born_s is not None and born_s > relay.born_s + _AGE_SLACK_S
        came_back = not relay.is_up
        relay.silent_since_s = None
        relay.born_s = born_s
        relay.is_up = True
        if came_back:
            _log.info("relay.up", relay=relay.name, restarted=is_new)
        elif is_new:
            relay.deaths += 1
            _log.warning("relay.restarted", relay=relay.name)
        if came_back or is_new:
            self.on_back(relay)

    def _silent(self, relay: Relay) -> None:
        now_s = self._clock.now_s()
        if relay.silent_since_s is None:
            relay.silent_since_s = now_s
        elif relay.is_up and now_s - relay.silent_since_s >= self._down_after_s:
            relay.is_up = False
            relay.deaths += 1
            _log.error("relay.down", relay=relay.name)
            self.on_down(relay)
