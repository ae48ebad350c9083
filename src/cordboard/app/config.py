"""Settings: parsed once, frozen, every error reported together, each value's origin known.

Sources, later ones win: defaults, a TOML file, environment variables `CORDBOARD_SECTION_NAME`
(for example `CORDBOARD_HTTP_PORT`). Rooms get their own section from the wiring and never see
the rest.
"""

import ipaddress
import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.exc import ArgumentError

from cordboard.kit.db import url_of
from cordboard.kit.errors import DomainError
from cordboard.telephony.adapters.relay_pool import RelaySettings, read_relay

_PREFIX = "CORDBOARD_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things lie and what time it is."""

    data_dir: str = "var"
    "Database, recordings, sockets and memory of the SIP side."

    database: str = ""
    "`sqlite:///path` or `postgresql://...`; empty: SQLite in data_dir."

    time_zone: str = "Asia/Shanghai"
    language: str = "zh"
    "Language of prompts until the caller chooses."

    log_format: str = "console"
    "`console` or `json`."

    log_level: str = "info"
    realm: str = "cordboard"
    "Digest realm of phones; a change needs all phone passwords set anew."

    outside_prefix: str = "9"
    outside_trunk: str = ""


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The web door."""

    host: str = "0.0.0.0"  # noqa: S104 - a server is there to be reached
    port: int = 8080
    secure_cookies: bool = False
    "True behind TLS."


class Sip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signalling."""

    host: str = "0.0.0.0"  # noqa: S104 - a server is there to be reached
    port: int = 5060
    advertised_host: str = ""
    "Address that phones and trunks reach us at; empty: the machine's own."

    max_calls: int = 2000
    "New calls above it get 503."

    overload_lag_ms: int = 100
    "New calls get 503 while work waits longer than this unread or for the loop; commits: thrice."


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much strangers are heard on the telephone side; see docs/operate/guard.md."""

    enabled: bool = True
    trusted_networks: str = ""
    "`10.0.0.0/8`, commas between: heard always, as trunks and fixed contacts are."

    requests_per_s: float = 5.0
    "Of one stranger, but for REGISTER; four seconds' worth may come at once, here and below."

    registers_per_s: float = 5.0
    connections_per_s: float = 5.0
    "New TCP and TLS connections of one address."

    strangers_per_s: float = 200.0
    "All strangers together."

    scan_users: int = 10
    "A stranger that asks for so many users and answers no challenge is answered no more."

    silence_s: float = 600.0
    ban_s: float = 600.0
    "After many wrong passwords from an address that was shown to be there."

    @property
    def networks(self) -> tuple[Network, ...]:
        """Those that are trusted.

        Raises:
            ValueError: If one cannot be read.
        """
        names = [name.strip() for name in self.trusted_networks.split(",")]
        return tuple(ipaddress.ip_network(name) for name in names if name)


class Tolls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The brake on calls to outside; 0: no limit."""

    phone_per_min: int = 30
    phone_at_once: int = 10
    trunk_per_min: int = 0
    "Calls that came in by one trunk and are passed on to outside."

    trunk_at_once: int = 0
    costly_prefixes: str = ""
    "Beginnings of dear numbers, commas between: `00, +, 1900`."

    costly_per_min: int = 2
    "To those, for each phone and each trunk."


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Certificates: ours, and those we believe."""

    certificate: str = ""
    "PEM, with its chain; empty: `tls/certificate.pem` in data_dir, if it is there."

    key: str = ""
    "PEM, without password; empty: `tls/key.pem` in data_dir."

    authorities: str = ""
    "PEM of those who may vouch for trunks that we call by TLS; empty: the system's."

    verifies_peers: bool = True
    "False: any certificate of a trunk will do, so nobody is proved."

    sip_port: int = 0
    "SIP over TLS; 0: the port after sip.port."


class LinesSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines: limit of an inner line rung to dial out; size of one of eleven files of the log."""

    off_hook_s: float = 45.0
    log_bytes: int = 8_000_000


class Media(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sound."""

    bind_host: str = "0.0.0.0"  # noqa: S104 - a server is there to be reached
    first_port: int = 20000
    last_port: int = 29999
    prompts_dir: str = ""
    "Own prompts, looked for before the shipped ones."

    record: bool = True
    orphan_s: float = 30.0
    browser_wait_s: float = 30.0
    "How long a call waits for the agent's page after a reload, a crash or a change of network."


class Rtpengine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Relays before the media process; none: sound comes and goes there directly."""

    instances: str = ""
    "`host:port` of each ng socket, commas between; `*3` behind it: three shares of the calls."

    recording_dir: str = ""
    "Where their `recording-dir` is seen from here; empty: recorded talk passes the media process."

    own_host: str = ""
    "Address at which they reach our sockets; empty: the one of the media ports."

    digits_host: str = "127.0.0.1"
    digits_port: int = 9223
    "Where they tell keys pressed in a talk (`dtmf-log-dest`); 0: nowhere."

    down_after_s: float = 2.0
    "One silent for so long is down, and its calls go to another."

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """The instances.

        Raises:
            ValueError: If one cannot be read.
        """
        names = [name.strip() for name in self.instances.split(",")]
        return tuple(read_relay(name, self.recording_dir) for name in names if name)


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long things are kept; 0: for ever."""

    journal_days: int = 0
    recordings_days: int = 0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings."""

    core: Core = Core()
    http: Http = Http()
    sip: Sip = Sip()
    guard: Guard = Guard()
    tolls: Tolls = Tolls()
    tls: Tls = Tls()
    lines: LinesSection = LinesSection()
    media: Media = Media()
    rtpengine: Rtpengine = Rtpengine()
    retention: Retention = Retention()

    @property
    def data_dir(self) -> Path:
        """The data directory, absolute."""
        return Path(self.core.data_dir).absolute()

    @property
    def database_url(self) -> str:
        """The database in effect."""
        return self.core.database or f"sqlite:///{self.data_dir / 'cordboard.db'}"

    @property
    def certificate(self) -> tuple[Path, Path] | None:
        """Our certificate and its key; None if we have none."""
        if self.tls.certificate:
            return Path(self.tls.certificate), Path(self.tls.key or self.tls.certificate)
        own = self.data_dir / "tls"
        found = own / "certificate.pem", own / "key.pem"
        return found if all(path.exists() for path in found) else None

    @property
    def tls_port(self) -> int:
        """Where SIP over TLS is served, if we have a certificate."""
        return self.tls.sip_port or (self.sip.port and self.sip.port + 1)

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.core.time_zone)

    @property
    def prompt_folders(self) -> list[Path]:
        """Folders of own prompts; the shipped ones are looked for behind them."""
        return [Path(self.media.prompts_dir)] if self.media.prompts_dir else []

    @property
    def advertised_host(self) -> str:
        """The address that the world reaches us at."""
        if self.sip.advertised_host:
            return self.sip.advertised_host
        return own_address() if self.sip.host == "0.0.0.0" else self.sip.host  # noqa: S104


class BadSettingsError(DomainError):
    """One or more settings cannot be used; the message lists all."""

    code = "bad-settings"
    status = 500


def own_address() -> str:
    """The address of the interface towards the default route; loopback if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET: nothing is sent by connecting UDP
            address: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return address


def load(
    file: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """Settings in effect, and for each that is not a default where it came from.

    Args:
        file: TOML with a table per section; must exist if given.
        environment: Defaults to the process's own.

    Raises:
        BadSettingsError: Listing everything that is wrong.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}
    wrong: list[str] = []
    _from_file(file, values, origins, wrong)
    _from_environment(environment, values, origins, wrong)
    sections: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        given = values.pop(field.name, {})
        try:
            sections[field.name] = msgspec.convert(given, field.type, strict=False)
        except msgspec.ValidationError as error:
            wrong.append(f"[{field.name}] {error}")
    wrong += [f"[{name}] is no section" for name in values]
    if not wrong:
        settings = Settings(**sections)
        wrong = _problems(settings)
        if not wrong:
            return settings, origins
    raise BadSettingsError("settings: " + "; ".join(wrong), problems=wrong)


def _from_file(
    file: Path | None,
    values: dict[str, dict[str, Any]],
    origins: dict[str, str],
    wrong: list[str],
) -> None:
    if file is None:
        return
    try:
        document = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        wrong.append(f"{file}: {error}")
        return
    for section, entries in document.items():
        if not isinstance(entries, dict):
            wrong.append(f"{file}: {section} is no section")
            continue
        values.setdefault(section, {}).update(entries)
        origins.update({f"{section}.{name}": str(file) for name in entries})


def _from_environment(
    environment: Mapping[str, str],
    values: dict[str, dict[str, Any]],
    origins: dict[str, str],
    wrong: list[str],
) -> None:
    sections = {field.name for field in msgspec.structs.fields(Settings)}
    for key, value in environment.items():
        section, _, name = key.removeprefix(_PREFIX).lower().partition("_")
        if not key.startswith(_PREFIX) or not name:
            continue
        if section not in sections:
            wrong.append(f"{key}: no section is called {section}")
            continue
        values.setdefault(section, {})[name] = value
        origins[f"{section}.{name}"] = key


def _problems(settings: Settings) -> list[str]:
    found = []
    try:
        _ = settings.zone
    except (KeyError, ValueError):
        found.append(f"core.time_zone: there is no zone {settings.core.time_zone!r}")
    try:
        url_of(settings.database_url)
    except ArgumentError:
        found.append("core.database: sqlite:///path or postgresql://user@host/name")
    except ValueError as error:
        found.append(f"core.database: {error}")
    if settings.core.language not in {"zh", "en"}:
        found.append("core.language: zh or en")
    if settings.core.log_format not in {"console", "json"}:
        found.append("core.log_format: console or json")
    for name, port in (
        ("http.port", settings.http.port),
        ("sip.port", settings.sip.port),
        ("tls.sip_port", settings.tls_port),
    ):
        if not 0 <= port <= 65535:
            found.append(f"{name}: 0 to 65535")
    if not 1024 <= settings.media.first_port < settings.media.last_port <= 65535:
        found.append("media: 1024 <= first_port < last_port <= 65535")
    found += _relay_problems(settings.rtpengine)
    return found + _guard_problems(settings.guard)


def _guard_problems(asked: Guard) -> list[str]:
    found = []
    try:
        _ = asked.networks
    except ValueError as error:
        found.append(f"guard.trusted_networks: {error}")
    names = ("requests_per_s", "registers_per_s", "connections_per_s", "strangers_per_s")
    found += [f"guard.{name}: more than 0" for name in names if getattr(asked, name) <= 0]
    if asked.scan_users < 1:
        found.append("guard.scan_users: at least 1")
    return found


def _relay_problems(asked: Rtpengine) -> list[str]:
    found = []
    try:
        names = [relay.name for relay in asked.relays]
    except ValueError as error:
        return [f"rtpengine.instances: {error}"]
    if len(set(names)) < len(names):
        found.append("rtpengine.instances: one stands there twice")
    if not 0 <= asked.digits_port <= 65535:
        found.append("rtpengine.digits_port: 0 to 65535")
    return found
