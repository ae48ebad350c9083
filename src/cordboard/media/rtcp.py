"""RTCP on the wire: our sender reports with SDES, and what a peer's reports tell us.

Pure: time comes in. Knows no socket. Reports about anybody but our own SSRC are ignored.
Sources: RFC 3550 §6.4 (SR, RR), §6.5 (SDES), §6.6 (BYE), §6.4.1 (round trip from LSR, DLSR).
"""

import struct
from dataclasses import dataclass

from .rtp import Outgoing, Reception

_SENDER = struct.Struct(">BBHIIIIII")
_RECEIVER = struct.Struct(">BBHI")
_BLOCK = struct.Struct(">IIIIII")
_NTP_EPOCH_S = 2208988800
SR, RR, SDES, BYE = 200, 201, 202, 203


@dataclass(frozen=True, slots=True)
class PeerReport:
    """What one compound packet from the peer says."""

    ntp_middle: int | None
    "Middle 32 bits of the peer's NTP time, to be given back as LSR; None without an SR."

    rtt_ms: float | None
    fraction_lost: float | None
    "Of what we sent, since the peer's last report; 0 to 1."

    bye: bool


def ntp_time(utc_ms: int) -> tuple[int, int]:
    """UTC epoch milliseconds as NTP seconds and fraction."""
    return utc_ms // 1000 + _NTP_EPOCH_S, ((utc_ms % 1000) << 32) // 1000


def ntp_middle(utc_ms: int) -> int:
    """The middle 32 bits of the NTP time: units of 1/65536 s."""
    seconds, fraction = ntp_time(utc_ms)
    return (seconds & 0xFFFF) << 16 | fraction >> 16


class Reporter:
    """Keeps what the next report needs between two reports of one leg."""

    def __init__(self, cname: str) -> None:
        self._cname = cname.encode()[:255]
        self._expected = 0
        self._received = 0
        self._peer_ntp = 0
        self._peer_at_ms = 0

    def report(self, out: Outgoing, came: Reception, utc_ms: int, ts_now: int) -> bytes:
        """Build SR (RR if nothing was sent) with one block about the peer, and SDES."""
        blocks = self._block(came, utc_ms) if came.ssrc >= 0 else b""
        count = 1 if blocks else 0
        if out.packets:
            seconds, fraction = ntp_time(utc_ms)
            head = _SENDER.pack(
                0x80 | count, SR, 6 + 6 * count, out.ssrc, seconds, fraction, ts_now,
                out.packets & 0xFFFFFFFF, out.octets & 0xFFFFFFFF,
            )  # fmt: skip
        else:
            head = _RECEIVER.pack(0x80 | count, RR, 1 + 6 * count, out.ssrc)
        return head + blocks + self._sdes(out.ssrc)

    def _block(self, came: Reception, utc_ms: int) -> bytes:
        expected, received = came.expected - self._expected, came.packets - self._received
        self._expected, self._received = came.expected, came.packets
        lost = max(0, expected - received)
        fraction = min(255, (lost << 8) // expected) if expected > 0 else 0
        delay = max(0, utc_ms - self._peer_at_ms) * 65536 // 1000 if self._peer_ntp else 0
        return _BLOCK.pack(
            came.ssrc, fraction << 24 | min(came.lost, 0x7FFFFF), came.highest_seq & 0xFFFFFFFF,
            int(came.jitter_ticks), self._peer_ntp, delay & 0xFFFFFFFF,
        )  # fmt: skip

    def _sdes(self, ssrc: int) -> bytes:
        chunk = struct.pack(">IBB", ssrc, 1, len(self._cname)) + self._cname + b"\0"
        chunk += b"\0" * (-len(chunk) % 4)
        return struct.pack(">BBH", 0x81, SDES, len(chunk) // 4) + chunk

    def take(self, data: bytes, own_ssrc: int, utc_ms: int) -> PeerReport | None:
        """Read a compound packet; None if it is malformed or holds nothing of use."""
        report = parse(data, own_ssrc, utc_ms)
        if report and report.ntp_middle is not None:
            self._peer_ntp, self._peer_at_ms = report.ntp_middle, utc_ms
        return report


def parse(data: bytes, own_ssrc: int, utc_ms: int) -> PeerReport | None:
    """Fold the packets of one compound RTCP datagram into what matters to us."""
    middle: int | None = None
    rtt: float | None = None
    fraction: float | None = None
    bye = seen = False
    offset = 0
    while offset + 8 <= len(data):
        size = 4 + 4 * int.from_bytes(data[offset + 2 : offset + 4], "big")
        if data[offset] & 0xC0 != 0x80 or offset + size > len(data):
            return None
        kind, part = data[offset + 1], data[offset : offset + size]
        if kind == SR and size >= 28:
            middle = int.from_bytes(part[10:14], "big")
        if kind in (SR, RR):
            rtt, fraction = _about_us(part, 28 if kind == SR else 8, own_ssrc, utc_ms)
        bye = bye or kind == BYE
        seen = seen or kind in (SR, RR, BYE)
        offset += size
    return PeerReport(middle, rtt, fraction, bye) if seen else None


def _about_us(part: bytes, at: int, ssrc: int, utc_ms: int) -> tuple[float | None, float | None]:
    for _ in range(part[0] & 0x1F):
        if at + 24 > len(part):
            break
        about, lost, _, _, lsr, dlsr = _BLOCK.unpack_from(part, at)
        at += 24
        if about != ssrc:
            continue
        trip = (ntp_middle(utc_ms) - lsr - dlsr) & 0xFFFFFFFF
        sane = lsr != 0 and trip < 60 << 16
        return (trip * 1000 / 65536 if sane else None), (lost >> 24) / 256
    return None, None
