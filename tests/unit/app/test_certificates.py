"""The certificate of the server: made once, found, loaded, renewed without a restart."""

import ssl
from pathlib import Path

import pytest

from cordboard.app.certificates import (
    BadCertificateError,
    Certificates,
    expires_at_s,
    make_certificate,
)
from cordboard.app.config import Core, Settings, Sip, Tls

pytestmark = pytest.mark.unit


def settings_of(folder: Path, **tls: object) -> Settings:
    return Settings(core=Core(data_dir=str(folder)), tls=Tls(**tls))  # type: ignore[arg-type]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    if not make_certificate(tmp_path / "tls", "pbx.example.org"):
        pytest.skip("openssl is not installed")
    return tmp_path


def test_a_certificate_is_made_once_and_names_the_host(made: Path) -> None:
    pem = (made / "tls" / "certificate.pem").read_text()
    assert make_certificate(made / "tls", "other.example.org")
    assert (made / "tls" / "certificate.pem").read_text() == pem
    context = ssl.create_default_context(cafile=str(made / "tls" / "certificate.pem"))
    [found] = context.get_ca_certs()
    assert ("DNS", "pbx.example.org") in found["subjectAltName"]
    assert ("IP Address", "127.0.0.1") in found["subjectAltName"]
    assert (made / "tls" / "key.pem").stat().st_mode & 0o077 == 0
    assert expires_at_s(made / "tls" / "certificate.pem") > 1.7e9


def test_what_lies_in_the_data_directory_is_served_and_nothing_without(
    made: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert Certificates(settings_of(made)).server is not None
    assert Certificates(settings_of(tmp_path_factory.mktemp("empty"))).server is None


@pytest.mark.parametrize("lost", ["certificate.pem", "key.pem"])
def test_a_file_that_cannot_be_used_is_named(made: Path, lost: str) -> None:
    (made / "tls" / lost).write_text("nonsense")
    with pytest.raises(BadCertificateError, match=r"key\.pem"):
        Certificates(settings_of(made))


def test_a_named_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCertificateError, match="missing"):
        Certificates(settings_of(tmp_path, certificate=str(tmp_path / "missing.pem")))


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(made: Path) -> None:
    own = Certificates(settings_of(made))
    assert not own.look()
    for path in (made / "tls").iterdir():
        path.unlink()
    make_certificate(made / "tls", "renewed.example.org")
    assert own.look()
    assert not own.look()
    (made / "tls" / "key.pem").write_text("nonsense")
    with pytest.raises(BadCertificateError):
        own.look()
    assert not own.look(), "told once"


def test_whom_we_call_is_proved_unless_settings_say_no(made: Path) -> None:
    assert Certificates(settings_of(made)).client.verify_mode is ssl.CERT_REQUIRED
    trusting = Certificates(settings_of(made, verifies_peers=False)).client
    assert trusting.verify_mode is ssl.CERT_NONE
    with pytest.raises(BadCertificateError):
        Certificates(settings_of(made, authorities="/nowhere.pem"))


@pytest.mark.parametrize(
    ("sip", "tls", "port"), [(5060, 0, 5061), (5080, 0, 5081), (5060, 5443, 5443), (0, 0, 0)]
)
def test_tls_is_served_at_the_port_after_sip(sip: int, tls: int, port: int) -> None:
    assert Settings(sip=Sip(port=sip), tls=Tls(sip_port=tls)).tls_port == port
