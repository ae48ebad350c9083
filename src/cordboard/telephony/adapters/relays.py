"""The relay side put together: rtpengines, recordings, keys and rescue before a media process."""

import secrets
from typing import Protocol

import msgspec

from cordboard import media
from cordboard.kit.clock import Clock
from cordboard.media import Converter, MediaClient
from cordboard.telephony.adapters.relay_digits import RelayDigits
from cordboard.telephony.adapters.relay_memory import RelayMemory
from cordboard.telephony.adapters.relay_pool import RelayPool, RelaySettings
from cordboard.telephony.adapters.relay_recordings import RelayRecordings
from cordboard.telephony.adapters.relay_rescue import RelayRescue
from cordboard.telephony.adapters.rtpengine import RelayPlane
from cordboard.telephony.adapters.sip_memory import SipMemory


class RelaysSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    relays: tuple[RelaySettings, ...]
    digits_host: str = "127.0.0.1"
    digits_port: int = 9223
    "Where instances tell keys (`--dtmf-log-dest`); 0: nowhere."

    down_after_s: float = 2.0


class MediaEar(Protocol):
    """Who hears of sound: the telephones."""

    def on_media(self, event: media.Event) -> None:
        """Take an event."""
        ...

    def on_media_arrived(self, welcome: media.Welcome, snapshot: media.Snapshot) -> None:
        """The sound is (again) there."""
        ...

    def on_moved(self, leg_id: str, host: str, port: int) -> None:
        """A leg has another place."""
        ...

    def on_lost(self, leg_id: str) -> None:
        """A leg has no place any more."""
        ...


class Relays:
    """rtpengines before a media process.

    Args:
        settings: Of the instances.
        client: The media process.
        memory: What survives a kill -9.
        clock: Time.
    """

    def __init__(
        self, settings: RelaysSettings, client: MediaClient, memory: SipMemory, clock: Clock
    ) -> None:
        kept = RelayMemory(memory)
        self._client = client
        self.pool = RelayPool(settings.relays, clock, down_after_s=settings.down_after_s)
        self.recordings = RelayRecordings(Converter(clock), kept, clock.now_ms)
        self.plane = RelayPlane(
            client, self.pool, self.recordings, kept, clock, lambda: secrets.token_hex(8)
        )
        self.rescue = RelayRescue(self.plane, clock)
        self.digits = RelayDigits(settings.digits_host, settings.digits_port, self.rescue.on_key)
        self._hears_digits = settings.digits_port > 0

    def attach(self, ear: MediaEar) -> None:
        """Tell everything to these telephones."""
        self._client.events = self.rescue.on_media
        self._client.arrived = self.rescue.on_arrived
        self.rescue.events = ear.on_media
        self.rescue.arrived = ear.on_media_arrived
        self.rescue.moved = ear.on_moved
        self.rescue.lost = ear.on_lost

    async def start(self) -> None:
        """Take back the legs of an earlier life and meet the instances; before the media process.

        Raises:
            OSError: If the port for keys is taken.
        """
        self.rescue.adopt()
        if self._hears_digits:
            self.digits.open()
        await self.pool.start()

    @property
    def is_up(self) -> bool:
        """Whether a new call would find an instance."""
        return self.pool.choose() is not None

    async def close(self) -> None:
        """Leave; calls at the instances go on, recordings are made to their end."""
        await self.plane.close()
        await self.rescue.close()
        self.digits.close()
        await self.recordings.close()
        await self.pool.close()
