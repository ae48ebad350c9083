"""Run a command with a PostgreSQL at hand: `tools/postgres.py COMMAND ...`.

Tests read its address from TEST_POSTGRES_URL. In this order: the address that is already
set; a server that lets user postgres in at 127.0.0.1:5432; a cluster of our own in a temporary
folder, which ends with the command (and only that one is ended); none, said plainly.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

VARIABLE = "TEST_POSTGRES_URL"
STANDING = "postgresql://postgres@127.0.0.1:5432/postgres"


def main(command: list[str]) -> int:
    """Run `command`; return its exit status."""
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        url = environment.get(VARIABLE) or (STANDING if lets_in(STANDING) else None)
        if url is None and (programs := find_programs()) is not None:
            url = stack.enter_context(own_cluster(programs))
        if url is None:
            print("postgres: none runs and none is installed: its tests are skipped.", flush=True)
            print("          sudo apt-get install postgresql", flush=True)
        else:
            print(f"postgres: {url}", flush=True)
            environment[VARIABLE] = url
        return subprocess.run(command, env=environment, check=False).returncode


def lets_in(url: str) -> bool:
    """Whether a server answers there and asks no password."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextlib.contextmanager
def own_cluster(programs: Path) -> Iterator[str]:
    """Start a cluster in a temporary folder and give its address; stop and remove it after."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="cordboard-postgres-"))
    if as_user:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    data, port = folder / "data", free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    pg_ctl = [*as_user, str(programs / "pg_ctl"), "-s", "-w", "-D", str(data)]
    initdb = [
        str(programs / "initdb"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "-D",
        str(data),
    ]
    try:
        _quietly([*as_user, *initdb], folder)
        _quietly([*pg_ctl, "-l", str(folder / "log"), "-o", options, "start"], folder)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _quietly([*pg_ctl, "-m", "fast", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """5432 if nobody has it, else any."""
    for port in (5432, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def _quietly(command: list[str], folder: Path) -> None:
    subprocess.run(
        command, check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
