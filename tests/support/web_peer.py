"""A browser's side of a secure leg, played by ourselves: a check, a handshake, protected sound."""

import contextlib
import datetime
import os
import secrets
import socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from cordboard.media import stun


class WebPeer:
    """Speaks with one port of a media process.

    Args:
        address: Where the leg is.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(2)
        self.ufrag = secrets.token_hex(4)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
        began = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(began)
            .not_valid_after(began.replace(year=2100))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
        self.ssl = SSL.Connection(context, None)
        self.ssl.set_connect_state()
        self.ssl.set_ciphertext_mtu(1200)
        self.inbound = self.outbound = Session()

    def check(self, ufrag: str, password: str, *, nominates: bool = True) -> bytes:
        """A check for the leg with these."""
        name = f"{ufrag}:{self.ufrag}"
        return stun.check(os.urandom(12), name, password.encode(), nominates=nominates)

    def send(self, data: bytes) -> None:
        self.sock.sendto(data, self.address)

    def read(self) -> bytes:
        """What comes next, at most 2 s from now."""
        return self.sock.recv(2048)

    def nothing_comes(self) -> bool:
        self.sock.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            self.sock.recv(2048)
            return False
        return True

    def flight(self) -> bytes:
        """What the handshake wants to send now."""
        with contextlib.suppress(SSL.WantReadError):
            self.ssl.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            return self.ssl.bio_read(1 << 14)
        return b""

    def heard(self, data: bytes) -> None:
        """A handshake datagram came."""
        self.ssl.bio_write(data)

    def take_keys(self) -> None:
        """The handshake is over."""
        block = self.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 60)
        self.outbound = Session(Policy(block[:16] + block[32:46], Policy.SSRC_ANY_OUTBOUND))
        self.inbound = Session(Policy(block[16:32] + block[46:60], Policy.SSRC_ANY_INBOUND))

    def close(self) -> None:
        self.sock.close()
