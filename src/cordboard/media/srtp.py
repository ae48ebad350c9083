"""Sound that is encrypted on the wire: sockets that seal what goes out and open what comes in.

A leg with keys has such sockets in place of its own; a leg without pays nothing. A packet that
proves nothing is dropped like any foreign one, and counted.

Source: RFC 3711 (SRTP, SRTCP), RFC 4568 (its keys).
"""

from typing import Any

from pylibsrtp import Error, Policy, Session

from .commands import SrtpKeys
from .ports import PacketSocket

_KEY_BYTES = 30
_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}


class Sealed:
    """Both directions of one leg's encryption; RTP and RTCP share it (RFC 3711 §3.2.1).

    Raises:
        ValueError: If the suite or a key cannot be used.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        profile = _PROFILES.get(keys.suite)
        if profile is None:
            raise ValueError(f"{keys.suite} is no SRTP suite of ours")
        if len(keys.ours) != _KEY_BYTES or len(keys.theirs) != _KEY_BYTES:
            raise ValueError("SRTP keys of another length")
        try:
            outward = Policy(keys.ours, Policy.SSRC_ANY_OUTBOUND, 0, profile)
            inward = Policy(keys.theirs, Policy.SSRC_ANY_INBOUND, 0, profile)
            outward.allow_repeat_tx = True
            self.outward, self.inward = Session(outward), Session(inward)
        except (Error, TypeError, ValueError) as error:
            raise ValueError(f"SRTP keys cannot be used: {error}") from error
        self.refused = 0
        "Packets that proved nothing, or came twice."


class SealedSocket:
    """A UDP socket of a leg with keys."""

    def __init__(self, plain: PacketSocket, sealed: Sealed, *, rtcp: bool = False) -> None:
        self.plain = plain
        self._sealed = sealed
        self._open = sealed.inward.unprotect_rtcp if rtcp else sealed.inward.unprotect
        self._seal = sealed.outward.protect_rtcp if rtcp else sealed.outward.protect
        self.fileno = plain.fileno
        self.connect = plain.connect
        self.close = plain.close

    def recv(self, size: int, /) -> bytes:
        """One packet, opened.

        Raises:
            OSError: If there is none, or it proved nothing.
        """
        return self._opened(self.plain.recv(size))

    def recvfrom(self, size: int, /) -> tuple[bytes, Any]:
        """One packet, opened, and where it came from.

        Raises:
            OSError: If there is none. What proved nothing comes as no bytes.
        """
        data, source = self.plain.recvfrom(size)
        try:
            return self._opened(data), source
        except OSError:
            return b"", source

    def _opened(self, data: bytes) -> bytes:
        try:
            return self._open(data)
        except (Error, TypeError) as error:
            self._sealed.refused += 1
            raise OSError("a packet that proves nothing") from error

    def send(self, data: bytes, /) -> int:
        """Seal and send."""
        return self.plain.send(self._sealed_bytes(data))

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
        """Seal and send there."""
        return self.plain.sendto(self._sealed_bytes(data), address)

    def _sealed_bytes(self, data: bytes) -> bytes:
        try:
            return self._seal(data)
        except Error as error:
            raise OSError("a packet that cannot be sealed") from error
