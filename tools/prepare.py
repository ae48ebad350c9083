#!/usr/bin/env python3
"""Make the tree ready to run: Python environment, packages, web pages. Called by `make`.

Standard library only, and old syntax on purpose: it must get far enough on any Python 3 to say what
is missing. Each step is skipped when a stamp shows that what it reads has not changed, so a second
start takes no time. Nothing outside the tree is touched, except that root on Debian gets the
`python3-venv` package installed if it is missing.

    tools/prepare.py run     packages of the product, web pages
    tools/prepare.py dev     also the packages of tests and checks
    tools/prepare.py python  as dev, without the web pages
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
VENV = HOUSE / ".venv"
WEB = HOUSE / "web"
PAGES = HOUSE / "src" / "cordboard" / "app" / "static"
FIRST_LINES, LAST_LINES = 10, 20
"How much of a failed program's output is worth showing."

NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"
NOT_SOURCES = {"node_modules", "dist", "coverage", "e2e", "mock"}


class MissingError(Exception):
    """Something that we cannot make ourselves; the message says how to get it."""


def main(purpose: str) -> int:
    """Do the steps of `purpose`; return the exit status."""
    lock = "requirements.lock" if purpose == "run" else "requirements-dev.lock"
    steps = [
        ("Python environment in .venv", make_venv),
        (f"packages of {lock}", lambda: install_lock(lock)),
        ("cordboard itself", install_house),
    ]
    if purpose != "python":
        steps += [("packages of the web pages", install_web), ("web pages", build_web)]
    began_s = time.monotonic()
    for number, (what, work) in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {what} ...", end=" ", flush=True)
        step_began_s = time.monotonic()
        try:
            done = work()
        except MissingError as error:
            print(f"cannot go on.\n\n{error}\n", file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as error:
            lines = (error.output or "").splitlines()
            print("failed.\n", *lines[:FIRST_LINES], *lines[FIRST_LINES:][-LAST_LINES:], sep="\n")
            print(f"\n{' '.join(map(str, error.cmd))} ended with {error.returncode}: see above.")
            return 1
        print(f"{time.monotonic() - step_began_s:.0f} s" if done else "unchanged", flush=True)
    print(f"ready after {time.monotonic() - began_s:.1f} s", flush=True)
    return 0


def make_venv() -> bool:
    """Create .venv, unless it stands and its Python works."""
    if _works(VENV / "bin" / "python", f"import pip; {NEW_ENOUGH}"):
        return False
    python = _find_python()
    if not _works(python, "import venv, ensurepip"):
        _install_venv_package(python)
    _run([python, "-m", "venv", "--clear", str(VENV)])
    return True


def install_lock(lock: str) -> bool:
    """Install the pinned packages, each checked by its hash."""
    path = HOUSE / lock
    wanted = _hash([path])
    runtime = _hash([HOUSE / "requirements.lock"])
    if _stamp(lock) == wanted or (
        lock == "requirements.lock" and _stamp("requirements-dev.lock.of") == runtime
    ):
        return False
    _pip("install", "--require-hashes", "-r", str(path))
    _set_stamp(lock, wanted)
    if lock != "requirements.lock":
        _set_stamp(f"{lock}.of", runtime)
    return True


def install_house() -> bool:
    """Install the package itself, editable, with what is there: nothing is downloaded."""
    wanted = _hash([HOUSE / "pyproject.toml"])
    if _stamp("house") == wanted and (VENV / "bin" / "cordboard").exists():
        return False
    _pip("install", "--no-deps", "--no-build-isolation", "--no-index", "-e", str(HOUSE))
    _set_stamp("house", wanted)
    return True


def install_web() -> bool:
    """Install what the web build needs, as package-lock.json says."""
    _check_node()
    stamp = WEB / "node_modules" / ".cordboard"
    wanted = _hash([WEB / "package.json", WEB / "package-lock.json"])
    if _read(stamp) == wanted:
        return False
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB)
    stamp.write_text(wanted)
    return True


def build_web() -> bool:
    """Build the pages into the package, unless they were built from these very sources."""
    stamp = PAGES / ".cordboard"
    wanted = _hash(_web_sources())
    if _read(stamp) == wanted and (PAGES / "index.html").exists():
        return False
    _run(["npm", "run", "build", "--silent"], cwd=WEB)
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(WEB / "dist", PAGES)
    stamp.write_text(wanted)
    return True


def _find_python() -> str:
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path and _works(path, NEW_ENOUGH):
            return path
    raise MissingError(
        "Cordboard needs Python 3.11 or newer.\n"
        "  Debian 12, Ubuntu 24.04:  sudo apt-get install python3 python3-venv"
    )


def _install_venv_package(python: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingError(
            f"{python} has no venv module.\n  Debian, Ubuntu:  sudo apt-get install python3-venv"
        )
    print("installing python3-venv ...", end=" ", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-q"], env=environment)
    _run(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", "python3-venv"],
        env=environment,
    )


def _check_node() -> None:
    wanted = json.loads((WEB / "package.json").read_text())["engines"]["node"].lstrip(">=")
    found = _output(["node", "--version"]).lstrip("v")
    if not found or _numbers(found) < _numbers(wanted):
        has = f"it is {found} here" if found else "there is none here"
        raise MissingError(
            f"The web pages are built with Node.js {wanted} or newer; {has}.\n"
            "  Debian 12 has an older one: install Node.js 20 or 22 from its own project, with npm."
        )
    if not shutil.which("npm"):
        raise MissingError("The web pages are built with npm.\n  sudo apt-get install npm")


def _web_sources() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        found += [Path(folder) / name for name in sorted(files)]
    return found


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(str(path.relative_to(HOUSE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamp(name: str) -> str:
    return _read(VENV / f".cordboard-{name}")


def _set_stamp(name: str, value: str) -> None:
    (VENV / f".cordboard-{name}").write_text(value)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _works(python: str | Path, line: str) -> bool:
    try:
        return (
            subprocess.run([python, "-c", line], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _pip(*arguments: str) -> None:
    _run(
        [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    )


def _run(command: list[str], cwd: Path = HOUSE, env: dict[str, str] | None = None) -> None:
    subprocess.run(
        command,
        cwd=cwd,
        env=env,
        check=True,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
