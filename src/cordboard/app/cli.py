"""The command line: one verb a function, thin.

Exit codes: 0 done; 1 something is wrong and the message says what to mend; 2 bad usage.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from cordboard import __version__
from cordboard.app import doctor as doctor_checks
from cordboard.app.certificates import make_certificate
from cordboard.app.config import Settings, load
from cordboard.app.demo import show
from cordboard.app.demo.understudy import Understudy
from cordboard.app.install import install_site
from cordboard.app.migrations import migrate
from cordboard.app.prompts import RATE_HZ, take_prompt
from cordboard.app.rebuild import rebuild
from cordboard.app.server import Server, openapi_document
from cordboard.app.site import read_site
from cordboard.kit import logs
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import AgentId
from cordboard.media import process as media_process
from cordboard.media.prompt_cache import PromptCache

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
DEMO_SITE = Path(__file__).parent / "demo" / "site.json"
DRAIN_S = 30.0

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="Settings file (TOML).", envvar="CORDBOARD_CONFIG")
]


def main() -> None:
    """Run the command line; expected errors become one line and exit code 1."""
    try:
        app()
    except DomainError as error:
        print(f"cordboard: {' '.join(error.detail.split())}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        said = f"{what}{error.strerror or error}"
        print(f"cordboard: {said}. See: cordboard doctor", file=sys.stderr)
        sys.exit(1)


def _settings(config: Path | None) -> Settings:
    settings, _ = load(config)
    level = settings.core.log_level
    logs.configure("json" if settings.core.log_format == "json" else "console", level)
    return settings


@app.command()
def serve(config: ConfigFile = None) -> None:
    """Serve: telephones, web, everything. Ctrl-C stops; SIGTERM lets calls finish first."""
    _run(_serve(_settings(config)))


@app.command()
def demo(config: ConfigFile = None, quiet: bool = False) -> None:
    """Serve with demo data and a scripted agent, and place one demonstration call."""
    settings = _settings(config)
    _run(_demo(settings, quiet=quiet))


@app.command()
def prompt(
    name: Annotated[str, typer.Argument(help="What it is called: zh/menus/welcome, moh/default.")],
    file: Annotated[Path, typer.Argument(help="WAV, MP3, or raw .alaw .ulaw .gsm .vox.")],
    config: ConfigFile = None,
    rate: Annotated[int, typer.Option(help="Samples a second of a raw file.")] = RATE_HZ,
    keep_level: Annotated[bool, typer.Option(help="Leave the loudness as it is.")] = False,
) -> None:
    """Take a sound file in as a prompt: any of the formats in, the one that is played out."""
    stored = take_prompt(_settings(config), name, file, rate_hz=rate, sets_level=not keep_level)
    print(f"{stored.path}: {stored.duration_ms / 1000:.1f} s, {stored.loudness_dbfs:.0f} dBFS")


@app.command()
def ring(
    config: ConfigFile = None,
    count: Annotated[int, typer.Option(min=1, max=20, help="Calls at once.")] = 1,
) -> None:
    """Place demonstration calls to the server that runs here."""
    settings = _settings(config)
    _run(_ring(settings, count))


@app.command("load")
def load_site(
    file: Annotated[Path, typer.Argument(help="Site document (JSON).")], config: ConfigFile = None
) -> None:
    """Install a site document: people, lines, queues, flows. The server must not run."""
    settings = _settings(config)
    _run(_load(settings, file))


@app.command("migrate")
def migrate_database(config: ConfigFile = None) -> None:
    """Bring the database to this version."""
    settings = _settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    print("database: up to date")


@app.command("rebuild")
def rebuild_projections(config: ConfigFile = None) -> None:
    """Drop all projections and make them again from the journal. The server must not run."""
    settings = _settings(config)
    done = asyncio.run(rebuild(settings))
    for table, rows in done.rows.items():
        print(f"{table:<20} {rows:>9} rows")
    print(f"rebuilt from {done.facts} facts in {done.seconds:.1f} s")


@app.command()
def certificate(config: ConfigFile = None) -> None:
    """Make a self-signed certificate for SIP over TLS, unless there is one."""
    settings = _settings(config)
    folder = settings.data_dir / "tls"
    if not make_certificate(folder, settings.advertised_host):
        print("cordboard: a certificate needs the program openssl", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{folder / 'certificate.pem'}: telephones must be told to accept it")


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Check this machine and the settings; say what to mend."""
    settings, origins = load(config)
    running = (settings.data_dir / "media.sock.pid").exists()
    lines = doctor_checks.examine(settings, running=running)
    marks = {"ok": "ok  ", "warn": "warn", "bad": "BAD "}
    for line in lines:
        print(f"{marks[line.state]} {line.topic:<13} {line.says}")
        if line.mend:
            print(f"     {'':<13} -> {line.mend}")
    for name, origin in sorted(origins.items()):
        print(f"set  {name:<13} by {origin}")
    if any(line.state == "bad" for line in lines):
        raise typer.Exit(1)


@app.command()
def media(socket: Path, config: str = "{}") -> None:
    """Run a media process by hand; `serve` starts its own."""
    raise typer.Exit(media_process.main(["--socket", str(socket), "--config", config]))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    print(json.dumps(asyncio.run(openapi_document()), ensure_ascii=False, indent=1))


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _run(work: Awaitable[None]) -> None:
    import uvloop  # noqa: PLC0415 - costs 20 ms that other verbs need not pay

    async def wrapped() -> None:
        await work

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(wrapped())


async def _nothing_more(server: Server) -> None:
    """A server that only serves."""


async def _serve(
    settings: Settings, opened: Callable[[Server], Awaitable[None]] = _nothing_more
) -> None:
    server = Server(settings)
    await server.start()
    stop: asyncio.Event = asyncio.Event()
    drain: asyncio.Event = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask(gently: bool) -> None:
        if stop.is_set():
            raise SystemExit(130)  # the second Ctrl-C: at once
        if gently:
            drain.set()
        stop.set()

    loop.add_signal_handler(signal.SIGINT, ask, False)
    loop.add_signal_handler(signal.SIGTERM, ask, True)
    try:
        await opened(server)
        await stop.wait()
        if drain.is_set():
            left = await server.drain(DRAIN_S)
            if left:
                print(f"{left} calls did not finish within {DRAIN_S:.0f} s", file=sys.stderr)
    finally:
        await server.stop()


async def _demo(settings: Settings, *, quiet: bool) -> None:
    fresh = not (settings.data_dir / "cordboard.db").exists() or settings.core.database
    if fresh:
        await _load(settings, DEMO_SITE, keep=True)
    make_certificate(settings.data_dir / "tls", settings.advertised_host)
    robot = show.Robot()

    async def opened(server: Server) -> None:
        await robot.start()
        server.exchange.book.move_phone(show.ROBOT_EXTENSION, robot.phone.contact)
        understudy = Understudy(server.rooms, AgentId(show.ROBOT_AGENT))
        server.rooms.turns.watch(understudy.watch)
        server.rooms.turns.post(understudy.decide)
        _welcome(settings)
        if not quiet:
            hop = ("127.0.0.1", settings.sip.port, "udp")
            server.tasks.start(show.place_call(hop, say=_say), name="demo-call")

    try:
        await _serve(settings, opened)
    finally:
        await robot.close()


def _say(text: str) -> None:
    print(f"  demo call: {text}", flush=True)


def _welcome(settings: Settings) -> None:
    host, web, sip = settings.advertised_host, settings.http.port, settings.sip.port
    tls = (
        f"\n               {host}:{settings.tls_port} (TLS, self-signed)"
        if settings.certificate
        else ""
    )
    print(
        f"""
Cordboard {__version__} is ready.

  Web          http://{host}:{web}/   (on this machine: http://127.0.0.1:{web}/)
  Logins       chen / cordboard-demo          supervisor: watch the live board
               limin, zhaoqian, smith / cordboard-demo   agents
               admin / change-me-now          administrator: asks for a new password

  SIP          {host}:{sip} (UDP, TCP)        dial 96510, the demo hotline{tls}
  SIP in pages ws://{host}:{web}/sip
  A phone      user 8001, password phone-8001, server {host}:{sip}   (8002, 8003 alike)
               then sign in as limin on the desk: calls ring this phone

  Another call make ring        Stop: Ctrl-C
""",
        flush=True,
    )


async def _ring(settings: Settings, count: int) -> None:
    number = show.callers()
    hop = ("127.0.0.1", settings.sip.port, "udp")
    calls = (show.place_call(hop, caller=number(), say=_say) for _ in range(count))
    await asyncio.gather(*calls)


async def _load(settings: Settings, file: Path, *, keep: bool = False) -> None:
    site, flows = read_site(file, PromptCache(settings.prompt_folders).missing)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    said = await install_site(settings, site, flows, keep=keep)
    print(said)
