"""What the relay plane knows of a leg, and when two legs may be put through to each other.

Pure: no socket, no clock. Legs of one group share a call at one instance, so that they can be put
through; legs of different groups are bridged by the media process.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cordboard.media import CreateLeg, Play, Reply, SetRemote, Source
from cordboard.telephony.adapters.relay_call import RelayCall, RelayParty

_HELD = ("", "0.0.0.0", "::")  # noqa: S104 - an SDP address that means "on hold"


@dataclass(slots=True, eq=False)
class RelayGroup:
    """Legs that may be put through to each other, and the order in which they are served."""

    call: RelayCall
    legs: dict[str, "RelayLeg"] = field(default_factory=dict)
    tail: "asyncio.Future[Reply] | None" = None
    "Done when the last order given so far has been carried out."

    is_in_doubt: bool = False
    "An order found nobody at home: links may not be as they should."

    @property
    def is_idle(self) -> bool:
        """Whether no order is waiting or under way."""
        return self.tail is None or self.tail.done()


@dataclass(slots=True, eq=False)
class RelayLeg:
    """A leg: its party at the relay, and what the media process does with it."""

    order: CreateLeg
    group: RelayGroup
    party: RelayParty
    wish: SetRemote | None = None
    "What signalling agreed last, with its direction."

    row: tuple[Source, ...] = ()
    "Whom the media process lets it hear."

    ears: set[str] = field(default_factory=set)
    "Legs that have it in their row."

    is_muted: bool = False

    playing: str = ""
    music: Play | None = None
    "What plays without an end: a new media process goes on with it."

    collecting: str = ""
    keys: int = 0
    "Orders of keys that are being sent."

    apart: bool = False
    "The media process records it: it stays at home."

    passed_in: int = 0
    "Packets of the party that the media process never saw."

    passed_out: int = 0
    "Packets to the party that the media process never saw."

    @property
    def name(self) -> str:
        """The leg's name."""
        return self.order.leg

    @property
    def peer(self) -> str:
        """The one it hears, if it hears one alone as it is; or nothing."""
        return self.row[0].leg if len(self.row) == 1 and not self.row[0].gain_db else ""

    def inner_remote(self, *, is_quiet: bool) -> SetRemote:
        """What the media process is told: its far end is the relay."""
        assert self.wish is not None, "nothing was agreed yet"
        host, port = self.party.inner
        return msgspec.structs.replace(
            self.wish,
            host=host,
            port=port,
            latch="strict",
            signalling_host="",
            direction="inactive" if is_quiet else self.wish.direction,
        )

    def kept(self) -> dict[str, Any]:
        """What must be known of it after a kill -9, as plain values."""
        return {
            "order": msgspec.to_builtins(self.order),
            "call": self.group.call.call_id,
            "relay": self.group.call.relay.name,
            "recorded": self.group.call.is_recorded,
            "party": msgspec.to_builtins(self.party),
            "wish": msgspec.to_builtins(self.wish),
        }


def has_address(remote: SetRemote) -> bool:
    """Whether a description names a place to send to; one on hold may not."""
    return remote.host not in _HELD and remote.port > 0


def same_place(one: SetRemote | None, other: SetRemote) -> bool:
    """Whether the relay need not be told: same address and same payload types."""
    return one is not None and _wire(one) == _wire(other)


def _wire(remote: SetRemote) -> tuple[object, ...]:
    return (remote.host, remote.port, *_payload(remote))


def _payload(remote: SetRemote) -> tuple[object, ...]:
    return (
        remote.codec, remote.payload_type, remote.telephone_event_pt, remote.ptime_ms,
    )  # fmt: skip


def may_go_through(one: RelayLeg, other: RelayLeg) -> bool:
    """Whether two bridged legs need nothing of the media process, and speak alike."""
    return (
        one.group is other.group
        and not one.group.is_in_doubt
        and _is_plain(one)
        and _is_plain(other)
        and one.peer == other.name
        and other.peer == one.name
        and one.ears == {other.name}
        and other.ears == {one.name}
        and one.wish is not None
        and other.wish is not None
        and _payload(one.wish) == _payload(other.wish)
    )


def _is_plain(leg: RelayLeg) -> bool:
    return (
        not (leg.playing or leg.collecting or leg.keys or leg.apart or leg.is_muted)
        and leg.wish is not None
        and leg.wish.direction == "sendrecv"
        and leg.party.remote is not None
        and same_place(leg.party.remote, leg.wish)
    )
