"""Programs of the machine that the live tests use: install those that are missing, or say so.

Root on Debian or Ubuntu gets them by apt-get; anybody else gets a list, and the tests that need
them are skipped with a reason. Nothing here is needed to run Cordboard.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _postgresql() -> bool:
    return shutil.which("initdb") is not None or any(
        Path("/usr/lib/postgresql").glob("*/bin/initdb")
    )


def _chinese_font() -> bool:
    return Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()


WANTED: dict[str, tuple[str, Callable[[], bool]]] = {
    "sip-tester": ("SIPp: callers and phones of every temper", _program("sipp")),
    "baresip": ("a softphone that somebody else wrote", _program("baresip")),
    "chromium": ("the browser that looks at the pages", _program("chromium")),
    "fonts-noto-cjk": ("Chinese letters for that browser", _chinese_font),
    "rtpengine-daemon": ("a media relay, for the adapter of its name", _program("rtpengine")),
    "postgresql": ("the second database, beside SQLite", _postgresql),
    "espeak-ng": ("the voice that makes the demo prompts", _program("espeak-ng")),
}
"Debian package → (what for, whether it is there)."


def main() -> int:
    """Install what is missing if we may; always 0, because the tests say what they miss."""
    missing = [package for package, (_, is_there) in WANTED.items() if not is_there()]
    if not missing:
        print("machine: everything that the live tests use is installed")
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"machine: installing {' '.join(missing)}", flush=True)
        _apt("update")
        if not _apt("install", "-y", "--no-install-recommends", *missing):
            for package in missing:  # one that the archive has not must not keep the others away
                _apt("install", "-y", "--no-install-recommends", package)
    for package in missing:
        what_for, is_there = WANTED[package]
        if not is_there():
            print(f"machine: no {package} ({what_for}): its tests are skipped.")
            print(f"         sudo apt-get install {package}")
    return 0


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *arguments],
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-5:]))
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
