"""TLS of the server: its certificate, made, loaded and taken anew; and whom it believes.

A self-signed certificate is for trials: telephones must be told to accept it. Source: RFC 5922
(certificates in SIP), RFC 8996 (no TLS before 1.2).
"""

import ipaddress
import os
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

from cordboard.app.config import Settings
from cordboard.kit.clock import Clock
from cordboard.kit.errors import DomainError

_DAYS = 825
_LOOK_S = 60.0


class BadCertificateError(DomainError):
    """The certificate or its key cannot be used; the message says which and why."""

    code = "bad-certificate"
    status = 500


def make_certificate(folder: Path, host: str) -> bool:
    """Make a self-signed certificate for this host, unless one is there; False if it cannot be.

    Args:
        folder: Where `certificate.pem` and `key.pem` go.
        host: Name or address that telephones reach us at.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if certificate.exists() and key.exists():
        return True
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{_kind(name)}:{name}" for name in dict.fromkeys((host, "127.0.0.1", "localhost"))]
    order = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", str(_DAYS), "-subj", "/CN=Cordboard", "-keyout", str(key),
        "-out", str(certificate), "-addext", f"subjectAltName={','.join(names)}",
    ]  # fmt: skip
    try:
        subprocess.run(order, check=True, capture_output=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    os.chmod(key, 0o600)
    return True


def _kind(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "DNS"
    return "IP"


def expires_at_s(certificate: Path) -> float:
    """When a certificate ends, in seconds of UTC.

    Raises:
        BadCertificateError: If the file holds none.
    """
    order = ["openssl", "x509", "-in", str(certificate), "-noout", "-enddate"]
    try:
        done = subprocess.run(order, check=True, capture_output=True, timeout=10)  # noqa: S603
        return ssl.cert_time_to_seconds(done.stdout.decode().strip().partition("=")[2])
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise BadCertificateError(f"{certificate}: cannot be read: {error}") from error


class Certificates:
    """The contexts of one server.

    Args:
        settings: Where the files are.

    Raises:
        BadCertificateError: If a file is missing, or the key is another's.
    """

    def __init__(self, settings: Settings) -> None:
        self._files = settings.certificate
        self.server: ssl.SSLContext | None = None
        if self._files is not None:
            self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.server.minimum_version = ssl.TLSVersion.TLSv1_2
            _load(self.server, *self._files)
        self._changed_ns = self._stamp()
        authorities = settings.tls.authorities or None
        try:
            self.client = ssl.create_default_context(cafile=authorities)
        except (OSError, ssl.SSLError) as error:
            raise BadCertificateError(f"{authorities}: {error}") from error
        self.client.minimum_version = ssl.TLSVersion.TLSv1_2
        if not settings.tls.verifies_peers:
            self.client.check_hostname = False
            self.client.verify_mode = ssl.CERT_NONE

    def _stamp(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files or ())

    def look(self) -> bool:
        """Take a renewed certificate; whether there was one. New connections get it.

        Raises:
            BadCertificateError: If it cannot be used; the old one stays.
            OSError: If a file is gone; the old one stays.
        """
        stamp = self._stamp()
        if self.server is None or self._files is None or stamp == self._changed_ns:
            return False
        self._changed_ns = stamp
        _load(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), *self._files)  # only to see
        _load(self.server, *self._files)
        return True

    async def watch(self, clock: Clock, failed: Callable[[str], object]) -> None:
        """Look again each minute."""
        while True:
            await clock.sleep(_LOOK_S)
            try:
                self.look()
            except (OSError, BadCertificateError) as error:
                failed(str(error))


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadCertificateError(
            f"the certificate {certificate} with the key {key} cannot be used: {error}"
        ) from error
