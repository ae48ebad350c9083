"""STUN on the wire, as much as the lite side of ICE needs: read a check, answer it.

Pure: bytes in, bytes out. Knows no socket and no leg. A message without a right FINGERPRINT or
MESSAGE-INTEGRITY is nobody's.
Sources: RFC 8489 §5, §14 (messages), RFC 8445 §7.3, §16.1 (checks, attributes), RFC 5769 (vectors).
"""

import hashlib
import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

MAGIC = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
ROLE_CONFLICT = 487

_USERNAME, _INTEGRITY, _ERROR_CODE, _XOR_ADDRESS = 0x0006, 0x0008, 0x0009, 0x0020
_USE_CANDIDATE, _FINGERPRINT, _CONTROLLED = 0x0025, 0x8028, 0x8029
_HEAD = struct.Struct(">HHI12s")
_ATTRIBUTE = struct.Struct(">HH")
_HEAD_BYTES = 20
_FINGERPRINT_XOR = 0x5354554E


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says that matters to us."""

    kind: int
    transaction: bytes
    username: str
    nominates: bool
    "USE-CANDIDATE: this pair shall be used."

    is_controlled: bool
    "The sender takes the controlled role, which is ours."

    integrity_at: int
    "Where MESSAGE-INTEGRITY begins; 0: there is none."


def parse(data: bytes) -> Message | None:
    """Read a message; None if it is malformed or its FINGERPRINT is wrong or missing.

    Attributes behind MESSAGE-INTEGRITY other than FINGERPRINT are not heard (RFC 8489 §14.5).
    """
    if len(data) < _HEAD_BYTES or len(data) % 4:
        return None
    kind, size, magic, transaction = _HEAD.unpack_from(data)
    if magic != MAGIC or kind & 0xC000 or size != len(data) - _HEAD_BYTES:
        return None
    found: dict[int, bytes] = {}
    integrity_at = 0
    at = _HEAD_BYTES
    while at + 4 <= len(data):
        name, length = _ATTRIBUTE.unpack_from(data, at)
        if at + 4 + length > len(data):
            return None
        value = data[at + 4 : at + 4 + length]
        if name == _FINGERPRINT:
            is_last = at + 8 == len(data) and length == 4
            if not is_last or int.from_bytes(value, "big") != _fingerprint(data[:at]):
                return None
            return Message(
                kind,
                transaction,
                found.get(_USERNAME, b"").decode("utf-8", "replace"),
                _USE_CANDIDATE in found,
                _CONTROLLED in found,
                integrity_at,
            )
        if not integrity_at:
            if name == _INTEGRITY:
                if length != 20:
                    return None
                integrity_at = at
            found.setdefault(name, value)
        at += 4 + length + -length % 4
    return None


def is_signed(data: bytes, message: Message, password: bytes) -> bool:
    """Whether MESSAGE-INTEGRITY proves that the sender knows the password."""
    at = message.integrity_at
    return bool(at) and hmac.compare_digest(data[at + 4 : at + 24], _sign(data[:at], password))


def success(request: Message, source: tuple[str, int], password: bytes) -> bytes:
    """Answer a check: where it came from as we see it, signed."""
    address = ipaddress.ip_address(source[0])
    mask = MAGIC.to_bytes(4, "big") + request.transaction
    hidden = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack(">BBH", 0, family, source[1] ^ (MAGIC >> 16)) + hidden
    return build(BINDING_SUCCESS, request.transaction, [(_XOR_ADDRESS, value)], password)


def role_conflict(request: Message, password: bytes) -> bytes:
    """Answer a check whose sender takes our role: 487."""
    value = struct.pack(">HBB", 0, ROLE_CONFLICT // 100, ROLE_CONFLICT % 100) + b"Role Conflict"
    return build(BINDING_ERROR, request.transaction, [(_ERROR_CODE, value)], password)


def check(transaction: bytes, username: str, password: bytes, *, nominates: bool = False) -> bytes:
    """A check as the controlling side sends it; for tests and measurements."""
    attributes = [(_USERNAME, username.encode()), (0x802A, bytes(8)), (0x0024, bytes(4))]
    if nominates:
        attributes.append((_USE_CANDIDATE, b""))
    return build(BINDING_REQUEST, transaction, attributes, password)


def build(
    kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], password: bytes
) -> bytes:
    """Put a message together, with MESSAGE-INTEGRITY and FINGERPRINT at its end."""
    body = b"".join(
        _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    )
    data = _HEAD.pack(kind, len(body), MAGIC, transaction) + body
    data += _ATTRIBUTE.pack(_INTEGRITY, 20) + _sign(data, password)
    data = _with_length(data, len(data) - _HEAD_BYTES + 8)
    return data + _ATTRIBUTE.pack(_FINGERPRINT, 4) + _fingerprint(data).to_bytes(4, "big")


def _sign(data: bytes, password: bytes) -> bytes:
    """HMAC-SHA1 over all before the attribute, whose length counts the attribute."""
    return hmac.digest(password, _with_length(data, len(data) - _HEAD_BYTES + 24), hashlib.sha1)


def _fingerprint(data: bytes) -> int:
    return zlib.crc32(_with_length(data, len(data) - _HEAD_BYTES + 8)) ^ _FINGERPRINT_XOR


def _with_length(data: bytes, length: int) -> bytes:
    return data[:2] + length.to_bytes(2, "big") + data[4:]
