"""Who makes the sound of SIP legs: a media process alone, or one with a relay before it.

The words are those of `media`: orders go in, answers come back, facts are told. So signalling is
one and the same for every adapter, and what changes is who carries the packets.
"""

import asyncio
from typing import Protocol

from cordboard import media


class MediaPlane(Protocol):
    """Where the legs' sound is made.

    `LegCreated` names the address that goes into our descriptions. Orders for one leg are carried
    out in the order in which they were given.
    """

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        """Give an order."""
        ...
