"""The words that orders and facts are made of. Pure; the wire's form is in `protocol.py`."""

from typing import Literal

import msgspec

Codec = Literal["PCMA", "PCMU"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Latch = Literal["strict", "nat"]
Orphan = Literal["keep", "music_then_hang_up", "hang_up"]


class Word(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of everything said on the wire: tagged with its class name, unknown keys ignored."""
