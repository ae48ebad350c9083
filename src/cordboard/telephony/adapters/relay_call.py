"""One call at one rtpengine: parties, our own socket behind each, and who is linked with whom.

Each party has an own socket of the media process behind it, and is always linked: with that socket
(it is *at home*) or with another party (*through*). These rules keep rtpengine 10.5 alive and hold
on 26 too; the contract test walks all of it against the installed one.

* Every offer names both tags. One without a to-tag, from a tag that has lost its far end, ends the
  process and every call on it.
* `port-latching` always, and each side's last description: so no port ever changes.
* Both parties of a pair are moved: one that stays linked is still heard by the other.
* An own socket is quiet while its party is through: it would be heard beside the far end.

Source: rtpengine, docs/ng_control_protocol.md.
"""

from typing import Any

import msgspec

from cordboard.media import SetRemote
from cordboard.sip import RemoteProtocolError, parse_sdp
from cordboard.telephony.adapters.ng import NgError, NgReply
from cordboard.telephony.adapters.relay_pool import Relay

Place = tuple[str, int]
"Host and port."

_REPLACE = ("origin", "session-connection")


def describe(place: Place, remote: SetRemote | None = None) -> str:
    """A description of one G.711 line for rtpengine, which passes payload on as it is.

    Args:
        place: Where sound is received.
        remote: What the party agreed to; None: all that we may agree to.
    """
    host, port = place
    family = "IP6" if ":" in host else "IP4"
    if remote is None:
        formats = [(8, "PCMA/8000"), (0, "PCMU/8000"), (101, "telephone-event/8000")]
    else:
        formats = [(remote.payload_type, f"{remote.codec}/8000")]
        if remote.telephone_event_pt is not None:
            formats.append((remote.telephone_event_pt, "telephone-event/8000"))
    return "\r\n".join(
        [
            "v=0",
            f"o=- 1 1 IN {family} {host}",
            "s=-",
            f"c=IN {family} {host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(str(number) for number, _ in formats)}",
            *(f"a=rtpmap:{number} {name}" for number, name in formats),
            "a=sendrecv",
            "",
        ]
    )


class RelayParty(msgspec.Struct):
    """A party in a call, and our socket behind it."""

    name: str
    "Leg; the tag of its own socket is derived from it."

    own: Place
    "The media process's socket."

    latch: str = "nat"
    remote: SetRemote | None = None
    "What was agreed with the party; None before its answer."

    outer: Place = ("", 0)
    "Where the party sends to: a port of rtpengine that never changes."

    inner: Place = ("", 0)
    "Where our socket sends to."

    through: str = ""
    "The party it is linked with past us; empty: at home."

    life: int = 1
    "Which own socket this is: a new media process brings a new one."

    @property
    def own_tag(self) -> str:
        """Tag of our socket."""
        return f"{self.name}-own{self.life}"

    @property
    def own_sdp(self) -> str:
        """Description of our socket."""
        return describe(self.own, self.remote)

    @property
    def sdp(self) -> str:
        """Description of the party."""
        assert self.remote is not None, "the party has not answered"
        return describe((self.remote.host, self.remote.port), self.remote)


class RelayCall:
    """A call at an instance. One order at a time: whoever owns it sees to that.

    Args:
        call_id: Letters, digits and `-`; named in file names.
        relay: Where.
    """

    def __init__(self, call_id: str, relay: Relay) -> None:
        self.call_id = call_id
        self.relay = relay
        self.parties: dict[str, RelayParty] = {}
        self.is_recorded = False
        self._is_over = False
        relay.calls += 1

    async def open(self, party: RelayParty) -> None:
        """Take a party in; `outer` is known then.

        Raises:
            NgError: If it cannot be had; nothing is left there.
        """
        self.parties[party.name] = party
        try:
            party.outer = await self._say(
                "offer", party.own_tag, party.name, party.own_sdp, party.latch, via=party.name
            )
        except NgError:
            del self.parties[party.name]
            raise

    async def answer(self, party: RelayParty, remote: SetRemote) -> None:
        """The party is known; sound may flow between it and our socket: it is at home."""
        party.remote = remote
        inner = await self._say(
            "answer", party.own_tag, party.name, party.sdp, party.latch, via=party.name
        )
        party.inner = inner

    async def move_home(self, party: RelayParty) -> None:
        """Link a party with its own socket again, or for the first time with a new one."""
        outer = await self._say("offer", party.own_tag, party.name, party.own_sdp, party.latch)
        if outer != party.outer:
            raise NgError(f"the port of {party.name} changed")
        party.inner = await self._say("answer", party.own_tag, party.name, party.sdp, party.latch)
        party.through = ""

    async def put_through(self, one: RelayParty, other: RelayParty) -> None:
        """Link two parties with each other, past our sockets."""
        outer = await self._say("offer", one.name, other.name, one.sdp, one.latch)
        again = await self._say("answer", one.name, other.name, other.sdp, other.latch)
        one.through, other.through = other.name, one.name
        if (outer, again) != (other.outer, one.outer):
            raise NgError(f"a port of {one.name} or {other.name} changed")

    async def leave(self, party: RelayParty) -> None:
        """A party goes, and the call with the last; nobody is through to it any more."""
        self.parties.pop(party.name, None)
        fields: dict[str, Any] = {"call-id": self.call_id, "delete delay": 0}
        if self.parties:
            fields["from-tag"] = party.name if party.remote is not None else party.own_tag
        await self._ask({"command": "delete", **fields})

    def abandon(self) -> None:
        """It is over, there or as far as we care: it counts no more."""
        if not self._is_over:
            self._is_over = True
            self.relay.calls -= 1

    async def count(self) -> dict[str, int]:
        """RTP packets that came from each tag."""
        reply = await self._ask({"command": "query", "call-id": self.call_id})
        return {name: tag.packets for name, tag in reply.tags.items()}

    async def record(self, *, on: bool) -> None:
        """Write, or no longer write, every packet that arrives to a pcap file."""
        command = "start recording" if on else "stop recording"
        await self._ask({"command": command, "call-id": self.call_id})
        self.is_recorded = on

    async def _say(
        self, command: str, tag: str, to_tag: str, sdp: str, latch: str, *, via: str = ""
    ) -> Place:
        """An offer or answer; the place that rtpengine names in its description."""
        learning = "off" if latch == "strict" else "heuristic"
        fields: dict[str, Any] = {
            "command": command,
            "call-id": self.call_id,
            "from-tag": tag,
            "to-tag": to_tag,
            "sdp": sdp,
            "flags": ["port-latching", "strict-source", f"endpoint-learning-{learning}"],
            "replace": _REPLACE,
            "ICE": "remove",
            "transport protocol": "RTP/AVP",
        }
        if via:
            fields["via-branch"] = f"z9hG4bK{via}"
        reply = await self._ask(fields)
        try:
            media = parse_sdp(reply.sdp.encode()).media[0]
        except (RemoteProtocolError, IndexError):
            raise NgError("no description in the reply") from None
        return media.host, media.port

    async def _ask(self, fields: dict[str, Any]) -> NgReply:
        return await self.relay.ng.ask_raw(fields)
