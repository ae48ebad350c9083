"""One leg of the embedded adapter: its SIP session, its descriptions, and orders that must wait.

Orders for the media of a leg wait here until the party's address is known, so that nobody is
played a prompt before there is an ear. Knows no socket.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

import msgspec

from cordboard.kit.ids import LegId
from cordboard.media import Command, SetRemote, SrtpKeys
from cordboard.sip import Agreed, Keys, SdpSide, SrtpPolicy


class Moment(StrEnum):
    """Where the leg's signalling stands."""

    ASKED = "asked"
    "Inbound, not answered by us."

    DIALLING = "dialling"
    UP = "up"
    OVER = "over"


@dataclass(slots=True)
class SipLeg:
    """What the adapter knows of a leg."""

    id: LegId
    session: str
    moment: Moment
    side: SdpSide
    signalling_host: str
    latch: str = "nat"
    offer: bytes | None = None
    "The peer's offer; None for a late offer, or when we offered."

    agreed: Agreed | None = None
    port: int = 0
    "Our RTP port; 0 until the media process has opened it."

    wants_answer: bool = False
    "`answer` was ordered before the port was known."

    is_ready: bool = False
    "The media knows the party's address: orders go straight on."

    is_held: bool = False
    wants_offer: bool = False
    "Its place changed while it rang: as soon as it is picked up it is offered the new one."

    is_moving: bool = False
    "A re-INVITE that names a new place is under way."

    trunk_id: str = ""
    extension: str = ""
    "The phone that it is; empty for a trunk's."

    payer: tuple[Literal["phone", "trunk"], str] | None = None
    "Who pays for it, if it leads outside."

    pending: list[Command] = field(default_factory=list)
    invite: dict[str, Any] = field(default_factory=dict)
    "How to invite once the port is known (dialled legs)."

    others: list[tuple[Any, dict[str, Any], bool]] = field(default_factory=list)
    "Further tries of the same attempt: route, how to invite there, and whether in clear now."

    has_rung: bool = False

    codecs: tuple[str, ...] = ()
    "Order of codecs in our offer."

    browser: str = ""
    "Extension of the seat if its party is a page; such a leg has no SIP session."

    browser_answer: str = ""
    browser_codec: str = ""
    "As an earlier life agreed it."

    like: str = ""
    "The leg it shall be bridged with, if that is known."

    def set_remote(self, agreed: Agreed) -> SetRemote:
        """The media order that follows from what was agreed."""
        self.agreed = agreed
        keys = agreed.srtp
        return SetRemote(
            leg=self.id,
            host=agreed.remote_host,
            port=agreed.remote_port,
            codec="PCMA" if agreed.codec.startswith("PCMA") else "PCMU",
            payload_type=agreed.payload_type,
            telephone_event_pt=agreed.event_type,
            ptime_ms=agreed.ptime_ms,
            direction=agreed.direction,
            latch="strict" if self.latch == "strict" else "nat",
            signalling_host=self.signalling_host,
            srtp=SrtpKeys(keys.suite, keys.ours, keys.theirs) if keys is not None else None,
        )

    def paper(self, snapshot: dict[str, object]) -> "LegPaper":
        """What a later life needs of this leg.

        Args:
            snapshot: `SipCore.snapshot` of its session.
        """
        return LegPaper(
            leg=self.id,
            moment=self.moment,
            host=self.signalling_host,
            latch=self.latch,
            trunk_id=self.trunk_id,
            offer=self.offer if self.moment is Moment.ASKED else None,
            sdp_session_id=self.side.session_id,
            sdp_version=self.side.version,
            agreed=replace(self.agreed, srtp=None) if self.agreed is not None else None,
            srtp=self.side.srtp,
            offers_srtp=self.side.offers_srtp,
            is_held=self.is_held,
            snapshot=snapshot,
        )

    @property
    def codec(self) -> str:
        """`PCMA` or `PCMU`; empty before an agreement."""
        return self.agreed.codec.partition("/")[0] if self.agreed else self.browser_codec


class LegPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A leg as the memory keeps it, so that it can be taken back after a kill -9."""

    leg: LegId
    moment: Moment
    host: str
    latch: str = "nat"
    trunk_id: str = ""
    offer: bytes | None = None
    sdp_session_id: int = 0
    sdp_version: int = 0
    agreed: Agreed | None = None
    "Without keys: those live in the media process, and another description brings new ones."

    srtp: SrtpPolicy = "off"
    offers_srtp: bool = False
    is_held: bool = False
    snapshot: dict[str, object]

    def read(self, session: str, media_host: str, keys: Keys) -> SipLeg:
        """The leg; its port is known when the media process is met."""
        side = SdpSide(media_host, self.sdp_session_id, self.sdp_version, srtp=self.srtp, keys=keys)
        side.offers_srtp = self.offers_srtp
        return SipLeg(
            id=self.leg,
            session=session,
            moment=self.moment,
            side=side,
            signalling_host=self.host,
            latch=self.latch,
            trunk_id=self.trunk_id,
            offer=self.offer,
            agreed=self.agreed,
            is_held=self.is_held,
        )
