"""The guard as settings want it: trunks and trusted networks are exempt, logs name nobody."""

import pytest
from structlog.testing import capture_logs

from cordboard.app.config import Guard, Tolls
from cordboard.app.guarding import guard_settings, tell_sentence, toll_settings

pytestmark = pytest.mark.unit


def test_a_guard_that_is_off_is_none() -> None:
    assert guard_settings(Guard(enabled=False), lambda host: False) is None


def test_trunks_and_trusted_networks_are_exempt() -> None:
    asked = Guard(trusted_networks="10.0.0.0/8", scan_users=4)
    settings = guard_settings(asked, lambda host: host == "192.0.2.1")

    assert settings is not None
    assert settings.scan_users == 4
    assert [settings.exempt(host) for host in ("192.0.2.1", "10.9.9.9", "192.0.2.2", "x")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_sentence_is_logged_without_the_address() -> None:
    with capture_logs() as logs:
        tell_sentence("banned", "198.51.100.7")

    assert [entry["event"] for entry in logs] == ["guard.banned"]
    assert "198.51.100.7" not in str(logs)


def test_tolls_are_as_the_settings_say() -> None:
    tolls = toll_settings(Tolls(phone_per_min=3, costly_prefixes="00, +"))

    assert (tolls.phone_per_min, tolls.costly_prefixes) == (3, ("00", "+"))
