"""Settings: sources, and all errors at once."""

from pathlib import Path

import pytest

from cordboard.app.config import BadSettingsError, load

pytestmark = pytest.mark.unit


def test_defaults_hold_by_themselves() -> None:
    settings, origins = load(environment={})
    assert settings.http.port == 8080
    assert settings.database_url.startswith("sqlite:////")
    assert origins == {}


def test_the_environment_wins_over_the_file_and_each_origin_is_known(tmp_path: Path) -> None:
    file = tmp_path / "cordboard.toml"
    file.write_text('[http]\nport = 81\nhost = "127.0.0.1"\n')

    settings, origins = load(file, {"CORDBOARD_HTTP_PORT": "82", "HOME": "x"})

    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 82)
    assert origins == {"http.port": "CORDBOARD_HTTP_PORT", "http.host": str(file)}


def test_trusted_networks_are_read_and_faults_of_the_guard_are_told() -> None:
    settings, _ = load(
        environment={"CORDBOARD_GUARD_TRUSTED_NETWORKS": "10.0.0.0/8, 2001:db8::/32"}
    )
    assert [str(network) for network in settings.guard.networks] == ["10.0.0.0/8", "2001:db8::/32"]

    wrong = {
        "CORDBOARD_GUARD_TRUSTED_NETWORKS": "10.0.0.1/8",
        "CORDBOARD_GUARD_REQUESTS_PER_S": "0",
        "CORDBOARD_GUARD_SCAN_USERS": "0",
    }
    with pytest.raises(BadSettingsError) as caught:
        load(environment=wrong)
    for name in ("trusted_networks", "requests_per_s", "scan_users"):
        assert f"guard.{name}" in caught.value.detail


def test_all_errors_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "cordboard.toml"
    file.write_text("[htpp]\nport = 1\n[sip]\nprot = 5\n")

    with pytest.raises(BadSettingsError) as caught:
        load(file, {"CORDBOARD_HTTP_PORT": "many", "CORDBOARD_NOPE_X": "1"})

    text = caught.value.detail
    assert "[htpp] is no section" in text
    assert "prot" in text
    assert "[http]" in text
    assert "CORDBOARD_NOPE_X" in text


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("CORDBOARD_CORE_TIME_ZONE", "Mars/Base", "Mars/Base"),
        ("CORDBOARD_CORE_LANGUAGE", "fr", "zh or en"),
        ("CORDBOARD_MEDIA_FIRST_PORT", "80", "first_port"),
        ("CORDBOARD_SIP_PORT", "70000", "sip.port"),
        ("CORDBOARD_RTPENGINE_INSTANCES", "10.0.0.1", "host:port"),
        ("CORDBOARD_RTPENGINE_INSTANCES", "10.0.0.1:1*many", "host:port"),
        ("CORDBOARD_RTPENGINE_INSTANCES", "10.0.0.1:1,10.0.0.1:1", "twice"),
        ("CORDBOARD_RTPENGINE_DIGITS_PORT", "99999", "digits_port"),
        ("CORDBOARD_CORE_DATABASE", "nonsense", "sqlite:///path or postgresql"),
        ("CORDBOARD_CORE_DATABASE", "mysql://root@db/x", "no such database: mysql"),
        ("CORDBOARD_CORE_DATABASE", "sqlite://", "SQLite needs a file"),
    ],
)
def test_impossible_values_say_what_would_do(key: str, value: str, says: str) -> None:
    with pytest.raises(BadSettingsError, match=says):
        load(environment={key: value})


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError, match=r"nope\.toml"):
        load(tmp_path / "nope.toml", {})


def test_relays_have_weights_and_one_directory() -> None:
    settings, _ = load(
        environment={
            "CORDBOARD_RTPENGINE_INSTANCES": "10.0.0.1:22222, [2001:db8::1]:2223*3",
            "CORDBOARD_RTPENGINE_RECORDING_DIR": "/srv/rec",
        }
    )
    one, other = settings.rtpengine.relays
    assert (one.host, one.port, one.weight, one.recording_dir) == (
        "10.0.0.1", 22222, 1, "/srv/rec",
    )  # fmt: skip
    assert (other.host, other.port, other.weight) == ("2001:db8::1", 2223, 3)
