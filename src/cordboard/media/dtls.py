"""One DTLS-SRTP association, server side, over memory: datagrams in and out, keys at the end.

The peer is who its certificate's fingerprint says, and no one else; without that there are no
keys. Knows no socket. Our own certificate lives as long as the process.
Sources: RFC 5763, RFC 5764 (DTLS-SRTP), RFC 8122 (fingerprints), RFC 7983 (first byte).
"""

import datetime
import hmac
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from .commands import SrtpKeys
from .srtp import Sealed

_EXPORTER = b"EXTRACTOR-dtls_srtp"
_KEY_BYTES, _SALT_BYTES = 16, 14
_DATAGRAM_BYTES = 1200
_RECORD_HEAD_BYTES = 13
_PROFILES = b"SRTP_AES128_CM_SHA1_80"

_SUITE = "AES_CM_128_HMAC_SHA1_80"


class DtlsError(Exception):
    """The handshake failed: not the peer that was announced, or nothing that can be spoken."""


@cache
def _certificate() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cordboard")])
    began = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)  # nobody looks: see RFC 8122 §5
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began.replace(year=2120))
        .sign(key, hashes.SHA256())
    )
    return made, key


def own_fingerprint() -> str:
    """SHA-256 of our certificate, as descriptions write it: pairs of digits and colons."""
    return _certificate()[0].fingerprint(hashes.SHA256()).hex(":").upper()


@cache
def _context() -> SSL.Context:
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    certificate, key = _certificate()
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_tlsext_use_srtp(_PROFILES)
    return context


class Dtls:
    """One handshake with one peer.

    Args:
        fingerprint: SHA-256 of the peer's certificate, as its description says.
    """

    def __init__(self, fingerprint: str) -> None:
        self._expected = fingerprint.upper()
        self._ssl = SSL.Connection(_context(), None)
        self._ssl.set_accept_state()
        self._ssl.set_ciphertext_mtu(_DATAGRAM_BYTES)
        self.keys: Sealed | None = None
        self.is_closed = False
        "The peer has said goodbye."

    def take(self, data: bytes) -> list[bytes]:
        """Take a datagram; what is to be sent for it.

        Raises:
            DtlsError: If the handshake failed; the association is of no use any more.
        """
        self._ssl.bio_write(data)
        try:
            if self.keys is None:
                self._ssl.do_handshake()
                self.keys = self._export()
            else:
                self._ssl.recv(2048)  # nothing of use, but it answers and sees the goodbye
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.is_closed = True
        except SSL.Error as error:
            raise DtlsError(str(error)) from error
        return self._unsent()

    def again(self) -> list[bytes]:
        """What is to be repeated now because no answer came."""
        if self.keys is None:
            self._ssl.DTLSv1_handle_timeout()
        return self._unsent()

    def _export(self) -> Sealed:
        shown = self._ssl.get_peer_certificate(as_cryptography=True)
        found = shown.fingerprint(hashes.SHA256()).hex(":").upper() if shown is not None else ""
        if not hmac.compare_digest(found, self._expected):
            raise DtlsError("the certificate is not the one that was announced")
        if self._ssl.get_selected_srtp_profile() != _PROFILES:
            raise DtlsError("no common SRTP profile")
        size = 2 * (_KEY_BYTES + _SALT_BYTES)
        block = self._ssl.export_keying_material(_EXPORTER, size)
        client_key, server_key = block[:16], block[16:32]
        client_salt, server_salt = block[32:46], block[46:60]
        ours, theirs = server_key + server_salt, client_key + client_salt
        return Sealed(SrtpKeys(suite=_SUITE, ours=ours, theirs=theirs))

    def _unsent(self) -> list[bytes]:
        """Whole records, as many as fit into a datagram."""
        data = b""
        try:
            while True:
                data += self._ssl.bio_read(1 << 16)
        except SSL.WantReadError:
            pass
        datagrams: list[bytes] = []
        at = begin = 0
        while at + _RECORD_HEAD_BYTES <= len(data):
            size = _RECORD_HEAD_BYTES + int.from_bytes(data[at + 11 : at + 13], "big")
            if at > begin and at + size - begin > _DATAGRAM_BYTES:
                datagrams.append(data[begin:at])
                begin = at
            at += size
        if begin < at:
            datagrams.append(data[begin:at])
        return datagrams
