"""`cordboard doctor`: is this machine fit, and what to mend if not.

Each check is one function that returns lines; none changes anything. `bad` means that something
will not work, `warn` that it works and may hurt later.
"""

import ctypes
import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import httpx2
import msgspec
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cordboard.kit.clock import SystemClock
from cordboard.kit.db import engine_of, is_read_only

from .certificates import BadCertificateError, Certificates, expires_at_s
from .config import Settings
from .overload import TAKEN

State = Literal["ok", "warn", "bad"]
_PROMPTS = Path(__file__).parent.parent / "media" / "prompts"
_LOW_DISK_BYTES = 5 << 30
_FULL_DISK_BYTES = 500 << 20
_ANSWER_S = 2.0
_PORT_SETTINGS = {"http": "CORDBOARD_HTTP_PORT", "sip tls": "CORDBOARD_TLS_SIP_PORT"}
_EXPIRY_S = 21 * 86_400
_TIME_ERROR = 5
"adjtimex(2): the clock is not synchronised."


class Line(msgspec.Struct, frozen=True):
    """One finding."""

    topic: str
    state: State
    says: str
    mend: str = ""
    "What to do; empty if nothing."


def examine(settings: Settings, *, running: bool = False) -> list[Line]:
    """All findings.

    Args:
        settings: In effect.
        running: The server itself runs here, so its ports are taken by right.
    """
    found: list[Line] = []
    for check in CHECKS:
        found.extend(check(settings, running))
    return found


def _ports(settings: Settings, running: bool) -> Iterator[Line]:
    wanted = [
        ("sip tls", socket.SOCK_STREAM, settings.sip.host, settings.tls_port),
        ("sip udp", socket.SOCK_DGRAM, settings.sip.host, settings.sip.port),
        ("sip tcp", socket.SOCK_STREAM, settings.sip.host, settings.sip.port),
        ("http", socket.SOCK_STREAM, settings.http.host, settings.http.port),
    ]
    for name, kind, host, port in wanted if settings.certificate else wanted[1:]:
        error = _bind_error(kind, host, port)
        if error is None:
            says = f"{name} {host}:{port} is free"
            yield Line("ports", "ok", says if not running else f"{says}: nobody serves it")
        elif running:
            yield Line("ports", "ok", f"{name} {host}:{port} is served")
        else:
            key = _PORT_SETTINGS.get(name, "CORDBOARD_SIP_PORT")
            yield Line(
                "ports",
                "bad",
                f"{name} {host}:{port}: {error}",
                f"end what uses it, or choose another with {key}",
            )
    spread = settings.media.last_port - settings.media.first_port
    calls = spread // 4
    state: State = "ok" if calls >= settings.sip.max_calls else "warn"
    yield Line(
        "ports",
        state,
        f"media ports {settings.media.first_port}-{settings.media.last_port}: {calls} calls",
        "" if state == "ok" else "widen media.first_port and media.last_port, or lower max_calls",
    )


def _bind_error(kind: socket.SocketKind, host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def _sound(settings: Settings, running: bool) -> Iterator[Line]:
    for language in ("zh", "en"):
        count = sum(1 for _ in (_PROMPTS / language).rglob("*.alaw"))
        if count:
            yield Line("codecs", "ok", f"G.711 A-law and mu-law; {count} prompts in {language}")
        else:
            yield Line(
                "codecs",
                "bad",
                f"no prompts in {language}",
                "install the package again: its prompts are missing",
            )
    own = settings.media.prompts_dir
    if own and not Path(own).is_dir():
        yield Line("codecs", "bad", f"{own} is no directory", "mend CORDBOARD_MEDIA_PROMPTS_DIR")


def _disk(settings: Settings, running: bool) -> Iterator[Line]:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    hours = free / (16_000 * 3600)
    says = f"{free / 2**30:.1f} GB free at {place}: {hours:,.0f} hours of recorded calls"
    if free < _FULL_DISK_BYTES:
        yield Line("disk", "bad", says, "free space, or move core.data_dir")
    elif free < _LOW_DISK_BYTES:
        yield Line("disk", "warn", says, "set retention.recordings_days, or add space")
    else:
        yield Line("disk", "ok", says)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".doctor"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        mend = f"chown {settings.data_dir} to the user that runs cordboard"
        yield Line("disk", "bad", f"cannot write to {settings.data_dir}: {error.strerror}", mend)


def _clock(settings: Settings, running: bool) -> Iterator[Line]:
    buffer = ctypes.create_string_buffer(256)  # struct timex with modes 0: read only
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    if state == _TIME_ERROR:
        yield Line(
            "clock",
            "warn",
            "the clock is not synchronised",
            "run chrony or systemd-timesyncd: times of calls come from this clock",
        )
    elif state < 0:
        yield Line("clock", "warn", "the kernel does not tell whether the clock is synchronised")
    else:
        yield Line("clock", "ok", f"synchronised; reports use {settings.core.time_zone}")


def _database(settings: Settings, running: bool) -> Iterator[Line]:
    try:
        engine = engine_of(settings.database_url)
    except (ValueError, ArgumentError) as error:
        yield Line("database", "bad", str(error), "mend CORDBOARD_CORE_DATABASE")
        return
    name = engine.url.render_as_string(hide_password=True)
    file = Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None
    if file is not None and file.parent.is_dir() and not file.exists():
        yield Line("database", "ok", f"{name} will be made at the first start")
        return
    takes_nothing = Line(
        "database",
        "bad",
        f"{name} can be read and not written",
        "give file and directory to the user that runs cordboard",
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            if is_read_only(connection):
                yield takes_nothing
            else:
                yield Line("database", "ok", f"{name} answers")
    except SQLAlchemyError as error:
        cause = str(error).splitlines()[0]
        mend = "start it, or mend CORDBOARD_CORE_DATABASE"
        closed = "readonly database" in cause  # its directory: SQLite keeps its log beside it
        yield takes_nothing if closed else Line("database", "bad", f"{name}: {cause}", mend)
    finally:
        engine.dispose()


def _address(settings: Settings, running: bool) -> Iterator[Line]:
    host = settings.advertised_host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        yield Line("address", "ok", f"phones and trunks are told {host}")
        return
    if address.is_loopback:
        yield Line(
            "address",
            "warn",
            f"phones and trunks are told {host}: only this machine reaches that",
            "set CORDBOARD_SIP_ADVERTISED_HOST to the address that others reach",
        )
    elif address.is_private:
        yield Line(
            "address",
            "ok",
            f"phones and trunks are told {host}, a private address: behind NAT a trunk on the "
            "Internet needs CORDBOARD_SIP_ADVERTISED_HOST",
        )
    else:
        yield Line("address", "ok", f"phones and trunks are told {host}")


def _certificates(settings: Settings, running: bool) -> Iterator[Line]:
    if settings.http.secure_cookies:
        yield Line("certificates", "ok", "cookies are for TLS only: a proxy holds the certificate")
    else:
        yield Line(
            "certificates",
            "warn",
            "no TLS for the web: passwords cross the network in clear",
            "put a TLS proxy in front and set CORDBOARD_HTTP_SECURE_COOKIES=true",
        )


def _sip_tls(settings: Settings, running: bool) -> Iterator[Line]:
    if settings.certificate is None:
        mend = "`cordboard certificate` makes one for trials; else set CORDBOARD_TLS_CERTIFICATE"
        yield Line("certificates", "warn", "no certificate: SIP over TLS is not served", mend)
        return
    certificate, key = settings.certificate
    try:
        Certificates(settings)
        ends_s = expires_at_s(certificate)
    except BadCertificateError as error:
        yield Line("certificates", "bad", error.detail, "mend CORDBOARD_TLS_CERTIFICATE and _KEY")
        return
    left_s = ends_s - SystemClock().now_ms() / 1000
    says = f"SIP over TLS at {settings.tls_port}: {certificate}, {left_s / 86_400:.0f} days left"
    if left_s <= 0:
        yield Line("certificates", "bad", says, "renew it: nobody will connect")
    elif left_s < _EXPIRY_S:
        yield Line("certificates", "warn", says, "renew it; a new file is taken without a restart")
    else:
        yield Line("certificates", "ok", says)
    if key.stat().st_mode & 0o077:
        yield Line("certificates", "warn", f"others may read {key}", f"chmod 600 {key}")


def _guard(settings: Settings, running: bool) -> Iterator[Line]:
    guard = settings.guard
    if guard.enabled:
        says = f"strangers: {guard.requests_per_s:g} requests a second each, "
        yield Line("guard", "ok", says + f"{guard.strangers_per_s:g} together")
    else:
        yield Line(
            "guard",
            "warn",
            "off: scans and floods are all heard",
            "set CORDBOARD_GUARD_ENABLED=true, or keep strangers off by a firewall",
        )


def _load(settings: Settings, running: bool) -> Iterator[Line]:
    if not running:
        return
    host = "127.0.0.1" if settings.http.host == "0.0.0.0" else settings.http.host  # noqa: S104
    url = f"http://{host}:{settings.http.port}/healthz"
    try:
        answer = httpx2.get(url, timeout=_ANSWER_S)
        calls = str(answer.json()["calls"])
    except (httpx2.HTTPError, ValueError, KeyError):
        yield Line("load", "warn", f"the server does not answer at {url}", "look at its log")
        return
    if calls == TAKEN:
        yield Line("load", "ok", "new calls are taken")
    else:
        mend = "give the machine more CPU, or look at what uses it; see docs/operate/tune.md"
        yield Line("load", "warn", f"new calls are refused: {calls}", mend)


def _relays(settings: Settings, running: bool) -> Iterator[Line]:
    for relay in settings.rtpengine.relays:
        if relay_answers((relay.host, relay.port)):
            yield Line("rtpengine", "ok", f"{relay.name} answers")
        else:
            yield Line(
                "rtpengine",
                "bad",
                f"{relay.name} does not answer",
                "start it, or mend its listen-ng and CORDBOARD_RTPENGINE_INSTANCES",
            )
    folder = settings.rtpengine.recording_dir
    if settings.rtpengine.instances and not folder:
        yield Line(
            "rtpengine",
            "warn",
            "recorded talk passes the media process, which costs CPU",
            "set CORDBOARD_RTPENGINE_RECORDING_DIR to their recording-dir; see rtpengine.md",
        )
    elif folder and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Line(
            "rtpengine",
            "bad",
            f"{folder} cannot be read and written",
            "give the user that runs cordboard its group; see docs/operate/rtpengine.md",
        )


def relay_answers(address: tuple[str, int]) -> bool:
    """Whether an rtpengine answers there."""
    with socket.socket(
        socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM
    ) as probe:
        probe.settimeout(_ANSWER_S)
        try:
            probe.connect(address)
            probe.send(b'doctor {"command":"ping"}')
            return b"pong" in probe.recv(200)
        except OSError:
            return False


CHECKS: tuple[Callable[[Settings, bool], Iterator[Line]], ...] = (
    _ports,
    _sound,
    _disk,
    _clock,
    _database,
    _address,
    _certificates,
    _sip_tls,
    _guard,
    _load,
    _relays,
)
