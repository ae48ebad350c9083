"""Offer and answer of one audio line: G.711 and telephone-event, all else refused with port 0.

Keeps the `o=` version honest: it grows only when the body changes. This file knows no SIP message
and no socket; the port is somebody else's.

Source: RFC 3264 (offer/answer, hold §8.4), RFC 4733 (telephone-event).
"""

from dataclasses import dataclass

from .crypto import PLAIN, PROFILES, SECURE, Crypto, Keys, Srtp, SrtpPolicy, read_crypto
from .errors import RemoteProtocolError
from .sdp import EVENT, Direction, Media, Sdp, parse_sdp

REVERSED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
}  # fmt: skip
CODECS = ("PCMA/8000", "PCMU/8000")
"What we speak, most wanted first."

NUMBERS = {"PCMA/8000": 8, "PCMU/8000": 0}
EVENT_TYPE = 101
"Payload type that our own offers give to telephone-event."


def order_codecs(first_leg: str | None, codecs: tuple[str, ...] = CODECS) -> tuple[str, ...]:
    """Codecs for the second leg's offer: the first leg's own comes first (no transcoding)."""
    if first_leg not in codecs:
        return codecs
    return (first_leg, *(c for c in codecs if c != first_leg))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one offer and its answer settled for the audio line."""

    codec: str
    payload_type: int
    event_type: int | None
    "Payload type of telephone-event, or None if the peer has none."

    remote_host: str
    remote_port: int
    direction: Direction
    "Seen from our side: `recvonly` means that we do not send."

    ptime_ms: int = 20
    srtp: Srtp | None = None
    "None: sound in clear."


class SdpSide:
    """Our half of one session's descriptions: keeps the `o=` version honest.

    The version grows only if the body changes; the same offer gets the same answer, byte by byte.
    """

    __slots__ = ("_keys", "_last", "_session_id", "_version", "host", "offers_srtp", "srtp")

    def __init__(
        self,
        host: str,
        session_id: int,
        version: int = 0,
        *,
        srtp: SrtpPolicy = "off",
        keys: Keys | None = None,
    ) -> None:
        self._keys = keys
        self.secure(srtp)
        self.host = host
        "Where the peer shall send its sound; another one makes another version."

        self._session_id = session_id
        self._version = version
        self._last: tuple[str, ...] | None = None

    def secure(self, srtp: SrtpPolicy) -> None:
        """Begin with this policy; what is agreed then decides what further offers of ours say."""
        self.srtp: SrtpPolicy = srtp if self._keys is not None else "off"
        self.offers_srtp = self.srtp != "off"

    @property
    def session_id(self) -> int:
        """The number that names the session in `o=`."""
        return self._session_id

    @property
    def version(self) -> int:
        """Version of the last description written."""
        return self._version

    def offer(
        self,
        port: int,
        *,
        codecs: tuple[str, ...] = CODECS,
        direction: Direction = "sendrecv",
        numbers: dict[str, int] | None = None,
    ) -> bytes:
        """An offer of one audio line.

        Args:
            port: Our RTP port.
            codecs: In the order wanted; see `order_codecs`.
            direction: `sendonly` or `inactive` holds the peer.
            numbers: Payload types already in use in this session, by codec name.
        """
        types = NUMBERS | {EVENT: EVENT_TYPE} | (numbers or {})
        pairs = [(types[name], name) for name in (*codecs, EVENT)]
        if not self.offers_srtp or self._keys is None:
            return self._write(self._audio(port, pairs, direction, 20))
        lines = self._audio(port, pairs, direction, 20, SECURE)
        return self._write([*lines, *(f"a={line}" for line in self._keys.offer())])

    def answer(
        self,
        offer: bytes | Sdp,
        port: int,
        *,
        codecs: tuple[str, ...] = CODECS,
        direction: Direction = "sendrecv",
        prefer_ours: bool = False,
    ) -> tuple[bytes, Agreed]:
        """Our answer: one codec plus telephone-event on one line, all others refused.

        Args:
            offer: The peer's offer.
            port: Our RTP port.
            codecs: What we speak.
            direction: What we want; the answer never allows more than the offer does.
            prefer_ours: Choose by our order, not the peer's.

        Raises:
            RemoteProtocolError: If nothing fits (hint 488).
        """
        sdp = parse_sdp(offer) if isinstance(offer, bytes) else offer
        chosen, agreed = choose(
            sdp, codecs, direction, prefer_ours=prefer_ours, srtp=self.srtp, keys=self._keys
        )
        self.offers_srtp = agreed.srtp is not None
        lines: list[str] = []
        for media in sdp.media:
            if media is chosen:
                pairs = [(agreed.payload_type, agreed.codec)]
                if agreed.event_type is not None:
                    pairs.append((agreed.event_type, EVENT))
                profile = media.protocol
                lines += self._audio(port, pairs, agreed.direction, agreed.ptime_ms, profile)
                if (srtp := agreed.srtp) is not None:
                    lines.append(f"a={Crypto(srtp.tag, srtp.suite, srtp.ours).line()}")
            else:
                lines.append(f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}")
        return self._write(lines), agreed

    def read_answer(self, body: bytes) -> Agreed:
        """What the peer's answer to our offer settles.

        Raises:
            RemoteProtocolError: If it is broken or accepts nothing (hint 488).
        """
        srtp: SrtpPolicy = "required" if self.offers_srtp else "off"  # as we offered
        return choose(parse_sdp(body), CODECS, "sendrecv", srtp=srtp, keys=self._keys)[1]

    def _audio(
        self,
        port: int,
        pairs: list[tuple[int, str]],
        direction: Direction,
        ptime_ms: int,
        profile: str = PLAIN,
    ) -> list[str]:
        lines = [f"m=audio {port} {profile} {' '.join(str(number) for number, _ in pairs)}"]
        for number, name in pairs:
            lines.append(f"a=rtpmap:{number} {name}")
            if name == EVENT:
                lines.append(f"a=fmtp:{number} 0-16")
        return [*lines, f"a=ptime:{ptime_ms}", f"a={direction}"]

    def _write(self, media: list[str]) -> bytes:
        body = (self.host, *media)
        if body != self._last:
            self._version += 1
            self._last = body
        family = "IP6" if ":" in self.host else "IP4"
        address = f"IN {family} {self.host}"
        head = ["v=0", f"o=- {self._session_id} {self._version} {address}", "s=-"]
        return "\r\n".join([*head, f"c={address}", "t=0 0", *media, ""]).encode("latin-1")


def choose(
    sdp: Sdp,
    codecs: tuple[str, ...],
    direction: Direction,
    *,
    prefer_ours: bool = False,
    srtp: SrtpPolicy = "off",
    keys: Keys | None = None,
) -> tuple[Media, Agreed]:
    """The line and codec to use of an offer (or of the answer to ours).

    Args:
        sdp: The offer, or the answer.
        codecs: What we speak.
        direction: What we want.
        prefer_ours: Choose by our order, not the peer's.
        srtp: Which profiles will do; encrypted lines are preferred.
        keys: Ours; None only to see whether something fits.

    Raises:
        RemoteProtocolError: If nothing fits (hint 488).
    """
    profiles = PROFILES[srtp]
    lines = [m for m in sdp.media if m.is_rtp_audio and m.protocol in profiles]
    for media in lines if len(lines) < 2 else sorted(lines, key=_profile_of):
        crypto = read_crypto(media.attributes)[:1] if media.protocol == SECURE else []
        if media.protocol == SECURE and not crypto:
            continue
        found = [(n, c) for c in codecs if (n := media.payload_type(c)) is not None]
        if not found:
            continue
        if not prefer_ours:
            found.sort(key=lambda pair: media.formats.index(str(pair[0])))
        number, codec = found[0]
        agreed = Agreed(
            codec, number, media.payload_type(EVENT), media.host, media.port,
            _meet(direction, media), media.ptime_ms or 20,
            Srtp(crypto[0].suite, keys.key, crypto[0].key, crypto[0].tag)
            if crypto and keys is not None else None,
        )  # fmt: skip
        return media, agreed
    raise RemoteProtocolError("no common codec", 488)


def _profile_of(media: Media) -> bool:
    return media.protocol == PLAIN


def read_offer(body: bytes, srtp: SrtpPolicy = "off") -> Sdp:
    """The peer's offer, if it has a line that we can talk on.

    Raises:
        RemoteProtocolError: If it is broken, or nothing fits (hint 488).
    """
    sdp = parse_sdp(body)
    choose(sdp, CODECS, "sendrecv", srtp=srtp)
    return sdp


def read_answer(
    body: bytes, codecs: tuple[str, ...] = CODECS, direction: Direction = "sendrecv"
) -> Agreed:
    """What the peer's answer to our offer settles.

    Raises:
        RemoteProtocolError: If it is broken or accepts nothing (hint 488).
    """
    return choose(parse_sdp(body), codecs, direction)[1]


def _meet(ours: Direction, media: Media) -> Direction:
    """Our direction: what we want, as far as the peer's line allows."""
    held = media.host in ("0.0.0.0", "::")  # noqa: S104
    theirs = "inactive" if held and media.direction == "inactive" else media.direction
    if held and theirs == "sendrecv":
        theirs = "sendonly"
    allowed = REVERSED[theirs]
    send = ours in ("sendrecv", "sendonly") and allowed in ("sendrecv", "sendonly")
    receive = ours in ("sendrecv", "recvonly") and allowed in ("sendrecv", "recvonly")
    if send and receive:
        return "sendrecv"
    return "sendonly" if send else "recvonly" if receive else "inactive"
